r"""How good lists of products are, held against what the customers then bought.

A customer's list is the best ``LENGTH`` products, the first of which counts most; :math:`R` is the number of
products that the customer then bought and that the question is about, and :math:`r_i` is 1 if the product in
place :math:`i` of the list is one of them.

``ndcg_at_10``
    :math:`\sum_i r_i / \log_2(i + 1)`, divided by what the best possible list would have,
    :math:`\sum_{i \le \min(R, 10)} 1 / \log_2(i + 1)` [1]_.
``recall_at_10``
    :math:`\sum_i r_i / R`.
``hit_rate_at_10``
    1 if there is any, else 0.
``catalogue_coverage``
    The share of the products on offer that are in at least one customer's list. It belongs to all lists
    together and to how many there are: a resample of the customers has fewer different ones, so that it has
    no interval.

The first three are averaged over customers; their intervals are percentiles over bootstrap resamples of the
customers, the same resamples for every model.

References
----------
.. [1] K. Järvelin, J. Kekäläinen (2002). Cumulated gain-based evaluation of IR techniques. ACM Transactions
   on Information Systems 20(4), 422-446.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from threadpoolctl import threadpool_limits

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.models import bootstrap
from lgs_pipeline.models.recommender import Ranking

LENGTH = 10
COVERAGE = "catalogue_coverage"
OF_CUSTOMERS = ("ndcg_at_10", "recall_at_10", "hit_rate_at_10")
MEASURES = (*OF_CUSTOMERS, COVERAGE)

_DISCOUNT = 1 / np.log2(np.arange(LENGTH) + 2)


@dataclass(frozen=True)
class Bought:
    """What customers bought in the months that models have not seen.

    Parameters
    ----------
    products
        Customers x products on offer, 1 where the customer bought the product and the question is about it.
    number
        Of each customer, how many products the question is about that the customer bought; also of those
        that are not on offer, and that no list can therefore have.
    """

    products: sparse.csr_array
    number: IntArray


def measure_customers(ranking: Ranking, bought: Bought) -> FloatArray:
    """The measures of each customer, customers x ``OF_CUSTOMERS``."""
    listed = ranking.rank <= LENGTH
    customer, place = ranking.customer[listed], ranking.rank[listed] - 1
    customers, products = bought.products.shape
    of_customer, wanted = (numbers.astype(np.int64) for numbers in bought.products.nonzero())
    hit = np.isin(customer * products + ranking.product[listed], of_customer * products + wanted)
    gain = np.bincount(customer, weights=hit * _DISCOUNT[place], minlength=customers)
    hits = np.bincount(customer, weights=hit, minlength=customers)
    best = np.cumsum(_DISCOUNT)[np.minimum(bought.number, LENGTH) - 1]
    return np.column_stack([gain / best, hits / bought.number, hits > 0])


def measure_coverage(ranking: Ranking, products: int) -> float:
    """The share of the products that is in a list."""
    return len(np.unique(ranking.product[ranking.rank <= LENGTH])) / products if products else np.nan


@threadpool_limits.wrap(limits=1)
def summarise(
    of_customers: Mapping[str, FloatArray], coverage: Mapping[str, float], *, resamples: int, interval: float, seed: int
) -> pd.DataFrame:
    """Means over the customers with bootstrap intervals.

    Parameters
    ----------
    of_customers
        The measures of each customer, by model.
    coverage
        The catalogue coverage, by model.
    resamples
        Resamples of the customers that intervals are taken over.
    interval
        The share of the resamples inside an interval.
    seed
        Where the resamples come from.

    Returns
    -------
    pandas.DataFrame
        A row per model and measure: model, measure, value, low, high.
    """
    measured = np.hstack(list(of_customers.values()))
    weights = bootstrap.bootstrap_weights(len(measured), resamples, np.random.default_rng(seed))
    means = [drawn @ measured / len(measured) for drawn in weights]
    columns = bootstrap.with_interval(measured.mean(axis=0), means, interval)
    columns = columns.reshape(3, len(of_customers), -1)
    rows = [
        (model, measure, *columns[:, position, number])
        for position, model in enumerate(of_customers)
        for number, measure in enumerate(OF_CUSTOMERS)
    ]
    rows += [(model, COVERAGE, round(value, 12), np.nan, np.nan) for model, value in coverage.items()]
    table = pd.DataFrame(rows, columns=["model", "measure", "value", "low", "high"])
    order = pd.MultiIndex.from_product([list(of_customers), MEASURES], names=["model", "measure"])
    return table.set_index(["model", "measure"]).loc[order].reset_index()


def undefined(models: Sequence[str]) -> pd.DataFrame:
    """The result where nothing can be measured: every value empty."""
    return bootstrap.undefined(model=models, measure=MEASURES)
