r"""What a segmentation knows about the months to come, out of sample and with intervals.

A segmentation is worth using if the segment of a customer, known at some moment, tells what the customer does
after it. That is measured as its users would meet it: what a segment will do is read off other customers of
that segment. The customers are parted into folds; what is predicted for a customer is the mean of their
segment among the customers of the other folds.

``log_sales_variance_explained``
    :math:`1 - \sum (y - \hat y)^2 / \sum (y - \bar y)^2` for :math:`y = \ln(1 + \max(\text{sales}, 0))`,
    where :math:`\bar y` is the mean over the other folds. Sales themselves would be all about the few largest
    customers.
``auc_buying_again``
    The chance that a customer who orders again was ranked above one who does not, where customers of equal
    rank count half; pairs are taken within folds.
``sales_share_of_top_fifth``
    The share of the held-out sales that is made by the customers who would be picked if there were budget for
    a fifth of them, best segments first. Of a segment that is picked in part, that part of the sales counts.
``membership_kept``
    The share of customers who are still in their segment when it is determined again without a random part of
    the orders, among those who have an order left.

A segmentation that knows nothing scores 0, 0.5, 0.2 and 1. Intervals are percentiles over bootstrap resamples
of the customers, the same resamples for every segmentation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.models import bootstrap

MEASURES = ("log_sales_variance_explained", "auc_buying_again", "sales_share_of_top_fifth", "membership_kept")
TOP_SHARE = 0.2


@dataclass(frozen=True)
class Trial:
    """How segmentations are put to the test.

    Parameters
    ----------
    folds
        Parts that the customers are divided into.
    bootstrap_samples
        Resamples of the customers that intervals are taken over.
    interval
        The share of the resamples inside an interval.
    seed
        Where folds and resamples come from.
    """

    folds: int
    bootstrap_samples: int
    interval: float
    seed: int


def evaluate_segmentations(
    segments: pd.DataFrame, segments_again: pd.DataFrame, outcomes: pd.DataFrame, trial: Trial
) -> pd.DataFrame:
    """How well each segmentation does on each measure.

    Parameters
    ----------
    segments
        A row per customer, a column per segmentation: the customer's segment.
    segments_again
        The same, determined on fewer orders; empty where the customer has none left.
    outcomes
        Of the same customers, in the months after: orders, and sales in pounds.
    trial
        Folds, resamples and seed.

    Returns
    -------
    pandas.DataFrame
        A row per segmentation and measure, in the order of the columns and of ``MEASURES``: segmentation,
        measure, value, low, high. A measure that the outcomes leave undefined is empty.
    """
    fold = _assign_folds(len(segments), trial)
    tested = {
        name: _Tested.of(segments[name], segments_again[name], outcomes, fold, trial.folds) for name in segments.columns
    }
    point = np.ones((1, len(segments)))
    values = {name: test.measure(point)[0] for name, test in tested.items()}
    spread: dict[str, list[FloatArray]] = {name: [] for name in tested}
    generator = np.random.default_rng([trial.seed, 1])
    for weights in bootstrap.bootstrap_weights(len(segments), trial.bootstrap_samples, generator):
        for name, test in tested.items():
            spread[name].append(test.measure(weights))
    return pd.concat([_rows(name, values[name], spread[name], trial) for name in tested], ignore_index=True)


def undefined(segmentations: Sequence[str]) -> pd.DataFrame:
    """The result where nothing can be measured: every value empty."""
    return bootstrap.undefined(segmentation=segmentations, measure=MEASURES)


def _rows(name: str, values: FloatArray, spread: list[FloatArray], trial: Trial) -> pd.DataFrame:
    value, low, high = bootstrap.with_interval(values, spread, trial.interval)
    return pd.DataFrame({"segmentation": name, "measure": MEASURES, "value": value, "low": low, "high": high})


def _assign_folds(customers: int, trial: Trial) -> IntArray:
    order = np.random.default_rng([trial.seed, 0]).permutation(customers)
    fold = np.empty(customers, dtype=np.int64)
    fold[order] = np.arange(customers) % trial.folds
    return fold


@dataclass(frozen=True)
class _Tested:
    """One segmentation with its predictions; everything that the measures need is a weighted sum.

    A cell is a fold and a segment: customers of one cell share their predictions.
    """

    per_customer: FloatArray  # customers x (squared error, squared deviation, is there again, kept)
    per_cell: sparse.csr_array  # customers x (3 x cells): is in the cell, orders again, sales
    fold_of_cell: IntArray
    chance_of_cell: FloatArray
    sales_of_cell: FloatArray

    @classmethod
    def of(
        cls, segment: pd.Series, segment_again: pd.Series, outcomes: pd.DataFrame, fold: IntArray, folds: int
    ) -> "_Tested":
        codes, names = pd.factorize(segment, sort=True)
        cell = fold * len(names) + codes
        sales = outcomes.sales.to_numpy(dtype=float)
        bought = (outcomes.orders.to_numpy() > 0).astype(float)
        log_sales = np.log1p(np.maximum(sales, 0.0))
        predicted, mean = _predict_from_other_folds(log_sales, codes, len(names), fold, folds)
        again = segment_again.notna().to_numpy()
        kept = again & (segment.to_numpy() == segment_again.to_numpy())
        rows, cells = np.arange(len(cell)), folds * len(names)
        inside = sparse.csr_array((np.ones(len(cell)), (rows, cell)), shape=(len(cell), cells))
        return cls(
            per_customer=np.column_stack(
                [(log_sales - predicted[cell]) ** 2, (log_sales - mean[fold]) ** 2, again, kept]
            ),
            per_cell=sparse.hstack([inside, inside * bought[:, None], inside * sales[:, None]], format="csr"),
            fold_of_cell=np.repeat(np.arange(folds), len(names)),
            chance_of_cell=_predict_from_other_folds(bought, codes, len(names), fold, folds)[0],
            sales_of_cell=_predict_from_other_folds(sales, codes, len(names), fold, folds)[0],
        )

    def measure(self, weights: FloatArray) -> FloatArray:
        """The measures, a row per row of weights (resamples x customers)."""
        errors, deviations, again, kept = (weights @ self.per_customer).T
        customers, buyers, sales = np.split((self.per_cell.T @ weights.T).T, 3, axis=1)
        return np.column_stack(
            [
                1 - _ratio(errors, deviations),
                self._chance_of_right_order(buyers, customers - buyers),
                self._sales_of_top(customers, sales),
                _ratio(kept, again),
            ]
        )

    def _chance_of_right_order(self, buyers: FloatArray, others: FloatArray) -> FloatArray:
        right, pairs = np.zeros(len(buyers)), np.zeros(len(buyers))
        for cells in self._ranked_folds(-self.chance_of_cell):
            bought, not_bought = _sum_ties(buyers, cells), _sum_ties(others, cells)
            below = not_bought.sum(axis=1, keepdims=True) - np.cumsum(not_bought, axis=1)
            right += (bought * (below + not_bought / 2)).sum(axis=1)
            pairs += bought.sum(axis=1) * not_bought.sum(axis=1)
        return _ratio(right, pairs)

    def _sales_of_top(self, customers: FloatArray, sales: FloatArray) -> FloatArray:
        picked = np.zeros(len(customers))
        for cells in self._ranked_folds(-self.sales_of_cell):
            number, amount = _sum_ties(customers, cells), _sum_ties(sales, cells)
            better = np.cumsum(number, axis=1) - number
            budget = TOP_SHARE * number.sum(axis=1, keepdims=True)
            share = np.clip(budget - better, 0, number) / np.maximum(number, 1)
            picked += (share * amount).sum(axis=1)
        return _ratio(picked, sales.sum(axis=1))

    def _ranked_folds(self, ranking: FloatArray) -> list[list[IntArray]]:
        """For each fold its cells, lowest ranking first; cells that rank equal stand together."""
        folds = []
        for fold in np.unique(self.fold_of_cell):
            cells = np.flatnonzero(self.fold_of_cell == fold)
            values = np.unique(ranking[cells])
            folds.append([cells[ranking[cells] == value] for value in values])
        return folds


def _predict_from_other_folds(
    values: FloatArray, codes: IntArray, segments: int, fold: IntArray, folds: int
) -> tuple[FloatArray, FloatArray]:
    """Per cell (folds x segments, in a row) and per fold, the mean over the customers of the other folds.

    A segment that the other folds do not have is predicted by their overall mean.
    """
    cell = fold * segments + codes
    sums = np.bincount(cell, weights=values, minlength=folds * segments).reshape(folds, segments)
    counts = np.bincount(cell, minlength=folds * segments).reshape(folds, segments)
    other_sums, other_counts = sums.sum(axis=0) - sums, counts.sum(axis=0) - counts
    overall = other_sums.sum(axis=1) / np.maximum(other_counts.sum(axis=1), 1)
    known = other_counts > 0
    means = np.where(known, other_sums / np.maximum(other_counts, 1), overall[:, None])
    return means.ravel(), overall


def _sum_ties(values: FloatArray, cells: list[IntArray]) -> FloatArray:
    return np.column_stack([values[:, tied].sum(axis=1) for tied in cells])


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
