"""Plain names for clusters of customers, from how each compares with the whole base."""

from bisect import bisect_right
from collections import Counter

import numpy.typing as npt
import pandas as pd

FIFTHS = (0.2, 0.4, 0.6, 0.8)
SPENDING = ("small", "modest", "average", "good", "big")
RECENCY = ("very recent", "recent", "cooling off", "lapsed", "long gone")
FREQUENCY = ("occasional", "occasional", "occasional", "regular", "frequent")


def name_clusters(medians: pd.DataFrame, customers: pd.DataFrame) -> list[str]:
    """A name for each cluster, such as "Frequent big spenders, very recent"; no name is given twice.

    Each word says in which fifth of all customers the cluster's median lies: how often they order, what they
    spend, when they last ordered. "One-time" and "refunded" are said outright. Clusters that would be called
    the same add their median spending, and if that is the same too, their number.

    Parameters
    ----------
    medians
        A row per cluster: its median recency (days), frequency (orders) and monetary (pounds).
    customers
        The same measures of all customers.

    Examples
    --------
    >>> base = pd.DataFrame({"recency": [3, 9, 200, 400, 500], "frequency": [9, 6, 2, 1, 1]})
    >>> base["monetary"] = [900, 400, 90, 50, 20]
    >>> name_clusters(base.iloc[[0, 4]], base)
    ['Frequent big spenders, very recent', 'One-time small spenders, long gone']
    """
    if len(medians) == 1:
        return ["All customers"]
    names = [
        _name(customers, recency=recency, frequency=frequency, monetary=monetary)
        for recency, frequency, monetary in medians[["recency", "frequency", "monetary"]].to_numpy().tolist()
    ]
    spending = [f"about £{median:,.0f}" for median in medians.monetary]
    names = _told_apart(names, [f"{name} ({pounds})" for name, pounds in zip(names, spending, strict=True)])
    return _told_apart(names, [f"{name} (cluster {number})" for number, name in enumerate(names)])


def _name(customers: pd.DataFrame, *, recency: float, frequency: float, monetary: float) -> str:
    how_often = "one-time" if frequency <= 1 else _word(FREQUENCY, frequency, customers.frequency)
    spending = _word(SPENDING, monetary, customers.monetary)
    buyers = "refunded buyers" if monetary <= 0 else f"{spending} spenders"
    return f"{how_often} {buyers}, {_word(RECENCY, recency, customers.recency)}".capitalize()


def _word(words: tuple[str, ...], value: float, values: pd.Series) -> str:
    return words[bisect_right(FIFTHS, _position(value, values.to_numpy()))]


def _position(value: float, values: npt.NDArray) -> float:
    """The share of values below this one, equal ones counted half."""
    return float(((values < value).mean() + (values <= value).mean()) / 2)


def _told_apart(names: list[str], longer: list[str]) -> list[str]:
    count = Counter(names)
    return [full if count[name] > 1 else name for name, full in zip(names, longer, strict=True)]
