"""Every quirk of the real data is in the default sample, and looks there as in the real one."""

from collections.abc import Callable

import pandas as pd
import pytest

from lgs_pipeline.sample import SampleExtract

SERVICES = [
    *("POST", "DOT", "C2", "C3", "D", "M", "S", "AMAZONFEE", "BANK CHARGES", "CRUK", "ADJUST", "ADJUST2"),
    *("B", "TEST001", "TEST002", "GIFT_0001_10", "GIFT_0001_20", "GIFT_0001_30", "GIFT_0001_50"),
]

SEEN: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "cancellation": lambda lines: (
        lines.invoice_no.str.startswith("C") & lines.stock_code.str.fullmatch(r"\d{5}[A-Za-z]?")
    ),
    "postage": lambda lines: lines.stock_code.isin(["POST", "DOT", "C2", "C3"]),
    "discount": lambda lines: lines.stock_code == "D",
    "manual": lambda lines: lines.stock_code.isin(["M", "m"]),
    "voucher": lambda lines: lines.stock_code.str.upper().str.startswith("GIFT_"),
    "sample": lambda lines: lines.stock_code == "S",
    "fee": lambda lines: lines.stock_code.isin(["AMAZONFEE", "BANK CHARGES", "CRUK"]),
    "adjustment": lambda lines: lines.stock_code.isin(["ADJUST", "ADJUST2"]),
    "bad_debt": lambda lines: lines.invoice_no.str.startswith("A"),
    "test": lambda lines: lines.stock_code.str.startswith("TEST"),
    "gift": lambda lines: (lines.unit_price == "0") & lines.customer_id.notna(),
    "stock_movement": lambda lines: (lines.unit_price == "0") & lines.customer_id.isna(),
    "without_customer": lambda lines: lines.customer_id.isna(),
    "zero_price": lambda lines: lines.unit_price == "0",
    "three_decimals": lambda lines: lines.unit_price.str.contains(r"\.\d{3}$"),
    "missing_description": lambda lines: lines.description.isna(),
    "lower_case_code": lambda lines: lines.stock_code != lines.stock_code.str.upper(),
    "stray_spaces": lambda lines: lines.description.fillna("") != lines.description.fillna("").str.strip(),
    "respelled_description": lambda lines: lines.description.str.contains(", ", na=False),
    "second_minute": lambda lines: lines.invoice_date > lines.groupby("invoice_no").invoice_date.transform("min"),
}


@pytest.mark.parametrize("quirk", SEEN)
def test_the_truth_counts_the_lines_that_show_a_quirk_and_there_are_some(sample: SampleExtract, quirk: str):
    assert sample.truth.lines_by_quirk[quirk] == SEEN[quirk](sample.lines).sum() > 0


def test_the_truth_counts_no_other_quirk_but_honest_repetition(sample: SampleExtract):
    assert sample.truth.lines_by_quirk.keys() - SEEN.keys() == {"honest_repetition"}


@pytest.mark.parametrize("code", SERVICES)
def test_every_service_is_charged(once: pd.DataFrame, code: str):
    assert (once["code"] == code).any()


def test_cancellations_are_about_two_in_a_hundred_lines(once: pd.DataFrame):
    assert 0.015 < once["cancelled"].mean() < 0.022


def test_a_cancellation_takes_back_something_that_its_customer_bought_before(
    sample: SampleExtract, once: pd.DataFrame, purchases: pd.DataFrame
):
    customers = sample.truth.customers.set_index("customer_id")
    returned = once[once["cancelled"] & once["product"]].reset_index()
    assert (returned["quantity"] < 0).all()
    returned = returned[returned["customer_id"].map(customers["orders"]) > 0]
    pairs = returned.merge(purchases, on=["customer_id", "code", "unit_price"], suffixes=("", "_bought"))
    earlier = (pairs["invoice_date_bought"] < pairs["invoice_date"]) & (pairs["quantity_bought"] >= -pairs["quantity"])
    assert set(pairs.loc[earlier, "index"]) == set(returned["index"])


def test_some_orders_are_cancelled_whole_and_some_lines_in_part(once: pd.DataFrame, purchases: pd.DataFrame):
    returned = once[once["cancelled"] & once["product"]]
    assert returned.groupby("invoice_no").size().max() > 5
    bought = purchases.merge(returned, on=["customer_id", "code", "unit_price"], suffixes=("", "_returned"))
    assert (bought["quantity"] > -bought["quantity_returned"]).any()
    assert (bought["quantity"] == -bought["quantity_returned"]).any()


def test_some_customers_only_cancel(sample: SampleExtract, once: pd.DataFrame):
    only = once[once["customer_id"].notna()].groupby("customer_id")["cancelled"].all()
    customers = sample.truth.customers
    never_ordered = customers.loc[customers["orders"] == 0, "customer_id"]
    assert sorted(only[only].index) == sorted(never_ordered)
    assert len(never_ordered) > 0


def test_bad_debt_is_written_off_at_a_negative_price(once: pd.DataFrame):
    written_off = once[once["code"] == "B"]
    assert written_off["invoice_no"].str.fullmatch(r"A\d{6}").all()
    assert (written_off["price"] < 0).sum() == 2
    assert written_off["customer_id"].isna().all()


def test_stock_movements_go_down_without_being_cancellations(once: pd.DataFrame):
    movements = once[(once["unit_price"] == "0") & once["customer_id"].isna()]
    assert not movements["cancelled"].any()
    assert (movements["quantity"] < 0).mean() > 0.5
    assert (movements["quantity"] > 0).any()
    assert "damaged" in set(movements["description"])


def test_a_lower_case_code_is_the_same_product_as_its_upper_case_one(once: pd.DataFrame):
    lower = set(once.loc[once["product"] & (once["stock_code"] != once["code"]), "code"])
    assert len(lower & set(once["stock_code"])) > 0.9 * len(lower) > 0


def test_gift_vouchers_come_in_both_cases(once: pd.DataFrame):
    assert {"gift_0001_20", "GIFT_0001_20"} <= set(once["stock_code"])


def test_one_product_has_descriptions_that_differ_in_spaces_and_in_spelling(purchases: pd.DataFrame):
    spellings = purchases.groupby("code")["description"].unique()
    assert (spellings.map(len) > 1).any()
    assert (spellings.map(lambda found: len({spelling.strip() for spelling in found})) > 1).any()


def test_spaces_stray_before_and_behind_descriptions(once: pd.DataFrame):
    assert once["description"].str.startswith(" ").any()
    assert once["description"].str.endswith(" ").any()


def test_an_invoice_repeats_a_line_honestly_but_never_all_its_lines(sample: SampleExtract, once: pd.DataFrame):
    columns = sample.lines.columns.drop("export").tolist()
    times = once.groupby(columns, dropna=False).size()
    assert times.max() == 2
    assert times.groupby("invoice_no").min().max() == 1
    repeated_honestly = set(times[times == 2].index.get_level_values("invoice_no"))
    assert repeated_honestly & set(sample.truth.repeated_invoices)


def test_some_invoices_span_two_minutes(once: pd.DataFrame):
    dates = once.groupby("invoice_no")["invoice_date"].agg(["min", "max"])
    assert set(dates["max"] - dates["min"]) == {pd.Timedelta(0), pd.Timedelta(minutes=1)}


def test_a_handful_of_customers_change_country(once: pd.DataFrame):
    countries = once.dropna(subset="customer_id").groupby("customer_id")["country"].nunique()
    assert 2 <= (countries > 1).sum() <= 20


def test_descriptions_hold_the_characters_that_break_readers(once: pd.DataFrame):
    text = "".join(once["description"].dropna().unique())
    assert set("\"'\\,£É") <= set(text)
