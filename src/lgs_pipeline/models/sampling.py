"""Samples of customers, where all of them would take too long."""

import numpy as np

from lgs_pipeline.arrays import IntArray


def draw_customers(customers: int, most: int, seed: int) -> IntArray:
    """Positions of a random sample, in order; of all customers where they are not more.

    >>> draw_customers(3, most=5, seed=1).tolist()
    [0, 1, 2]
    """
    if customers <= most:
        return np.arange(customers)
    return np.sort(np.random.default_rng([seed, customers]).choice(customers, size=most, replace=False))
