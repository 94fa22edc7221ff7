r"""Treatment and control arms: drawn by a hash, alike in what matters, and the same when drawn again.

Customers are alike if value and recency are of the same magnitude: :math:`\lfloor\log_2 \text{value}\rfloor`
and :math:`\lfloor\log_2(1 + \text{recency})\rfloor` are equal. In every such stratum the customers with the
lowest hashes are the control; how many of them is the share, rounded up or down by a hash of the stratum.
Neither the strata nor the hashes depend on who else is there, so a customer who joins changes the arm of at
most one other.

Where a few customers are worth more than all others, no draw within strata is sure to be balanced. So arms of
a large audience that differ too much are drawn again with another hash (rerandomisation: Morgan and Rubin
2012, *Annals of Statistics* 40, 1263). Tests that take the first draw for the only one are then on the safe
side.
"""

from hashlib import blake2b

import numpy as np
import pandas as pd

from lgs_pipeline.arrays import BoolArray, FloatArray

TREATMENT, CONTROL = "treatment", "control"
"""The arms of a campaign: who is contacted, and who is not, for comparison."""

_ATTEMPTS = 200


def draw_control(
    customers: pd.DataFrame, share: float, key: str, balanced_from: int, largest_difference: float
) -> BoolArray:
    """Who is in the control arm.

    Parameters
    ----------
    customers
        customer_id, value (pounds, not negative) and recency (days), in any order.
    share
        Of the customers, for the control.
    key
        What the hashes are of, beside the customer: another key draws other arms.
    balanced_from
        More customers than this have balanced arms.
    largest_difference
        What the standardised differences of value and recency are below then, if one of the attempts has it
        so; else they are the smallest of all attempts.

    Returns
    -------
    numpy.ndarray
        For each customer, whether they are in the control arm.
    """
    drawn = _draw(customers, share, f"{key}:0")
    if len(customers) <= balanced_from or not drawn.any() or drawn.all():
        return drawn
    best, smallest = drawn, _imbalance(customers, drawn)
    for attempt in range(1, _ATTEMPTS):
        if smallest < largest_difference:
            break
        drawn = _draw(customers, share, f"{key}:{attempt}")
        if (imbalance := _imbalance(customers, drawn)) < smallest:
            best, smallest = drawn, imbalance
    return best


def _draw(customers: pd.DataFrame, share: float, key: str) -> BoolArray:
    measures = pd.DataFrame({"value": customers.value.clip(lower=1), "recency": customers.recency + 1})
    stratum = np.floor(np.log2(measures)).astype("int64").reset_index(drop=True)
    place = pd.Series(_hashes(customers.customer_id, key))
    rank = place.groupby([stratum.value, stratum.recency]).rank(method="first")
    strata = stratum.groupby(["value", "recency"]).size().reset_index(name="customers")
    rounding = _hashes(strata.value.astype("str") + "/" + strata.recency.astype("str"), key)
    strata["control"] = np.floor(strata.customers * share + rounding)
    control = stratum.merge(strata, how="left", on=["value", "recency"]).control
    return rank.to_numpy() <= control.to_numpy()


def _hashes(names: pd.Series, key: str) -> FloatArray:
    """A number from 0 to 1 for each name, the same on every machine."""
    keyed = blake2b(f"{key}:".encode(), digest_size=8)
    numbers = np.empty(len(names), dtype=np.uint64)
    for position, name in enumerate(names.tolist()):
        hashed = keyed.copy()
        hashed.update(str(name).encode())
        numbers[position] = int.from_bytes(hashed.digest(), "big")
    return numbers / 2.0**64


def _imbalance(customers: pd.DataFrame, is_control: BoolArray) -> float:
    """The larger of the standardised differences in value and recency, whatever their signs."""
    # It imports SciPy, for which those who only need the names of the arms should not wait.
    from lgs_pipeline.models.experiments import standardised_difference

    differences = [
        standardised_difference(customers[column][~is_control], customers[column][is_control])
        for column in ("value", "recency")
    ]
    return float(np.max(np.abs(differences)))
