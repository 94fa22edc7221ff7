"""What evaluations share: resamples of the customers, intervals over them, and results without values."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from lgs_pipeline.arrays import FloatArray, slices

_WEIGHTS = 2**24  # held at once
_DIGITS = 12  # what comes after them is not from the customers but from the order of the sums


def bootstrap_weights(customers: int, resamples: int, generator: np.random.Generator) -> Iterator[FloatArray]:
    """How often each customer is drawn, a row per resample, some resamples at a time."""
    for some in slices(resamples, _WEIGHTS // customers):
        drawn = (generator.integers(customers, size=customers) for _ in range(some.start, some.stop))
        yield np.array([np.bincount(rows, minlength=customers) for rows in drawn], dtype=float)


def with_interval(values: FloatArray, resampled: Sequence[FloatArray], interval: float) -> FloatArray:
    """Values, and the ends of the interval that holds this share of the resamples: three rows.

    Parameters
    ----------
    values
        One for each measure.
    resampled
        Resamples x measures, in parts.
    interval
        The share of the resamples inside.
    """
    tail = (1 - interval) / 2
    ends = np.quantile(np.concatenate(resampled), [tail, 1 - tail], axis=0)
    return np.round(np.array([values, *ends]), _DIGITS)


def undefined(**names: Sequence[str]) -> pd.DataFrame:
    """The result where nothing can be measured: a row per combination of names, every value empty.

    >>> undefined(model=["ease"], measure=["recall", "coverage"])
      model   measure  value  low  high
    0  ease    recall    NaN  NaN   NaN
    1  ease  coverage    NaN  NaN   NaN
    """
    rows = pd.MultiIndex.from_product(names.values(), names=names).to_frame(index=False)
    return rows.assign(value=np.nan, low=np.nan, high=np.nan)
