import gzip
from pathlib import Path

import pytest

from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.datasets.text_stream import CHUNK, TextStream
from tests.datasets import extracts
from tests.datasets.extracts import MUG, copy_text, csv_text, values, write


def error_of(path: Path) -> str:
    message = extracts.error_of(path)
    assert "rror:" not in message
    return message


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_another_encoding_is_told_by_line_and_first_byte(tmp_path, encoding):
    path = write(tmp_path / "a.csv", csv_text(MUG, MUG, [*MUG[:2], "£5 TRAY", *MUG[3:]]), encoding)
    assert error_of(path) == "line 4: found byte 0xA3, expected UTF-8; save it again as UTF-8"


def test_another_encoding_is_told_far_behind_the_first_chunk(tmp_path):
    rows = [MUG] * (3 * CHUNK // 80)
    path = write(tmp_path / "a.csv", csv_text(*rows, [*MUG[:2], "CAFÉ", *MUG[3:]]), "latin-1")
    assert error_of(path).startswith(f"line {len(rows) + 2}: found byte 0xC9, expected UTF-8")


def test_a_character_across_two_chunks_is_read_whole(tmp_path):
    text = "x" * (CHUNK - 1) + "€" + "y\n"
    with TextStream(write(tmp_path / "a.csv", text)) as stream:
        chunks = iter(stream.read, b"")
        assert b"".join(chunks).decode() == text


def test_a_character_cut_off_at_the_end_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(csv_text(MUG).encode() + "€".encode()[:2])
    assert error_of(path).startswith("line 3: found byte 0xE2, expected UTF-8")


def test_utf16_is_told(tmp_path):
    path = write(tmp_path / "a.csv", csv_text(MUG), "utf-16")
    assert error_of(path) == "found UTF-16 text, expected UTF-8 text; save it again as UTF-8"


def test_utf16_without_a_byte_order_mark_and_other_nul_bytes_are_told(tmp_path):
    path = write(tmp_path / "a.csv", csv_text(MUG), "utf-16-le")
    assert error_of(path).startswith("line 1: found a NUL byte, expected UTF-8")
    path = write(tmp_path / "b.sql", copy_text(MUG, [*MUG[:2], "MUG\0", *MUG[3:]]))
    assert error_of(path).startswith("line 3: found a NUL byte, expected UTF-8")


@pytest.mark.parametrize(("name", "text"), [("a.csv", csv_text(MUG)), ("a.sql", copy_text(MUG))])
def test_a_byte_order_mark_is_dropped(tmp_path, name, text):
    assert values(write(tmp_path / name, text, "utf-8-sig")) == [MUG]


def test_gzip_is_unpacked_also_in_several_members(tmp_path):
    path = tmp_path / "A.CSV.GZ"
    lines = csv_text(MUG, MUG).encode().splitlines(keepends=True)
    path.write_bytes(b"".join(map(gzip.compress, lines)))
    assert values(path) == [MUG, MUG]


def test_a_file_that_is_not_really_gzip_is_told(tmp_path):
    path = write(tmp_path / "a.sql.gz", copy_text(MUG))
    assert error_of(path).startswith("found no valid gzip data (Not a gzipped file (b'CO')), expected a .gz file")


@pytest.mark.slow
def test_gzip_cut_off_in_the_middle_is_told(tmp_path):
    path = tmp_path / "a.csv.gz"
    rows = [[str(number), *MUG[1:]] for number in range(100_000)]
    packed = gzip.compress(csv_text(*rows).encode())
    path.write_bytes(packed[: len(packed) // 2])
    assert error_of(path).startswith("found gzip data cut off, expected all of it; copy or compress the file again")


def test_damaged_gzip_is_told(tmp_path):
    path = tmp_path / "a.csv.gz"
    packed = bytearray(gzip.compress(csv_text(MUG).encode()))
    packed[-6] ^= 0xFF
    path.write_bytes(packed)
    assert error_of(path).startswith("found no valid gzip data (CRC check failed")


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (
            b"PGDMP\x01\x0f",
            "found a pg_dump in custom format, expected UTF-8 text; dump it again with pg_dump --format",
        ),
        (
            b"toc.dat\0\0",
            "found a pg_dump in tar format, expected UTF-8 text; dump it again with pg_dump --format",
        ),
        (b"\x1f\x8b\x08", "found gzip-compressed data, expected UTF-8 text; add .gz to the file's name"),
        (b"PK\x03\x04", "found a zip archive or workbook, expected UTF-8 text"),
        (b"PAR1", "found Parquet, expected UTF-8 text; name it .parquet"),
    ],
)
@pytest.mark.parametrize("name", ["a.sql", "a.csv"])
def test_another_kind_of_file_under_a_text_suffix_is_told(tmp_path, name, head, found):
    path = tmp_path / name
    path.write_bytes(head + b"\0" * 100)
    assert error_of(path).startswith(found)


def test_a_file_without_read_permission_is_told(forbidden_file):
    with pytest.raises(ExtractError, match=r"found a file that cannot be read \(Permission denied\)"):
        TextStream(forbidden_file)


def test_a_file_that_fails_while_it_is_read_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.symlink_to("/proc/self/mem")
    with pytest.raises(ExtractError, match=r"found a file that cannot be read \(Input/output error\)"):
        TextStream(path)
