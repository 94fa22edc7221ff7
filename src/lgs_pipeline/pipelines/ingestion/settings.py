from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from lgs_pipeline.typed_settings import Settings, Share


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"found {zone!r}, expected the name of a time zone such as Europe/London") from error
    return zone


class IngestionSettings(Settings):
    """How the text of an extract is read."""

    date_order: Literal["auto", "ymd", "dmy", "mdy"]
    time_zone: Annotated[str, AfterValidator(_known)] | None
    excel_epoch: Literal[1900, 1904]
    earliest_date: date
    latest_date: date
    decimal_separator: Literal["auto", "point", "comma"]
    stock_code_from_description: bool
    largest_invalid_share: Share
    nobody: list[Annotated[str, Field(coerce_numbers_to_str=True)]]
