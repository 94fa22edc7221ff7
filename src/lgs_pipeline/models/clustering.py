r"""Customers in groups that their own habits suggest: KMeans, and the number of groups chosen by evidence.

The groups live in a transformed space: skewed measures as :math:`\ln(1 + \max(x, 0))`, then everything scaled
to mean 0 and variance 1, so that a pound does not outweigh a day. Transformation and KMeans are one
scikit-learn Pipeline.

How many groups there are, no single index knows; the silhouette for one likes two groups on nearly any
customer base. What can be asked of a grouping is that it comes back: fitted on a bootstrap resample of the
customers and applied to all of them, it should give nearly the same groups [4]_. :func:`evaluate_numbers`
measures that *stability*, the mean adjusted Rand index [1]_ over resamples, beside inertia, silhouette [2]_
and Davies-Bouldin index [3]_; :func:`choose_number` takes the largest number of groups that is stable, with
no group too small to address.

That is the rule for customers who form a continuum, where any clustering is a way of cutting it up, and the
most pieces that can be told apart reliably are the most useful. Where groups lie clearly apart, it would go
on to cut them up: halving one group of six in any which way has an index of 0.9 with halving another.
Therefore, where a stable number has a mean silhouette that stands for real structure, the one with the
highest is taken.

Everything is done in one thread. The sums of a parallel KMeans are taken in the order in which its threads
finish, so that their last digits, and then the groups, would differ from run to run and machine to machine.

References
----------
.. [1] L. Hubert, P. Arabie (1985). Comparing partitions. Journal of Classification 2, 193-218.
.. [2] P. J. Rousseeuw (1987). Silhouettes: a graphical aid to the interpretation and validation of cluster
   analysis. Journal of Computational and Applied Mathematics 20, 53-65.
.. [3] D. L. Davies, D. W. Bouldin (1979). A cluster separation measure. IEEE Transactions on Pattern Analysis
   and Machine Intelligence 1(2), 224-227.
.. [4] C. Hennig (2007). Cluster-wise assessment of cluster stability. Computational Statistics and Data
   Analysis 52, 258-271.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import adjusted_rand_score, davies_bouldin_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from lgs_pipeline.arrays import FloatArray, IntArray, slices

_MOST_ITERATIONS = 1000  # KMeans has converged long before
_NEAR_ENOUGH = 1e-4  # how far centres of a resample may still move, as a share of the variance
_BATCH = 100_000  # customers labelled at once
_DISTANCES = 2**21  # distances held at once


@dataclass(frozen=True)
class Effort:
    """How hard KMeans tries, and from which seed.

    Parameters
    ----------
    seed
        Where all randomness comes from.
    restarts
        Beginnings that the final fit for each number of clusters takes the best of.
    resamples
        Bootstrap resamples that stability is the mean over.
    resample_restarts
        Beginnings that each fit on a resample takes the best of.
    """

    seed: int
    restarts: int = 10
    resamples: int = 20
    resample_restarts: int = 5


def make_transformation(features: Sequence[str], log_features: Sequence[str]) -> Pipeline:
    """The way of customers' features into the space where distances are taken, not yet fitted.

    A missing value becomes the feature's median. What is negative counts as zero in a logarithm: a customer
    who was paid back more than they paid is worth as little as one who was paid back everything, and not
    the furthest of all from the others.
    """
    logged = [position for position, feature in enumerate(features) if feature in log_features]
    logarithm = Pipeline(
        [
            ("clip", FunctionTransformer(np.clip, kw_args={"a_min": 0, "a_max": None})),
            ("log1p", FunctionTransformer(np.log1p)),
        ]
    )
    return Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("log", ColumnTransformer([("log", logarithm, logged)], remainder="passthrough")),
            ("scale", StandardScaler()),
        ]
    )


def count_distinct(points: FloatArray) -> int:
    """How many different points there are: no clustering has more clusters."""
    return len(np.unique(points, axis=0))


@threadpool_limits.wrap(limits=1)
def fit_kmeans(points: FloatArray, k: int, *, seed: int, restarts: int, tolerance: float = 0.0) -> KMeans:
    """KMeans run to convergence, or nearly so, from several beginnings; the best of them."""
    kmeans = KMeans(k, n_init=restarts, random_state=seed, tol=tolerance, max_iter=_MOST_ITERATIONS)
    return kmeans.fit(points)


def evaluate_numbers(points: FloatArray, numbers: Sequence[int], effort: Effort) -> pd.DataFrame:
    """What speaks for each number of clusters.

    Returns
    -------
    pandas.DataFrame
        A row per number: k; inertia, the sum of squared distances to the centres; silhouette, its mean over
        the points; davies_bouldin; stability; smallest_share, of the points in the smallest cluster. Empty
        for a number that is not below that of the different points.
    """
    fits = _fit_possible(points, numbers, effort)
    labels = {k: fit.labels_.astype(np.int64) for k, fit in fits.items()}
    measures = {
        "inertia": {k: float(fit.inertia_) for k, fit in fits.items()},
        "silhouette": mean_silhouettes(points, labels),
        "davies_bouldin": {k: float(davies_bouldin_score(points, of_all)) for k, of_all in labels.items()},
        "stability": _stabilities(points, labels, effort),
        "smallest_share": _smallest_shares(labels),
    }
    return _evaluation(numbers, measures)


def evaluate_stability(
    points: FloatArray, numbers: Sequence[int], effort: Effort, smallest_share: float
) -> pd.DataFrame:
    """What :func:`choose_number` needs to choose as from the whole evaluation, and no more.

    The columns k, silhouette, stability and smallest_share of :func:`evaluate_numbers`, the first two
    measures only where no cluster is too small.
    """
    fits = _fit_possible(points, numbers, effort)
    labels = {k: fit.labels_.astype(np.int64) for k, fit in fits.items()}
    shares = _smallest_shares(labels)
    large_enough = {k: of_all for k, of_all in labels.items() if shares[k] >= smallest_share}
    measures = {
        "silhouette": mean_silhouettes(points, large_enough),
        "stability": _stabilities(points, large_enough, effort),
        "smallest_share": shares,
    }
    return _evaluation(numbers, measures)


def _fit_possible(points: FloatArray, numbers: Sequence[int], effort: Effort) -> dict[int, KMeans]:
    distinct = count_distinct(points)
    possible = [k for k in numbers if 2 <= k < distinct]
    return {k: fit_kmeans(points, k, seed=effort.seed, restarts=effort.restarts) for k in possible}


def _evaluation(numbers: Sequence[int], measures: dict[str, dict[int, float]]) -> pd.DataFrame:
    columns = {
        name: pd.Series([values.get(k, np.nan) for k in numbers], dtype=float) for name, values in measures.items()
    }
    return pd.DataFrame({"k": pd.Series(numbers, dtype="int64"), **columns})


def _smallest_shares(labels: dict[int, IntArray]) -> dict[int, float]:
    return {k: float(np.bincount(of_all).min() / len(of_all)) for k, of_all in labels.items()}


def _stabilities(points: FloatArray, labels: dict[int, IntArray], effort: Effort) -> dict[int, float]:
    """Mean adjusted Rand index between each labelling and those of fits on resamples, applied to all."""
    agreements: dict[int, list[float]] = {k: [] for k in labels}
    for resample in range(effort.resamples if labels else 0):
        drawn = points[np.random.default_rng([effort.seed, resample]).integers(len(points), size=len(points))]
        distinct = count_distinct(drawn)
        for k, of_all in labels.items():
            seed = int(np.random.default_rng([effort.seed, resample, k]).integers(2**31))
            fit = fit_kmeans(
                drawn, min(k, distinct), seed=seed, restarts=effort.resample_restarts, tolerance=_NEAR_ENOUGH
            )
            agreements[k].append(adjusted_rand_score(of_all, predict(fit, points)))
    return {k: float(np.mean(values)) for k, values in agreements.items()}


@dataclass(frozen=True)
class Choice:
    """A number of clusters, and in a few words why."""

    k: int
    reason: str
    is_convincing: bool = True


def choose_number(
    evaluation: pd.DataFrame, *, least_stability: float, smallest_share: float, clear_silhouette: float
) -> Choice:
    """The largest number of clusters that is stable and has no cluster too small.

    Of those numbers, the one with the highest silhouette if that is at least clear_silhouette: then the
    clusters lie apart, and more of them would only cut them up. Where no number is stable: the most stable
    of those without a cluster too small; failing that, the fewest clusters; and where not even two can be
    told apart, one.
    """
    evaluated = evaluation.dropna(subset="smallest_share")
    large_enough = evaluated[evaluated.smallest_share >= smallest_share]
    stable = large_enough[large_enough.stability >= least_stability]
    if stable.silhouette.max() >= clear_silhouette:
        best = stable.loc[stable.silhouette.idxmax()]
        return Choice(int(best.k), f"which lie clearly apart (silhouette {best.silhouette:.2f})")
    if len(stable):
        reason = f"the most that are stable ({least_stability} or more), each of {smallest_share:.0%} or more"
        return Choice(int(stable.k.max()), reason)
    if len(large_enough):
        best = large_enough.loc[large_enough.stability.idxmax()]
        reason = f"none is stable ({least_stability} or more); these are the most stable, {best.stability:.2f}"
        return Choice(int(best.k), reason, is_convincing=False)
    if len(evaluated):
        reason = f"every number leaves a cluster under {smallest_share:.0%}; these are the fewest"
        return Choice(int(evaluated.k.min()), reason, is_convincing=False)
    return Choice(1, "there are too few different customers to part", is_convincing=False)


@threadpool_limits.wrap(limits=1)
def predict(kmeans: KMeans, points: FloatArray) -> IntArray:
    """The cluster of each point: that with the nearest centre."""
    return kmeans.predict(points).astype(np.int64)


def label_customers(model: Pipeline, features: pd.DataFrame) -> IntArray:
    """The cluster of each customer by a fitted transformation and KMeans, in batches."""
    kmeans = model[-1]
    batches = [predict(kmeans, transform(model[:-1], features.iloc[rows])) for rows in slices(len(features), _BATCH)]
    return np.concatenate(batches) if batches else np.empty(0, dtype=np.int64)


def transform(transformation: Pipeline, features: pd.DataFrame) -> FloatArray:
    """The customers' points in the space where distances are taken."""
    return np.ascontiguousarray(transformation.transform(features), dtype=np.float64)


def renumber(kmeans: KMeans, order: Sequence[int]) -> None:
    """Number the clusters anew: the one that was ``order[0]`` becomes 0, and so on."""
    new_number = np.empty(len(order), dtype=kmeans.labels_.dtype)
    new_number[np.asarray(order)] = np.arange(len(order))
    kmeans.cluster_centers_ = np.ascontiguousarray(kmeans.cluster_centers_[order])
    kmeans.labels_ = new_number[kmeans.labels_]


@threadpool_limits.wrap(limits=1)
def mean_silhouettes(points: FloatArray, labels: dict[int, IntArray]) -> dict[int, float]:
    """The mean silhouette under each labelling, with the distances between points taken once for all."""
    sums = dict.fromkeys(labels, 0.0)
    everyone = np.arange(len(points))
    for rows in slices(len(points), _DISTANCES // max(1, len(points))) if labels else ():
        distances = cdist(points[rows], points)
        for k, of_all in labels.items():
            sums[k] += _silhouettes_by(distances, of_all[rows], of_all, everyone[rows]).sum()
    return {k: float(total / len(points)) for k, total in sums.items()}


@threadpool_limits.wrap(limits=1)
def silhouettes(points: FloatArray, labels: IntArray, reference: IntArray | None = None) -> FloatArray:
    r"""The silhouette of each point.

    .. math:: s = (b - a) / \max(a, b),

    where :math:`a` is the mean distance to the other points of the own cluster and :math:`b` the smallest
    mean distance to the points of another one; 0 for the only point of a cluster, and empty where all points
    are in one cluster.

    Parameters
    ----------
    points, labels
        The points, and the cluster of each.
    reference
        Positions of the points that the distances are taken to; by default all, which takes a time that
        grows with the square of their number.
    """
    if len(np.unique(labels)) < 2:
        return np.full(len(points), np.nan)
    if reference is None:
        reference = np.arange(len(points))
    place = np.full(len(points), -1)
    place[reference] = np.arange(len(reference))
    found = [
        _silhouettes_by(cdist(points[rows], points[reference]), labels[rows], labels[reference], place[rows])
        for rows in slices(len(points), _DISTANCES // len(reference))
    ]
    return np.concatenate(found)


def _silhouettes_by(distances: FloatArray, own: IntArray, reference_labels: IntArray, place: IntArray) -> FloatArray:
    """Silhouettes from distances (points x reference); place is a point's own column there, or -1."""
    clusters = max(own.max(), reference_labels.max()) + 1
    belongs = np.zeros((len(reference_labels), clusters))
    belongs[np.arange(len(reference_labels)), reference_labels] = 1.0
    members = belongs.sum(axis=0)
    totals = distances @ belongs
    rows = np.arange(len(own))
    others = members[own] - (place >= 0)
    a = totals[rows, own] / np.maximum(others, 1)
    means = np.where(members > 0, totals / np.maximum(members, 1), np.inf)
    means[rows, own] = np.inf
    b = means.min(axis=1)
    largest = np.maximum(a, b)
    is_known = (others > 0) & np.isfinite(b) & (largest > 0)
    return np.where(is_known, (b - a) / np.where(is_known, largest, 1.0), 0.0)
