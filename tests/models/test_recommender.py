"""The item model against the closed form by hand, what lists may hold, and planted baskets."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from lgs_pipeline.models.recommender import (
    DIGITS,
    ItemModel,
    Purchases,
    Ranking,
    Recommender,
    rank_best,
    rank_products,
)

RECOMMENDER = Recommender(half_life=20, ridge=1, repeat_half_life=200, blend=1, trend=0.5, repeat_trend=0.2)


def purchases(*rows: tuple[int, int, int], customers: int, products: int) -> Purchases:
    """Rows of customer, product and days ago."""
    customer, product, age = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Purchases(customer, product, age, customers, products)


def shops() -> st.SearchStrategy[Purchases]:
    """Purchases of up to six customers and eight products."""
    row = st.tuples(st.integers(0, 5), st.integers(0, 7), st.integers(1, 400))
    return st.lists(row, max_size=60).map(lambda rows: purchases(*rows, customers=6, products=8))


def lists_of(ranking: Ranking) -> dict[int, list[int]]:
    """The products of each customer who has a list."""
    return {c: ranking.product[ranking.customer == c].tolist() for c in np.unique(ranking.customer).tolist()}


def both_lists(known: Purchases, most: int = 3) -> dict[str, Ranking]:
    fitted = RECOMMENDER.fit(known)
    return {
        "new": rank_products(known, fitted.score_new, "new", most),
        "repeat": rank_products(known, fitted.score_repeat, "repeat", most),
    }


class TestItemModel:
    def test_the_closed_form_by_hand(self):
        """P = (X'X + I)^-1 = [[4, -2, -2], [-2, 5, 1], [-2, 1, 5]] / 8, and B = I - P diag(1 / diag P)."""
        bought = sparse.csr_array(np.array([[1.0, 1, 0], [1, 0, 1]]))
        model = ItemModel(ridge=1).fit(bought)
        expected = [[0, 0.4, 0.4], [0.5, 0, -0.2], [0.5, -0.2, 0]]
        np.testing.assert_allclose(model.weights_, expected, atol=1e-6)
        np.testing.assert_allclose(model.score(bought)[0], [0.5, 0.4, 0.2], atol=1e-6)

    def test_it_is_the_least_squares_solution_with_nothing_on_the_diagonal(self):
        rows = np.random.default_rng(1).random((30, 6)) * (np.random.default_rng(2).random((30, 6)) < 0.5)
        weights = ItemModel(ridge=2).fit(sparse.csr_array(rows)).weights_
        assert not weights.diagonal().any()
        slope = rows.T @ (rows @ weights - rows) + 2 * weights
        np.fill_diagonal(slope, 0)
        np.testing.assert_allclose(slope, 0, atol=1e-4)

    @pytest.mark.parametrize("shape", [(0, 0), (0, 2), (3, 1), (3, 0)])
    def test_nothing_to_learn_from_is_no_error(self, shape):
        empty = sparse.csr_array(shape, dtype=float)
        assert not ItemModel(ridge=1).fit(empty).score(empty).any()


class TestPurchases:
    def test_weights_halve_and_add_up(self):
        known = purchases((0, 0, 10), (0, 0, 20), (1, 1, 0), customers=2, products=2)
        assert known.weigh(10).toarray().tolist() == [[0.75, 0], [0, 1]]
        assert known.count().toarray().tolist() == [[2, 0], [0, 1]]

    def test_those_of_some_customers_are_numbered_anew(self):
        known = purchases((0, 0, 1), (1, 1, 2), (3, 0, 3), customers=4, products=2)
        some = known.of(np.array([3, 2, 1]))
        assert some.count().toarray().tolist() == [[1, 0], [0, 0], [0, 1]]

    def test_customers_of_a_product_count_once(self):
        known = purchases((0, 0, 1), (0, 0, 2), (1, 0, 30), (1, 1, 9), customers=2, products=3)
        assert known.count_customers().tolist() == [2, 1, 0]
        assert known.count_customers(9).tolist() == [1, 1, 0]


class TestRanking:
    def test_the_highest_come_first_and_of_equal_ones_the_lower_number(self):
        ranking = rank_best(np.array([[0.1, 0.3, 0.3, 0.2]]), 3)
        assert ranking.product.tolist() == [1, 2, 3]
        assert ranking.rank.tolist() == [1, 2, 3]
        assert ranking.score.tolist() == [0.3, 0.3, 0.2]

    def test_what_differs_beyond_the_digits_that_count_is_equal(self):
        scores = np.array([[0.1, 0.3, 0.3 + 1e-9, 0.3 + 2e-9]])
        assert rank_best(scores, 2).product.tolist() == [1, 2]

    def test_minus_infinity_is_not_ranked(self):
        ranking = rank_best(np.array([[-np.inf, 0.1], [-np.inf, -np.inf]]), 2)
        assert lists_of(ranking) == {0: [1]}

    @pytest.mark.slow
    @given(
        st.lists(st.lists(st.sampled_from([-np.inf, 0, 0.25, 0.5, 1]), min_size=70, max_size=70), max_size=4),
        st.integers(1, 6),
    )
    def test_it_is_as_sorting_everything(self, rows, most):
        scores = np.array(rows).reshape(-1, 70)
        expected = {
            customer: [p for p in np.argsort(-row, kind="stable")[:most].tolist() if row[p] > -np.inf]
            for customer, row in enumerate(scores)
        }
        assert lists_of(rank_best(scores, most)) == {c: found for c, found in expected.items() if found}

    @pytest.mark.parametrize("products", [0, 1])
    def test_no_customers_or_products_are_no_error(self, products):
        assert not len(rank_best(np.empty((0, products)), 3).customer)
        assert not len(rank_best(np.empty((2, 0)), 3).customer)


class TestLists:
    @given(shops())
    def test_new_products_were_never_bought_and_repeats_were(self, known):
        bought = set(zip(known.customer.tolist(), known.product.tolist(), strict=True))
        lists = both_lists(known)
        for question, ranking in lists.items():
            pairs = list(zip(ranking.customer.tolist(), ranking.product.tolist(), strict=True))
            assert len(pairs) == len(set(pairs))
            assert all((pair in bought) == (question == "repeat") for pair in pairs)

    @given(shops())
    def test_repeats_are_as_many_as_there_can_be(self, known):
        lists = lists_of(both_lists(known)["repeat"])
        for customer in range(known.customers):
            products = set(known.product[known.customer == customer].tolist())
            assert len(lists.get(customer, [])) == min(3, len(products))

    @given(shops())
    def test_scores_fall_and_have_few_digits(self, known):
        for ranking in both_lists(known).values():
            assert (ranking.score == ranking.score.round(DIGITS)).all()
            same = ranking.customer[1:] == ranking.customer[:-1]
            assert (ranking.rank == 1).sum() == len(np.unique(ranking.customer))
            assert (np.diff(ranking.score)[same] <= 0).all()
            assert (np.diff(ranking.rank)[same] == 1).all()

    @pytest.mark.slow
    @given(shops())
    def test_the_order_of_the_purchases_does_not_matter(self, known):
        order = np.random.default_rng(1).permutation(len(known.age))
        shuffled = Purchases(known.customer[order], known.product[order], known.age[order], 6, 8)
        for question, ranking in both_lists(known).items():
            again = both_lists(shuffled)[question]
            np.testing.assert_allclose(again.score, ranking.score, atol=2e-6)

    def test_batches_do_not_matter(self, monkeypatch):
        generator = np.random.default_rng(3)
        rows = zip(*(generator.integers(0, top, 300) for top in (50, 20, 200)), strict=True)
        known = purchases(*rows, customers=50, products=20)
        whole = both_lists(known)
        monkeypatch.setattr("lgs_pipeline.models.recommender._BATCH", 7)
        for question, ranking in both_lists(known).items():
            for name in ("customer", "rank", "product", "score"):
                np.testing.assert_array_equal(getattr(ranking, name), getattr(whole[question], name))

    def test_who_bought_nothing_that_is_sold_is_taken_for_the_average_customer(self):
        rows = [(c, p, 10) for c in range(6) for p in (0, 1)] + [(0, 2, 10)]
        ranking = both_lists(purchases(*rows, customers=7, products=4))["new"]
        assert lists_of(ranking)[6] == [1, 0, 2] or lists_of(ranking)[6] == [0, 1, 2]


class TestWhatIsLearned:
    def test_planted_companions_are_found(self):
        """Products 2k and 2k + 1 go together; half of the customers have only bought one of the two yet."""
        generator = np.random.default_rng(4)
        rows, missing = [], {}
        for customer in range(200):
            pairs = generator.choice(15, size=4, replace=False)
            rows += [(customer, int(2 * pair + side), 30) for pair in pairs for side in (0, 1)]
            if customer % 2:
                _, product, _ = rows.pop()
                missing[customer] = product
        known = purchases(*rows, customers=200, products=30)
        first = {c: products[0] for c, products in lists_of(both_lists(known)["new"]).items()}
        assert all(first[customer] == product for customer, product in missing.items())

    def test_of_products_bought_equally_often_the_later_one_comes_first(self):
        rows = [(c, p, 300 if p == c % 2 else 30) for c in range(10) for p in (0, 1)]
        lists = lists_of(both_lists(purchases(*rows, customers=10, products=2))["repeat"])
        assert all(products[0] == 1 - customer % 2 for customer, products in lists.items())

    def test_scores_rise_with_what_sells_better_of_late(self):
        """Product 0 had 3 customers in 90 days, 2 of them in the last 14; product 1 had 3 and 0."""
        known = purchases(
            (0, 0, 14), (1, 0, 1), (2, 0, 15), (0, 1, 90), (1, 1, 20), (2, 1, 15), (2, 1, 91),
            customers=3, products=2,
        )  # fmt: skip
        rising, steady = (replace(RECOMMENDER, repeat_trend=trend).fit(known) for trend in (1, 0))
        factor = rising.score_repeat(known) / steady.score_repeat(known)
        as_before = 3 * 14 / 90 + 1
        np.testing.assert_allclose(factor, [[3 / as_before, 1 / as_before]] * 3, rtol=1e-5)

    def test_without_blend_and_trend_repeats_are_own_purchases_alone(self):
        known = purchases((0, 0, 200), (0, 1, 0), (1, 1, 5), customers=2, products=2)
        plain = Recommender(20, 1, 200, blend=0, trend=0, repeat_trend=0).fit(known)
        np.testing.assert_allclose(plain.score_repeat(known)[0], np.array([0.5, 1]) / np.sqrt(1.25), rtol=1e-6)
