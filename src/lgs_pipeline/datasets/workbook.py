"""Excel workbooks, every sheet of them, as batches of text columns."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lgs_pipeline.datasets.errors import ExtractError, cause
from lgs_pipeline.datasets.headers import Headers
from lgs_pipeline.datasets.text_stream import refuse_unreadable

if TYPE_CHECKING:
    import fastexcel
    import pyarrow as pa

logger = logging.getLogger(__name__)

# Day numbers, and moments with a fraction of a second.
_ODD_DATE = r"^(\d{1,7}(\.\d+)?|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)$"
_EXCEL_EPOCH = datetime(1899, 12, 30)
_LAST_SERIAL = 2958465  # 9999-12-31; a larger number is no date


def read_workbook(path: Path, headers: Headers) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Read the sheets of a workbook that hold invoice lines, each with its name.

    A sheet is passed over if it is empty, or if no cell of its first row is a known header.

    Raises
    ------
    ExtractError
        If the file is no workbook, no sheet holds lines, or a sheet lacks or doubles a column.
    """
    import fastexcel

    workbook = _open(path)
    found = False
    unknown: list[str] = []
    for name in workbook.sheet_names:
        try:
            sheet = workbook.load_sheet(name, header_row=None, dtypes="string", eager=True)
        except fastexcel.FastExcelError as error:
            raise _refused(path, cause(error), f"sheet {name!r}") from error
        if sheet.num_rows and not headers.known(_header(sheet)):
            unknown.append(name)
            continue
        if (lines := _lines(sheet, path, name, headers)) is not None:
            found = True
            yield name, lines
    if not found:
        raise ExtractError(
            path,
            f"no invoice lines in its sheets {', '.join(map(repr, workbook.sheet_names))}",
            "a sheet with the headers in its first row and lines below",
            "check that this is the right workbook",
        )
    for name in unknown:
        # A title above the headers would do this to a sheet full of lines.
        logger.warning("%s: skipped the sheet %r, because its first row has no known header", path.name, name)


def _open(path: Path) -> fastexcel.ExcelReader:
    import fastexcel

    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise refuse_unreadable(path, error) from error
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refused(path, "a password-protected or old (.xls) workbook")
    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        raise _refused(path, f"no readable workbook ({cause(error)})") from error


def _refused(path: Path, found: str, where: str = "") -> ExtractError:
    return ExtractError(path, found, "an .xlsx workbook", "save it again as .xlsx without a password", where=where)


def _header(sheet: pa.RecordBatch) -> list[str]:
    return [cell or "" for cell in sheet.slice(0, 1).to_pylist()[0].values()]


def _lines(sheet: pa.RecordBatch, path: Path, name: str, headers: Headers) -> pa.RecordBatch | None:
    """Return the lines of a sheet; None if it holds none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not sheet.num_rows:
        logger.info("%s: passed over the empty sheet %r", path.name, name)
        return None
    positions = headers.locate(_header(sheet), path, f"sheet {name!r}")
    rows = sheet.slice(1)
    is_blank = pc.is_null(rows.column(0))
    for column in rows.columns[1:]:
        is_blank = pc.and_(is_blank, pc.is_null(column))
    rows = rows.select(list(positions.values())).rename_columns(list(positions))
    if pc.any(is_blank).as_py():
        rows = rows.filter(pc.invert(is_blank))
    if not rows.num_rows:
        logger.info("%s: passed over the sheet %r, which has headers but no lines", path.name, name)
        return None
    columns = dict(zip(positions, rows.columns, strict=True))
    columns["invoice_date"] = _to_the_second(columns["invoice_date"])
    return pa.RecordBatch.from_pydict(columns)


def _to_the_second(dates: pa.Array) -> pa.Array:
    """Round off what Excel's arithmetic leaves of a second, and write day numbers as dates."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(dates, _ODD_DATE)).as_py():
        return dates
    distinct = dates.dictionary_encode()
    values = pa.array(map(_date_text, distinct.dictionary.to_pylist()), pa.string())
    return pa.DictionaryArray.from_arrays(distinct.indices, values).cast(pa.string())


def _date_text(date: str) -> str:
    """Return a date as it would be written, to the second.

    Examples
    --------
    >>> _date_text("40148.322916667"), _date_text("2009-12-01 07:44:59.999"), _date_text("1 Dec 2009")
    ('2009-12-01 07:45:00', '2009-12-01 07:45:00', '1 Dec 2009')
    """
    if not re.search(_ODD_DATE, date):
        return date
    if "-" in date:
        moment = datetime.fromisoformat(date)
    elif 1 <= float(date) <= _LAST_SERIAL:
        moment = _EXCEL_EPOCH + timedelta(days=float(date))
    else:
        return date
    return str((moment + timedelta(seconds=0.5)).replace(microsecond=0))
