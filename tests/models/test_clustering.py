"""Groups that are there are found, as many as there are, and odd customers break nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score
from sklearn.pipeline import Pipeline

from lgs_pipeline.models import clustering as model

EFFORT = model.Effort(seed=1, restarts=10, resamples=10)
LIMITS = {"least_stability": 0.85, "smallest_share": 0.05, "clear_silhouette": 0.5}
NUMBERS = range(2, 11)


def planted_groups(sizes: list[int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of Gaussian groups, their centres at least six standard deviations apart; and their groups."""
    generator = np.random.default_rng(seed)
    while True:
        centres = generator.uniform(-8, 8, (len(sizes), 3))
        distances = np.linalg.norm(centres[:, None] - centres, axis=2)
        if distances[np.triu_indices(len(sizes), 1)].min() > 6:
            break
    group = np.repeat(np.arange(len(sizes)), sizes)
    points = centres[group] + generator.normal(size=(len(group), 3))
    return (points - points.mean(axis=0)) / points.std(axis=0), group


class TestPlantedGroups:
    @pytest.mark.slow
    @pytest.mark.parametrize("sizes", [[300, 300], [500, 200, 100], [200, 150, 150, 100], [150] * 5, [100] * 7])
    @pytest.mark.parametrize("seed", [1, 2])
    def test_they_are_found_and_their_number_with_them(self, sizes, seed):
        points, group = planted_groups(sizes, seed)
        evaluation = model.evaluate_numbers(points, NUMBERS, EFFORT)
        choice = model.choose_number(evaluation, **LIMITS)
        assert choice.k == len(sizes)
        assert choice.is_convincing
        found = model.fit_kmeans(points, choice.k, seed=1, restarts=10)
        assert adjusted_rand_score(group, found.labels_) >= 0.95

    def test_on_a_continuum_more_clusters_are_taken_as_long_as_they_come_back(self):
        line = np.linspace(0, 1, 500)[:, None]
        evaluation = model.evaluate_numbers(line, range(2, 6), EFFORT)
        choice = model.choose_number(evaluation, **{**LIMITS, "clear_silhouette": 1.0})
        stable = evaluation[evaluation.stability >= 0.85]
        assert choice.k == stable.k.max() > 2


class TestEvaluation:
    def test_a_quick_evaluation_leads_to_the_same_choice(self):
        points = np.random.default_rng(3).gamma(2.0, size=(400, 2))
        whole = model.evaluate_numbers(points, range(2, 8), EFFORT)
        quick = model.evaluate_stability(points, range(2, 8), EFFORT, smallest_share=0.1)
        limits = {**LIMITS, "smallest_share": 0.1}
        assert model.choose_number(quick, **limits) == model.choose_number(whole, **limits)
        measured = quick.stability.notna()
        assert 0 < measured.sum() < len(quick)
        pd.testing.assert_frame_equal(quick[measured], whole.loc[measured, quick.columns])

    def test_the_number_of_candidates_does_not_change_what_is_measured(self):
        points = np.random.default_rng(4).normal(size=(200, 2))
        few = model.evaluate_numbers(points, [3], EFFORT)
        many = model.evaluate_numbers(points, [2, 3, 4], EFFORT)
        pd.testing.assert_frame_equal(few, many[many.k == 3].reset_index(drop=True))

    def test_it_is_the_same_in_every_run(self):
        points = np.random.default_rng(5).normal(size=(300, 3))
        first, second = (model.evaluate_numbers(points, [2, 5], EFFORT) for _ in range(2))
        pd.testing.assert_frame_equal(first, second, check_exact=True)

    def test_measures_by_hand(self):
        points = np.array([[0.0], [0.0], [1.0], [10.0]])
        row = model.evaluate_numbers(points, [2], EFFORT).iloc[0]
        assert row.inertia == pytest.approx(2 / 3)
        assert row.smallest_share == 0.25
        # For 0: a = 1/2, b = 10; for 1: a = 1, b = 9; 10 is alone.
        assert row.silhouette == pytest.approx((0.95 + 0.95 + 8 / 9 + 0) / 4)

    @pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((7, 2)), np.array([[0.0], [1.0], [1.0]])])
    def test_too_few_different_points_leave_it_empty(self, points):
        evaluation = model.evaluate_numbers(points, [2, 3], EFFORT)
        assert evaluation.k.tolist() == [2, 3]
        assert evaluation.drop(columns="k").isna().all(axis=None)

    def test_numbers_that_the_points_do_not_allow_are_empty_and_others_are_not(self):
        evaluation = model.evaluate_numbers(np.arange(4.0)[:, None], [2, 3, 4, 9], EFFORT)
        assert evaluation.stability.notna().tolist() == [True, True, False, False]


def evaluation_of(*rows: tuple[int, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["k", "silhouette", "stability", "smallest_share"])


class TestChoice:
    @pytest.mark.parametrize(
        ("rows", "k", "reason"),
        [
            ([(2, 0.4, 0.9, 0.4), (3, 0.3, 0.86, 0.1), (4, 0.3, 0.84, 0.1)], 3, "stable"),
            ([(2, 0.4, 0.9, 0.4), (3, 0.3, 0.95, 0.04)], 2, "stable"),
            ([(2, 0.7, 0.9, 0.4), (3, 0.8, 1.0, 0.2), (4, 0.6, 0.9, 0.1)], 3, "lie clearly apart"),
            ([(2, 0.9, 0.9, 0.001), (3, 0.3, 0.9, 0.2)], 3, "stable"),
            ([(2, 0.4, 0.5, 0.4), (3, 0.3, 0.7, 0.1), (4, 0.3, 0.99, 0.01)], 3, "none is stable"),
            ([(2, 0.4, 0.9, 0.04), (3, 0.3, 0.7, 0.01)], 2, "leaves a cluster under 5%"),
            ([(2, np.nan, np.nan, np.nan)], 1, "too few different customers"),
            ([], 1, "too few different customers"),
        ],
    )
    def test_it_is_made_by_the_rule_and_says_which_part_of_it(self, rows, k, reason):
        choice = model.choose_number(evaluation_of(*rows), **LIMITS)
        assert choice.k == k
        assert reason in choice.reason

    def test_only_a_number_within_all_limits_is_convincing(self):
        assert model.choose_number(evaluation_of((2, 0.4, 0.9, 0.4)), **LIMITS).is_convincing
        assert not model.choose_number(evaluation_of((2, 0.4, 0.8, 0.4)), **LIMITS).is_convincing


class TestTransformation:
    FEATURES = ("recency", "monetary")

    def fitted(self, frame: pd.DataFrame) -> tuple[Pipeline, np.ndarray]:
        transformation = model.make_transformation(self.FEATURES, ["monetary", "tenure"]).fit(frame)
        return transformation, model.transform(transformation, frame)

    def test_what_is_compared_by_its_logarithm_is_and_the_rest_is_not(self):
        frame = pd.DataFrame({"recency": [1.0, 2.0, 3.0], "monetary": np.exp([1.0, 2.0, 3.0]) - 1})
        _, points = self.fitted(frame)
        scaled = (np.arange(3) - 1) / np.sqrt(2 / 3)
        np.testing.assert_allclose(points, np.column_stack([scaled, scaled]))

    def test_owing_is_worth_as_little_as_nothing(self):
        frame = pd.DataFrame({"recency": [1.0, 2.0, 3.0], "monetary": [-10_000.0, 0.0, 50.0]})
        _, points = self.fitted(frame)
        assert points[0, 0] == points[1, 0] < points[2, 0]

    def test_a_missing_value_is_the_median_of_the_others(self):
        frame = pd.DataFrame({"recency": [1.0, 5.0, 9.0, np.nan], "monetary": [1.0, 1.0, 2.0, 2.0]})
        _, points = self.fitted(frame)
        assert (points[3] == points[1]).tolist() == [False, True]

    @pytest.mark.parametrize("value", [7.0, np.nan])
    def test_a_feature_that_tells_nobody_apart_has_no_say(self, value):
        frame = pd.DataFrame({"recency": [value] * 4, "monetary": [1.0, 2.0, 30.0, 40.0]})
        _, points = self.fitted(frame)
        assert (points == 0).all(axis=0).sum() == 1
        assert np.isfinite(points).all()


class TestLabels:
    def test_batches_label_as_one_does(self, monkeypatch):
        frame = pd.DataFrame(np.random.default_rng(6).gamma(1.0, size=(50, 2)), columns=["a", "b"])
        transformation = model.make_transformation(["a", "b"], ["a"]).fit(frame)
        kmeans = model.fit_kmeans(model.transform(transformation, frame), 3, seed=1, restarts=3)
        fitted = Pipeline([*transformation.steps, ("kmeans", kmeans)])
        whole = model.label_customers(fitted, frame)
        monkeypatch.setattr(model, "_BATCH", 7)
        assert model.label_customers(fitted, frame).tolist() == whole.tolist() == kmeans.labels_.tolist()

    def test_renumbering_changes_the_numbers_and_nothing_else(self):
        points = np.array([[0.0], [0.1], [5.0], [9.0], [9.1]])
        kmeans = model.fit_kmeans(points, 3, seed=1, restarts=3)
        before = kmeans.labels_.copy()
        order = [before[3], before[0], before[2]]
        model.renumber(kmeans, order)
        assert kmeans.labels_.tolist() == [1, 1, 2, 0, 0]
        assert model.predict(kmeans, points).tolist() == [1, 1, 2, 0, 0]


class TestSilhouettes:
    @given(st.integers(5, 60), st.integers(2, 5), st.integers(0, 1000))
    @settings(max_examples=30, deadline=None)
    def test_they_are_those_of_scikit_learn(self, number, clusters, seed):
        generator = np.random.default_rng(seed)
        points = generator.normal(size=(number, 2))
        labels = np.concatenate([np.arange(clusters), generator.integers(clusters, size=number - clusters)])
        if clusters < number:
            expected = silhouette_samples(points, labels)
            np.testing.assert_allclose(model.silhouettes(points, labels), expected, atol=1e-12)
            mean = model.mean_silhouettes(points, {clusters: labels})[clusters]
            assert mean == pytest.approx(silhouette_score(points, labels))

    def test_a_sample_of_the_others_gives_nearly_the_same(self):
        points, group = planted_groups([1000, 600], seed=2)
        reference = np.sort(np.random.default_rng(1).choice(1600, 300, replace=False))
        difference = model.silhouettes(points, group, reference) - model.silhouettes(points, group)
        assert np.abs(difference).max() < 0.05

    def test_one_cluster_has_none(self):
        assert np.isnan(model.silhouettes(np.arange(3.0)[:, None], np.zeros(3, dtype=np.int64))).all()

    def test_identical_points_in_two_clusters_are_on_the_border(self):
        found = model.silhouettes(np.zeros((4, 2)), np.array([0, 0, 1, 1]))
        assert found.tolist() == [0, 0, 0, 0]
