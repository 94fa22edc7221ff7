"""Months, cohorts and amounts, each by a case small enough to check by hand."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lgs_pipeline.pipelines.cleaning.nodes import count_orders_by_day
from lgs_pipeline.pipelines.monthly_metrics import nodes
from tests.building import data_period, invoices, settings_of, table, transactions

DEFAULT = settings_of("base").monthly_metrics
CLEANING = settings_of("base").cleaning
POC = settings_of("base", "poc").monthly_metrics


def amount_counts(*amounts: str) -> ibis.Table:
    built = invoices(*({"amount": a, "invoice_date": "2010-03-01"} for a in amounts))
    return nodes.count_invoice_amounts(transactions({}), built, CLEANING, DEFAULT)


def months(*rows: dict, first: str, last: str, settings=DEFAULT) -> pd.DataFrame:
    """monthly_metrics of some invoices, by month."""
    table = invoices(*rows)
    cohorts = nodes.summarise_cohorts(table, settings)
    orders_by_day = count_orders_by_day(table)
    period = data_period(first, last)
    metrics = nodes.measure_months(nodes.summarise_months(table), cohorts, orders_by_day, period, settings)
    return metrics.set_index(metrics.month.dt.strftime("%Y-%m"))


class TestInvoiceAmounts:
    def test_purchase_invoices_count_with_all_their_lines(self):
        counts = amount_counts("10.00", "10.00", "2.50", "-4.00").to_pandas()
        assert list(zip(counts.amount.astype(float), counts.invoices, strict=True)) == [(2.5, 1), (10.0, 2)]

    def test_positive_lines_count_whatever_their_invoice(self):
        lines = transactions(
            {"unit_price": "5.00"},
            {"unit_price": "3.00", "quantity": -1},
            {"invoice_no": "C2", "unit_price": "2.00"},
        )
        built = invoices({"invoice_date": "2010-03-01"})
        counts = nodes.count_invoice_amounts(lines, built, CLEANING, POC).to_pandas()
        assert list(zip(counts.amount.astype(float), counts.invoices, strict=True)) == [(2.0, 1), (5.0, 1)]

    def test_the_distribution_by_hand(self):
        everyone = nodes.describe_invoice_amounts(amount_counts("1", "2", "2", "3", "92")).iloc[0]
        assert everyone[["invoices", "min", "median", "mean", "mode", "max"]].tolist() == [5, 1, 2, 20, 2, 92]
        assert (everyone.q25, everyone.q75) == (2, 3)
        assert everyone["std"] == pytest.approx(np.std([1, 2, 2, 3, 92], ddof=1))
        # Position 0.85 * 4 = 3.4: four tenths of the way from 3 to 92.
        assert everyone.p85 == 38.6

    def test_the_second_population_ends_at_the_cut_of_the_first(self):
        usual = nodes.describe_invoice_amounts(amount_counts("1", "2", "2", "3", "92")).iloc[1]
        assert (usual.population, usual.invoices, usual["max"]) == ("up_to_p85", 4, 3)

    def test_of_equally_frequent_amounts_the_smallest_is_the_mode(self):
        assert nodes.describe_invoice_amounts(amount_counts("7", "5", "7", "5"))["mode"].iloc[0] == 5

    def test_one_invoice_has_no_deviation(self):
        only = nodes.describe_invoice_amounts(amount_counts("7.125")).iloc[0]
        assert (only["min"], only["mean"], only.p85) == (7.125, 7.125, 7.125)
        assert np.isnan(only["std"])

    def test_no_invoice_is_described_by_nothing(self):
        none = nodes.describe_invoice_amounts(amount_counts("-1")).iloc[0]
        assert none.invoices == 0
        assert none.drop(["population", "invoices"]).isna().all()

    @pytest.mark.slow
    @given(st.lists(st.integers(1, 10**7), min_size=2, max_size=60))
    def test_the_statistics_are_those_of_numpy_over_every_single_invoice(self, mills):
        values, times = np.unique(mills, return_counts=True)
        counts = table(
            [{"amount": v, "invoices": n} for v, n in zip(_pounds(values), times.tolist(), strict=True)],
            {"amount": "decimal(18, 3)", "invoices": "int64"},
        )
        found = nodes.describe_invoice_amounts(counts).iloc[0]
        pounds = np.array(mills) / 1000
        expected = [*np.quantile(pounds, [0.25, 0.5, 0.75, 0.85]), pounds.mean(), pounds.std(ddof=1)]
        assert found[["q25", "median", "q75", "p85", "mean", "std"]].tolist() == pytest.approx(expected, abs=1e-6)


def _pounds(mills: np.ndarray) -> list:
    from decimal import Decimal

    return [Decimal(int(value)) / 1000 for value in mills]


class TestMonths:
    def test_a_month_by_hand(self):
        found = months(
            {"invoice_date": "2010-01-10", "amount": "100", "customer_id": "1"},
            {"invoice_date": "2010-01-11", "amount": "50", "customer_id": "2"},
            {"invoice_date": "2010-01-12", "amount": "-30", "customer_id": "2"},
            {"invoice_date": "2010-01-13", "amount": "10", "customer_id": None},
            {"invoice_date": "2010-02-10", "amount": "60", "customer_id": "1"},
            {"invoice_date": "2010-02-11", "amount": "40", "customer_id": "3"},
            first="2010-01-01 08:00", last="2010-02-28 17:00",
        )  # fmt: skip
        january, february = found.loc["2010-01"], found.loc["2010-02"]
        assert (january.invoices, january.placed_orders, january.cancelled_orders) == (4, 3, 1)
        assert january.sales == 130
        assert january.average_order_value == pytest.approx(160 / 3)
        assert (january.active_customers, january.new_customers, january.existing_customers) == (2, 2, 0)
        assert (february.active_customers, february.new_customers, february.existing_customers) == (2, 1, 1)
        assert np.isnan(january.sales_growth)
        assert february.sales_growth == pytest.approx(100 / 130 - 1)
        assert not found.is_partial.any()

    def test_the_proof_of_concept_counted_otherwise(self):
        found = months(
            {"invoice_date": "2010-01-10", "amount": "100", "customer_id": "1"},
            {"invoice_date": "2010-01-11", "amount": "50", "customer_id": "2"},
            {"invoice_date": "2010-01-12", "amount": "-30", "customer_id": "3"},
            first="2010-01-01", last="2010-01-31", settings=POC,
        ).loc["2010-01"]  # fmt: skip
        assert (found.invoices, found.placed_orders, found.cancelled_orders) == (3, 1, 1)
        assert found.average_order_value == 120
        assert found.active_customers == found.new_customers == 3

    def test_a_customer_who_only_cancels_is_not_active(self):
        found = months(
            {"invoice_date": "2010-01-10", "amount": "-5"}, {"invoice_date": "2010-02-10"},
            first="2010-01-01", last="2010-02-28",
        )  # fmt: skip
        assert found.active_customers.tolist() == [0, 1]
        assert found.new_customers.tolist() == [0, 1]
        assert found.average_order_value.isna().tolist() == [True, False]

    def test_a_month_without_invoices_is_a_gap_whose_sales_nothing_is_compared_with(self, caplog):
        found = months(
            {"invoice_date": "2010-01-31"},
            {"invoice_date": "2010-03-01"},
            first="2010-01-01",
            last="2010-03-31",
        )
        assert found.index.tolist() == ["2010-01", "2010-02", "2010-03"]
        february = found.loc["2010-02"]
        assert (february.invoices, february.sales, february.active_customers) == (0, 0, 0)
        assert found.sales_growth.isna().all()
        assert found.is_partial.tolist() == [False, True, False]
        assert "not a single invoice of February 2010" in caplog.text

    @pytest.mark.parametrize(
        ("latest", "first", "partial"),
        [
            # 30 April 2011 is a Saturday, 1 May a Sunday, 2 May a holiday; 30 June a Thursday, 1 July a Friday.
            ("2011-04-29", "2011-07-01", [False, True, True, False]),
            ("2011-04-28", "2011-07-01", [True, True, True, False]),
            ("2011-04-29", "2011-07-04", [False, True, True, True]),
        ],
    )
    def test_a_month_next_to_a_gap_is_partial_if_a_selling_day_is_missing_before_the_gap(self, latest, first, partial):
        days = pd.bdate_range("2011-04-01", latest).union(pd.bdate_range(first, "2011-07-29"))
        rows = [{"invoice_date": day} for day in days]
        settings = settings_of("base", monthly_metrics={"country": None, "subdivision": None}).monthly_metrics
        found = months(*rows, first="2011-04-01", last="2011-07-31", settings=settings)
        assert found.is_partial.tolist() == partial

    def test_a_month_in_which_the_shop_is_closed_throughout_is_whole_without_sales(self, caplog):
        found = months(
            {"invoice_date": "2010-01-10"},
            {"invoice_date": "2010-03-10"},
            first="2010-01-01",
            last="2010-03-31",
            settings=settings_of("base", monthly_metrics={"closed_days": ["02-01 to 02-29"]}).monthly_metrics,
        )
        assert not found.is_partial.any()
        assert found.sales_growth["2010-02"] == -1
        assert not caplog.text

    @pytest.mark.parametrize(
        ("first", "last", "partial"),
        [
            ("2010-01-01 23:59", "2010-02-28 00:01", [False, False]),
            ("2010-01-02 00:00", "2010-02-28 10:00", [True, False]),
            ("2010-01-01 08:00", "2010-02-27 23:59", [False, True]),
            ("2010-01-15 08:00", "2010-01-20 23:59", [True]),
        ],
    )
    def test_a_month_is_partial_when_the_data_misses_a_selling_day_at_its_ends(self, first, last, partial):
        rows = [{"invoice_date": first}, {"invoice_date": last}]
        assert months(*rows, first=first, last=last).is_partial.tolist() == partial

    @pytest.mark.slow
    @hypothesis_settings(max_examples=15)
    @given(st.dates(date(2009, 12, 1), date(2010, 3, 31)), st.integers(100, 250), st.integers(1, 150), st.randoms())
    def test_more_data_never_turns_a_month_amid_it_from_whole_to_partial(self, first, length, more, random):
        days = [
            day for day in pd.date_range(first, periods=length + more) if day.day_of_week < 5 or random.random() < 0.3
        ]
        end = pd.Timestamp(first) + pd.Timedelta(days=length)
        shorter, longer = (
            months(*({"invoice_date": day} for day in kept), first=str(kept[0]), last=str(kept[-1])).is_partial
            for kept in ([day for day in days if day < end], days)
        )
        inner = shorter.index[1:-1]
        assert not shorter[inner].any()
        assert not longer[inner].any()


class TestCohorts:
    def test_retention_by_hand(self):
        rows = [
            {"customer_id": "1", "invoice_date": "2010-01-05", "amount": "10"},
            {"customer_id": "2", "invoice_date": "2010-01-06", "amount": "20"},
            {"customer_id": "1", "invoice_date": "2010-03-05", "amount": "30"},
            {"customer_id": "2", "invoice_date": "2010-03-06", "amount": "-4"},
            {"customer_id": "3", "invoice_date": "2010-03-07", "amount": "40"},
        ]
        activity = nodes.summarise_cohorts(invoices(*rows), DEFAULT)
        found = nodes.measure_retention(activity, data_period("2010-01-05", "2010-03-31"))
        assert found.assign(cohort=found.cohort.dt.strftime("%Y-%m")).to_dict("split")["data"] == [
            ["2010-01", 0, 2, 2, 1.0, 30.0],
            ["2010-01", 1, 2, 0, 0.0, 0.0],
            ["2010-01", 2, 2, 1, 0.5, 26.0],
            ["2010-03", 0, 1, 1, 1.0, 40.0],
        ]

    def test_a_cancellation_before_the_first_order_belongs_to_no_cohort(self):
        rows = [{"invoice_date": "2010-01-05", "amount": "-10"}, {"invoice_date": "2010-02-05"}]
        activity = nodes.summarise_cohorts(invoices(*rows), DEFAULT).to_pandas()
        assert activity.cohort.dt.month.tolist() == [2]
        assert activity.sales.astype(float).tolist() == [10]

    @pytest.mark.slow
    @given(
        st.lists(
            st.tuples(st.sampled_from("1234"), st.integers(1, 6), st.sampled_from(["5", "-2"])),
            min_size=1,
            max_size=12,
        )
    )
    def test_every_active_customer_of_a_month_is_in_exactly_one_cohort(self, orders):
        rows = [{"customer_id": c, "invoice_date": f"2010-{m:02}-15", "amount": a} for c, m, a in orders]
        activity = nodes.summarise_cohorts(invoices(*rows), DEFAULT).to_pandas()
        expected = {m: len({c for c, month, a in orders if month == m and a == "5"}) for _, m, _ in orders}
        found = activity.groupby(activity.month.dt.month).active.sum()
        assert {m: found.get(m, 0) for m in expected} == expected
