"""Samples of customers are drawn at random, in order, and alike each time."""

import doctest

import numpy as np

from lgs_pipeline.models import sampling
from lgs_pipeline.models.sampling import draw_customers


def test_examples():
    assert doctest.testmod(sampling).attempted > 0
    assert doctest.testmod(sampling).failed == 0


def test_everybody_is_in_it_where_there_are_not_more():
    assert draw_customers(0, 3, seed=1).tolist() == []
    assert draw_customers(3, 3, seed=1).tolist() == [0, 1, 2]


def test_of_more_so_many_are_in_it_each_once_and_in_order():
    drawn = draw_customers(1000, 100, seed=1)
    assert len(np.unique(drawn)) == 100
    assert drawn.min() >= 0
    assert drawn.max() < 1000
    assert (np.diff(drawn) > 0).all()


def test_the_same_seed_is_the_same_sample_and_another_seed_another():
    drawn = draw_customers(1000, 100, seed=1)
    assert (draw_customers(1000, 100, seed=1) == drawn).all()
    assert (draw_customers(1000, 100, seed=2) != drawn).any()


def test_every_customer_has_the_same_chance():
    times = np.zeros(20)
    for seed in range(2000):
        times[draw_customers(20, 5, seed)] += 1
    assert (np.abs(times / 2000 - 0.25) < 0.04).all()


def test_the_draw_stays_what_it_was():
    """Clusters and lifetime values of earlier runs come from it."""
    generator = np.random.default_rng([7, 50])
    assert draw_customers(50, 4, seed=7).tolist() == sorted(generator.choice(50, size=4, replace=False))
