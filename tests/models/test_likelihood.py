"""What both models share: the maximum and its checks, collapsed rows."""

import numpy as np
import pytest

from lgs_pipeline.models.likelihood import ConvergenceError, collapse, maximise

LIMITS = {"first": ("too small", "too large"), "second": ("too small", "too large")}


def test_the_maximum_of_a_normal_log_likelihood_is_its_centre_with_its_covariance():
    centre, covariance = np.array([1.5, -2.0]), np.array([[0.5, 0.3], [0.3, 0.4]])

    def log_likelihood(point: np.ndarray) -> tuple[float, np.ndarray]:
        gradient = -np.linalg.solve(covariance, point - centre)
        return 7 + gradient @ (point - centre) / 2, gradient

    maximum = maximise(log_likelihood, LIMITS, "a fit")
    np.testing.assert_allclose(np.log(maximum.parameters), centre, atol=1e-6)
    np.testing.assert_allclose(maximum.log_covariance, covariance, rtol=1e-6)
    assert maximum.log_likelihood == pytest.approx(7)


def test_a_likelihood_that_grows_without_end_names_what_runs_away():
    with pytest.raises(ConvergenceError, match=r"a fit did not converge; parameters run away: first to infinity \(too"):
        maximise(lambda point: (point[0] - point[1] ** 2, np.array([1, -2 * point[1]])), LIMITS, "a fit")
    with pytest.raises(ConvergenceError, match=r"first to 0 and second to 0 \(too small\). Fit on more"):
        maximise(lambda point: (-point.sum(), -np.ones(2)), LIMITS, "a fit")


def test_a_flat_likelihood_has_no_maximum():
    with pytest.raises(ConvergenceError, match=r"the likelihood is flat around scaled first 1, second 1. Fit on more"):
        maximise(lambda point: (-(point[0] ** 2), np.array([-2 * point[0], 0])), LIMITS, "a fit")


def test_identical_rows_are_counted():
    (x, y), counts = collapse(np.array([2.0, 1, 2, 2]), np.array([5.0, 9, 5, 4]))
    assert x.tolist() == [1, 2, 2]
    assert y.tolist() == [9, 4, 5]
    assert counts.tolist() == [1, 1, 2]


def test_no_rows_are_no_rows():
    (x,), counts = collapse(np.array([]))
    assert x.size == counts.size == 0
