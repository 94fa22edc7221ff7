"""What an invoice is: which lines belong together, and whose they are."""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgs_pipeline.invoices import assign_customers, build_invoices, list_moments, select_lines, with_customers
from tests.building import retail, transactions

ANNA, BERT = "101", "102"
GAP = 60


def built(*lines: dict) -> list[tuple[str, str, str | None, int]]:
    """Number, moment, customer and lines of each invoice."""
    table = build_invoices(transactions(*lines), GAP).to_pandas()
    customers = [None if invoice is None or invoice != invoice else invoice for invoice in table.customer_id]
    moments = table.invoice_date.dt.strftime("%Y-%m-%d %H:%M")
    return list(zip(table.invoice_no, moments, customers, table.lines, strict=True))


def customers(*lines: dict) -> list[str | None]:
    """The customer of each line once those without one have joined an invoice."""
    delivered = retail(*lines)
    found = assign_customers(delivered, list_moments(delivered), GAP)
    table = with_customers(delivered, found).order_by("extract", "line_number").to_pandas()
    return [None if customer != customer else customer for customer in table.customer_id]


class TestInvoicesAreToldApart:
    def test_by_a_gap_longer_than_the_setting(self):
        lines = [{"invoice_no": "1", "customer_id": ANNA, "invoice_date": f"2010-03-01 {time}"}
                 for time in ("10:00", "11:00", "12:01")]  # fmt: skip
        assert built(*lines) == [("1", "2010-03-01 10:00", ANNA, 2), ("1", "2010-03-01 12:01", ANNA, 1)]

    def test_by_the_year_in_which_their_number_begins_again(self):
        lines = [{"invoice_no": "1", "customer_id": ANNA, "invoice_date": f"{year}-03-01"} for year in (2010, 2011)]
        assert built(*lines) == [("1", "2010-03-01 00:00", ANNA, 1), ("1", "2011-03-01 00:00", ANNA, 1)]

    def test_by_their_customers_at_the_same_moment(self):
        lines = [{"invoice_no": "1", "customer_id": customer} for customer in (ANNA, BERT, ANNA)]
        assert built(*lines) == [("1", "2010-03-01 10:00", ANNA, 2), ("1", "2010-03-01 10:00", BERT, 1)]

    def test_and_stay_whole_over_many_short_gaps(self):
        lines = [{"invoice_no": "1", "invoice_date": f"2010-03-01 {hour:02}:00"} for hour in range(8, 18)]
        assert [invoice[3] for invoice in built(*lines)] == [10]

    @pytest.mark.slow
    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(0, 400), min_size=1, max_size=8))
    def test_so_that_no_gap_within_is_longer_and_every_gap_between_is(self, minutes):
        lines = [
            {"invoice_no": "1", "invoice_date": str(pd.Timestamp("2010-03-01") + pd.Timedelta(minutes=minute))}
            for minute in minutes
        ]
        ordered = sorted(minutes)
        gaps = sum(later - earlier > GAP for earlier, later in pairwise(ordered))
        assert len(built(*lines)) == gaps + 1


class TestCustomersOfLines:
    def test_a_line_without_a_customer_joins_its_invoice(self):
        assert customers({"customer_id": ANNA}, {"customer_id": None}, {"customer_id": None}) == [ANNA] * 3

    def test_also_where_the_customer_stands_on_the_last_line(self):
        assert customers({"customer_id": None}, {"customer_id": ANNA}) == [ANNA, ANNA]

    def test_but_not_an_invoice_of_the_same_number_in_another_year(self):
        later = {"customer_id": None, "invoice_date": "2011-03-01"}
        assert customers({"customer_id": ANNA}, later) == [ANNA, None]

    def test_of_two_customers_it_joins_the_one_named_last_before_it(self):
        named = [ANNA, None, BERT, None, None]
        assert customers(*({"customer_id": customer} for customer in named)) == [ANNA, ANNA, BERT, BERT, BERT]

    def test_a_number_on_which_nobody_is_named_stays_without_a_customer(self):
        assert customers({"customer_id": None}, {"customer_id": ANNA, "invoice_no": "2"}) == [None, ANNA]

    def test_the_parts_of_an_invoice_in_two_extracts_have_one_customer(self):
        assert customers({"extract": "a", "customer_id": ANNA}, {"extract": "b", "customer_id": None}) == [ANNA, ANNA]


def test_lines_are_selected_by_number_moment_and_customer():
    lines = transactions(
        {"invoice_no": "1", "customer_id": ANNA, "invoice_date": "2010-03-01 10:00", "stock_code": "A"},
        {"invoice_no": "1", "customer_id": ANNA, "invoice_date": "2010-03-01 10:30", "stock_code": "B"},
        {"invoice_no": "1", "customer_id": ANNA, "invoice_date": "2011-03-01 10:00", "stock_code": "C"},
        {"invoice_no": "1", "customer_id": BERT, "invoice_date": "2010-03-01 10:00", "stock_code": "D"},
    )
    wanted = build_invoices(lines, GAP).filter(lambda row: row.customer_id == ANNA).order_by("invoice_date").limit(1)
    assert select_lines(lines, wanted, GAP).order_by("stock_code").to_pandas().stock_code.tolist() == ["A", "B"]
