"""What is shown of each segment."""

from typing import Annotated

from pydantic import Field

from lgs_pipeline.typed_settings import Settings, Share


class SegmentProfilesSettings(Settings):
    """What is shown of a segment."""

    products: Annotated[int, Field(ge=1)]
    minimum_support: Share
    minimum_customers: Annotated[int, Field(ge=1)]
    minimum_lift: Annotated[float, Field(ge=1)]
