from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from lgs_pipeline.typed_settings import Settings, Share


class IngestionSettings(Settings):
    """How the text of an extract is read."""

    date_order: Literal["ymd", "dmy", "mdy"]
    earliest_date: date
    latest_date: date
    largest_invalid_share: Share
    nobody: list[Annotated[str, Field(coerce_numbers_to_str=True)]]
