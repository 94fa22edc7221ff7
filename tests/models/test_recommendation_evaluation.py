"""The measures of a list against values worked out by hand."""

import numpy as np
import pytest
from scipy import sparse

from lgs_pipeline.models import recommendation_evaluation as evaluation
from lgs_pipeline.models.recommender import Ranking


def ranking(*lists: list[int]) -> Ranking:
    """The lists of products of customers 0, 1, ..."""
    entries = [(c, place, p) for c, products in enumerate(lists) for place, p in enumerate(products, start=1)]
    customer, rank, product = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    return Ranking(customer, rank, product, np.zeros(len(customer)))


def bought(*lists: list[int], products: int = 20, beside: int = 0) -> evaluation.Bought:
    """What customers 0, 1, ... bought, and so many products that were not on offer."""
    rows = np.zeros((len(lists), products))
    for customer, numbers in enumerate(lists):
        rows[customer, numbers] = 1
    return evaluation.Bought(sparse.csr_array(rows), np.array([len(x) + beside for x in lists]))


class TestMeasures:
    def test_a_hit_in_the_second_place_of_two_products_bought(self):
        ndcg, recall, hit = evaluation.measure_customers(ranking([7, 3, 5]), bought([3, 9]))[0]
        assert ndcg == pytest.approx((1 / np.log2(3)) / (1 / np.log2(2) + 1 / np.log2(3)))
        assert (recall, hit) == (0.5, 1)

    def test_the_best_possible_list_has_1(self):
        assert evaluation.measure_customers(ranking([4, 1]), bought([1, 4])).tolist() == [[1, 1, 1]]

    def test_who_buys_more_than_ten_products_can_still_have_1_in_ndcg(self):
        ndcg, recall, _ = evaluation.measure_customers(ranking(list(range(10))), bought(list(range(15))))[0]
        assert ndcg == pytest.approx(1)
        assert recall == pytest.approx(10 / 15)

    def test_places_after_the_tenth_do_not_count(self):
        assert evaluation.measure_customers(ranking(list(range(12))), bought([10, 11])).tolist() == [[0, 0, 0]]

    def test_a_product_that_was_not_on_offer_counts_as_missed(self):
        ndcg, recall, _ = evaluation.measure_customers(ranking([3]), bought([3], beside=1))[0]
        assert ndcg == pytest.approx(1 / (1 + 1 / np.log2(3)))
        assert recall == 0.5

    def test_a_customer_without_a_list_has_nothing(self):
        found = evaluation.measure_customers(ranking([1], []), bought([1], [2]))
        assert found.tolist() == [[1, 1, 1], [0, 0, 0]]

    def test_coverage_is_of_all_lists_together(self):
        assert evaluation.measure_coverage(ranking([1, 2], [2, 3]), 6) == 0.5
        assert evaluation.measure_coverage(ranking([]), 6) == 0
        assert np.isnan(evaluation.measure_coverage(ranking([]), 0))


class TestSummary:
    def summary(self, **of_customers: list[float]) -> evaluation.pd.DataFrame:
        measured = {name: np.array([values] * 3).T for name, values in of_customers.items()}
        coverage = dict.fromkeys(measured, 0.25)
        found = evaluation.summarise(measured, coverage, resamples=400, interval=0.9, seed=1)
        return found.set_index(["model", "measure"])

    def test_it_is_in_the_order_of_models_and_measures(self):
        found = self.summary(b=[0.0, 1.0], a=[1.0, 1.0])
        assert found.index.tolist() == [(m, name) for m in ("b", "a") for name in evaluation.MEASURES]

    def test_means_lie_in_their_intervals_and_what_is_alike_has_none(self):
        found = self.summary(a=list(np.linspace(0, 1, 101)), b=[0.3] * 101)
        mean = found.loc["a", "ndcg_at_10"]
        assert mean.value == pytest.approx(0.5)
        assert mean.low == pytest.approx(0.5 - 1.645 * 0.2915 / np.sqrt(101), abs=0.01)
        assert mean.high == pytest.approx(0.5 + 1.645 * 0.2915 / np.sqrt(101), abs=0.01)
        assert found.loc["b", "ndcg_at_10"].tolist() == pytest.approx([0.3] * 3)

    def test_models_are_compared_on_the_same_resamples(self):
        values = np.random.default_rng(2).random(50)
        found = self.summary(a=list(values), b=list(values / 2))
        np.testing.assert_allclose(found.loc["a"].low[:3], 2 * found.loc["b"].low[:3])

    def test_coverage_has_no_interval(self):
        row = self.summary(a=[0.0, 1.0]).loc["a", evaluation.COVERAGE]
        assert row.value == 0.25
        assert np.isnan(row.low)
        assert np.isnan(row.high)

    def test_where_nothing_can_be_measured_every_value_is_empty(self):
        table = evaluation.undefined(["a", "b"])
        assert len(table) == 2 * len(evaluation.MEASURES)
        assert table[["value", "low", "high"]].isna().all(axis=None)
