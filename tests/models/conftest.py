"""The published CDNOW customers, and customers made order by order."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with published data."""
    folder = Path(os.environ.get("LGS_REFERENCE", REFERENCE))
    if not folder.is_dir():
        pytest.skip(f"the published customers are not here: {folder} (set LGS_REFERENCE)")
    return folder


@pytest.fixture(scope="session")
def cdnow(reference: Path) -> pd.DataFrame:
    """2,357 customers: repeat purchases x, weeks t_x and T, mean dollars zbar of the repeat purchases."""
    return pd.read_csv(reference / "cdnow_spend.csv")


@pytest.fixture(scope="session")
def cdnow_summary(reference: Path) -> pd.DataFrame:
    """The same customers: frequency, recency, T."""
    return pd.read_csv(reference / "cdnow_customers_summary.csv")


@pytest.fixture(scope="session")
def simulate_customers() -> Callable[..., pd.DataFrame]:
    return _simulate_customers


def _simulate_customers(
    parameters: tuple[float, float, float, float],
    ages: np.ndarray,
    generator: np.random.Generator,
    horizon: float = 0.0,
) -> pd.DataFrame:
    """Customers who order and lapse as BG/NBD says, order by order, until their age and the horizon after it.

    Columns: frequency, recency, age; is_alive, at that age; later_orders, within the horizon from it.
    """
    r, alpha, a, b = parameters
    rate = generator.gamma(r, 1 / alpha, ages.size)
    lapse = generator.beta(a, b, ages.size)
    frequency, later_orders = np.zeros(ages.size), np.zeros(ages.size)
    recency, last, is_alive = np.zeros(ages.size), np.zeros(ages.size), np.ones(ages.size, dtype=bool)
    active = np.arange(ages.size)
    while active.size:
        last[active] += generator.exponential(1 / np.maximum(rate[active], 1e-300))
        active = active[last[active] <= ages[active] + horizon]
        past = active[last[active] <= ages[active]]
        frequency[past] += 1
        recency[past] = last[past]
        later_orders[active] += last[active] > ages[active]
        lapses = generator.random(active.size) < lapse[active]
        is_alive[active] &= ~lapses | (last[active] > ages[active])
        active = active[~lapses]
    return pd.DataFrame(
        {
            "frequency": frequency,
            "recency": recency,
            "age": ages,
            "is_alive": is_alive,
            "later_orders": later_orders,
        }
    )
