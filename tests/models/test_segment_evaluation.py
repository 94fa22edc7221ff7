"""Measures of a segmentation are what they say, by hand and by other routes, and always out of sample."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lgs_pipeline.models.segment_evaluation import MEASURES, Trial, evaluate_segmentations, undefined

TRIAL = Trial(folds=2, bootstrap_samples=50, interval=0.9, seed=1)


def evaluated(segment: list, sales: list, *, orders: list | None = None, again: list | None = None, **trial):
    """Value, low and high of each measure of one segmentation."""
    segments = pd.DataFrame({"tried": segment})
    segments_again = pd.DataFrame({"tried": segment if again is None else again})
    outcomes = pd.DataFrame({"orders": np.array(sales) > 0 if orders is None else orders, "sales": sales})
    table = evaluate_segmentations(segments, segments_again, outcomes, Trial(**{**vars(TRIAL), **trial}))
    assert table.segmentation.unique().tolist() == ["tried"]
    return table.set_index("measure")[["value", "low", "high"]]


def shop(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Customers in four segments, from bad to good, and their sales."""
    generator = np.random.default_rng(seed)
    segment = generator.integers(4, size=number)
    buys = generator.random(number) < 0.2 + 0.2 * segment
    return segment, np.where(buys, generator.lognormal(4 + segment), 0.0)


class TestNoSegmentation:
    def test_it_tells_nothing_and_moves_nobody(self):
        _, sales = shop(500, seed=1)
        found = evaluated(["everybody"] * 500, sales.tolist(), folds=10)
        assert found.value.tolist() == [0, 0.5, 0.2, 1]
        assert found.low.tolist() == found.high.tolist() == found.value.tolist()

    @given(st.integers(0, 10_000))
    @settings(max_examples=20, deadline=None)
    def test_neither_do_segments_drawn_by_lot(self, seed):
        _, sales = shop(2000, seed)
        by_lot = np.random.default_rng([seed, 1]).integers(5, size=2000)
        found = evaluated(by_lot.tolist(), sales.tolist(), folds=10)
        assert found.value["log_sales_variance_explained"] == pytest.approx(0, abs=0.02)
        assert found.value["auc_buying_again"] == pytest.approx(0.5, abs=0.06)


class TestMeasures:
    def test_a_segmentation_that_knows_everything_scores_highest(self):
        sales = [0.0, 100.0] * 50
        found = evaluated(["bad", "good"] * 50, sales, folds=5).value
        assert found["log_sales_variance_explained"] == pytest.approx(1)
        assert found["auc_buying_again"] == 1

    def test_the_variance_explained_is_that_of_a_regression_on_the_segments(self):
        segment, sales = shop(4000, seed=2)
        found = evaluated(segment.tolist(), sales.tolist(), folds=10).value["log_sales_variance_explained"]
        log_sales = pd.Series(np.log1p(sales))
        within = log_sales - log_sales.groupby(segment).transform("mean")
        assert found == pytest.approx(1 - within.var() / log_sales.var(), abs=0.01)

    def test_the_area_under_the_curve_is_that_of_scikit_learn(self):
        segment, sales = shop(4000, seed=3)
        found = evaluated(segment.tolist(), sales.tolist(), folds=10).value["auc_buying_again"]
        assert found == pytest.approx(roc_auc_score(sales > 0, segment), abs=0.01)

    def test_the_top_fifth_takes_the_best_segments_and_its_part_of_the_last(self):
        # Per 100 customers: 10 spend 50, 20 spend 20, 70 spend 1. Ten of the second segment still fit in.
        segment = (["a"] * 10 + ["b"] * 20 + ["c"] * 70) * 100
        sales = ([50.0] * 10 + [20.0] * 20 + [1.0] * 70) * 100
        found = evaluated(segment, sales, folds=2).value["sales_share_of_top_fifth"]
        assert found == pytest.approx((500 + 200) / (500 + 400 + 70), abs=0.01)

    def test_segments_are_ranked_by_what_the_others_in_them_did_not_by_name(self):
        segment, sales = shop(1000, seed=4)
        by_rank = evaluated(segment.tolist(), sales.tolist()).value
        renamed = evaluated(pd.Series(segment).map(dict(enumerate("dbca"))).tolist(), sales.tolist()).value
        pd.testing.assert_series_equal(by_rank, renamed)

    def test_sales_below_zero_count_as_none_in_the_logarithm(self):
        segment, sales = shop(200, seed=5)
        owing = np.where(sales == 0, -1000.0, sales)
        kwargs = {"orders": (sales > 0).tolist()}
        first = evaluated(segment.tolist(), sales.tolist(), **kwargs).value
        second = evaluated(segment.tolist(), owing.tolist(), **kwargs).value
        assert first["log_sales_variance_explained"] == second["log_sales_variance_explained"]

    def test_membership_is_counted_among_those_with_an_order_left(self):
        again = ["a", "b", None, "a"] * 5
        found = evaluated(["a", "b", "a", "b"] * 5, [1.0] * 20, again=again)
        assert found.value["membership_kept"] == pytest.approx(2 / 3)


class TestOutOfSample:
    def test_a_segment_for_each_customer_learns_nothing_about_them(self):
        _, sales = shop(300, seed=6)
        found = evaluated(list(range(300)), sales.tolist(), folds=10).value
        assert found["log_sales_variance_explained"] == pytest.approx(0, abs=1e-9)
        assert found["auc_buying_again"] == 0.5

    def test_one_big_customer_does_not_make_their_own_segment_the_best(self):
        # In sample, the segment of the big customer would take the top fifth; nobody else in it buys.
        segment = ["lucky"] * 20 + ["good"] * 20 + ["bad"] * 60
        sales = [100_000.0] + [0.0] * 19 + [100.0] * 20 + [0.0] * 60
        found = evaluated(segment, sales, folds=5).value
        assert found["sales_share_of_top_fifth"] < 0.1


class TestIntervals:
    def test_they_hold_the_truth_as_often_as_they_say(self):
        # The truth, from very many customers.
        segment, sales = shop(200_000, seed=7)
        truth = evaluated(segment.tolist(), sales.tolist(), bootstrap_samples=1).value
        held = []
        for seed in range(40):
            segment, sales = shop(500, seed=100 + seed)
            found = evaluated(segment.tolist(), sales.tolist(), folds=10, bootstrap_samples=200)
            held.append(((found.low <= truth) & (truth <= found.high))[list(MEASURES[:3])])
        share = pd.DataFrame(held).mean()
        assert share.between(0.75, 1).all()

    def test_more_customers_make_them_narrower(self):
        few, many = (
            evaluated(*(values.tolist() for values in shop(number, seed=8)), folds=10) for number in (200, 5000)
        )
        width = "auc_buying_again"
        assert many.high[width] - many.low[width] < (few.high[width] - few.low[width]) / 2

    def test_resamples_a_few_at_a_time_are_the_same(self, monkeypatch):
        segment, sales = (values.tolist() for values in shop(100, seed=9))
        at_once = evaluated(segment, sales)
        monkeypatch.setattr("lgs_pipeline.models.bootstrap._WEIGHTS", 300)
        pd.testing.assert_frame_equal(at_once, evaluated(segment, sales))


class TestUndefined:
    def test_where_everybody_or_nobody_orders_again_there_is_no_order_to_get_right(self):
        assert np.isnan(evaluated(["a", "b"] * 10, [5.0, 7.0] * 10).value["auc_buying_again"])
        nobody = evaluated(["a", "b"] * 10, [0.0] * 20).value
        assert nobody.isna().tolist() == [True, True, True, False]

    def test_a_table_without_values_has_a_row_for_each(self):
        table = undefined(["none", "rfm"])
        assert table[["segmentation", "measure"]].drop_duplicates().shape[0] == len(table) == 8
        assert table[["value", "low", "high"]].isna().all(axis=None)


def test_segmentations_are_measured_on_the_same_customers_whoever_stands_beside_them():
    segment, sales = shop(300, seed=10)
    both = pd.DataFrame({"one": segment, "other": segment[::-1]})
    outcomes = pd.DataFrame({"orders": (sales > 0).astype(int), "sales": sales})
    together = evaluate_segmentations(both, both, outcomes, TRIAL)
    alone = evaluate_segmentations(both[["other"]], both[["other"]], outcomes, TRIAL)
    pd.testing.assert_frame_equal(together[4:].reset_index(drop=True), alone)
