from datetime import datetime, timedelta

import pytest
import xlsxwriter

from lgs_pipeline.datasets.errors import ExtractError
from tests.datasets.extracts import HEADER, NOTHING, error_of, load, values, write_workbook

MOMENT = datetime(2009, 12, 1, 7, 45)
MUG = [489434, 85048, "MUG", 12, MOMENT, 6.95, 13085, "United Kingdom"]
TRAY = ["C489449", "22087A", None, -1, MOMENT, 2.955, None, "Éire"]
MUG_TEXT = ["489434", "85048", "MUG", "12", "2009-12-01 07:45:00", "6.95", "13085", "United Kingdom"]
TRAY_TEXT = ["C489449", "22087A", None, "-1", "2009-12-01 07:45:00", "2.955", None, "Éire"]


def test_every_sheet_is_an_extract_with_its_own_line_numbers(tmp_path):
    path = write_workbook(
        tmp_path / "a.xlsx",
        {"Year 2009-2010": [HEADER, MUG, TRAY], "Year 2010-2011": [HEADER[::-1], MUG[::-1]]},
    )
    assert [(line["extract"], line["line_number"]) for line in load(path)] == [
        ("a.xlsx / Year 2009-2010", 1),
        ("a.xlsx / Year 2009-2010", 2),
        ("a.xlsx / Year 2010-2011", 1),
    ]
    assert values(path) == [MUG_TEXT, TRAY_TEXT, MUG_TEXT]


def test_numbers_and_texts_of_one_column_come_out_right_however_late_the_first_text(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"lines": [HEADER, *[MUG] * 2500, TRAY]})
    found = values(path)
    assert found[:2500] == [MUG_TEXT] * 2500
    assert found[2500] == TRAY_TEXT


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (2.55, "2.55"),
        (0.1 + 0.2, "0.3"),
        (18, "18"),
        (-0.001, "-0.001"),
        (38970.0, "38970"),
        (1e-3, "0.001"),
        (1e15, "1000000000000000"),
    ],
)
def test_prices_come_out_exactly(tmp_path, price, text):
    path = write_workbook(tmp_path / "a.xlsx", {"lines": [HEADER, [*MUG[:5], price, *MUG[6:]]]})
    assert values(path)[0][5] == text


def test_every_second_of_a_day_comes_out_right_as_date_and_as_day_number(tmp_path):
    moments = [MOMENT + timedelta(seconds=37 * number) for number in range(2400)]
    serials = [(moment - datetime(1899, 12, 30)) / timedelta(days=1) for moment in moments]
    rows = [[*MUG[:4], date, *MUG[5:]] for pair in zip(moments, serials, strict=True) for date in pair]
    path = write_workbook(tmp_path / "a.xlsx", {"lines": [HEADER, *rows]})
    assert [row[4] for row in values(path)] == [str(moment) for moment in moments for _ in range(2)]


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (datetime(2009, 12, 1, 7, 44, 59, 999000), "2009-12-01 07:45:00"),
        (datetime(2009, 12, 1), "2009-12-01 00:00:00"),
        ("01/12/2009 07:45", "01/12/2009 07:45"),
        ("20091201", "20091201"),
        (None, None),
    ],
)
def test_dates_are_written_to_the_second_and_texts_stay(tmp_path, date, text):
    path = write_workbook(tmp_path / "a.xlsx", {"lines": [HEADER, [*MUG[:4], date, *MUG[5:]], MUG]})
    assert values(path)[0][4] == text


def test_sheets_without_known_headers_and_empty_ones_are_passed_over_aloud(tmp_path, caplog):
    sheets = {
        "Cover": [["London Gift Shop"], ["2010"]],
        "Empty": [],
        "Headers": [HEADER],
        "Lines": [HEADER, MUG],
    }
    path = write_workbook(tmp_path / "a.xlsx", sheets)
    assert [line["extract"] for line in load(path)] == ["a.xlsx / Lines"]
    assert "a.xlsx: skipped the sheet 'Cover', because its first row has no known header" in caplog.text
    assert "a.xlsx: passed over the empty sheet 'Empty'" in caplog.text
    assert "a.xlsx: passed over the sheet 'Headers', which has headers but no lines" in caplog.text


def test_blank_rows_are_no_lines_but_rows_with_anything_in_them_are(tmp_path):
    rows = [[*HEADER, "Note"], [*MUG, None], [None] * 9, [*NOTHING, "total"], [*TRAY, None], [None, None]]
    path = write_workbook(tmp_path / "a.xlsx", {"lines": rows})
    assert [(line["line_number"], line["invoice_no"]) for line in load(path)] == [
        (1, "489434"),
        (2, None),
        (3, "C489449"),
    ]


def test_a_sheet_may_begin_below_empty_rows_and_right_of_empty_columns(tmp_path):
    rows = [[], [], [None, *HEADER], [None, *MUG]]
    assert values(write_workbook(tmp_path / "a.xlsx", {"lines": rows})) == [MUG_TEXT]


def test_errors_of_formulas_are_null_and_their_results_are_read(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("lines")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, MUG_TEXT)
    sheet.write_formula(1, 3, "=6*2", None, 12)
    sheet.write_formula(1, 5, "=1/0", None, "#DIV/0!")
    book.close()
    assert values(path) == [[*MUG_TEXT[:5], None, *MUG_TEXT[6:]]]


def test_a_sheet_with_some_of_the_columns_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"Good": [HEADER, MUG], "Bad": [HEADER[:-1], MUG[:-1]]})
    message = error_of(path)
    assert message.startswith("sheet 'Bad': found the headers 'Invoice'")
    assert "expected also country (as 'Country'" in message


def test_a_sheet_with_a_doubled_column_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"Bad": [[*HEADER, "Price"], [*MUG, 1]]})
    assert error_of(path).startswith("sheet 'Bad': found 'Price', 'Price' for column unit_price")


@pytest.mark.parametrize("sheets", [{"Cover": [["hello"]], "Empty": []}, {"Headers": [HEADER]}])
def test_a_workbook_without_lines_is_refused_with_its_sheets(tmp_path, sheets):
    path = write_workbook(tmp_path / "a.xlsx", sheets)
    assert error_of(path).startswith(f"found no invoice lines in its sheets {', '.join(map(repr, sheets))}, expected")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"no zip at all", "no readable workbook (calamine error: Xlsx error: Zip error"),
        (b"PK\x03\x04rubbish", "no readable workbook (calamine error: Xlsx error: Zip error"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "a password-protected or old (.xls) workbook, expected an .xlsx",
        ),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path, content, found):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert error_of(path).startswith(f"found {found}")


def test_a_workbook_cut_off_in_the_middle_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"lines": [HEADER, *[MUG] * 100]})
    path.write_bytes(path.read_bytes()[:3000])
    assert error_of(path).startswith("found no readable workbook")


def test_a_workbook_that_may_not_be_read_is_refused(tmp_path, forbidden_file):
    with pytest.raises(ExtractError, match="Permission denied"):
        load(forbidden_file.with_suffix(".xlsx"))
