"""Scores, segments and migration, and the customers that break other tools."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.pipelines.customers.nodes import select_scored_invoices
from lgs_pipeline.pipelines.rfm import nodes
from lgs_pipeline.pipelines.rfm.schemas import Rfm
from lgs_pipeline.pipelines.rfm.settings import SCORES, Scoring
from tests.building import customer, invoices, settings_of, transactions

RFM = settings_of("base").rfm
CLEANING = settings_of("base").cleaning
POC = settings_of("base", "poc").rfm
PURCHASES = settings_of("base", "poc", rfm={"population": "purchases"}).rfm
RANKED = settings_of("base", rfm={"frequency": {"method": "rank"}}).rfm
QUANTILE, RANK = Scoring(method="quantile"), Scoring(method="rank")
MOMENT = pd.Timestamp("2011-12-10")


def customers(*rows: dict, rfm=RFM, moment=MOMENT, lines=None) -> pd.DataFrame:
    """customer_orders of some invoices, by customer."""
    lines = transactions({}) if lines is None else lines
    scored = select_scored_invoices(lines, invoices(*rows), CLEANING, rfm)
    return nodes.summarise_customers(scored, moment).to_pandas().set_index("customer_id")


def scored(*rows: dict, rfm=RFM, moment=MOMENT) -> pd.DataFrame:
    selected = select_scored_invoices(transactions({}), invoices(*rows), CLEANING, rfm)
    return nodes.score_customers(nodes.summarise_customers(selected, moment), moment, rfm)


def base_of(number: int, **common: object) -> list[dict]:
    """One order each of customers 1 to number, a day apart and a pound dearer each."""
    first = pd.Timestamp("2011-11-01 12:00")
    return [
        {"customer_id": customer(c), "invoice_date": first + pd.Timedelta(days=c), "amount": str(c), **common}
        for c in range(1, number + 1)
    ]


class TestPopulation:
    ROWS = (
        {"customer_id": "1", "invoice_date": "2011-01-01 10:00", "amount": "100"},
        {"customer_id": "1", "invoice_date": "2011-02-01 10:00", "amount": "-30"},
        {"customer_id": "2", "invoice_date": "2011-03-01 10:00", "amount": "-5"},
        {"customer_id": None, "invoice_date": "2011-03-01 10:00", "amount": "7"},
    )

    def test_buyers_are_customers_with_a_purchase_and_pay_net_of_cancellations(self):
        found = customers(*self.ROWS)
        assert found.index.tolist() == ["1"]
        assert found.last_order["1"] == pd.Timestamp("2011-01-01 10:00")
        assert (found.frequency["1"], found.monetary["1"]) == (1, 70)

    def test_all_customers_count_with_every_line(self):
        found = customers(*self.ROWS, rfm=POC, moment=pd.Timestamp("2012-01-01"))
        assert found.index.tolist() == ["1", "2"]
        assert found.last_order["1"] == pd.Timestamp("2011-02-01 10:00")
        assert (found.frequency["1"], found.monetary["1"], found.monetary["2"]) == (2, 70, -5)

    def test_purchases_are_lines_above_zero_only(self):
        lines = transactions(
            {"customer_id": "1", "unit_price": "100"}, {"customer_id": "1", "unit_price": "20", "quantity": -1},
            {"customer_id": "2", "invoice_no": "C9", "quantity": -1}, invoice_date="2011-01-01 10:00",
        )  # fmt: skip
        found = customers(*self.ROWS, rfm=PURCHASES, lines=lines)
        assert found.monetary.to_dict() == {"1": 100}

    def test_the_country_is_that_of_the_latest_order(self):
        found = customers(
            {"invoice_date": "2011-01-01", "country": "France"},
            {"invoice_date": "2011-02-01", "country": "Spain"},
            {"invoice_date": "2011-03-01", "country": "Malta", "amount": "-1"},
        )
        assert found.country.tolist() == ["Spain"]

    def test_what_happens_after_the_moment_is_not_known_yet(self):
        rows = ({"invoice_date": "2011-01-01"}, {"invoice_date": "2011-02-01", "amount": "-9"})
        assert customers(*rows, moment=pd.Timestamp("2011-01-15")).monetary.tolist() == [10]
        assert customers(*rows, moment=pd.Timestamp("2011-01-01")).empty


class TestRecency:
    def test_recency_is_whole_days_floored(self):
        found = scored({"invoice_date": "2011-12-08 23:59"}, {"customer_id": "2", "invoice_date": "2011-12-09 00:00"})
        assert found.recency.tolist() == [1, 1]


class TestScores:
    def test_quantiles_are_right_closed(self):
        # Eleven values: the cuts fall on 2, 4, 6 and 8 exactly.
        assert nodes.score(pd.Series(range(11)), QUANTILE).tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]

    def test_equal_values_score_alike_by_quantile_also_across_a_cut(self):
        assert nodes.score(pd.Series([1, 2, 2, 2, 5]), QUANTILE).tolist() == [1, 2, 2, 2, 5]

    def test_ranks_part_equal_values_in_their_order(self):
        assert nodes.score(pd.Series([1, 1, 1, 1, 1, 1, 1, 1, 1, 9]), RANK).tolist() == [
            1,
            1,
            2,
            2,
            3,
            3,
            4,
            4,
            5,
            5,
        ]

    def test_breaks_are_right_closed_whatever_the_values(self):
        scoring = Scoring(method="breaks", breaks=[30, 90, 180, 365])
        assert nodes.score(pd.Series([0, 30, 31, 180, 365, 366]), scoring).tolist() == [1, 1, 2, 3, 4, 5]

    def test_the_most_recent_score_highest(self):
        found = scored(*base_of(5))
        assert found.recency.tolist() == [37, 36, 35, 34, 33]
        assert found.r_score.tolist() == [1, 2, 3, 4, 5]
        assert found.m_score.tolist() == [1, 2, 3, 4, 5]
        assert found.rfm_score.tolist() == ["111", "212", "313", "414", "515"]

    @given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=5, max_size=80, unique=True))
    def test_distinct_values_score_as_pandas_qcut_does(self, values):
        series = pd.Series(values)
        cuts = np.quantile(series, QUANTILE.quantiles)
        if len(set(cuts)) == 4 and cuts[0] > series.min():
            assert nodes.score(series, QUANTILE).tolist() == (pd.qcut(series, 5, labels=False) + 1).tolist()

    @given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.sampled_from(["quantile", "rank"]))
    def test_more_never_scores_less(self, values, method):
        found = nodes.score(pd.Series(values), Scoring(method=method))
        assert found.between(1, 5).all()
        assert found[np.argsort(values, kind="stable")].is_monotonic_increasing


class TestEdges:
    @pytest.mark.parametrize("number", [1, 2, 3, 4])
    def test_fewer_customers_than_scores_are_scored_all_the_same(self, number):
        found = scored(*base_of(number))
        assert len(found) == number
        assert found.monetary.is_monotonic_increasing
        assert found.m_score.is_monotonic_increasing
        assert set(found.segment) <= {segment.name for segment in RFM.segments}

    def test_one_customer_is_a_new_customer(self):
        assert scored(*base_of(1)).segment.tolist() == ["New Customers"]

    def test_where_everyone_is_equal_nothing_is_told_apart(self):
        found = scored(*base_of(10, invoice_date="2011-12-01", amount="5"))
        assert found.r_score.unique().tolist() == [5]
        assert found.m_score.unique().tolist() == [1]
        assert found.f_score.unique().tolist() == [1]

    def test_ranks_tell_equal_customers_apart_by_their_number(self):
        found = scored(*base_of(10, invoice_date="2011-12-01", amount="5"), rfm=RANKED)
        assert found.f_score.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]

    def test_a_customer_can_owe_money_back(self):
        rows = [*base_of(5), {"customer_id": customer(1), "invoice_date": "2011-12-01", "amount": "-64.68"}]
        found = scored(*rows).set_index("customer_id")
        assert found.monetary[customer(1)] == pytest.approx(-63.68)
        assert found.m_score[customer(1)] == 1

    def test_no_customers_give_empty_tables(self):
        table = scored({"customer_id": None, "invoice_date": "2011-12-01"})
        assert Rfm.validate(table).empty
        assert nodes.describe_thresholds(table, RFM).customers.sum() == 0
        assert nodes.summarise_segments(table, RFM).customers.tolist() == [0] * 10
        assert nodes.compare_segments(table, table).empty


class TestEqualCustomers:
    """What quantiles guarantee, whatever the shop."""

    ORDERS = st.lists(st.one_of(st.just(1), st.integers(1, 4), st.integers(1, 300)), min_size=1, max_size=60)

    @given(ORDERS)
    def test_equal_customers_get_equal_scores_and_one_order_gets_the_lowest(self, orders):
        frequency = pd.Series(orders)
        found = nodes.score(frequency, QUANTILE)
        assert (found.groupby(frequency).nunique() == 1).all()
        assert (found[frequency == 1] == 1).all()

    @given(ORDERS)
    def test_nobody_with_one_order_is_called_loyal_or_is_thought_to_have_come_back(self, orders):
        frequency = pd.Series(orders)
        cells = RFM.segment_of_cells()
        of_one_order = {cells[r, f] for r in SCORES for f in nodes.score(frequency, QUANTILE)[frequency == 1]}
        assert of_one_order <= {"New Customers", "Promising", "About to Sleep", "Hibernating"}

    def test_most_customers_ordered_once(self):
        # 87 of 100, as in many shops: two orders are more than most customers have placed.
        found = nodes.score(pd.Series([1] * 87 + [2] * 9 + [3] * 4), QUANTILE)
        assert found.value_counts().to_dict() == {1: 87, 5: 13}

    def test_two_values_half_and_half(self):
        assert nodes.score(pd.Series([1] * 5 + [2] * 5), QUANTILE).tolist() == [1] * 5 + [3] * 5

    @given(ORDERS, st.sampled_from(["quantile", "rank"]))
    def test_what_a_score_says_of_most_customers(self, orders, method):
        frequency = pd.Series(orders)
        found = nodes.score(frequency, Scoring(method=method))
        for value, score in zip(frequency, found, strict=True):
            others = len(orders) - 1
            is_less = frequency < value if method == "quantile" else frequency <= value
            assert score < 4 or is_less.sum() > others / 2
            assert score > 2 or (frequency < value).sum() <= others / 2


class TestThresholds:
    def test_a_score_that_no_value_can_get_has_no_limits(self):
        rows = [*base_of(9), {"customer_id": customer(1), "invoice_date": "2011-12-02"}]
        found = nodes.describe_thresholds(scored(*rows), RFM).set_index(["measure", "score"]).loc["frequency"]
        assert found.customers.tolist() == [8, 0, 0, 0, 1]
        assert found.lower.tolist() == pytest.approx([1, *[np.nan] * 3, 1], nan_ok=True)
        assert found.upper.tolist() == pytest.approx([1, *[np.nan] * 3, 2], nan_ok=True)

    def test_the_cuts_used_stand_between_the_scores(self):
        found = nodes.describe_thresholds(scored(*base_of(6)), RFM).set_index(["measure", "score"])
        assert found.lower["monetary"].tolist() == [1, 2, 3, 4, 5]
        assert found.upper["monetary"].tolist() == [2, 3, 4, 5, 6]
        assert found.upper["recency"].tolist() == [37, 36, 35, 34, 33]
        assert found.lower["recency"].tolist() == [36, 35, 34, 33, 32]
        assert found.customers["monetary"].tolist() == [2, 1, 1, 1, 1]

    @pytest.mark.slow
    @given(st.lists(st.integers(1, 30), min_size=1, max_size=25))
    def test_a_value_lies_within_the_thresholds_of_its_score(self, amounts):
        rows = [
            {"customer_id": customer(c), "invoice_date": "2011-12-01", "amount": str(a)} for c, a in enumerate(amounts)
        ]
        table = scored(*rows)
        thresholds = nodes.describe_thresholds(table, RFM).set_index(["measure", "score"])
        assert thresholds.customers.groupby("measure").sum().tolist() == [len(amounts)] * 3
        for value, score in zip(table.monetary, table.m_score, strict=True):
            assert thresholds.lower["monetary", score] <= value <= thresholds.upper["monetary", score]


class TestSegments:
    def test_every_pair_of_scores_has_the_segment_of_the_map(self):
        table = scored(*base_of(5), rfm=RANKED)
        cells = RFM.segment_of_cells()
        assert table.segment.tolist() == [cells[score, score] for score in SCORES]

    def test_segments_add_up_to_all_customers_and_their_sales(self):
        table = scored(*base_of(23))
        segments = nodes.summarise_segments(table, RFM)
        assert segments.segment.tolist() == sorted(segment.name for segment in RFM.segments)
        assert segments.customers.sum() == 23
        assert segments.sales.sum() == pytest.approx(table.monetary.sum())
        assert segments.share_of_customers.sum() == pytest.approx(1)
        assert segments.share_of_sales.sum() == pytest.approx(1)

    def test_means_and_medians_by_hand(self):
        rows = [{"customer_id": c, "invoice_date": "2011-12-01", "amount": a} for c, a in (("1", "10"), ("2", "40"))]
        table = scored(*rows).assign(segment="Champions")
        champions = nodes.summarise_segments(table, RFM).set_index("segment").loc["Champions"]
        assert (champions.monetary_mean, champions.monetary_median, champions.sales) == (25, 25, 50)
        assert (champions.recency_mean, champions.frequency_median) == (9, 1)


class TestMigration:
    def test_moves_are_counted_and_shared_by_where_they_start(self):
        before = pd.DataFrame({"customer_id": ["1", "2", "3", "4"], "segment": ["A", "A", "A", "B"]})
        after = pd.DataFrame({"customer_id": ["1", "2", "3", "5"], "segment": ["A", "A", "B", "B"]})
        found = nodes.compare_segments(before, after)
        assert found.to_dict("split")["data"] == [
            ["(new)", "B", 1, 1.0],
            ["A", "A", 2, pytest.approx(2 / 3)],
            ["A", "B", 1, pytest.approx(1 / 3)],
            ["B", "(none)", 1, 1.0],
        ]
