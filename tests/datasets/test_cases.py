"""Extracts of other shops whose files are odd: read right, or refused in one line."""

from decimal import Decimal

from tests.datasets.extracts import error_of, load


def test_a_dump_with_a_delete_at_its_end_is_refused_with_the_line(cases):
    message = error_of(cases / "31-edited-dumps" / "sql_delete_after.sql")
    assert message.startswith("line 573: found a DELETE that may change table retail")


def test_lines_within_nested_comments_of_a_dump_do_not_count(cases):
    assert totals(cases / "31-edited-dumps" / "sql_insert_nested_comment.sql.gz") == (560, Decimal("33939.814"))


def test_a_value_in_a_far_cell_is_refused_with_the_cell(cases):
    message = error_of(cases / "28-stray-cell" / "xlsx_far_stray_cell_wide.xlsx")
    assert message.startswith("sheet 'S': found a value in cell XFD60001, far from all others")


def test_a_title_above_the_headers_of_a_sheet_hides_none_of_its_lines(cases):
    path = cases / "29-title-row" / "xlsx_title_row_on_second_sheet.xlsx"
    assert totals(path) == (560, Decimal("33939.814"))


def test_prices_of_more_digits_than_the_engine_holds_are_read_right(cases):
    assert totals(cases / "30-decimal256" / "pq_decimal256.parquet") == (560, Decimal("33939.814"))


def totals(path) -> tuple[int, Decimal]:
    lines = load(path)
    return len(lines), sum(Decimal(str(line["quantity"])) * Decimal(str(line["unit_price"])) for line in lines)
