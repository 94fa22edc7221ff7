"""What the report says of the extract."""

from typing import Any

import pandas as pd

from lgs_pipeline.chapters import Chapter
from lgs_pipeline.wording import day, plain, pluralise

_TERMS = {"Extract": "The files with invoice lines that this report was made from."}


def tell_ingestion(extracts: pd.DataFrame) -> Chapter:
    """The files and sheets that everything was made from."""
    return Chapter(terms=_TERMS, sources=[_extract(row) for row in extracts.itertuples()])


def _extract(row: Any) -> str:
    dates = "" if pd.isna(row.first_line) else f", {day(row.first_line)} to {day(row.last_line)}"
    return f"{plain(row.extract)}: {pluralise(row.lines, 'line')}{dates}"
