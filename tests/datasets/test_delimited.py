import gzip

import pytest

from lgs_pipeline.datasets import delimited
from lgs_pipeline.datasets.delimited import BLOCK
from tests.datasets.extracts import HEADER, MUG, NOTHING, TRAY, csv_text, error_of, load, values, write


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_taken_from_the_header(tmp_path, delimiter):
    path = write(tmp_path / "a.csv", csv_text(MUG, TRAY, delimiter=delimiter))
    assert values(path) == [MUG, TRAY]


def test_other_delimiters_within_headers_do_not_mislead(tmp_path):
    header = ["Note; old, or new", *HEADER]
    path = write(tmp_path / "a.csv", csv_text(["a;b", *MUG], header=header, delimiter=";"))
    assert values(path) == [MUG]


def test_values_stay_as_they_are_delivered(tmp_path):
    odd = [" 489434", "NA", 'SAYS "HI", TWICE\nOVER ', "1e3", "null", "0.10", "13085.0", "\\N"]
    path = write(tmp_path / "a.csv", csv_text(odd))
    assert values(path) == [odd]


def test_an_empty_field_is_null_quoted_or_not(tmp_path):
    path = write(tmp_path / "a.csv", ",".join(HEADER) + '\n1,2,,4,5,6,"",8\n')
    assert values(path) == [["1", "2", None, "4", "5", "6", None, "8"]]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_line_ends_of_every_kind_and_a_missing_last_one_are_fine(tmp_path, line_end, last):
    text = csv_text(MUG, TRAY).replace("\n", line_end)
    path = write(tmp_path / "a.csv", text if last else text.rstrip())
    assert values(path) == [MUG, TRAY]


def test_blank_lines_are_no_lines(tmp_path):
    path = write(tmp_path / "a.csv", "\n\n" + csv_text(MUG, TRAY).replace("\n", "\n\n"))
    assert [line["line_number"] for line in load(path)] == [1, 2]


def test_a_quote_within_an_unquoted_field_is_text(tmp_path):
    path = write(tmp_path / "a.csv", ",".join(HEADER) + '\n1,2,7" FRAME,4,5,6,7,8\n')
    assert values(path)[0][2] == '7" FRAME'


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "title",
    [
        "sep={}\n",
        "Sales of 2009\n\n",
        '"Sales, of; 2009\nand later"{0}{0}\n',
        "Shop{0}Leeds\nFrom{0}2009-12-01\nCurrency{0}GBP\n",
    ],
)
def test_a_title_may_stand_above_the_headers(tmp_path, caplog, delimiter, title):
    text = title.format(delimiter) + csv_text(MUG, TRAY, delimiter=delimiter) + "ragged"
    path = write(tmp_path / "a.csv", text)
    assert values(path) == [MUG, TRAY, NOTHING]
    line = text.count("\n") + 1
    assert f"1 lines have a wrong number of fields, the first is line {line}" in caplog.text


def test_a_line_above_the_headers_is_refused(tmp_path):
    path = write(tmp_path / "a.csv", csv_text(MUG, HEADER, TRAY, header=["made", "by"]))
    assert error_of(path).startswith("line 3: found what may be an invoice line above the headers: '489434', ")


def test_headers_below_many_lines_are_not_looked_for(tmp_path):
    path = write(tmp_path / "a.csv", "note\n" * 60 + csv_text(MUG))
    assert error_of(path).startswith("header line: found the headers 'note'")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv", csv_text(MUG))

    def read_and_write(*arguments):
        yield from delimited.read_csv(*arguments)
        write(path, csv_text(MUG, TRAY))

    monkeypatch.setattr("lgs_pipeline.datasets.retail_extract.read_csv", read_and_write)
    assert error_of(path) == "found other contents than when reading began, expected a file at rest; run again"


def test_a_header_may_span_lines(tmp_path):
    path = write(tmp_path / "a.csv", csv_text(MUG, header=[*HEADER[:5], "Unit\nprice", *HEADER[6:]]))
    assert values(path) == [MUG]


def test_ragged_lines_keep_their_place_as_nulls_and_are_counted_aloud(tmp_path, caplog):
    text = csv_text(MUG, [*MUG[:2], "TWO\nLINES", *MUG[3:]]) + "short,line\n" + csv_text(TRAY, header=MUG)
    path = write(tmp_path / "a.csv", text + "1,2,3,4,5,6,7,8,9\n")
    lines = load(path)
    assert [line["line_number"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line["invoice_no"] for line in lines] == ["489434", "489434", None, "489434", "C489449", None]
    assert values(path)[2] == NOTHING
    assert "a.csv: 2 lines have a wrong number of fields, the first is line 5" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "ragged", [{1}, {1, 2, 3}, {60_000}, {2, 20_000, 20_001, 59_999, 60_000}, set(range(1, 60_001, 7))]
)
def test_ragged_lines_keep_their_place_across_blocks(tmp_path, ragged):
    lines = ["ragged" if number in ragged else ",".join([str(number), *MUG[1:]]) for number in range(1, 60_001)]
    assert len("\n".join(lines)) > 1.2 * BLOCK
    path = write(tmp_path / "a.csv", "\n".join([",".join(HEADER), *lines]))
    found = {line["line_number"]: line["invoice_no"] for line in load(path)}
    assert found == {number: None if number in ragged else str(number) for number in range(1, 60_001)}


def test_a_file_of_ragged_lines_only_is_read(tmp_path):
    path = write(tmp_path / "a.csv", csv_text() + "1,2\n" * 3)
    assert values(path) == [NOTHING] * 3


def test_a_stray_quote_that_swallows_a_line_is_refused(tmp_path):
    # Every parser takes these two lines for one with eight fields.
    text = ",".join(HEADER) + '\n1,2,"BAD,4,5,6,7,8\n1,2,"GOOD",4,5,6,7,8\n'
    path = write(tmp_path / "a.csv", text)
    assert error_of(path).startswith("line 2: found a quote that does not end its field")


def test_sloppy_quotes_that_swallow_nothing_are_read_beside_blank_ragged_and_broken_lines(tmp_path, caplog):
    sloppy = '1,2,"7" FRAME",4,5,6,7,8'
    broken = '1,2,"TWO\nLINES",4,5,6,7,8'
    path = write(tmp_path / "a.csv", "\n".join([",".join(HEADER), sloppy, "", broken, sloppy, "ragged", "", ""]))
    assert [row[2] for row in values(path)] == ['7 FRAME"', "TWO\nLINES", '7 FRAME"', None]
    assert "a.csv: 1 lines have a wrong number of fields, the first is line 7" in caplog.text


@pytest.mark.parametrize("lines_behind", [3, 100_000])
def test_a_quote_that_is_never_closed_is_refused(tmp_path, lines_behind):
    text = csv_text(MUG) + '1,2,"BAD,4,5,6,7,8\n' + "1,2,GOOD,4,5,6,7,8\n" * lines_behind
    assert error_of(write(tmp_path / "a.csv", text)).startswith("line 3: found a quote that does not end its field")


def test_a_line_of_unusual_length_is_refused(tmp_path):
    path = write(tmp_path / "a.csv", csv_text([*MUG[:2], "x" * 3 * BLOCK, *MUG[3:]]))
    assert error_of(path).startswith("line 2: found a line of more than 2 MB, expected an invoice line")


@pytest.mark.parametrize("text", [csv_text(), csv_text().rstrip(), csv_text() + "\n\n\n"])
def test_a_header_without_lines_is_refused(tmp_path, text):
    assert error_of(write(tmp_path / "a.csv", text)) == "found no data lines, expected at least one; export it again"


@pytest.mark.parametrize("text", ["\n", "\ufeff", "hello\n"])
def test_a_file_without_a_header_is_refused(tmp_path, text):
    assert error_of(write(tmp_path / "a.csv", text)).startswith("header line: found the headers")


def test_an_empty_file_within_gzip_is_refused(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b""))
    assert error_of(path).startswith("header line: found the headers")


def test_a_missing_column_is_refused(tmp_path):
    path = write(tmp_path / "a.csv", csv_text(MUG[:-1], header=HEADER[:-1]))
    assert error_of(path).startswith("header line: found the headers 'Invoice', 'StockCode'")
