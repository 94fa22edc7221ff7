"""What recommendations are compared with does what its name says."""

import numpy as np
import pytest
from scipy import sparse

from lgs_pipeline.models import recommendation_baselines as baselines
from lgs_pipeline.models.recommender import Purchases


def purchases(*rows: tuple[int, int, int], customers: int = 3, products: int = 3) -> Purchases:
    """Rows of customer, product and days ago."""
    customer, product, age = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Purchases(customer, product, age, customers, products)


def test_popularity_counts_customers_and_not_purchases():
    known = purchases((0, 0, 5), (0, 0, 6), (0, 0, 7), (1, 1, 50), (2, 1, 50))
    assert baselines.popularity(known)(known).tolist() == [[1, 2, 0]] * 3


def test_recent_popularity_is_of_the_last_days():
    known = purchases((0, 0, 30), (1, 1, 31), (2, 1, 50))
    assert baselines.popularity(known, within_days=30)(known).tolist() == [[1, 0, 0]] * 3


def test_own_most_frequent_counts_days_and_then_takes_the_latest():
    known = purchases((0, 0, 9), (0, 1, 3), (0, 2, 400), (0, 2, 300))
    scores = baselines.own_most_frequent(known)(known)
    assert np.argsort(-scores[0]).tolist() == [2, 1, 0]
    assert scores[1:].tolist() == [[0, 0, 0]] * 2


class TestBm25:
    COUNTS = sparse.csr_array(
        np.array([[1, 1, 0, 0], [2, 0, 1, 0], [0, 1, 1, 1], [1, 0, 0, 3], [0, 0, 2, 1]], dtype=float)
    )

    def test_similarities_are_those_of_the_library_implicit(self):
        """From implicit 0.7.3: BM25Recommender(K=3).fit(COUNTS).similarity."""
        expected = [
            [0.30761318, 0.0, 0.10873639, 0.11816021],
            [0.09957321, 0.12642442, 0.0, 0.0],
            [0.10873639, 0.0, 0.22918826, 0.0982977],
            [0.11816021, 0.0, 0.0982977, 0.24211815],
        ]
        found = baselines.Bm25Neighbours(neighbours=3).fit(self.COUNTS).similarity_.toarray()
        np.testing.assert_allclose(found, expected, atol=1e-8)

    def test_neighbours_of_what_was_bought_score(self):
        model = baselines.Bm25Neighbours(neighbours=4).fit(self.COUNTS)
        bought_first = sparse.csr_array(np.array([[1.0, 0, 0, 0]]))
        np.testing.assert_allclose(model.score(bought_first)[0], model.similarity_.toarray()[0])

    @pytest.mark.parametrize("shape", [(0, 0), (3, 0), (0, 3), (3, 1)])
    def test_little_or_nothing_to_learn_from_is_no_error(self, shape):
        empty = sparse.csr_array(shape, dtype=float)
        assert not baselines.Bm25Neighbours().fit(empty).score(empty).any()
