"""The workbook: metrics, segments and lists for those who work in Excel.

Numbers and dates are numbers and dates; text is text, also where it looks like a formula. The same tables
give the same bytes.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from lgs_pipeline import __version__
from lgs_pipeline.chapters import Chapter, Sheet, read_chapters
from lgs_pipeline.pipelines.reporting.schemas import Findings
from lgs_pipeline.pipelines.reporting.settings import ReportingSettings
from lgs_pipeline.tables import FORMATS, Column, columns_of
from lgs_pipeline.wording import day

Workbook = Any
Worksheet = Any

_LONGEST_CELL = 32_767
_LAST_CELL = "XFD1048576"
_LONGEST_SHEET_NAME = 31
_WIDEST = 60
_EXCELS_OWN = "History"
_IN_FINDINGS = ("figure", "finding", "title", "advice")
_LINK = Column(name="sheet", heading="Sheet")
_WRAPPED = {"text_wrap": True, "valign": "top"}


def write_workbook(
    findings: pd.DataFrame, data_period: pd.DataFrame, settings: ReportingSettings, **made: Any
) -> bytes:
    """The workbook's bytes: the findings, the sheets of all chapters, and what it was made from.

    ``made`` has the rooms' chapters and the datasets that their sheets show.
    """
    chapters = list(read_chapters(made, settings.chapters).values())
    about = _columns(what="What", value="Value")
    sheets = [
        _Placed(Sheet(name="Findings", dataset="findings", columns=columns_of(Findings, *_IN_FINDINGS)), 0),
        *(_Placed(sheet, number) for number, chapter in enumerate(chapters, start=1) for sheet in chapter.sheets),
        _Placed(Sheet(name="Glossary", dataset="glossary", columns=_columns(term="Term", meaning="Meaning")), 0),
        _Placed(Sheet(name="About", dataset="about", columns=about), 0),
    ]
    terms = sorted(term for chapter in chapters for term in chapter.terms.items())
    tables = {
        **made,
        "data_period": data_period,
        "findings": findings,
        "glossary": pd.DataFrame(terms, columns=["term", "meaning"]),
        "about": _about(data_period, chapters, settings),
    }
    return _write(sheets, tables, settings.largest_list)


class _Placed(NamedTuple):
    """A sheet, and the number of the chapter that it is of."""

    sheet: Sheet
    chapter: int


def _columns(**headings: str) -> list[Column]:
    return [Column(name=name, heading=heading) for name, heading in headings.items()]


def _about(data_period: pd.DataFrame, chapters: Iterable[Chapter], settings: ReportingSettings) -> pd.DataFrame:
    period = data_period.iloc[0]
    rows = [
        ("Shop", settings.shop),
        ("Data from", day(period.first_line)),
        ("Data to", day(period.last_line)),
        *(("Extract", source) for chapter in chapters for source in chapter.sources),
        ("Made by", f"lgs_pipeline {__version__}"),
    ]
    return pd.DataFrame(rows, columns=["what", "value"])


def _rows_of(sheet: Sheet, table: Any, largest_list: int) -> pd.DataFrame:
    """What a sheet shows of its dataset, which may be a table of the engine."""
    rows = table if isinstance(table, pd.DataFrame) else table.to_pandas()
    for column, value in sheet.where.items():
        rows = rows[rows[column] == value]
    if sheet.sort_by:
        rows = rows.sort_values(sheet.sort_by, ascending=not sheet.descending, kind="stable")
    return rows.head(largest_list) if sheet.is_list else rows


def _name_sheets(sheets: Iterable[Sheet]) -> list[str]:
    """A name for each sheet that Excel takes: short, without signs that it keeps to itself, each different.

    Lists, which are named after what users name, give way to all others.
    """
    used = {_EXCELS_OWN.lower()}
    names: dict[int, str] = {}
    for number, sheet in sorted(enumerate(sheets), key=lambda numbered: numbered[1].is_list):
        allowed = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", sheet.name).strip(" '") or "List"
        candidate, attempt = allowed[:_LONGEST_SHEET_NAME].strip(" '"), 1
        while candidate.lower() in used:
            attempt += 1
            candidate = f"{allowed[: _LONGEST_SHEET_NAME - 5].strip()} ({attempt})"
        used.add(candidate.lower())
        names[number] = candidate
    return [names[number] for number in sorted(names)]


def _write(sheets: list[_Placed], tables: Mapping[str, Any], largest_list: int) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    names = _name_sheets([sheet for sheet, _ in sheets])
    showing = {(chapter, sheet.shows): name for (sheet, chapter), name in zip(sheets, names, strict=True)}
    with xlsxwriter.Workbook(content, {"in_memory": True, "nan_inf_to_errors": False}) as book:
        looks = {
            kind: book.add_format({"num_format": format.excel} if format.excel else _WRAPPED)
            for kind, format in FORMATS.items()
        }
        heading = book.add_format({**_WRAPPED, "bold": True, "bg_color": "#DCE9F5", "bottom": 1})
        for name, (sheet, chapter) in zip(names, sheets, strict=True):
            rows, columns = _rows_of(sheet, tables[sheet.dataset], largest_list), sheet.columns
            if sheet.links:
                linked = [showing.get((chapter, value)) for value in rows[sheet.links]]
                rows, columns = rows.assign(**{_LINK.name: linked}), [_LINK, *columns]
            _write_sheet(book.add_worksheet(name), columns, rows, heading, looks)
    return _without_times(content.getvalue())


def _write_sheet(
    page: Worksheet, columns: list[Column], rows: pd.DataFrame, heading: Any, looks: Mapping[str, Any]
) -> None:
    page.freeze_panes(1, 0)
    page.set_landscape()
    page.repeat_rows(0)
    for position, column in enumerate(columns):
        page.write_string(0, position, column.heading, heading)
        values, is_text = rows[column.name], not column.format.excel
        # Text stays as it is, but for what has other words for people.
        if is_text and (column.labels or column.kind != "text"):
            values = values.map(column.format_value, na_action="ignore")
        kind = "text" if is_text else column.kind
        page.set_column(position, position, column.format.width or _width(column.heading, values))
        for row, value in enumerate(values.tolist(), start=1):
            _write_cell(page, row, position, value, kind, looks[kind])
    # Customers with numbers are text, like those with codes.
    page.ignore_errors({"number_stored_as_text": f"A1:{_LAST_CELL}"})
    if len(rows):
        page.autofilter(0, 0, len(rows), len(columns) - 1)


def _write_cell(page: Worksheet, row: int, position: int, value: Any, kind: str, look: Any) -> None:
    if pd.isna(value) or value in (float("inf"), float("-inf")):
        page.write_blank(row, position, None, look)
    elif kind == "text":
        # Never write(), which would make a formula of a text that starts with an equals sign.
        page.write_string(row, position, str(value)[:_LONGEST_CELL], look)
    elif kind in ("day", "month"):
        page.write_datetime(row, position, pd.Timestamp(value).normalize().to_pydatetime(), look)
    elif kind == "flag":
        page.write_string(row, position, "yes" if value else "", look)
    else:
        page.write_number(row, position, value, look)


def _width(heading: str, values: pd.Series) -> int:
    longest = max((len(str(value)) for value in values.dropna()), default=0)
    return min(max(longest, len(heading)) + 2, _WIDEST)


def _without_times(content: bytes) -> bytes:
    """The workbook without the moments of its making, which xlsxwriter always notes."""
    stripped = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(stripped, "w") as after:
        for part in before.infolist():
            data = before.read(part)
            if part.filename == "docProps/core.xml":
                data = re.sub(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", b"", data)
            after.writestr(zipfile.ZipInfo(part.filename), data, compress_type=zipfile.ZIP_DEFLATED)
    return stripped.getvalue()
