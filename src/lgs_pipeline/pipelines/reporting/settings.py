"""What the report and the workbook hold, and in what order."""

from typing import Annotated

from pydantic import Field

from lgs_pipeline.typed_settings import Name, Settings


class ReportingSettings(Settings):
    """Whose report it is, the order of what it says, and how much of the lists the workbook holds."""

    shop: Name
    # Excel has room for 1,048,576 rows, one of them the heading.
    largest_list: Annotated[int, Field(ge=1, le=1_048_575)]
    chapters: list[Name]
    findings: list[Name]
