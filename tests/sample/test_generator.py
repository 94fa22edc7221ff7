"""The sample is a believable shop, and the truth about it is true."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgs_pipeline.sample import SampleExtract, SampleSettings, generate


def months_of(lines: pd.DataFrame) -> pd.Series:
    return lines["invoice_date"].dt.to_period("M")


# ---- Exports ----------------------------------------------------------------------------------------


def test_two_exports_overlap_in_the_first_days_of_december(sample: SampleExtract):
    days = sample.lines["invoice_date"].dt.normalize().groupby(sample.lines["export"])
    assert days.min().tolist() == [pd.Timestamp("2023-12-01"), pd.Timestamp("2024-12-01")]
    assert days.max().tolist() == [pd.Timestamp("2024-12-09"), pd.Timestamp("2025-12-09")]


def test_the_invoices_in_both_exports_are_those_of_the_truth_and_identical(sample: SampleExtract):
    first, second = (lines.drop(columns="export") for _, lines in sample.lines.groupby("export"))
    in_both = first["invoice_no"].isin(second["invoice_no"])
    assert tuple(first.loc[in_both, "invoice_no"].unique()) == sample.truth.repeated_invoices
    copies = second[second["invoice_no"].isin(sample.truth.repeated_invoices)]
    pd.testing.assert_frame_equal(first[in_both].reset_index(drop=True), copies.reset_index(drop=True))
    assert len(copies) == sample.truth.surplus_lines > 500


def test_lines_come_by_export_and_invoice_in_the_order_of_time(sample: SampleExtract):
    number = sample.lines["invoice_no"].str.extract(r"(\d+)", expand=False).astype("int64")
    for _, of_export in sample.lines.assign(number=number).groupby("export"):
        assert of_export["number"].is_monotonic_increasing
        assert of_export.groupby("number")["invoice_date"].min().is_monotonic_increasing


def test_the_last_month_is_partial(sample: SampleExtract):
    last = sample.lines["invoice_date"].max()
    assert pd.Timestamp("2025-12-05") < last < pd.Timestamp("2025-12-10")


def test_each_year_has_its_export_and_a_short_sample_only_one():
    exports = {
        months: generate(SampleSettings(customers=20, months=months)).lines["export"].nunique()
        for months in (6, 12, 13, 30)
    }
    assert exports == {6: 1, 12: 1, 13: 2, 30: 3}


# ---- Truth ------------------------------------------------------------------------------------------


def test_the_truth_knows_how_many_invoices_each_customer_ordered_by(sample: SampleExtract, purchases: pd.DataFrame):
    ordered = purchases.dropna(subset="customer_id").groupby("customer_id")["invoice_no"].nunique()
    truth = sample.truth.customers.set_index("customer_id")["orders"]
    assert truth[truth > 0].to_dict() == ordered.to_dict()


def test_customers_arrive_with_their_first_order(sample: SampleExtract, purchases: pd.DataFrame):
    first = purchases.dropna(subset="customer_id").groupby("customer_id")["invoice_date"].min()
    customers = sample.truth.customers.query("orders > 0").set_index("customer_id")
    assert customers["arrival"].to_dict() == first.dt.normalize().to_dict()


def test_lines_and_pounds_add_up_to_the_truth(sample: SampleExtract, once: pd.DataFrame):
    assert len(sample.lines) == sample.truth.lines
    assert len(once) == sample.truth.lines - sample.truth.surplus_lines
    assert pounds(sample.lines) == sample.truth.amount
    assert pounds(once) == sample.truth.amount - sample.truth.surplus_amount


def pounds(lines: pd.DataFrame) -> Decimal:
    return sum(
        (
            int(quantity) * Decimal(price)
            for quantity, price in zip(lines["quantity"], lines["unit_price"], strict=True)
        ),
        Decimal(0),
    )


def test_customers_who_are_alive_have_ordered_more_recently_for_their_rate(sample: SampleExtract, purchases):
    last = purchases.dropna(subset="customer_id").groupby("customer_id")["invoice_date"].max()
    customers = sample.truth.customers.query("orders > 0").set_index("customer_id")
    silence = (pd.Timestamp("2025-12-10") - last).dt.days * customers["order_rate"]
    median = silence.groupby(customers["alive_at_end"]).median()
    assert median[True] < 1.2 < 3 < median[False]


def test_about_half_of_the_customers_have_lapsed(sample: SampleExtract):
    assert 0.3 < sample.truth.customers["alive_at_end"].mean() < 0.7


def test_customers_order_at_their_rate_while_they_are_there():
    made = generate(SampleSettings(customers=3000, months=12, lapse_beta=1e6)).truth.customers
    exposed = (pd.Timestamp("2024-12-10") - made["arrival"]).dt.days
    expected = 1 + made["order_rate"] * exposed
    loyal = made["orders"] > 0
    assert abs(made.loc[loyal, "orders"].sum() / expected[loyal].sum() - 1) < 0.05


def test_orders_are_worth_about_the_level_of_their_customer(sample: SampleExtract, purchases: pd.DataFrame):
    value = purchases.groupby(["customer_id", "invoice_no"])["amount"].sum()
    mean = value.groupby("customer_id").mean()
    customers = sample.truth.customers.set_index("customer_id").query("orders >= 5")
    ratio = mean.loc[customers.index] / customers["order_value"]
    assert 0.9 < ratio.median() < 1.15
    assert np.corrcoef(np.log(mean.loc[customers.index]), np.log(customers["order_value"]))[0, 1] > 0.9


# ---- A believable shop ------------------------------------------------------------------------------


def test_autumn_is_the_busiest_season(purchases: pd.DataFrame):
    orders = purchases.groupby(months_of(purchases))["invoice_no"].nunique()
    assert orders["2024"].idxmax() == orders["2025"].idxmax().asfreq("M") - 12
    assert orders["2024"].idxmax().month == 11
    assert orders["2024-09":"2024-11"].mean() > 1.4 * orders["2024-01":"2024-08"].mean()


def test_christmas_things_sell_from_september_on(purchases: pd.DataFrame):
    christmas = purchases["description"].str.contains("BAUBLE|REINDEER|STOCKING|WREATH|NUTCRACKER")
    months = purchases.loc[christmas, "invoice_date"].dt.month
    assert months.isin([9, 10, 11, 12]).mean() > 0.85
    assert len(months) > 100


def test_the_shop_does_not_grow(purchases: pd.DataFrame):
    year = (months_of(purchases) >= "2024-12").map({False: "first", True: "second"})
    sales = purchases[months_of(purchases) < "2025-12"].groupby(year)["amount"].sum()
    assert 0.8 < sales["second"] / sales["first"] < 1.2


def test_the_shop_is_closed_at_night_on_saturdays_and_at_christmas(sample: SampleExtract):
    date = sample.lines["invoice_date"]
    assert date.dt.hour.between(8, 19).all()
    assert (date.dt.day_of_week == 5).mean() < 0.01
    assert not ((date.dt.month == 12) & (date.dt.day >= 24)).any()
    assert not ((date.dt.month == 1) & (date.dt.day <= 3)).any()


def test_an_order_is_worth_a_few_hundred_pounds_and_a_few_are_worth_thousands(purchases: pd.DataFrame):
    value = purchases.groupby("invoice_no")["amount"].sum()
    assert 200 < value.mean() < 500
    assert value.median() < value.mean()
    assert value.max() > 3000


def test_a_fifth_of_the_customers_brings_most_of_the_sales(purchases: pd.DataFrame):
    sales = purchases.groupby("customer_id")["amount"].sum().sort_values(ascending=False)
    assert 0.6 < sales.head(len(sales) // 5).sum() / sales.sum() < 0.85


def test_many_customers_order_once_and_some_very_often(sample: SampleExtract):
    orders = sample.truth.customers["orders"]
    assert 0.15 < (orders == 1).mean() < 0.35
    assert (orders >= 15).mean() > 0.05


def test_a_fifth_of_the_lines_names_no_customer(once: pd.DataFrame):
    assert 0.15 < once["customer_id"].isna().mean() < 0.25


def test_nine_in_ten_customers_live_in_the_united_kingdom(sample: SampleExtract):
    country = sample.truth.customers["country"]
    assert 0.85 < (country == "United Kingdom").mean() < 0.95
    assert country.nunique() > 10


def test_companions_go_together_far_more_often_than_by_chance(sample: SampleExtract, purchases: pd.DataFrame):
    baskets = purchases.groupby("code")["invoice_no"].agg(set)
    orders = purchases["invoice_no"].nunique()
    for code, companion in sample.truth.companions.itertuples(index=False):
        both = len(baskets[code] & baskets[companion])
        assert both * orders > 3 * len(baskets[code]) * len(baskets[companion])
        assert both > 0.5 * len(baskets[code])


def test_customers_come_back_for_the_same_products(purchases: pd.DataFrame):
    bought = purchases.dropna(subset="customer_id").drop_duplicates(["customer_id", "invoice_no", "code"])
    times = bought.groupby(["customer_id", "code"]).size()
    assert (times >= 3).groupby("customer_id").any().mean() > 0.3


def test_products_have_codes_and_prices_like_the_real_ones(purchases: pd.DataFrame):
    assert purchases["code"].nunique() > 550
    assert (purchases["code"].str.len() == 6).any()
    assert (purchases["code"].str.len() == 5).any()
    trade = purchases[purchases["customer_id"].notna() & (purchases["quantity"] < 48)]
    assert trade["price"].between(0.29, 30).all()


def test_new_products_come_and_old_ones_go(purchases: pd.DataFrame):
    christmas = purchases["description"].str.contains("CHRISTMAS|BAUBLE")
    months = months_of(purchases[~christmas]).groupby(purchases["code"]).agg(["min", "max"])
    assert (months["min"] > "2024-08").sum() > 50
    assert (months["max"] < "2025-04").sum() > 20


# ---- Size and chance --------------------------------------------------------------------------------


def test_lines_grow_with_customers_and_with_months():
    def lines(**size: int) -> int:
        return len(generate(SampleSettings(**size)).lines)

    small = lines(customers=200, months=6)
    assert 3 * small < lines(customers=800, months=6) < 5 * small
    assert 1.5 * small < lines(customers=200, months=18)


def test_the_catalogue_does_not_depend_on_the_number_of_customers():
    few, many = (generate(SampleSettings(customers=n, months=3)) for n in (5, 100))
    pd.testing.assert_frame_equal(few.truth.companions, many.truth.companions)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    customers=st.integers(1, 30),
    months=st.integers(1, 30),
    seed=st.integers(0, 2**32),
)
def test_any_small_sample_keeps_within_its_period_and_adds_up(customers: int, months: int, seed: int):
    made = generate(SampleSettings(customers=customers, months=months, seed=seed))
    end = pd.Timestamp("2023-12-01") + pd.DateOffset(months=months, days=9)
    assert made.lines["invoice_date"].between("2023-12-01", end, inclusive="left").all()
    assert len(made.truth.customers) == customers
    assert made.truth.customers["customer_id"].is_unique
    assert set(made.lines["customer_id"].dropna()) <= set(made.truth.customers["customer_id"])
    assert (made.truth.lines, made.truth.amount) == (len(made.lines), pounds(made.lines))
    copies = made.lines.groupby("invoice_no")["export"].nunique()
    assert tuple(copies[copies == 2].index.sort_values()) == tuple(sorted(made.truth.repeated_invoices))
    assert copies.max() <= 2
    second = made.lines.duplicated("invoice_no") & (
        made.lines["export"] > made.lines.groupby("invoice_no")["export"].transform("min")
    )
    assert made.truth.surplus_lines == second.sum()
    assert made.truth.surplus_amount == pounds(made.lines[second])
