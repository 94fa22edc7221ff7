"""Sheets of an .xlsx file in parts of bounded size: read whole, a sheet takes memory for its empty cells too."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree

from lgs_pipeline.datasets.errors import ExtractError, cause

MARK = "end of part"
"""The text of the row below those of a part."""

_CHUNK = 1 << 20
# XML of rows that are read at a time; about ten times as much memory.
_PART = 1 << 24
# Cells between the first and the last of a part, empty ones too.
_MOST_CELLS = 1 << 22
# What all sheets share: texts, styles, names.
_MOST_SHARED = 96 << 20
# A sheet with Excel's most rows and fifty columns is smaller.
_MOST_SHEET = 8 << 30
_LAST_ROW = 1_048_576

_SHARED = ("[Content_Types].xml", "_rels/.rels", "xl/styles.xml", "xl/sharedStrings.xml")
_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_START = re.compile(rb"<((?:\w+:)?)sheetData\s*(/?)>")
_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})(\d+)"[^>]*?(/?)>')
_CELL_WITHOUT_PLACE = re.compile(rb"<(?:\w+:)?c(?:>|\s(?![^>]*\br=))")


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its name, and where it is in the file."""

    name: str
    place: str


class WorkbookFile:
    """An .xlsx file, opened.

    Attributes
    ----------
    sheets : list of Sheet
        Those with cells; chart sheets are left out.
    counts_from_1904 : bool
        Whether day 0 of its dates is 1 January 1904, as on old Macs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            self._book, self._relations = self._read(_BOOK), self._read(_RELATIONS)
            self._describe()
            left = _MOST_SHARED
            self._shared: dict[str, bytes] = {}
            for name in _SHARED:
                if name in self._zip.namelist():
                    self._shared[name] = self._read(name, left)
                    left -= len(self._shared[name])
        except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, RuntimeError) as error:
            raise self._refused(error) from error
        except (KeyError, NotImplementedError, ValueError) as error:
            raise self._refused(error) from error

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def parts(self, sheet: Sheet) -> Iterator[bytes]:
        """Yield a sheet in parts, each as a workbook of its own that has the sheet's name.

        The last row of each part is not from the sheet: it holds a text in column A, so that all parts begin there.
        """
        try:
            with self._zip.open(sheet.place) as file:
                for part in self._rows(file, sheet):
                    yield self._workbook(sheet, part)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise self._refused(error) from error

    def refused(
        self, found: str, where: str = "", *, expected: str = "an .xlsx workbook", advice: str = ""
    ) -> ExtractError:
        """Say what cannot be read."""
        return ExtractError(
            self.path, found, expected, advice or "save it again as .xlsx without a password", where=where
        )

    def _refused(self, error: Exception) -> ExtractError:
        return self.refused(f"no readable workbook ({cause(error)})")

    def _describe(self) -> None:
        targets = {
            relation.get("Id"): relation.get("Target", "")
            for relation in ElementTree.fromstring(self._relations)
            if relation.get("Type", "").endswith("/worksheet")
        }
        book = ElementTree.fromstring(self._book)
        self.sheets = []
        for element in book.iter():
            kind = element.tag.rpartition("}")[2]
            if kind == "sheet":
                identifier = next((value for key, value in element.items() if key.endswith("}id")), "")
                if identifier in targets:
                    # A target that begins with a slash begins at the root.
                    place = PurePosixPath("/xl") / targets[identifier]
                    self.sheets.append(Sheet(element.get("name", ""), str(place).lstrip("/")))
        properties = [element for element in book.iter() if element.tag.rpartition("}")[2] == "workbookPr"]
        self.counts_from_1904 = any(element.get("date1904") in ("1", "true", "on") for element in properties)

    def _read(self, name: str, most: int = _MOST_SHARED) -> bytes:
        with self._zip.open(name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise self.refused(
                f"texts and styles of more than {_MOST_SHARED >> 20} MB",
                expected="those of invoice lines",
                advice="export it as .csv",
            )
        return data

    def _rows(self, file: IO[bytes], sheet: Sheet) -> Iterator[bytes]:
        """Yield the sheet's XML in parts of whole rows."""
        where = f"sheet {sheet.name!r}"
        head = b""
        while not (start := _START.search(head)):
            chunk = file.read(_CHUNK)
            if not chunk or len(head) > _PART:
                raise self.refused("a sheet without its data", where)
            head += chunk
        prefix = start[1]
        if start[2]:
            return
        before = b"<%bworksheet%b>" % (prefix, _namespaces(head)) + start[0]
        after = b"</%bsheetData></%bworksheet>" % (prefix, prefix)
        row, end_of_data = b"<%brow" % prefix, b"</%bsheetData>" % prefix
        rows, size = head[start.end() :], 0
        while True:
            end = rows.find(end_of_data)
            while end < 0 and len(rows) < _PART and (chunk := file.read(_CHUNK)):
                behind = max(0, len(rows) - len(end_of_data))
                rows += chunk
                end = rows.find(end_of_data, behind)
            size += len(rows)
            if size > _MOST_SHEET:
                raise self.refused(
                    f"more than {_MOST_SHEET >> 30} GB", where, expected="a sheet", advice="export it as .csv"
                )
            # The last row may be cut off: it begins the next part.
            cut = end if end >= 0 else rows.rfind(row)
            if end < 0 and (cut <= 0 or len(rows) < _PART):
                found = "a row of unusual length" if len(rows) >= _PART else "a sheet cut off"
                raise self.refused(found, where, advice="save it again, or export it as .csv")
            if part := self._checked(rows[:cut].strip(), prefix, sheet):
                yield before + part + after
            if end >= 0:
                return
            rows = rows[cut:]

    def _checked(self, rows: bytes, prefix: bytes, sheet: Sheet) -> bytes:
        """Return the rows with one more below them; refuse rows that span far more cells than they fill."""
        if b"<" not in rows:
            return b""
        row = re.compile(rb'<%brow\s(?:[^>]*?\s)?r="(\d+)"' % prefix)
        tag = b"<%brow" % prefix
        ends = [row.match(rows, start) for start in (rows.find(tag), rows.rfind(tag))]
        numbers = [int(end[1]) for end in ends if end]
        last = max(numbers, default=0)
        count = rows.count(tag)
        tall = last - min(numbers) + 1 if numbers else count
        if len(numbers) == 1 or count > tall:
            raise self.refused("rows that are not below one another", f"sheet {sheet.name!r}")
        wide = 52
        is_unusual = re.search(rb'<%bc(?! r="[A-Z]\d| r="A[A-Z]\d)' % prefix, rows)
        if is_unusual and _CELL_WITHOUT_PLACE.search(rows):
            wide = max(row.count(b"<%bc" % prefix) for row in rows.split(b"<%brow" % prefix))
        if is_unusual or tall * wide > _MOST_CELLS or last > _LAST_ROW:
            self._refuse_far_cells(rows, wide, tall, sheet)
        place = last + 1 if numbers else 0
        number, reference = (b' r="%d"' % place, b' r="A%d"' % place) if numbers else (b"", b"")
        return rows + b'<%brow%b><%bc%b t="str"><%bv>%b</%bv></%bc></%brow>' % (
            prefix, number, prefix, reference, prefix, MARK.encode(), prefix, prefix, prefix,
        )  # fmt: skip

    def _refuse_far_cells(self, rows: bytes, wide: int, tall: int, sheet: Sheet) -> None:
        cells = [(_column(cell[1]), int(cell[2])) for cell in _CELL.finditer(rows) if not cell[3]]
        if not cells and tall * wide <= _MOST_CELLS:
            return
        first, last = min((row for _, row in cells), default=1), max((row for _, row in cells), default=1)
        wide = max([*(column for column, _ in cells), 1 if cells else wide])
        if wide * (last - first + 1) > _MOST_CELLS or last > _LAST_ROW:
            far = max(cells, key=lambda cell: (cell[0] * 64 + cell[1], cell))
            raise self.refused(
                f"a value in cell {_letters(far[0])}{far[1]}, far from all others",
                f"sheet {sheet.name!r}",
                expected="lines below one another",
                advice="clear the cell and save the workbook again",
            )

    def _workbook(self, sheet: Sheet, part: bytes) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as book:
            for name, data in (*self._shared.items(), (_BOOK, self._book), (_RELATIONS, self._relations)):
                book.writestr(name, data)
            book.writestr(sheet.place, part)
        return file.getvalue()


def _namespaces(head: bytes) -> bytes:
    """Return the attributes of the element that holds the sheet."""
    root = re.search(rb"<(?:\w+:)?worksheet(\s[^>]*)>", head)
    return root[1] if root else b""


def _column(letters: bytes) -> int:
    """Return the number of a column, from 1.

    Examples
    --------
    >>> _column(b"A"), _column(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _letters(column: int) -> str:
    """Return the letters of a column.

    Examples
    --------
    >>> _letters(1), _letters(16384)
    ('A', 'XFD')
    """
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(65 + place) + letters
    return letters
