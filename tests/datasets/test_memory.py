"""Reading takes ordinary memory and ends, whatever a file holds."""

import gzip
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lgs_pipeline.lines import DELIVERED_COLUMNS
from tests.datasets.extracts import HEADER, MUG, copy_text, csv_text, tuple_text, write_workbook

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")

MOST_MEMORY = 1_000
"""Megabytes."""

CSV = csv_text(MUG)
COPY = copy_text(MUG)[: -len("\\.\n\n")]
OTHER = "COPY pictures (a) FROM stdin;\n"
INSERT = f"INSERT INTO retail ({', '.join(DELIVERED_COLUMNS)}) VALUES "
BLOCK = 1 << 20

LINES_OF_TEXT = {
    "an endless line": ("csv", CSV, "x", "", "a line of more than 2 MB"),
    "an endless line of blanks": ("csv", CSV, " ", "", "a line of more than 2 MB"),
    "an endless line of delimiters": ("csv", CSV, ",", "", "a line of more than 2 MB"),
    "an endless header": ("csv", "", "x", "", "the headers"),
    "a quoted field that never ends": ("csv", CSV + '"', "x\n", "", "a quote that does not end"),
    "a quoted line that never ends": ("csv", CSV + '"', "x", "", "a line of more than 2 MB"),
    "nothing but quotes": ("csv", CSV, '"', "", "a "),
    "blank lines": ("csv", CSV.replace('"', ""), "\n", "", ""),
    "rows of one field": ("csv", CSV, "x\n", "", "rows with a wrong number of fields"),
    "an endless line of COPY": ("sql", COPY, "x", "", "a line of more than 2 MB"),
    "blank lines of COPY": ("sql", COPY, "\n", "", "rows with a wrong number of fields"),
    "an endless line of another table": ("sql", OTHER, "x", "\n\\.\n" + copy_text(MUG), ""),
    "an endless text": ("sql", INSERT + "('", "x", "", "a value of more than 4 MB"),
    "an endless text of quotes": ("sql", INSERT + "('", "''", "", "a value of more than 4 MB"),
    "an endless text of another table": ("sql", "SELECT E'", "\\n", "", "a value of more than 4 MB"),
    "an endless row": ("sql", INSERT + "(", "1,", "", "a value of more than 4 MB"),
    "an endless name": ("sql", "", "x", "", "a value of more than 4 MB"),
    "an endless comment": ("sql", "/*", "/* ", "", "a comment without its end"),
    "an endless comment of one line": ("sql", "--", "x", "", "no tables"),
    "an endless command": ("sql", "\\set ", "x", "", "no tables"),
    "an endless list of columns": ("sql", "CREATE TABLE retail (", "a int,", "", "a statement of unusual length"),
    "an endless statement": ("sql", "VACUUM ", "a b, ", "; " + INSERT + tuple_text(MUG) + ";", ""),
    "an endless change": ("sql", "UPDATE notes SET ", "a=1,", "", "a statement of unusual length"),
    "blanks": ("sql", "", " ", INSERT + tuple_text(MUG) + ";", ""),
    "blanks between rows": ("sql", INSERT, " ", tuple_text(MUG) + ";", ""),
}

# What the system calls the peak of a process's children begins with that of the process that starts them.
SCRIPT = """
import re, sys
from pathlib import Path
from lgs_pipeline.datasets import RetailExtractDataset
from lgs_pipeline.datasets.errors import ExtractError
try:
    print(RetailExtractDataset(sys.argv[1]).load().count().execute(), "lines")
except ExtractError as error:
    print(error)
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def read(path: Path) -> tuple[str, int]:
    """What comes of reading a file in a process of its own, and the most memory that it took, in megabytes."""
    result = subprocess.run([sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, timeout=1200)
    said, memory = result.stdout.strip().splitlines()
    return said, int(memory)


def write_long(path: Path, begin: str, unit: str, end: str, size: int) -> Path:
    """A file of that size within gzip, but for its beginning and end the same text again and again."""
    block = gzip.compress((unit * (BLOCK // len(unit))).encode())
    with path.open("wb") as file:
        file.write(gzip.compress(begin.encode()))
        for _ in range(size // BLOCK):
            file.write(block)
        file.write(gzip.compress(end.encode()))
    return path


def check_text(folder: Path, case: str, size: int) -> None:
    suffix, begin, unit, end, found = LINES_OF_TEXT[case]
    said, memory = read(write_long(folder / f"a.{suffix}.gz", begin, unit, end, size))
    assert (": found " in said and found in said) if found else said == "1 lines"
    assert memory < MOST_MEMORY


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", ["an endless line", "a quoted line that never ends", "an endless text", "blanks between rows"]
)
def test_a_text_of_a_hundred_megabytes(tmp_path, case):
    check_text(tmp_path, case, 100 * BLOCK)


@pytest.mark.proof
@pytest.mark.parametrize("case", LINES_OF_TEXT)
def test_a_text_of_a_gigabyte(tmp_path, case):
    check_text(tmp_path, case, 1_000 * BLOCK)


SHEETS = {
    "an endless text in a cell": (b'<row r="3"><c r="A3" t="inlineStr"><is><t>', b"x", "a row of unusual length"),
    "an endless row": (b'<row r="3">', b'<c r="A3"><v>1</v></c>', "a row of unusual length"),
    "blank rows of some height": (b"", b'<row ht="20" customHeight="1"/>', "1 lines"),
    "endless rows of one place": (
        b"",
        b'<row r="3"><c r="A3"><v>1</v></c></row>',
        "rows that are not below one another",
    ),
    "cells without a place": (b"", b"<row>" + b"<c><v>1</v></c>" * 9 + b"</row>", " lines"),
    "texts of a cell each": (b"", b'<row><c t="inlineStr"><is><t>' + b"text " * 400 + b"</t></is></c></row>", " lines"),
}


def write_long_sheet(path: Path, begin: bytes, unit: bytes, size: int, part: str = "xl/worksheets/sheet1.xml") -> Path:
    """A workbook with a part that unpacks to that size."""
    write_workbook(path, {"One": [HEADER, MUG]})
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    if part.endswith("sheet1.xml") and b" r=" not in unit:
        # Either all rows of a sheet say where they are, or none.
        parts[part] = re.sub(rb' (r|spans)="[A-Z]*[\d:]+"', b"", parts[part])
    before, mark, after = parts.pop(part).rpartition(b"</sheetData>" if "sheet1" in part else b"</sst>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, data in parts.items():
            book.writestr(name, data)
        with book.open(part, "w", force_zip64=True) as file:
            file.write(before + begin)
            block = unit * (BLOCK // len(unit))
            for _ in range(size // BLOCK):
                file.write(block)
            file.write(mark + after)
    return path


def check_sheet(folder: Path, case: str, size: int) -> None:
    begin, unit, found = SHEETS[case]
    said, memory = read(write_long_sheet(folder / "a.xlsx", begin, unit, size))
    assert found in said
    assert memory < MOST_MEMORY


@pytest.mark.slow
@pytest.mark.parametrize("case", ["an endless row", "texts of a cell each"])
def test_a_sheet_of_a_hundred_megabytes(tmp_path, case):
    check_sheet(tmp_path, case, 100 * BLOCK)


@pytest.mark.proof
@pytest.mark.parametrize("case", SHEETS)
def test_a_sheet_of_a_gigabyte(tmp_path, case):
    check_sheet(tmp_path, case, 1_000 * BLOCK)


@pytest.mark.proof
def test_shared_texts_of_two_hundred_megabytes(tmp_path):
    path = write_long_sheet(tmp_path / "a.xlsx", b"", b"<si><t>x</t></si>", 200 * BLOCK, "xl/sharedStrings.xml")
    said, memory = read(path)
    assert "found texts and styles of more than 96 MB, expected those of invoice lines; export it as .csv" in said
    assert memory < MOST_MEMORY


@pytest.mark.proof
def test_a_sheet_of_the_most_rows_that_excel_has(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"One": [HEADER, *[MUG] * 1_048_575]})
    said, memory = read(path)
    assert said == "1048575 lines"
    assert memory < MOST_MEMORY
