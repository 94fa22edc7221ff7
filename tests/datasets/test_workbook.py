import re
import zipfile
from datetime import datetime, timedelta

import pytest
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

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
    assert "a.xlsx: skipped the sheet 'Cover', because it has no known header" in caplog.text
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


@pytest.mark.parametrize("rows", [[["Sales of 2009"]], [["Sales"], [], ["From", "2009-12-01", "to", 40148]]])
def test_a_title_may_stand_above_the_headers(tmp_path, rows):
    sheets = {"One": [HEADER, MUG], "Two": [*rows, HEADER[::-1], TRAY[::-1]]}
    path = write_workbook(tmp_path / "a.xlsx", sheets)
    assert values(path) == [MUG_TEXT, TRAY_TEXT]
    assert [line["line_number"] for line in load(path)] == [1, 1]


def test_a_line_above_the_headers_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"One": [MUG, HEADER, TRAY]})
    assert error_of(path).startswith("sheet 'One': found what may be an invoice line above the headers: '489434', ")


DAY = 40148.25


@pytest.mark.parametrize(
    "rows",
    [
        [MUG],
        [MUG[1:]],
        [[*MUG[:4], DAY, *MUG[5:]], TRAY],
        [["Rechnung", "Artikel", "Text", "Menge", "Datum", "Preis", "Kunde", "Land"], MUG],
        [["Export"], *[["made by the till"]] * 40, MUG],
        [["Rechnung", "Artikel", "Text", "Menge", "Datum", "Preis", "Customer", "Country"], MUG],
    ],
)
def test_a_sheet_that_may_hold_lines_but_has_no_headers_is_refused_unless_the_sheets_are_named(tmp_path, rows):
    path = write_workbook(tmp_path / "a.xlsx", {"One": [HEADER, MUG], "Two": rows})
    message = error_of(path)
    assert message.startswith("sheet 'Two': found what may be invoice lines (")
    assert "name the sheets that hold lines as `sheets` of the extract in the catalog" in message
    assert values(path, sheets=["One"]) == [MUG_TEXT]


@pytest.mark.parametrize(
    "rows",
    [
        [["Notes"], ["The till was broken on 2009-12-01, 2 days, 3 shops"]],
        [["Country", "Quantity", "Price"], ["EIRE", 12, 6.95], ["France", 7, 2.5]],
        [["Country", "Dec 2009", "Jan 2010", "Feb 2010", "Total"], ["EIRE", 40200, 3.5, 4, 5], ["Sum", 1, 2, 3, 4]],
        [["Product", "Description", "Price"], ["22087", "TRAY", 2.955]],
    ],
)
def test_a_sheet_of_notes_or_sums_is_passed_over_aloud(tmp_path, caplog, rows):
    path = write_workbook(tmp_path / "a.xlsx", {"One": [HEADER, MUG], "Two": rows})
    if rows[1][1:2] == [40200]:
        # More than a sheet of sums usually looks like: better refused than lost.
        assert "found what may be invoice lines" in error_of(path)
        return
    assert values(path) == [MUG_TEXT]
    assert "a.xlsx: skipped the sheet 'Two'" in caplog.text


def test_named_sheets_must_be_there(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"One": [HEADER, MUG]})
    assert error_of(path, sheets=["One", "Two"]).startswith("found the sheets 'One', expected also 'Two'; correct")


def test_charts_and_hidden_sheets_beside_the_lines_are_fine(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("lines")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, MUG_TEXT)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=lines!$D$2:$D$2"})
    book.add_chartsheet("chart").set_chart(chart)
    hidden = book.add_worksheet("hidden")
    hidden.write_row(0, 0, HEADER)
    hidden.write_row(1, 0, TRAY_TEXT[:2])
    hidden.hide()
    book.close()
    assert [line["extract"] for line in load(path)] == ["a.xlsx / hidden", "a.xlsx / lines"]


@pytest.mark.parametrize(
    ("date_1904", "serial", "text"),
    [
        (False, 40148.25, "2009-12-01 06:00:00"),
        (True, 40148.25 - 1462, "2009-12-01 06:00:00"),
        (True, 0.5 + 38000, "2008-01-15 12:00:00"),
    ],
)
def test_day_numbers_are_read_by_the_epoch_of_their_workbook(tmp_path, date_1904, serial, text):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": date_1904, "default_date_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet("lines")
    sheet.write_row(0, 0, HEADER)
    for row in (1, 2):
        sheet.write_row(row, 0, MUG_TEXT)
    sheet.write(1, 4, serial)
    sheet.write(2, 4, MOMENT)
    book.close()
    assert [row[4] for row in values(path)] == [text, str(MOMENT)]


def test_a_sheet_is_read_the_same_in_one_part_and_in_many(tmp_path, monkeypatch):
    rows = [[number, "", *MUG[2:]] if number % 3 else [] for number in range(1, 200)]
    sheets = {"One": [["Title"], [], [None, *HEADER, "Note"], *([None, *row] for row in rows)]}
    path = write_workbook(tmp_path / "a.xlsx", sheets)
    expected = load(path)
    assert len(expected) == 133
    monkeypatch.setattr("lgs_pipeline.datasets.workbook_parts._PART", 3000)
    monkeypatch.setattr("lgs_pipeline.datasets.workbook_parts._CHUNK", 700)
    (tmp_path / "again").mkdir()
    assert load(write_workbook(tmp_path / "again" / "a.xlsx", sheets)) == expected


@pytest.mark.parametrize(("row", "column"), [(60_000, 16_383), (1_048_575, 7), (1_048_575, 16_383), (300_000, 300)])
def test_a_value_far_from_all_others_is_refused_by_its_cell_or_read(tmp_path, row, column):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("lines")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, MUG_TEXT)
    sheet.write(row, column, "x")
    book.close()
    message = error_of(path)
    assert message.startswith(f"sheet 'lines': found a value in cell {xl_rowcol_to_cell(row, column)}, far from all")


def test_a_format_far_from_all_values_is_no_value(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("lines")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, MUG_TEXT)
    for place in ((50, 16_383), (1_048_575, 16_383)):
        sheet.write_blank(*place, None, book.add_format({"bold": True}))
    book.close()
    assert values(path) == [MUG_TEXT]


def with_sheet(path, change):
    """The workbook with the XML of its first sheet changed."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, change(data) if name.endswith("sheet1.xml") else data)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: re.sub(rb' (r|spans)="[A-Z]*[\d:]+"', b"", xml),
        lambda xml: re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", xml).replace(b"xmlns=", b"xmlns:x=", 1),
        lambda xml: xml.replace(b'<c r="', b'<c\n r="'),
        lambda xml: re.sub(rb"<dimension[^>]*/>", b"", xml),
    ],
)
def test_other_programs_write_sheets_in_their_own_way(tmp_path, change):
    path = write_workbook(tmp_path / "a.xlsx", {"One": [HEADER, MUG, MUG]})
    assert values(with_sheet(path, change)) == [MUG_TEXT] * 2


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml[: len(xml) // 2],
        lambda xml: xml.replace(b"sheetData", b"data"),
        lambda xml: xml.replace(b"</c>", b"</d>"),
        lambda xml: xml.replace(b' r="3"', b""),
        lambda xml: xml.replace(b' r="3"', b' r="2"').replace(b'3" ', b'2" '),
        lambda xml: xml.replace(b'3"', b'2"'),
        lambda xml: xml.replace(b'"A3"', b'"A9"'),
    ],
)
def test_a_damaged_sheet_is_refused(tmp_path, change):
    path = write_workbook(tmp_path / "a.xlsx", {"One": [HEADER, MUG, MUG]})
    assert "expected an .xlsx workbook" in error_of(with_sheet(path, change))


def test_a_formula_without_a_result_is_nothing(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"One": [HEADER, MUG]})
    with_sheet(path, lambda xml: xml.replace(b"<v>12</v>", b"<f>6*2</f><v></v>").replace(b"<v>6.95</v>", b"<f>1</f>"))
    assert [values(path)[0][place] or None for place in (3, 5)] == [None, None]


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
        (b"no zip at all", "no readable workbook (File is not a zip file)"),
        (b"PK\x03\x04rubbish", "no readable workbook (File is not a zip file)"),
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
