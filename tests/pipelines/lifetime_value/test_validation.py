"""The predictions held against what came: each measure by hand, and honest about what it cannot say."""

import logging

import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.pipelines.lifetime_value import nodes, validation
from lgs_pipeline.pipelines.lifetime_value.schemas import ClvValidation
from tests.building import invoices
from tests.pipelines.lifetime_value.shop import END, PERIOD, SETTINGS, changed, shop_of

CUT = pd.Timestamp("2011-06-10")


def validated(*rows: dict) -> pd.DataFrame:
    """clv_validation of some invoices."""
    days = nodes.sum_up_days(invoices(*rows))
    known = nodes.summarise_purchases(days, CUT)
    orders = nodes.count_repeat_orders(days, known)
    return validation.validate_predictions(
        known,
        nodes.fit_lifetime_models(known, orders, CUT, PERIOD, SETTINGS),
        validation.compare_periods(days, END, CUT, SETTINGS),
        orders,
        validation.check_assumptions(nodes.summarise_purchases(days, END), SETTINGS),
        END,
        CUT,
        PERIOD,
        SETTINGS,
    )


def value(table: pd.DataFrame, part: str, item: str, measure: str) -> float:
    (found,) = table.value[(table.part == part) & (table["item"] == item) & (table.measure == measure)]
    return found


@pytest.fixture(scope="module")
def shop() -> list[dict]:
    return shop_of(800)


@pytest.fixture(scope="module")
def table(shop) -> pd.DataFrame:
    return validated(*shop)


def by_hand(rows: list[dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Order days before and after the cut, of these invoices without cancellations."""
    orders = pd.DataFrame(rows).assign(day=lambda frame: frame.invoice_date.dt.normalize())
    orders = orders.assign(amount=orders.amount.astype(float))
    days = orders.groupby(["customer_id", "day"]).amount.sum().reset_index()
    return days[days.day < CUT], days[days.day >= CUT]


class TestPeriods:
    def test_a_customers_periods_by_hand(self):
        days = nodes.sum_up_days(
            invoices(
                {"invoice_date": "2010-12-09"}, {"invoice_date": "2010-12-10"},
                {"invoice_date": "2011-06-09 23:59:59"}, {"invoice_date": "2011-06-10"},
                {"invoice_date": "2011-06-10 12:00"}, {"invoice_date": "2011-08-10", "amount": "-4"},
                {"customer_id": "2", "invoice_date": "2011-12-09", "amount": "7"},
                {"customer_id": "3", "invoice_date": "2010-01-09"},
            )
        )  # fmt: skip
        periods = validation.compare_periods(days, END, CUT, SETTINGS).to_pandas()
        assert periods.astype(float).to_numpy().tolist() == [[12346, 2, 1, 16], [2, 0, 1, 7]]


class TestTotals:
    def test_what_came_is_what_known_buyers_did(self, shop, table):
        before, after = by_hand(shop)
        known = after[after.customer_id.isin(before.customer_id)]
        assert value(table, "totals", "orders", "actual") == len(known)
        assert value(table, "totals", "sales", "actual") == pytest.approx(known.amount.sum())

    def test_customers_never_seen_before_the_cut_are_told_apart(self, shop, table):
        before, after = by_hand(shop)
        new = after[~after.customer_id.isin(before.customer_id)]
        assert value(table, "not_known_at_cut", "customers", "actual") == new.customer_id.nunique() > 0
        assert value(table, "not_known_at_cut", "orders", "actual") == len(new)
        assert value(table, "not_known_at_cut", "sales", "actual") == pytest.approx(new.amount.sum())

    def test_errors_are_of_what_came(self, table):
        for item in ("orders", "sales"):
            expected, actual = (value(table, "totals", item, measure) for measure in ("expected", "actual"))
            assert value(table, "totals", item, "error") == pytest.approx(expected / actual - 1)
            assert value(table, "totals", item, "low") < expected < value(table, "totals", item, "high")

    def test_parts_add_up_to_the_total(self, table):
        for measure in ("expected", "actual"):
            total = value(table, "totals", "orders", measure)
            for part in ("orders_by_past_orders", "orders_by_month"):
                parts = table.value[(table.part == part) & (table.measure == measure)]
                assert parts.sum() == pytest.approx(total)
            assert value(table, "orders_by_month", "2011-12", f"{measure}_so_far") == pytest.approx(total)


class TestMonths:
    def test_the_first_and_last_month_may_be_parts(self, shop, table):
        before, after = by_hand(shop)
        known = after[after.customer_id.isin(before.customer_id)]
        for month, first, last in (
            ("2011-06", "2011-06-10", "2011-06-30"),
            ("2011-12", "2011-12-01", "2011-12-09"),
        ):
            assert value(table, "orders_by_month", month, "actual") == known.day.between(first, last).sum()

    def test_every_month_of_the_held_out_half_year_is_there(self, table):
        months = table["item"][table.part == "orders_by_month"].unique()
        assert months.tolist() == [f"2011-{month:02d}" for month in range(6, 13)]


class TestPastOrders:
    def test_customers_by_their_orders_so_far(self, shop, table):
        before, _ = by_hand(shop)
        orders = before.groupby("customer_id").size()
        assert value(table, "orders_by_past_orders", "01", "customers") == (orders == 1).sum()
        assert value(table, "orders_by_past_orders", "12+", "customers") == (orders >= 12).sum() > 0


class TestErrors:
    def test_the_baselines_by_hand(self, shop, table):
        before, after = by_hand(shop)
        customers = before.customer_id.unique()
        came = after.groupby("customer_id").size().reindex(customers, fill_value=0)
        recent = before[before.day >= "2010-12-10"].groupby("customer_id").size()
        recent = recent.reindex(customers, fill_value=0)
        first = before.groupby("customer_id").day.min().reindex(customers)
        own = (
            (before.groupby("customer_id").size().reindex(customers) - 1)
            / ((CUT - first).dt.days - 1).clip(lower=1)
            * 183
        )
        for item, predicted in {"last_period": recent, "average": recent.mean(), "own_average": own}.items():
            error = predicted - came
            assert value(table, "errors", item, "mean_absolute_error") == pytest.approx(error.abs().mean())
            assert value(table, "errors", item, "root_mean_square_error") == pytest.approx(np.sqrt((error**2).mean()))

    @pytest.mark.parametrize("measure", ["mean_absolute_error", "root_mean_square_error"])
    def test_a_model_beats_all_baselines_where_it_is_true(self, table, measure):
        errors = table[(table.part == "errors") & (table.measure == measure)].set_index("item").value
        assert errors.idxmin() == "model"


class TestCoverage:
    def test_randomised_coverage_is_nearer_to_its_level_than_plain_coverage(self, table):
        for item in ("orders", "sales"):
            level, plain, randomised = (
                value(table, "coverage", item, measure) for measure in ("level", "plain", "randomised")
            )
            assert level == 0.8
            assert randomised == pytest.approx(level, abs=0.05)
            assert plain > 0.85

    def test_histograms_hold_every_customer_once(self, table):
        for part in ("transform_of_orders", "transform_of_sales"):
            shares = table[table.part == part]
            assert len(shares) == 10
            assert shares.value.sum() == pytest.approx(1)
            assert shares.value.max() < 0.2


class TestAssumptions:
    @staticmethod
    def checked(*rows: dict, **changes: object) -> pd.DataFrame:
        histories = nodes.summarise_purchases(nodes.sum_up_days(invoices(*rows)), END)
        return validation.check_assumptions(histories, changed(**changes))

    @staticmethod
    def customers(amount: dict[int, str]) -> list[dict]:
        """A customer for each number of orders, with orders of these amounts."""
        return [
            {"customer_id": str(orders), "invoice_date": f"2011-03-{day:02d}", "amount": each}
            for orders, each in amount.items()
            for day in range(1, orders + 1)
        ]

    def test_orders_that_have_nothing_to_do_with_their_value_are_no_warning(self, caplog):
        table = self.checked(*self.customers({1: "10", 2: "30", 3: "10"}))
        assert value(table, "assumptions", "correlation_of_frequency_and_order_value", "value") == 0
        assert value(table, "assumptions", "correlation_of_frequency_and_order_value", "limit") == 0.2
        assert not caplog.records

    @pytest.mark.parametrize(
        ("amounts", "words"),
        [
            ({1: "10", 2: "20", 3: "30"}, ("larger", "too low")),
            ({1: "30", 2: "20", 3: "10"}, ("smaller", "too high")),
        ],
    )
    def test_a_correlation_beyond_the_limit_is_a_warning_that_says_which_way(self, amounts, words, caplog):
        with caplog.at_level(logging.WARNING, logger="lgs_pipeline"):
            self.checked(*self.customers(amounts))
        assert all(word in caplog.text for word in words)
        assert "expected 0.20 at most" in caplog.text

    def test_the_limit_is_a_setting(self, caplog):
        self.checked(*self.customers({1: "10", 2: "20", 3: "30"}), largest_correlation=1.0)
        assert not caplog.records

    def test_one_customer_does_not_correlate(self, caplog):
        table = self.checked({"invoice_date": "2011-03-01"})
        assert np.isnan(table.value.iloc[0])
        assert not caplog.records


class TestTable:
    def test_a_row_per_part_item_and_measure_in_order(self, table):
        ClvValidation.validate(table)
        grain = ["part", "item", "measure"]
        assert not table.duplicated(grain).any()
        assert table[grain].equals(table[grain].sort_values(grain, ignore_index=True))
        assert table.value.notna().all()

    @pytest.mark.slow
    def test_two_runs_are_identical(self, shop, table):
        pd.testing.assert_frame_equal(validated(*shop), table, check_exact=True)

    @pytest.mark.parametrize(
        "rows",
        [[], [{"invoice_date": "2011-08-01"}], [{"invoice_date": "2010-08-01"}]],
        ids=["none", "new", "one"],
    )
    def test_where_nothing_can_be_predicted_only_the_assumptions_are_checked(self, rows, caplog):
        with caplog.at_level(logging.WARNING, logger="lgs_pipeline"):
            table = validated(*rows)
        ClvValidation.validate(table)
        assert table.part.unique().tolist() == ["assumptions"]
        assert "There are no lifetime values as of 2011-06-10" in caplog.text

    def test_held_out_months_without_any_order_have_no_relative_error(self, shop):
        table = validated(*(row for row in shop if row["invoice_date"] < CUT))
        assert value(table, "totals", "orders", "actual") == 0
        assert np.isnan(value(table, "totals", "orders", "error"))
        ClvValidation.validate(table)
