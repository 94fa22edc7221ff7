"""Facts of customers and products, and the moments: each counted by hand."""

import ibis
import pandas as pd
import pytest

from lgs_pipeline import moments
from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.customers import nodes
from lgs_pipeline.pipelines.customers.schemas import Moments, ProductNames
from tests.building import data_period, invoices, settings_of, transactions

SETTINGS = settings_of("base")
POC = settings_of("base", "poc")
PERIOD = data_period("2009-12-01", "2011-12-09 12:50")
MOMENT = pd.Timestamp("2011-12-10")


def moments_of(settings=SETTINGS, period: pd.DataFrame = PERIOD) -> dict[str, str]:
    """The day of each moment."""
    found = nodes.set_moments(
        period,
        settings.rfm,
        settings.segmentation_comparison,
        settings.lifetime_value,
        settings.recommendations,
    )
    return dict(Moments.validate(found).astype({"at": str}).itertuples(index=False, name=None))


class TestMoments:
    def test_each_is_counted_back_from_the_end_of_the_data(self):
        assert moments_of() == {
            "data_end": "2011-12-10",
            "reference": "2011-12-10",
            "migration_start": "2011-09-10",
            "comparison_cut": "2011-06-10",
            "lifetime_cut": "2011-06-10",
            "recommendation_cut": "2011-09-10",
            "selection_cut": "2011-06-10",
        }

    def test_a_reference_moment_of_ones_own_moves_the_segments_and_no_test(self):
        found, usual = moments_of(POC), moments_of()
        assert (found.pop("reference"), found.pop("migration_start")) == ("2012-01-01", "2011-10-01")
        assert found.items() <= usual.items()

    def test_a_moment_before_the_data_is_refused(self):
        message = "found 2012-01-01 00:00:00, expected a moment after the extract begins"
        with pytest.raises(InputError, match=message):
            moments_of(POC, data_period("2023-12-01", "2025-12-09"))

    def test_each_has_a_row_in_the_order_of_their_meanings(self):
        assert list(moments_of()) == list(moments.MEANINGS)


class TestScoredInvoices:
    ROWS = (
        {"invoice_date": "2011-01-01", "amount": "100"},
        {"invoice_date": "2011-01-02", "amount": "-30"},
        {"invoice_date": "2011-01-03", "customer_id": None},
    )

    @pytest.mark.parametrize(("settings", "is_order"), [(SETTINGS, [True, False]), (POC, [True, True])])
    def test_invoices_without_a_customer_are_left_out_and_orders_are_marked(self, settings, is_order):
        found = nodes.select_scored_invoices(transactions({}), invoices(*self.ROWS), settings.cleaning, settings.rfm)
        assert found.order_by("invoice_date").to_pandas().is_order.tolist() == is_order


class TestHabits:
    ROWS = (
        {"invoice_date": "2011-11-20 10:00", "amount": "100", "units": 30, "lines": 3},
        {"invoice_date": "2011-11-20 16:00", "amount": "50", "units": 10, "lines": 1},
        {"invoice_date": "2011-12-02 10:00", "amount": "-30"},
        {"invoice_date": "2011-12-10 00:00", "amount": "5000"},
    )

    def test_orders_and_cancellations_before_the_moment_are_summed_up(self):
        scored = nodes.select_scored_invoices(transactions({}), invoices(*self.ROWS), SETTINGS.cleaning, SETTINGS.rfm)
        (found,) = nodes.summarise_habits(scored, MOMENT).to_pandas().to_dict("records")
        assert found == {
            **{"customer_id": "12346", "order_days": 1, "purchases": 2, "lines": 4, "units": 40},
            **{"gross": 150, "cancelled": 30},
        }


def times(*orders: dict) -> pd.DataFrame:
    """The order times of some invoices, by customer."""
    scored = invoices(*orders).mutate(is_order=lambda table: ~table.is_cancellation)
    return nodes.find_order_times(scored, MOMENT).to_pandas().set_index("customer_id")


class TestOrderTimes:
    def test_the_most_frequent_weekday_hour_and_season_count(self):
        found = times(
            {"invoice_date": "2011-03-07 10:30"}, {"invoice_date": "2011-03-14 11:15"},
            {"invoice_date": "2011-06-15 11:59"},
        )  # fmt: skip
        assert found.loc["12346"].to_dict() == {"orders": 3, "weekday": 0, "hour": 11, "season": 1}

    def test_of_equally_frequent_ones_the_last_ordered_in_counts(self):
        found = times({"invoice_date": "2011-11-04 15:00"}, {"invoice_date": "2011-11-03 16:00"})
        assert found.loc["12346", ["weekday", "hour"]].tolist() == [4, 15]

    def test_of_those_the_smaller_counts(self):
        found = times({"invoice_date": "2011-11-03 16:00"}, {"invoice_date": "2011-11-03 16:00"})
        assert found.loc["12346"].to_dict() == {"orders": 2, "weekday": 3, "hour": 16, "season": 3}

    def test_orders_without_a_time_have_a_weekday_and_a_season_but_no_hour(self):
        found = times({"invoice_date": "2011-03-07"}, {"invoice_date": "2011-03-14"}, {"invoice_date": "2011-06-15"})
        assert found.loc["12346", ["orders", "weekday", "season"]].tolist() == [3, 0, 1]
        assert pd.isna(found.hour["12346"])

    def test_the_hour_is_that_of_the_orders_with_a_time(self):
        found = times(
            {"invoice_date": "2011-03-07"}, {"invoice_date": "2011-03-14"}, {"invoice_date": "2011-06-15 11:59"},
            {"invoice_date": "2011-03-07", "customer_id": "1"},
            {"invoice_date": "2011-03-07 00:01", "customer_id": "2"},
        )  # fmt: skip
        assert found.hour["12346"] == 11
        assert pd.isna(found.hour["1"])
        # A minute past midnight is a time.
        assert found.hour["2"] == 0

    @pytest.mark.parametrize(
        ("day", "season"), [("2010-12-01", 0), ("2011-02-28", 0), ("2011-03-01", 1), ("2011-08-31", 2)]
    )
    def test_seasons_begin_with_their_month(self, day, season):
        assert times({"invoice_date": day}).season.tolist() == [season]

    def test_cancellations_and_what_comes_after_the_moment_do_not_count(self):
        cancelled = {"invoice_date": "2011-03-07", "amount": "-5"}
        assert times(cancelled, {"invoice_date": MOMENT}, {"invoice_date": "2012-01-01"}).empty


def named(*descriptions: str | None, line_type: str = "product") -> list[str]:
    """What a product is called whose lines carry these descriptions."""
    lines = transactions(*({"description": description} for description in descriptions))
    counted = nodes.count_descriptions(lines.mutate(line_type=ibis.literal(line_type)))
    return ProductNames.validate(nodes.name_products(counted)).description.tolist()


class TestProductNames:
    def test_a_product_is_called_as_most_of_its_lines_do(self):
        assert named("RED MUG", "damaged", "RED MUG", None, None, None) == ["RED MUG"]

    def test_of_equally_frequent_descriptions_the_first_by_alphabet_counts(self):
        assert named("RED MUG", "BLUE MUG") == ["BLUE MUG"]

    def test_without_a_description_there_is_no_row(self):
        assert named(None) == []

    def test_what_is_no_product_has_no_name(self):
        assert named("POSTAGE", line_type="postage") == []


def days_of(lines: ibis.Table) -> pd.DataFrame:
    return nodes.list_purchase_days(lines).to_pandas()


class TestPurchaseDays:
    def test_what_is_bought_twice_on_a_day_counts_once(self):
        found = days_of(
            transactions(
                {"invoice_date": "2011-03-01 09:00"}, {"invoice_date": "2011-03-01 17:00", "quantity": 7},
                {"invoice_date": "2011-03-02 00:00"},
            )
        )  # fmt: skip
        assert found.day.tolist() == [pd.Timestamp("2011-03-01"), pd.Timestamp("2011-03-02")]

    @pytest.mark.parametrize(
        "line", [{"customer_id": None}, {"invoice_no": "C500001", "quantity": -1}, {"quantity": -5}]
    )
    def test_lines_of_nobody_and_cancellations_are_no_purchases(self, line):
        assert days_of(transactions(line)).empty

    @pytest.mark.parametrize("line_type", ["postage", "voucher", "manual", "discount"])
    def test_what_is_no_product_is_no_purchase(self, line_type):
        assert days_of(transactions({}).mutate(line_type=ibis.literal(line_type))).empty
