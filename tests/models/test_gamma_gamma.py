"""Gamma-gamma: correct by published values, consistent by two routes to one answer, strict about input."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from sklearn.base import clone

from lgs_pipeline.errors import InputError
from lgs_pipeline.models import gamma_gamma
from lgs_pipeline.models.gamma_gamma import GammaGammaModel
from lgs_pipeline.models.likelihood import ConvergenceError, TooFewCustomersError

PUBLISHED = (6.25, 3.74, 15.44)
PAST = {"frequency": [0, 1, 2, 10], "monetary": [0, 11.77, 22.35, 80.0]}


def published() -> GammaGammaModel:
    return GammaGammaModel.from_parameters(*PUBLISHED)


def simulate_spenders(
    parameters: tuple[float, float, float], customers: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of orders, their mean values, and the value of one more order each."""
    p, q, v = parameters
    x = generator.geometric(0.3, customers)
    rate = generator.gamma(q, 1 / v, customers)
    values = generator.gamma(p, 1 / rate, (x.max() + 1, customers))
    known = np.arange(x.max())[:, np.newaxis] < x
    return x, (values[:-1] * known).sum(axis=0) / x, values[-1]


# Correctness: published values


@pytest.fixture(scope="module")
def fitted(cdnow: pd.DataFrame) -> GammaGammaModel:
    repeaters = cdnow[cdnow.x > 0]
    return GammaGammaModel().fit(repeaters.x, repeaters.zbar)


def test_cdnow_gives_the_published_parameters(fitted):
    assert (fitted.p_, fitted.q_, fitted.v_) == pytest.approx(PUBLISHED, abs=0.01)
    assert [f"{value:.3g}" for value in (fitted.p_, fitted.q_, fitted.v_)] == ["6.25", "3.74", "15.4"]


def test_cdnow_gives_the_log_likelihood_that_other_software_finds(fitted):
    # CLVTools tests for -4055.9177, on mean values that are not rounded to the cent.
    assert fitted.log_likelihood_ == pytest.approx(-4055.92, abs=0.01)


def test_the_first_cdnow_customers_are_expected_to_spend_as_published(cdnow, fitted):
    # http://brucehardie.com/notes/025/, the spreadsheet
    published_means = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    means = fitted.expected_order_value(cdnow.x[:10], cdnow.zbar[:10])
    np.testing.assert_allclose(means, published_means, atol=0.01)


def test_number_and_value_of_orders_correlate_as_published(cdnow):
    assert round(GammaGammaModel.correlation(cdnow.x, cdnow.zbar), 2) == 0.11
    without_one = cdnow.drop(cdnow.zbar.idxmax())
    assert round(GammaGammaModel.correlation(without_one.x, without_one.zbar), 2) == 0.06


def test_the_examples_in_the_docstrings_hold():
    results = doctest.testmod(gamma_gamma)
    assert results.attempted > 0
    assert results.failed == 0


# Consistency: two routes, one answer


@pytest.mark.parametrize(("x", "mean"), [(1, 3.0), (2, 22.35), (30, 90.0)])
def test_the_likelihood_is_the_integral_over_all_rates(x, mean):
    p, q, v = PUBLISHED

    def of_one_customer(rate: float) -> float:
        return stats.gamma.pdf(mean, p * x, scale=1 / (rate * x)) * stats.gamma.pdf(rate, q, scale=1 / v)

    integral, _ = integrate.quad(of_one_customer, 0, 10, points=[p / mean], epsabs=0, limit=500)
    likelihood = gamma_gamma._Likelihood.of(np.array([float(x)]), np.array([mean]))
    assert likelihood(np.log(PUBLISHED))[0] == pytest.approx(np.log(integral), abs=1e-8)


def test_the_gradient_is_that_of_the_likelihood():
    likelihood = gamma_gamma._Likelihood.of(np.array([1.0, 2, 2, 40]), np.array([3.0, 22.35, 22.35, 90]))
    point, step = np.log(PUBLISHED), 1e-6
    differences = [
        (likelihood(point + change)[0] - likelihood(point - change)[0]) / (2 * step) for change in step * np.eye(3)
    ]
    np.testing.assert_allclose(likelihood(point)[1], differences, rtol=1e-6)


def test_pounds_and_pence_give_the_same_model():
    x, mean, _ = simulate_spenders(PUBLISHED, 1000, np.random.default_rng(1))
    pounds, pence = GammaGammaModel().fit(x, mean), GammaGammaModel().fit(x, 100 * mean)
    assert (pence.p_, pence.q_, pence.v_) == pytest.approx((pounds.p_, pounds.q_, 100 * pounds.v_), rel=1e-7)
    assert pence.log_likelihood_ == pytest.approx(pounds.log_likelihood_ - 1000 * np.log(100), rel=1e-10)


def test_identical_customers_count_as_often_as_they_occur_in_any_order():
    x, mean, _ = simulate_spenders(PUBLISHED, 1000, np.random.default_rng(2))
    once, twice = GammaGammaModel().fit(x, mean), GammaGammaModel().fit(np.tile(x, 2), np.tile(mean, 2))
    assert (twice.p_, twice.q_, twice.v_) == pytest.approx((once.p_, once.q_, once.v_))
    assert twice.log_likelihood_ == pytest.approx(2 * once.log_likelihood_)
    backwards = GammaGammaModel().fit(x[::-1], mean[::-1])
    assert (backwards.p_, backwards.q_, backwards.v_) == (once.p_, once.q_, once.v_)


def test_the_expected_value_is_a_mean_of_the_customers_own_and_that_of_all():
    p, q, v = PUBLISHED
    x, mean = np.array(PAST["frequency"]), np.array(PAST["monetary"])
    weight = p * x / (p * x + q - 1)
    expected = weight * mean + (1 - weight) * p * v / (q - 1)
    np.testing.assert_allclose(published().expected_order_value(**PAST), expected, rtol=1e-12)


def test_simulated_spending_is_worth_what_is_expected_and_varies_as_known():
    p, q, v = PUBLISHED
    x, mean = np.array(PAST["frequency"]), np.array(PAST["monetary"])
    orders = np.full((4, 400_000), 3)
    spending = published().simulate_spending(orders, **PAST, generator=np.random.default_rng(3))
    error = spending.std(axis=1) / np.sqrt(400_000)
    assert np.all(np.abs(spending.mean(axis=1) - 3 * published().expected_order_value(**PAST)) < 4 * error)
    known = stats.betaprime(3 * p, q + p * x, scale=v + x * mean).ppf([[0.1], [0.9]])
    np.testing.assert_allclose(np.quantile(spending, [0.1, 0.9], axis=1), known, rtol=0.02)


def test_no_orders_are_worth_nothing():
    orders = np.array([[0, 1], [2, 0], [0, 0], [1, 1]])
    spending = published().simulate_spending(orders, **PAST, generator=np.random.default_rng(4))
    assert np.array_equal(spending > 0, orders > 0)


def test_simulated_spending_does_not_depend_on_slices_or_batches(monkeypatch):
    orders = np.random.default_rng(5).poisson(1, (4, 1000))
    whole = published().simulate_spending(orders, **PAST, generator=np.random.default_rng(6))
    generator = np.random.default_rng(6)
    slices = [
        published().simulate_spending(orders[rows], *(column[rows] for column in PAST.values()), generator)
        for rows in (slice(0, 1), slice(1, 4))
    ]
    assert np.array_equal(np.vstack(slices), whole)
    monkeypatch.setattr("lgs_pipeline.models.likelihood._BATCH", 1500)
    batched = published().simulate_spending(orders, **PAST, generator=np.random.default_rng(6))
    assert np.array_equal(batched, whole)


def test_simulated_customers_spend_on_the_next_order_what_is_expected():
    x, mean, following = simulate_spenders(PUBLISHED, 300_000, np.random.default_rng(7))
    expected = published().expected_order_value(x, mean)
    groups = pd.DataFrame({"following": following, "expected": expected}).groupby(pd.qcut(expected, 10))
    error = groups.following.std() / np.sqrt(groups.size())
    assert ((groups.following.mean() - groups.expected.mean()).abs() < 4 * error).all()


def test_intervals_hold_the_estimate_and_grow_with_the_level():
    x, mean, _ = simulate_spenders(PUBLISHED, 1000, np.random.default_rng(8))
    model = GammaGammaModel().fit(x, mean)
    narrow, wide = model.parameter_intervals(0.8), model.parameter_intervals(0.95)
    assert list(wide) == ["parameter", "estimate", "low", "high", "unit"]
    assert list(wide.parameter) == ["p", "q", "v"]
    assert list(wide.unit) == ["", "", "money"]
    assert list(wide.estimate) == [model.p_, model.q_, model.v_]
    assert (wide.low < narrow.low).all()
    assert (narrow.low < narrow.estimate).all()
    assert (narrow.estimate < narrow.high).all()
    assert (narrow.high < wide.high).all()


# Properties


@settings(deadline=None)
@given(
    st.floats(0.1, 50),
    st.floats(1.01, 50),
    st.floats(0.1, 1000),
    st.integers(1, 500),
    st.floats(0.01, 10_000),
)
def test_the_expected_value_lies_between_the_customers_own_mean_and_that_of_all(p, q, v, x, mean):
    model = GammaGammaModel.from_parameters(p, q, v)
    of_all, expected = model.expected_order_value([0, x], [0, mean])
    assert min(of_all, mean) * (1 - 1e-9) <= expected <= max(of_all, mean) * (1 + 1e-9)
    more = model.expected_order_value(x + 1, mean)
    assert abs(more - mean) <= abs(expected - mean) * (1 + 1e-6) + 1e-9 * mean


# Input checks


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frequency": [2, -1]}, "frequency: found -1 at position 1"),
        ({"frequency": [2, 1.5]}, "frequency: found 1.5 at position 1, expected a whole number of orders"),
        ({"frequency": [2, 0]}, "frequency: found 0 at position 1, expected at least 1 order"),
        ({"monetary": [20, -3]}, "monetary: found -3 at position 1"),
        ({"monetary": [20, 0]}, "monetary: found 0 at position 1, expected more than 0"),
        ({"monetary": [20, np.nan]}, "monetary: found nan at position 1"),
        ({"monetary": [20, "much"]}, "monetary: found values that are not numbers"),
        ({"monetary": [20, 30, 40]}, r"found shapes frequency \(2,\), monetary \(3,\)"),
        ({"frequency": [[2, 3]]}, "expected one column"),
    ],
)
def test_impossible_customers_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        GammaGammaModel().fit(**{"frequency": [2, 3], "monetary": [20, 30]} | change)


def test_without_orders_it_does_not_matter_what_monetary_is():
    values = published().expected_order_value([0, 0, 0, 0], [0, 50, -3, np.nan])
    assert values.tolist() == [values[0]] * 4


def test_an_infinite_mean_is_an_error_with_advice():
    model = GammaGammaModel.from_parameters(6.25, 0.9, 15.44)
    with pytest.raises(InputError, match=r"q = 0.9, not above 1, .* infinite. Fit without the largest spenders"):
        model.expected_order_value([2, 0], [20, 0])
    assert np.isfinite(model.expected_order_value([2, 1], [20, 20])).all()


def test_orders_need_a_row_for_each_customer():
    with pytest.raises(ValueError, match=r"orders: found shape \(3, 5\), expected customers x draws"):
        published().simulate_spending(np.ones((3, 5), dtype=int), **PAST, generator=np.random.default_rng(0))
    with pytest.raises(ValueError, match="orders: found -1 at position 0, expected zero or more"):
        published().simulate_spending(np.full((4, 5), -1), **PAST, generator=np.random.default_rng(0))


def test_a_model_without_parameters_says_so():
    with pytest.raises(AttributeError, match="not fitted yet"):
        GammaGammaModel().expected_order_value(2, 20)
    with pytest.raises(AttributeError, match="not fitted yet"):
        published().parameter_intervals()


def test_parameters_are_positive():
    with pytest.raises(ValueError, match="q: found 0, expected a positive number"):
        GammaGammaModel.from_parameters(6.25, 0, 15.44)


def test_a_correlation_of_customers_without_differences_is_not_defined():
    assert np.isnan(GammaGammaModel.correlation([2, 2], [20, 30]))
    assert np.isnan(GammaGammaModel.correlation([2, 3], [20, 20]))
    assert np.isnan(GammaGammaModel.correlation([0, 0], [0, 0]))


# Convergence


@pytest.mark.parametrize(
    ("customers", "message"),
    [
        pytest.param(([], []), "cannot be fitted to 0 customers", id="none"),
        pytest.param(([1, 1], [20, 30]), "2 customers: none has two orders", id="all bought once"),
        pytest.param(([3] * 99, [20] * 99), r"did not converge; .* all worth the same", id="all the same"),
        pytest.param(([2, 3], [20, 30]), "did not converge", id="two"),
    ],
)
def test_customers_who_do_not_determine_the_parameters_are_an_error_with_advice(customers, message):
    with pytest.raises(ConvergenceError, match=message) as caught:
        GammaGammaModel().fit(*customers)
    assert isinstance(caught.value, InputError)
    assert str(caught.value).endswith("Fit on more customers or a longer period.")
    assert "\n" not in str(caught.value)


def test_customers_who_all_spend_at_one_level_are_an_error_that_says_so():
    generator = np.random.default_rng(9)
    x = generator.integers(1, 9, 5000)
    with pytest.raises(ConvergenceError, match="customers do not differ in what their orders are worth"):
        GammaGammaModel().fit(x, generator.gamma(6 * x) / x)


# Order values that hardly vary


def means_of(draw, x):
    """Means of x orders that a function draws."""
    return np.array([draw(orders).mean() for orders in x])


GENERATOR = np.random.default_rng(20)
ORDERS = GENERATOR.integers(1, 8, 600)
TWICE = np.full(600, 2)


@pytest.mark.parametrize(
    ("x", "mean", "expected"),
    [
        pytest.param(ORDERS, np.full(600, 25.0), 25.0, id="one price"),
        pytest.param(TWICE, np.full(600, 25.0), 25.0, id="one price, everybody ordered twice"),
        pytest.param(ORDERS, np.r_[np.full(595, 25.0), [50, 37.5, 27.5, 30, 29]], 25.0, id="few bought two at once"),
        pytest.param(
            ORDERS, means_of(lambda n: 25 + GENERATOR.choice([-0.01, 0, 0.01], n), ORDERS), 25.0, id="a penny of noise"
        ),
        pytest.param(ORDERS, 25 + GENERATOR.choice([-0.01, 0, 0.01], 600), 25.0, id="a penny between customers"),
        pytest.param(ORDERS, means_of(lambda n: GENERATOR.choice([22.0, 28.0], n), ORDERS), 25.0, id="two prices"),
    ],
)
def test_a_shop_with_hardly_any_variance_has_its_price_expected_of_everybody(x, mean, expected):
    model = GammaGammaModel().fit_to_any(x, mean)
    found = model.expected_order_value(x, mean)
    assert found == pytest.approx(np.full(600, expected), rel=0.02)
    if np.ptp(mean) == 0:
        assert found == pytest.approx(np.full(600, expected), rel=1e-9)
    spending = model.simulate_spending(np.full((600, 50), 2), x, mean, np.random.default_rng(1))
    assert spending.mean() == pytest.approx(2 * expected, rel=0.02)
    assert np.isfinite(spending).all()


@pytest.mark.parametrize("prices", [(20.0, 40.0), (10.0, 25.0, 100.0)])
def test_customers_who_always_pay_the_same_are_expected_to_go_on(prices):
    mean = GENERATOR.choice(prices, 600)
    model = GammaGammaModel().fit_to_any(ORDERS, mean)
    assert model.expected_order_value(ORDERS, mean) == pytest.approx(mean, rel=1e-4)
    assert model.parameter_intervals().low.isna().all()


def test_where_the_model_can_be_fitted_it_is():
    x, mean, _ = simulate_spenders(PUBLISHED, 3000, np.random.default_rng(3))
    fitted, to_any = GammaGammaModel().fit(x, mean), GammaGammaModel().fit_to_any(x, mean)
    assert (fitted.p_, fitted.q_, fitted.v_) == (to_any.p_, to_any.q_, to_any.v_)


def test_customers_of_one_level_whose_orders_vary_much_are_still_an_error():
    x = GENERATOR.integers(1, 9, 5000)
    with pytest.raises(ConvergenceError, match="customers do not differ in what their orders are worth"):
        GammaGammaModel().fit_to_any(x, GENERATOR.gamma(2 * x) / x)


def test_too_few_orders_are_told_as_that():
    with pytest.raises(TooFewCustomersError, match="none has two orders"):
        GammaGammaModel().fit_to_any([1, 1], [25.0, 25.0])


# Runability


def test_one_customer_gives_numbers_and_many_give_arrays():
    assert np.ndim(published().expected_order_value(2, 20)) == 0
    assert published().expected_order_value(**PAST).shape == (4,)
    generator = np.random.default_rng(0)
    assert published().simulate_spending(np.array([1, 0, 2]), 2, 20, generator).shape == (3,)
    assert published().simulate_spending(np.empty((0, 3), dtype=int), [], [], generator).shape == (0, 3)


def test_the_model_is_a_scikit_learn_estimator():
    assert repr(GammaGammaModel()) == "GammaGammaModel()"
    assert clone(GammaGammaModel()).get_params() == {}


# Slow


def covered_of(seeds: int) -> tuple[np.ndarray, int]:
    """In how many seeds the planted parameters are within their intervals: each one, and all together."""
    planted = np.array(PUBLISHED)
    covered, jointly_covered = np.zeros(3), 0
    for seed in range(seeds):
        x, mean, _ = simulate_spenders(PUBLISHED, 3000, np.random.default_rng(seed))
        model = GammaGammaModel().fit(x, mean)
        intervals = model.parameter_intervals(0.95)
        covered += (intervals.low.to_numpy() <= planted) & (planted <= intervals.high.to_numpy())
        deviation = np.log(intervals.estimate.to_numpy() / planted)
        distance = deviation @ np.linalg.solve(model.log_covariance_, deviation)
        jointly_covered += distance <= stats.chi2.ppf(0.95, df=3)
    return covered, jointly_covered


@pytest.mark.slow
def test_planted_parameters_are_within_their_intervals_in_18_of_20_seeds():
    covered, jointly_covered = covered_of(20)
    assert (covered >= 18).all(), covered
    assert jointly_covered >= 18


@pytest.mark.proof
def test_intervals_hold_planted_parameters_as_often_as_they_say():
    covered, jointly_covered = covered_of(500)
    shares = {name: share.item() for name, share in zip("pqv", covered / 500, strict=True)}
    print(f"Gamma-gamma, 500 shops: intervals of 95% hold {shares}, and all three {jointly_covered / 500}")
    # Three standard deviations of a share of 0.95 of 500.
    assert (np.abs(covered / 500 - 0.95) < 0.0293).all()
    assert abs(jointly_covered / 500 - 0.95) < 0.0293
