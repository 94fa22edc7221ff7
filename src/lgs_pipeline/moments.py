"""The moments at which customers are looked at, which several rooms share.

The room ``customers`` sets them all in the dataset ``moments``, a row per moment.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd

DATASET = "moments"

DATA_END = "data_end"
REFERENCE = "reference"
MIGRATION_START = "migration_start"
COMPARISON_CUT = "comparison_cut"
LIFETIME_CUT = "lifetime_cut"
RECOMMENDATION_CUT = "recommendation_cut"
SELECTION_CUT = "selection_cut"

MEANINGS = {
    DATA_END: "the midnight that ends the last day of the data",
    REFERENCE: "the moment that recency is counted back from",
    MIGRATION_START: "the earlier moment that segments are compared with",
    COMPARISON_CUT: "the moment up to which the segmentations to be compared may look",
    LIFETIME_CUT: "the moment up to which the models of lifetime value may look when they are tested",
    RECOMMENDATION_CUT: "the moment up to which recommendations may look when they are tested",
    SELECTION_CUT: "the moment up to which recommendations may look when their settings are chosen",
}


def moment_of(moments: pd.DataFrame, name: str) -> pd.Timestamp:
    """The moment of this name, from the dataset ``moments``."""
    return moments.set_index("moment")["at"][name]


def at(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """The function as a node that gets the moments of these names from the dataset ``moments``.

    The dataset is given in the place of each moment; the names are in the order of these places. So a
    function that looks at customers as known at any moment becomes a node for one of them.
    """

    @wraps(function)
    def called(*arguments: Any) -> Any:
        left = iter(names)
        return function(*(moment_of(given, next(left)) if _is_moments(given) else given for given in arguments))

    return called


def _is_moments(given: Any) -> bool:
    return isinstance(given, pd.DataFrame) and list(given.columns) == ["moment", "at"]
