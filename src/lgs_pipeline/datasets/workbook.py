"""Excel workbooks, every sheet of them, as batches of text columns."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from lgs_pipeline.datasets.errors import ExtractError, cause
from lgs_pipeline.datasets.headers import ROWS_SEARCHED, Headers, looks_like_a_line, refuse_line_above
from lgs_pipeline.datasets.text_stream import refuse_unreadable
from lgs_pipeline.datasets.workbook_parts import MARK, Sheet, WorkbookFile
from lgs_pipeline.lines import REQUIRED_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

# Day numbers, and moments with a fraction of a second.
_ODD_DATE = r"^(\d{1,7}(\.\d+)?|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)$"
_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_SERIAL = 2958465  # 9999-12-31; a larger number is no date


def read_workbook(
    path: Path, headers: Headers, sheets: Sequence[str] | None = None
) -> Iterator[tuple[str, Iterator[pa.RecordBatch]]]:
    """Read the sheets of a workbook that hold invoice lines: the name of each, and its lines in batches.

    The headers may stand below a title. A sheet is passed over if it is empty, or if it has no known header and
    nothing that looks like lines.

    Parameters
    ----------
    path : pathlib.Path
        The workbook.
    headers : Headers
        Finds the columns.
    sheets : sequence of str, optional
        The sheets to read; all if not given.

    Raises
    ------
    ExtractError
        If the file is no workbook, no sheet holds lines, a sheet lacks or doubles a column, or one that may hold
        lines has no headers.
    """
    with closing(_open(path)) as workbook:
        names = [sheet.name for sheet in workbook.sheets]
        if absent := sorted(set(sheets or ()) - set(names)):
            raise ExtractError(
                path,
                f"the sheets {', '.join(map(repr, names))}",
                f"also {', '.join(map(repr, absent))}",
                "correct `sheets` of the extract in the catalog",
            )
        found = False
        for sheet in workbook.sheets:
            if sheets is None or sheet.name in sheets:
                batches = _lines(workbook, sheet, headers)
                if (first := next(batches, None)) is not None:
                    found = True
                    yield sheet.name, chain([first], batches)
        if not found:
            raise ExtractError(
                path,
                f"no invoice lines in its sheets {', '.join(map(repr, names))}",
                "a sheet with the headers in its first rows and lines below",
                "check that this is the right workbook",
            )


def _open(path: Path) -> WorkbookFile:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise refuse_unreadable(path, error) from error
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise ExtractError(
            path,
            "a password-protected or old (.xls) workbook",
            "an .xlsx workbook",
            "save it again as .xlsx without a password",
        )
    return WorkbookFile(path)


def _lines(workbook: WorkbookFile, sheet: Sheet, headers: Headers) -> Iterator[pa.RecordBatch]:
    """Yield the lines of a sheet."""
    import pyarrow as pa

    path, place = workbook.path, f"sheet {sheet.name!r}"
    positions: dict[str, int] | None = None
    is_empty = True
    for part in workbook.parts(sheet):
        rows = _read_part(workbook, sheet, part)
        if not rows.num_rows:
            continue
        if positions is None:
            row = _find_header(rows, headers, path, place)
            if row is None:
                # A title of many rows above the headers would do this to a sheet full of lines.
                logger.warning("%s: skipped the %s, because it has no known header", path.name, place)
                return
            positions = headers.locate(_cells(rows, row), path, place)
            rows = rows.slice(row + 1)
        if (lines := _without_blanks(rows)).num_rows:
            is_empty = False
            absent = pa.nulls(lines.num_rows, pa.string())
            columns = {
                column: lines.column(position) if position < lines.num_columns else absent
                for column, position in positions.items()
            }
            columns["invoice_date"] = _to_the_second(columns["invoice_date"], workbook.counts_from_1904)
            yield pa.RecordBatch.from_pydict(columns)
    if positions is None:
        logger.info("%s: passed over the empty %s", path.name, place)
    elif is_empty:
        logger.info("%s: passed over the %s, which has headers but no lines", path.name, place)


def _read_part(workbook: WorkbookFile, sheet: Sheet, part: bytes) -> pa.RecordBatch:
    import fastexcel

    try:
        rows = fastexcel.read_excel(part).load_sheet(sheet.name, header_row=None, dtypes="string", eager=True)
    except fastexcel.FastExcelError as error:
        raise workbook.refused(cause(error), f"sheet {sheet.name!r}") from error
    except BaseException as error:
        # Some damaged files make the library panic, which does not raise a subclass of Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise workbook.refused("a damaged sheet", f"sheet {sheet.name!r}") from error
    if rows.num_rows and [cell for cell in _cells(rows, rows.num_rows - 1) if cell] != [MARK]:
        raise workbook.refused("rows that are not below one another", f"sheet {sheet.name!r}")
    # The last row is there only to have all parts begin in column A.
    return rows.slice(0, rows.num_rows - 1)


def _find_header(rows: pa.RecordBatch, headers: Headers, path: Path, place: str) -> int | None:
    """Return the row of the headers; None if the sheet has none, and holds nothing that looks like lines."""
    first = rows.slice(0, ROWS_SEARCHED).to_pylist()
    cells = [[cell or "" for cell in row.values()] for row in first]
    found = headers.find(cells)
    lines = next((number for number, row in enumerate(cells) if looks_like_a_line(row)), None)
    # A summary by country, say, has some of the headers and no lines.
    if found is not None and (lines is not None or len(headers.known(cells[found])) >= len(REQUIRED_COLUMNS)):
        if lines is not None and lines < found:
            raise refuse_line_above(path, place, cells[lines])
        return found
    if lines is not None:
        raise ExtractError(
            path,
            f"what may be invoice lines ({', '.join(filter(None, cells[lines]))[:200]}) without headers above them",
            "headers in one of the first rows",
            "add them, or name the sheets that hold lines as `sheets` of the extract in the catalog",
            where=place,
        )
    return None


def _cells(rows: pa.RecordBatch, row: int) -> list[str]:
    return [cell or "" for cell in rows.slice(row, 1).to_pylist()[0].values()]


def _without_blanks(rows: pa.RecordBatch) -> pa.RecordBatch:
    import pyarrow.compute as pc

    if not rows.num_rows:
        return rows
    is_blank = pc.is_null(rows.column(0))
    for column in rows.columns[1:]:
        is_blank = pc.and_(is_blank, pc.is_null(column))
    return rows.filter(pc.invert(is_blank)) if pc.any(is_blank).as_py() else rows


def _to_the_second(dates: pa.Array, counts_from_1904: bool) -> pa.Array:
    """Round off what Excel's arithmetic leaves of a second, and write day numbers as dates."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(dates, _ODD_DATE)).as_py():
        return dates
    distinct = dates.dictionary_encode()
    epoch = _EPOCH_1904 if counts_from_1904 else _EPOCH
    values = pa.array([_date_text(date, epoch) for date in distinct.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(distinct.indices, values).cast(pa.string())


def _date_text(date: str, epoch: datetime = _EPOCH) -> str:
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
    elif 1 <= float(date) <= _LAST_SERIAL - (epoch - _EPOCH).days:
        moment = epoch + timedelta(days=float(date))
    else:
        return date
    return str((moment + timedelta(seconds=0.5)).replace(microsecond=0))
