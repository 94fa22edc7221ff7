"""How the effect of campaigns is measured."""

from typing import Annotated

from pydantic import Field

from lgs_pipeline.typed_settings import ProperShare, Settings


class CampaignEffectSettings(Settings):
    """How long a campaign has to work, and how sure one wants to be that it did."""

    window_days: Annotated[int, Field(ge=1)]
    interval: ProperShare
    hoped_uplift: Annotated[float, Field(gt=0)]
    power: ProperShare
    largest_distance: Annotated[float, Field(gt=0)]
