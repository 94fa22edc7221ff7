"""What the report and the workbook hold, and in what order."""

from typing import Annotated

from pydantic import Field, field_validator

from lgs_pipeline.pipeline_registry import ROOMS
from lgs_pipeline.typed_settings import Name, Settings, nearest, repeated

SEGMENTS = "segments"
"""The chapter that reporting makes itself, of what several rooms know of each segment."""


class ReportingSettings(Settings):
    """Whose report it is, the order of what it says, and how much of the lists the workbook holds."""

    shop: Name
    # Excel has room for 1,048,576 rows, one of them the heading.
    largest_list: Annotated[int, Field(ge=1, le=1_048_575)]
    chapters: list[Name]
    findings: list[Name]

    @field_validator("chapters")
    @classmethod
    def _name_rooms(cls, chapters: list[str]) -> list[str]:
        known = [*ROOMS, SEGMENTS]
        if unknown := [name for name in chapters if name not in known]:
            raise ValueError(f"found {unknown[0]}, {nearest(unknown[0], known)}")
        if twice := repeated(chapters):
            raise ValueError(f"found {', '.join(twice)} more than once, expected each room once")
        return chapters
