"""What evaluations share: resamples of the customers, intervals over them, and results without values."""

import doctest

import numpy as np
import pytest

from lgs_pipeline.models import bootstrap


def weights(customers: int, resamples: int, seed: int = 1) -> list[np.ndarray]:
    return list(bootstrap.bootstrap_weights(customers, resamples, np.random.default_rng(seed)))


def test_examples():
    assert doctest.testmod(bootstrap).attempted > 0
    assert doctest.testmod(bootstrap).failed == 0


def test_each_resample_draws_as_many_as_there_are():
    (drawn,) = weights(50, 30)
    assert drawn.shape == (30, 50)
    assert (drawn.sum(axis=1) == 50).all()
    assert (drawn != drawn[0]).any()


def test_how_many_are_drawn_at_a_time_does_not_change_them(monkeypatch):
    at_once = np.concatenate(weights(50, 30))
    monkeypatch.setattr(bootstrap, "_WEIGHTS", 7 * 50)
    parts = weights(50, 30)
    assert [len(part) for part in parts] == [7, 7, 7, 7, 2]
    assert (np.concatenate(parts) == at_once).all()


def test_many_customers_are_drawn_one_resample_at_a_time(monkeypatch):
    monkeypatch.setattr(bootstrap, "_WEIGHTS", 10)
    assert [part.shape for part in weights(50, 2)] == [(1, 50), (1, 50)]


def test_the_interval_holds_its_share_of_the_resamples():
    resampled = np.arange(101.0)[:, np.newaxis] * [1, 10]
    parts = [resampled[:40], resampled[40:]]
    values, low, high = bootstrap.with_interval(np.array([50.0, 500.0]), parts, 0.9)
    assert values.tolist() == [50, 500]
    assert low.tolist() == pytest.approx([5, 50])
    assert high.tolist() == pytest.approx([95, 950])


def test_what_the_order_of_sums_decides_is_rounded_away():
    values = bootstrap.with_interval(np.array([0.1 + 0.2]), [np.array([[0.1 + 0.2]])], 0.9)
    assert (values == 0.3).all()
