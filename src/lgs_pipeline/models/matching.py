"""Customers to compare with where no control arm was held back: each one's nearest, and nobody's twice.

Nearest-neighbour matching without replacement within a caliper (Stuart 2010, *Statistical Science* 25, 1;
Austin 2011, *Pharmaceutical Statistics* 10, 150), exact on the group, on standardised values. What customers
differ in beside group and values is not balanced by it, so it is weaker than a control arm drawn at random.
"""

import numpy as np
import pandas as pd

_NEIGHBOURS = 64


def match_pairs(customers: pd.DataFrame, group: str, values: list[str], largest_distance: float) -> pd.DataFrame:
    """Pairs of a treated customer and the nearest other one of the same group.

    Those whose nearest neighbour is nearest choose first.

    Parameters
    ----------
    customers
        is_treated, the group and the values.
    group
        The column in which both of a pair are the same.
    values
        The columns in which they are near; distances are in standard deviations over all customers.
    largest_distance
        The longest distance of a pair.

    Returns
    -------
    pandas.DataFrame
        A row per pair: treated and matched, labels of the rows. Who has nobody near enough is in none.
    """
    spread = customers[values].std().replace(0, 1).fillna(1)
    scaled = customers[values] / spread
    is_treated = customers.is_treated.astype(bool)
    pairs = [
        _match_within(scaled[members & is_treated], scaled[members & ~is_treated], largest_distance)
        for members in (customers[group] == name for name in sorted(set(customers[group])))
    ]
    found = pd.concat(pairs) if pairs else pd.DataFrame(columns=["treated", "matched"])
    return found.sort_values("treated", ignore_index=True)


def _match_within(treated: pd.DataFrame, others: pd.DataFrame, largest_distance: float) -> pd.DataFrame:
    from scipy.spatial import KDTree

    if treated.empty or others.empty:
        return pd.DataFrame(columns=["treated", "matched"])
    neighbours = min(_NEIGHBOURS, len(others))
    distances, places = KDTree(others.to_numpy(dtype=float)).query(
        treated.to_numpy(dtype=float), k=np.arange(1, neighbours + 1), distance_upper_bound=largest_distance
    )
    taken: set[int] = set()
    chosen = {}
    for row in np.argsort(distances[:, 0], kind="stable"):
        free = (place for place in places[row] if place < len(others) and place not in taken)
        if (place := next(free, None)) is not None:
            taken.add(place)
            chosen[treated.index[row]] = others.index[place]
    return pd.DataFrame({"treated": list(chosen), "matched": list(chosen.values())})
