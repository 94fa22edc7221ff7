"""Lines of delimited text, CSV files and the COPY bodies of dumps alike, as batches of text columns."""

from __future__ import annotations

import csv
import io
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lgs_pipeline.datasets.errors import ExtractError, cause
from lgs_pipeline.datasets.headers import ROWS_SEARCHED, Headers, looks_like_a_line, refuse_line_above
from lgs_pipeline.datasets.text_stream import TextStream, open_bytes

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

# A line must fit into one block; no honest invoice line comes near it.
BLOCK = 1 << 21


class Readable(Protocol):
    """What pyarrow asks of a file."""

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end."""


@dataclass(frozen=True)
class Dialect:
    """How fields are told apart, and which text stands for none."""

    delimiter: str
    quote: str | bool
    null: str


# Rows with a wrong number of fields take long to handle, and a file full of them does not hold invoice lines.
_MOST_RAGGED = 1_000_000
_FEW_RAGGED = 100_000


@dataclass
class RaggedRows:
    """Rows with too few or too many fields, waiting for their place among the others.

    Attributes
    ----------
    count : int
        How many there were.
    first : int
        The row number of the first, from 1; 0 if there was none.
    """

    count: int = 0
    first: int = 0
    _last: int = 0
    _waiting: deque[int] = field(default_factory=deque)

    def add(self, row: int) -> None:
        """Note a row by its number among all rows."""
        self.count += 1
        self.first = self.first or row
        self._last = row
        self._waiting.append(row)

    @property
    def are_too_many(self) -> bool:
        """Whether there is no use in reading on: more than a million, or of many a tenth of all."""
        return self.count > _MOST_RAGGED or (self.count > _FEW_RAGGED and self.count * 10 > self._last)

    def restore(self, batch: pa.RecordBatch, row: int) -> pa.RecordBatch:
        """Put the ragged rows back into the batch, all null, where they stood.

        Parameters
        ----------
        batch : pyarrow.RecordBatch
            The well-formed rows that follow one another.
        row : int
            The row number at which the batch, ragged rows included, begins.
        """
        import numpy as np
        import pyarrow as pa

        ragged: list[int] = []
        while self._waiting and self._waiting[0] <= row + batch.num_rows + len(ragged):
            ragged.append(self._waiting.popleft() - row)
        if not ragged:
            return batch
        is_ragged = np.zeros(batch.num_rows + len(ragged), dtype=bool)
        is_ragged[ragged] = True
        return batch.take(pa.array(np.cumsum(~is_ragged) - 1, mask=is_ragged))


def read_rows(
    source: Readable, width: int, positions: Mapping[str, int], dialect: Dialect, ragged: RaggedRows
) -> Iterator[pa.RecordBatch]:
    """Read delimited rows as text, a ragged one as nulls.

    Parameters
    ----------
    source : Readable
        The rows, without a header.
    width : int
        How many fields a row should have.
    positions : mapping of str to int
        Which field holds which column.
    dialect : Dialect
        How fields are told apart.
    ragged : RaggedRows
        Takes note of the ragged rows.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    def skip(invalid: arrow_csv.InvalidRow) -> str:
        ragged.add(invalid.number)
        return "error" if ragged.are_too_many else "skip"

    names = [str(position) for position in range(width)]
    wanted = [names[position] for position in positions.values()]
    try:
        batches = arrow_csv.open_csv(
            pa.PythonFile(source, mode="r"),
            # Only a reader without threads knows the numbers of the rows that it skips.
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=BLOCK, use_threads=False),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote,
                double_quote=bool(dialect.quote),
                newlines_in_values=bool(dialect.quote),
                invalid_row_handler=skip,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()),
                include_columns=wanted,
                null_values=[dialect.null],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if str(error).startswith("Empty CSV file"):
            return
        raise
    row = 1
    for batch in batches:
        restored = ragged.restore(batch.rename_columns(list(positions)), row)
        row += restored.num_rows
        yield restored
    nothing = pa.RecordBatch.from_pylist([], pa.schema([(column, pa.string()) for column in positions]))
    if last := ragged.restore(nothing, row):
        yield last


def read_csv(path: Path, headers: Headers) -> Iterator[pa.RecordBatch]:
    """Read a CSV file, its delimiter (comma, semicolon or tab) taken from the header line.

    Raises
    ------
    ExtractError
        If the file is no UTF-8, its header lacks or doubles a column, or a quote is not closed.
    """
    import pyarrow as pa

    with closing(TextStream(path)) as stream:
        header, delimiter, header_lines = _take_header(stream, headers)
        positions = headers.locate(header, path, "header line")
        ragged, rows = RaggedRows(), 0
        try:
            for batch in read_rows(stream, len(header), positions, Dialect(delimiter, '"', ""), ragged):
                rows += batch.num_rows
                yield batch
        except pa.ArrowInvalid as error:
            refuse_too_many(path, ragged)
            check_quotes(path, delimiter)
            raise ExtractError(path, cause(error), "lines of CSV", "look for a line of unusual length") from error
        lines = stream.line_ends + (not stream.tail.endswith(b"\n")) - header_lines
    is_row_a_line = rows == lines
    if not is_row_a_line and stream.has_quotes:
        # Blank lines and line breaks within quotes are fine; a stray quote that swallows lines is not.
        check_quotes(path, delimiter)
    if ragged.count:
        line = header_lines + ragged.first if is_row_a_line else _line_of_row(path, delimiter, ragged.first)
        warn_of_ragged(path.name, ragged.count, line)


def refuse_too_many(path: Path, ragged: RaggedRows) -> None:
    """Refuse a file in which too many rows have a wrong number of fields."""
    if ragged.are_too_many:
        raise ExtractError(
            path,
            f"{ragged.count:,} rows with a wrong number of fields, the first of them row {ragged.first:,}",
            "as many fields in every row as there are headers",
            "export it again",
        )


def _take_header(stream: TextStream, headers: Headers) -> tuple[list[str], str, int]:
    """Take the header, and titles above it, off the stream: its fields, the delimiter, and how many lines they had."""
    head = stream.read()
    # A character cut in half at the end of the chunk is far behind the header.
    text = head.decode("utf-8", errors="ignore")
    first_rows = {delimiter: _first_rows(text, delimiter) for delimiter in ",;\t"}
    best = {delimiter: headers.find([row for row, _ in rows]) or 0 for delimiter, rows in first_rows.items()}
    delimiter = max(first_rows, key=lambda option: len(headers.known(first_rows[option][best[option]][0])))
    rows, place = first_rows[delimiter], best[delimiter]
    if line := next((row for row, _ in rows[:place] if looks_like_a_line(row)), None):
        raise refuse_line_above(stream.path, f"line {rows[place][1].count(chr(10))}", line)
    header, taken = rows[place]
    if place:
        logger.info("%s: passed over %d lines above the headers", stream.path.name, taken.count("\n") - 1)
    stream.unread(head[len(taken.encode()) :])
    return header, delimiter, len(io.StringIO(taken, newline="").readlines())


def _first_rows(text: str, delimiter: str) -> list[tuple[list[str], str]]:
    """Return the first rows that are not blank, each with the text up to its end."""
    taken: list[str] = []
    rows = csv.reader(_noting(io.StringIO(text, newline=""), taken), delimiter=delimiter)
    found: list[tuple[list[str], str]] = []
    # A row without an end does not count; the error is reported when all rows are read.
    with suppress(csv.Error):
        while len(found) < ROWS_SEARCHED and (row := next(rows, None)) is not None:
            if row:
                found.append((row, "".join(taken)))
    return found or [([], "".join(taken))]


def _bounded_lines(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    number = 0
    while line := text.readline(BLOCK):
        number += 1
        if len(line) == BLOCK:
            raise ExtractError(
                path, f"a line of more than {BLOCK >> 20} MB", "an invoice line", "correct it", where=f"line {number}"
            )
        yield line


def _noting(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of a CSV file that are not blank: the line on which each begins, and its lines."""
    taken: list[str] = []
    with open_bytes(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(_noting(_bounded_lines(text, path), taken), delimiter=delimiter)
        try:
            for row in rows:
                if row:
                    yield rows.line_num - len(taken) + 1, taken
                taken.clear()
        except csv.Error as error:
            raise _stray_quote(path, rows.line_num - len(taken) + 1, error) from error


def check_quotes(path: Path, delimiter: str) -> None:
    """Refuse a CSV file in which a stray quote makes one row out of several lines."""
    for line, lines in _rows(path, delimiter):
        if len(lines) > 1:
            try:
                list(csv.reader(lines, delimiter=delimiter, strict=True))
            except csv.Error as error:
                raise _stray_quote(path, line, error) from error


def _stray_quote(path: Path, line: int, error: csv.Error) -> ExtractError:
    return ExtractError(
        path,
        f"a quote that does not end its field ({cause(error)})",
        'quotes around whole fields, and "" for a quote within',
        "correct the line",
        where=f"line {line}",
    )


def _line_of_row(path: Path, delimiter: str, row: int) -> int:
    """Return the line of the file on which a data row begins: quoted fields may span several lines."""
    return next(line for number, (line, _) in enumerate(_rows(path, delimiter)) if number == row)


def warn_of_ragged(extract: str, count: int, line: int) -> None:
    """Log how many rows could not be told into columns, and where the first one is."""
    logger.warning(
        "%s: %s lines have a wrong number of fields, the first is line %s; all their values are treated as missing",
        extract,
        f"{count:,}",
        f"{line:,}",
    )
