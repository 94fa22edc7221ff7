"""Calibration: transforms and errors by hand, and uniform where the predictions are right."""

import doctest

import numpy as np
import pytest
from scipy import stats

from lgs_pipeline.models import calibration


def test_the_example_in_the_docstring_holds():
    assert doctest.testmod(calibration).attempted > 0
    assert doctest.testmod(calibration).failed == 0


def test_a_transform_lies_between_less_and_at_most():
    transforms = calibration.randomised_transform([0.0, 0.2], [0.9, 0.2], np.random.default_rng(1))
    assert 0 <= transforms[0] <= 0.9
    assert transforms[1] == 0.2


def test_transforms_of_counts_are_uniform_if_the_predictions_are_right():
    generator = np.random.default_rng(2)
    mean = generator.gamma(0.5, 2, 50_000)
    came = generator.poisson(mean)
    transforms = calibration.randomised_transform(
        stats.poisson.cdf(came - 1, mean), stats.poisson.cdf(came, mean), generator
    )
    assert stats.kstest(transforms, "uniform").pvalue > 0.01
    assert calibration.central_share(transforms, 0.8) == pytest.approx(0.8, abs=0.01)


def test_plain_intervals_of_counts_hold_more_than_they_promise():
    generator = np.random.default_rng(3)
    mean = generator.gamma(0.5, 2, 50_000)
    came = generator.poisson(mean)
    low, high = stats.poisson.ppf([[0.1], [0.9]], mean)
    assert ((low <= came) & (came <= high)).mean() > 0.9


def test_predictions_that_are_too_low_show_near_one():
    generator = np.random.default_rng(4)
    came = generator.poisson(3, 20_000)
    transforms = calibration.randomised_transform(stats.poisson.cdf(came - 1, 2), stats.poisson.cdf(came, 2), generator)
    shares = calibration.shares_by_bin(transforms, 10)
    assert shares[-1] > 0.2
    assert shares[0] < 0.05
    assert shares.sum() == pytest.approx(1)


def test_shares_by_bin_are_of_all_customers():
    shares = calibration.shares_by_bin(np.array([0.05, 0.07, 0.5, 1.0]), 10)
    assert shares.tolist() == [0.5, 0, 0, 0, 0, 0.25, 0, 0, 0, 0.25]


def test_without_customers_nothing_is_central():
    assert np.isnan(calibration.central_share(np.array([]), 0.8))
    assert calibration.shares_by_bin(np.array([]), 2).tolist() == [0, 0]


def test_errors_by_hand():
    predicted, actual = np.array([1.0, 2.0, 0.0]), np.array([2.0, 0.0, 0.0])
    assert calibration.mean_absolute_error(predicted, actual) == pytest.approx(3 / 3)
    assert calibration.root_mean_square_error(predicted, actual) == pytest.approx(np.sqrt(5 / 3))
