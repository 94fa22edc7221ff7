"""BG/NBD: correct by published values, consistent by two routes to one answer, strict about input."""

import doctest
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats
from sklearn.base import clone

from lgs_pipeline.errors import InputError
from lgs_pipeline.models import bg_nbd
from lgs_pipeline.models.bg_nbd import BetaGeoModel
from lgs_pipeline.models.likelihood import ConvergenceError

PUBLISHED = (0.243, 4.414, 0.793, 2.426)
EXAMPLE = {"frequency": 2, "recency": 30.43, "age": 38.86}
RETAILER = (0.6, 48.0, 0.2, 2.2)  # in days; about as the London Gift Shop's customers

HISTORIES = {
    "frequency": [0, 1, 2, 7, 40],
    "recency": [0, 1.7, 30.4, 33.0, 38.0],
    "age": [38.9, 38.9, 38.9, 33.1, 39],
}


def published() -> BetaGeoModel:
    return BetaGeoModel.from_parameters(*PUBLISHED, time_unit="weeks")


def histories_of(customers: pd.DataFrame) -> dict[str, np.ndarray]:
    return {name: customers[name].to_numpy() for name in ("frequency", "recency", "age")}


# Correctness: published values


def test_cdnow_gives_the_published_parameters_and_log_likelihood(cdnow_summary):
    model = BetaGeoModel(time_unit="weeks").fit(*(cdnow_summary[name] for name in ("frequency", "recency", "T")))
    fitted = (model.r_, model.alpha_, model.a_, model.b_)
    assert tuple(round(value, 3) for value in fitted) == PUBLISHED
    assert round(model.log_likelihood_, 1) == -9582.4


def test_the_published_customer_is_expected_to_make_1_226_purchases():
    assert round(published().expected_orders(39, **EXAMPLE), 3) == 1.226


def test_cdnow_itself_expects_1_226_purchases_of_the_published_customer(cdnow):
    model = BetaGeoModel(time_unit="weeks").fit(cdnow.x, cdnow.t_x, cdnow["T"])
    assert round(model.expected_orders(39, **EXAMPLE), 3) == 1.226


def test_the_examples_in_the_docstrings_hold():
    results = doctest.testmod(bg_nbd)
    assert results.attempted > 0
    assert results.failed == 0


# Consistency: two routes, one answer


@pytest.mark.parametrize("x", [0, 1, 2, 7, 40])
def test_expected_orders_equal_the_published_form_with_its_hypergeometric_function(x):
    r, alpha, a, b = PUBLISHED
    t_x, age, t = (30.43 if x else 0.0), 38.86, 39.0
    hypergeometric = special.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    shrinking = ((alpha + age) / (alpha + age + t)) ** (r + x)
    if_alive = (a + b + x - 1) / (a - 1) * (1 - shrinking * hypergeometric)
    lapsed = a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x) if x else 0
    assert published().expected_orders(t, x, t_x, age) == pytest.approx(if_alive / (1 + lapsed), rel=1e-10)


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.4), (1 + 1e-12, 2.4), (0.4, 0.6), (0.01, 0.3), (30.0, 200.0)])
@pytest.mark.parametrize("x", [0, 3, 200])
@pytest.mark.parametrize("horizon", [0.5, 40.0, 4000.0])
def test_expected_orders_are_the_sum_of_the_probabilities_of_at_least_so_many(a, b, x, horizon):
    model = BetaGeoModel.from_parameters(0.24, 4.4, a, b, time_unit="weeks")
    history = {"frequency": x, "recency": 30.0 if x else 0.0, "age": 39.0}
    at_least = model.probability_of_at_least(np.arange(1, 40_000), horizon, **history)
    assert at_least[-1] < 1e-15
    assert model.expected_orders(horizon, **history) == pytest.approx(at_least.sum(), rel=1e-9)


def test_probabilities_of_a_new_customer_sum_up_the_published_distribution():
    r, alpha, a, b = PUBLISHED
    t, n = 39.0, np.arange(1, 60)
    counts = stats.nbinom(r, alpha / (alpha + t))
    alive = np.exp(special.betaln(a, b + n) - special.betaln(a, b)) * counts.pmf(n)
    lapsed = np.exp(special.betaln(a + 1, b + n - 1) - special.betaln(a, b)) * counts.sf(n - 1)
    at_least = published().probability_of_at_least(np.append(n, 60), t, 0, 0, 0)
    np.testing.assert_allclose(-np.diff(at_least), alive + lapsed, rtol=1e-9)


def test_new_customers_are_customers_without_history():
    model = published()
    assert model.expected_orders_new_customer(39) == model.expected_orders(39, 0, 0, 0)
    assert model.expected_orders_new_customer([0, 39]).tolist()[0] == 0


@pytest.mark.parametrize(("x", "t_x", "age"), [(0, 0.0, 38.86), (1, 1.71, 38.86), (2, 30.43, 38.86), (3, 0.0, 12.0)])
def test_the_likelihood_is_the_integral_over_all_rates_and_lapse_probabilities(x, t_x, age):
    r, alpha, a, b = 0.8, 4.4, 1.3, 2.4

    log_rate, lapse_logit = np.linspace(-50, 6, 900)[:, np.newaxis], np.linspace(-40, 40, 900)
    rate, lapse = np.exp(log_rate), special.expit(lapse_logit)
    alive = (1 - lapse) ** x * np.exp(-rate * age)
    lapsed = lapse * (1 - lapse) ** (x - 1) * np.exp(-rate * t_x) if x else 0
    prior = stats.gamma.pdf(rate, r, scale=1 / alpha) * stats.beta.pdf(lapse, a, b)
    values = (alive + lapsed) * rate**x * prior * rate * lapse * (1 - lapse)
    integral = values.sum() * np.diff(log_rate[:2, 0])[0] * np.diff(lapse_logit[:2])[0]
    likelihood = bg_nbd.HistoryLikelihood.of(*(np.array([float(value)]) for value in (x, t_x, age)))
    assert likelihood(np.log([r, alpha, a, b]))[0] == pytest.approx(np.log(integral), abs=1e-9)


def test_the_gradient_is_that_of_the_likelihood():
    likelihood = bg_nbd.HistoryLikelihood.of(*(np.array(column, dtype=float) for column in HISTORIES.values()))
    point, step = np.log(PUBLISHED), 1e-6
    differences = [
        (likelihood(point + change)[0] - likelihood(point - change)[0]) / (2 * step) for change in step * np.eye(4)
    ]
    np.testing.assert_allclose(likelihood(point)[1], differences, rtol=1e-6)


@pytest.mark.parametrize("column", ["t_x", "age"])
def test_the_derivatives_by_times_are_those_of_the_likelihood(column):
    likelihood = bg_nbd.HistoryLikelihood.of(*(np.array(values, dtype=float) for values in HISTORIES.values()))
    point, step, times = np.log(PUBLISHED), 1e-6, getattr(likelihood, column)
    differences = []
    for which in np.flatnonzero(likelihood.x if column == "t_x" else np.ones(5)):
        change = np.where(np.arange(5) == which, step, 0)
        values = [replace(likelihood, **{column: times + sign * change})(point)[0] for sign in (1, -1)]
        differences.append((values[0] - values[1]) / (2 * step))
    by_recency, by_age = likelihood.by_times(point)
    found = by_recency[likelihood.x > 0] if column == "t_x" else by_age
    np.testing.assert_allclose(found, differences, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9, 0.999])
def test_a_quantile_is_the_smallest_number_of_orders_with_so_much_probability(level):
    orders = published().orders_quantile(level, 39, **HISTORIES)
    at_most = 1 - published().probability_of_at_least(orders + 1, 39, **HISTORIES)
    fewer = 1 - published().probability_of_at_least(orders, 39, **HISTORIES)
    assert (at_most >= level).all()
    assert (fewer < level).all()


def test_the_median_of_orders_is_that_of_the_draws():
    draws = published().simulate_orders(200, **HISTORIES, draws=20_001, generator=np.random.default_rng(2))
    median = published().orders_quantile(0.5, 200, **HISTORIES)
    np.testing.assert_allclose(median, np.median(draws, axis=1), atol=1)
    assert published().orders_quantile(0.5, 200, **EXAMPLE) == median[2]
    with pytest.raises(ValueError, match="level: found 50, expected a share"):
        published().orders_quantile(50, 200, **EXAMPLE)


def test_days_and_weeks_give_the_same_model(simulate_customers):
    customers = simulate_customers(RETAILER, np.linspace(20, 700, 1500), np.random.default_rng(1))
    x, t_x, age = histories_of(customers).values()
    days, weeks = BetaGeoModel("days").fit(x, t_x, age), BetaGeoModel("weeks").fit(x, t_x / 7, age / 7)
    assert days.alpha_ == pytest.approx(7 * weeks.alpha_, rel=1e-7)
    assert (days.r_, days.a_, days.b_) == pytest.approx((weeks.r_, weeks.a_, weeks.b_), rel=1e-7)
    assert days.log_likelihood_ == pytest.approx(weeks.log_likelihood_ - x.sum() * np.log(7), rel=1e-10)
    np.testing.assert_allclose(days.expected_orders(70, x, t_x, age), weeks.expected_orders(10, x, t_x / 7, age / 7))


def test_timedeltas_are_converted_to_the_unit_of_the_model(simulate_customers):
    customers = simulate_customers(RETAILER, np.linspace(20, 700, 500), np.random.default_rng(1))
    x, t_x, age = histories_of(customers).values()
    numbers = BetaGeoModel("weeks").fit(x, t_x / 7, age / 7)
    timedeltas = BetaGeoModel("weeks").fit(x, pd.to_timedelta(t_x, "D"), pd.Series(pd.to_timedelta(age, "D")))
    assert timedeltas.alpha_ == pytest.approx(numbers.alpha_, rel=1e-6)
    for horizon in (timedelta(weeks=39), pd.Timedelta(days=273), np.timedelta64(273, "D")):
        assert round(published().expected_orders(horizon, **EXAMPLE), 3) == 1.226


def test_identical_customers_count_as_often_as_they_occur(simulate_customers):
    customers = simulate_customers(RETAILER, np.linspace(20, 700, 500), np.random.default_rng(2))
    once, twice = (BetaGeoModel().fit(**histories_of(pd.concat([customers] * n))) for n in (1, 2))
    assert twice.log_likelihood_ == pytest.approx(2 * once.log_likelihood_)
    assert (twice.r_, twice.alpha_, twice.a_, twice.b_) == pytest.approx((once.r_, once.alpha_, once.a_, once.b_))
    np.testing.assert_allclose(twice.log_covariance_, once.log_covariance_ / 2, rtol=1e-4)


def test_the_order_of_the_customers_does_not_matter(simulate_customers):
    customers = simulate_customers(RETAILER, np.floor(np.linspace(20, 700, 500)), np.random.default_rng(3)).round()
    shuffled = customers.sample(frac=1, random_state=4)
    one, other = BetaGeoModel().fit(**histories_of(customers)), BetaGeoModel().fit(**histories_of(shuffled))
    assert (one.r_, one.alpha_, one.a_, one.b_) == (other.r_, other.alpha_, other.a_, other.b_)
    assert one.log_likelihood_ == other.log_likelihood_


def test_simulated_orders_are_those_of_simulated_rates_and_lapses():
    model, draws = published(), 200_000
    x, t_x, age = (np.array(column, dtype=float)[:, np.newaxis] for column in HISTORIES.values())
    generator = np.random.default_rng(5)
    alive = generator.random((5, draws)) < model.probability_alive(x, t_x, age)
    rate = generator.gamma(model.r_ + x, 1 / (model.alpha_ + age), (5, draws))
    lapse = generator.beta(model.a_, model.b_ + x, (5, draws))
    forward = np.where(alive, np.minimum(generator.poisson(rate * 39), generator.geometric(lapse)), 0)
    inverted = model.simulate_orders(39, **HISTORIES, draws=draws, generator=generator)
    for count in range(6):
        shares = [(orders >= count).mean(axis=1) for orders in (forward, inverted)]
        np.testing.assert_allclose(shares[0], shares[1], atol=5 * np.sqrt(0.5 / draws))
        np.testing.assert_allclose(shares[1], model.probability_of_at_least(count, 39, **HISTORIES), atol=0.006)
    error = inverted.std(axis=1) / np.sqrt(draws)
    assert np.all(np.abs(inverted.mean(axis=1) - model.expected_orders(39, **HISTORIES)) < 4 * error)
    assert np.all(np.abs(forward.mean(axis=1) - model.expected_orders(39, **HISTORIES)) < 4 * error)
    no_order = (forward == 0).mean(axis=1)
    np.testing.assert_allclose(no_order, model.probability_of_no_order(39, **HISTORIES), atol=0.006)


def test_simulated_orders_do_not_depend_on_how_customers_are_sliced():
    model, draws = published(), 3000
    whole = model.simulate_orders(39, **HISTORIES, draws=draws, generator=np.random.default_rng(6))
    generator = np.random.default_rng(6)
    slices = [
        model.simulate_orders(39, *(column[rows] for column in HISTORIES.values()), draws, generator)
        for rows in (slice(0, 1), slice(1, 4), slice(4, 5))
    ]
    assert np.array_equal(np.vstack(slices), whole)


def test_simulated_orders_do_not_depend_on_the_size_of_the_batches(monkeypatch):
    model = published()
    whole = model.simulate_orders(39, **HISTORIES, draws=100, generator=np.random.default_rng(6))
    monkeypatch.setattr("lgs_pipeline.models.likelihood._BATCH", 150)
    batched = model.simulate_orders(39, **HISTORIES, draws=100, generator=np.random.default_rng(6))
    assert np.array_equal(batched, whole)


def test_customers_made_order_by_order_are_alive_and_order_as_often_as_expected(simulate_customers):
    generator = np.random.default_rng(7)
    customers = simulate_customers(PUBLISHED, generator.uniform(10, 40, 300_000), generator, horizon=30)
    model, histories = published(), histories_of(customers)
    customers["p_alive"] = model.probability_alive(**histories)
    customers["expected"] = model.expected_orders(30, **histories)
    customers["p_none"] = model.probability_of_no_order(30, **histories)
    customers["has_none"] = customers.later_orders == 0
    frequency = customers.frequency.clip(upper=6)
    silence = np.floor(4 * (1 - customers.recency / customers.age))
    groups = customers.groupby([frequency, silence])
    for truth, prediction in (("is_alive", "p_alive"), ("later_orders", "expected"), ("has_none", "p_none")):
        error = groups[truth].std() / np.sqrt(groups.size())
        deviation = (groups[truth].mean() - groups[prediction].mean()).abs()
        assert (deviation <= 4 * error + 1e-9)[groups.size() > 300].all(), truth


def test_a_season_runs_the_clock_fast():
    """Orders of a season with twice the rate are those of a horizon twice as long."""
    generator = np.random.default_rng(8)
    r, alpha, a, b = PUBLISHED
    rate, lapse = generator.gamma(r, 1 / alpha, 400_000), generator.beta(a, b, 400_000)
    by_week = np.array([0.5] * 10 + [2.0] * 5)
    counts = generator.poisson(rate[:, np.newaxis] * by_week).sum(axis=1)
    orders = np.minimum(counts, generator.geometric(lapse))
    expected = published().expected_orders_new_customer(by_week.sum())
    assert abs(orders.mean() - expected) < 4 * orders.std() / np.sqrt(orders.size)


def test_horizons_may_differ_by_customer():
    horizons = [1, 2, 3, 4, 5]
    model = published()
    each = [
        model.expected_orders(horizon, *history)
        for horizon, history in zip(horizons, zip(*HISTORIES.values(), strict=True), strict=True)
    ]
    np.testing.assert_allclose(model.expected_orders(horizons, **HISTORIES), each, rtol=1e-12)
    assert model.simulate_orders(horizons, **HISTORIES, draws=7, generator=np.random.default_rng(0)).shape == (5, 7)


def test_intervals_hold_the_estimate_and_grow_with_the_level(simulate_customers):
    customers = simulate_customers(RETAILER, np.linspace(20, 700, 1000), np.random.default_rng(9))
    model = BetaGeoModel().fit(**histories_of(customers))
    narrow, wide = model.parameter_intervals(0.8), model.parameter_intervals(0.95)
    assert list(wide) == ["parameter", "estimate", "low", "high", "unit"]
    assert list(wide.parameter) == ["r", "alpha", "a", "b"]
    assert list(wide.unit) == ["", "days", "", ""]
    assert list(wide.estimate) == [model.r_, model.alpha_, model.a_, model.b_]
    assert (wide.low < narrow.low).all()
    assert (narrow.low < narrow.estimate).all()
    assert (narrow.estimate < narrow.high).all()
    assert (narrow.high < wide.high).all()


# Properties


@st.composite
def models_and_histories(draw: st.DrawFn) -> tuple[BetaGeoModel, int, float, float]:
    positive = st.floats(0.02, 50)
    model = BetaGeoModel.from_parameters(*(draw(positive) for _ in range(4)))
    x = draw(st.integers(0, 300))
    age = draw(st.floats(0, 1000))
    t_x = age * draw(st.floats(0, 1)) if x else 0.0
    return model, x, t_x, age


@settings(deadline=None)
@given(models_and_histories(), st.floats(0, 1))
def test_probability_alive_is_a_probability_that_grows_with_recency_and_falls_with_silence(case, share):
    model, x, t_x, age = case
    alive = model.probability_alive(x, t_x, age)
    assert 0 <= alive <= 1
    assert alive == 1 or x > 0
    if x:
        assert model.probability_alive(x, t_x * share, age) <= alive + 1e-12
    assert model.probability_alive(x, t_x, age + 100 * share) <= alive + 1e-12


@settings(deadline=None)
@given(models_and_histories(), st.floats(0, 2000), st.floats(0, 1))
def test_expected_orders_grow_with_the_horizon_and_stay_below_those_of_a_customer_who_never_lapses(
    case, horizon, share
):
    model, x, t_x, age = case
    expected = model.expected_orders(horizon, x, t_x, age)
    never_lapses = (model.r_ + x) / (model.alpha_ + age) * horizon
    assert 0 <= expected <= never_lapses * model.probability_alive(x, t_x, age) * (1 + 1e-9) + 1e-300
    assert model.expected_orders(horizon * share, x, t_x, age) <= expected * (1 + 1e-9) + 1e-300


@settings(deadline=None)
@given(models_and_histories(), st.floats(0, 2000), st.integers(0, 50))
def test_more_orders_are_less_probable(case, horizon, n):
    model, *history = case
    at_least = model.probability_of_at_least([n, n + 1], horizon, *history)
    assert 0 <= at_least[1] <= at_least[0] <= 1
    no_order = model.probability_of_no_order(horizon, *history)
    assert 0 <= 1 - no_order <= model.expected_orders(horizon, *history) + 1e-9


# Input checks


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"frequency": [0, -1]},
            r"frequency: found -1 at position 1, expected .* zero or more; 1 of 2 values",
        ),
        ({"frequency": [0, 1.5]}, r"frequency: found 1.5 at position 1, expected a whole number of orders"),
        ({"frequency": [0, np.nan]}, r"frequency: found nan at position 1"),
        ({"frequency": ["0", "many"]}, r"frequency: found values that are not numbers"),
        ({"frequency": pd.Series([0, None], dtype="Int64")}, r"frequency: found nan at position 1"),
        ({"recency": [0, -5]}, r"recency: found -5 at position 1"),
        (
            {"recency": [0, 31]},
            r"recency: found 31 at position 1, expected at most the age \(.* same unit\?\)",
        ),
        ({"recency": [4, 5]}, r"recency: found 4 at position 0, expected 0 where frequency is 0"),
        ({"recency": [0, np.inf]}, r"recency: found inf"),
        ({"recency": [0, 1, 2]}, r"found shapes frequency \(2,\), recency \(3,\), age \(2,\)"),
        ({"age": pd.to_timedelta([30, None], "D")}, r"age: found nan at position 1"),
        (
            {"age": pd.Series([30, 30], name="age_weeks")},
            r"age: found a column named age_weeks, expected days",
        ),
        ({"age": pd.Series([30, 30], name="months")}, r"age: found a column named months, expected days"),
    ],
)
def test_impossible_customers_are_refused(change, message):
    customers = {"frequency": [0, 2], "recency": [0, 20], "age": [30, 30]} | change
    for method in (BetaGeoModel().fit, BetaGeoModel.from_parameters(*RETAILER).probability_alive):
        with pytest.raises(ValueError, match=message):
            method(**customers)


def test_a_horizon_in_another_unit_is_refused():
    weeks = pd.Series([39], name="horizon_weeks")
    assert published().expected_orders(weeks, **EXAMPLE).round(3).tolist() == [1.226]
    with pytest.raises(ValueError, match=r"horizon: found a column named horizon_days, expected weeks"):
        published().expected_orders(weeks.rename("horizon_days"), **EXAMPLE)
    with pytest.raises(ValueError, match="horizon: found -1"):
        published().expected_orders(-1, **EXAMPLE)


def test_a_unit_that_is_none_is_refused():
    with pytest.raises(ValueError, match="time_unit: found 'fortnights', expected one of days, weeks"):
        BetaGeoModel("fortnights").fit([0, 2], [0, 20], [30, 30])


def test_recency_in_weeks_with_age_in_days_is_noticed(simulate_customers):
    customers = simulate_customers(RETAILER, np.linspace(20, 700, 500), np.random.default_rng(10))
    with pytest.warns(UserWarning, match="is recency in weeks, and age in days"):
        BetaGeoModel().fit(customers.frequency, customers.recency / 7, customers.age)
    with pytest.raises(ValueError, match="at most the age"):
        BetaGeoModel().fit(customers.frequency, customers.recency, customers.age / 7)


def test_frequencies_that_count_the_first_order_are_noticed(simulate_customers):
    customers = simulate_customers(RETAILER, np.linspace(20, 700, 500), np.random.default_rng(11))
    with pytest.raises(ValueError, match="expected the number of orders after the first; subtract 1"):
        BetaGeoModel().fit(customers.frequency + 1, customers.recency, customers.age)


def test_tables_are_not_customers():
    with pytest.raises(ValueError, match="expected one column"):
        BetaGeoModel().fit([[0, 2]], [[0, 20]], [[30, 30]])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_levels_are_shares(level, simulate_customers):
    customers = simulate_customers(RETAILER, np.linspace(20, 700, 500), np.random.default_rng(12))
    with pytest.raises(ValueError, match="level: found"):
        BetaGeoModel().fit(**histories_of(customers)).parameter_intervals(level)


def test_draws_are_at_least_one():
    with pytest.raises(ValueError, match="draws: found 0"):
        published().simulate_orders(39, **EXAMPLE, draws=0, generator=np.random.default_rng(0))


def test_parameters_are_positive():
    with pytest.raises(ValueError, match=r"alpha: found -4.414, expected a positive number"):
        BetaGeoModel.from_parameters(0.243, -4.414, 0.793, 2.426)


def test_a_model_without_parameters_says_so():
    with pytest.raises(AttributeError, match="not fitted yet"):
        BetaGeoModel().probability_alive(**EXAMPLE)
    with pytest.raises(AttributeError, match="not fitted yet"):
        published().parameter_intervals()


# Convergence


def same(x: float, t_x: float, age: float, customers: int = 1000) -> list[np.ndarray]:
    return [np.full(customers, float(value)) for value in (x, t_x, age)]


@pytest.mark.parametrize(
    ("customers", "message"),
    [
        pytest.param(same(0, 0, 30, 0), "cannot be fitted to 0 customers", id="none"),
        pytest.param(same(0, 0, 30), "1,000 customers: none has come back", id="all bought once"),
        pytest.param(same(1, 0, 0, 1), "none has come back", id="no time"),
        pytest.param(same(3, 20, 30, 1), "1 customers .* did not converge", id="one"),
        pytest.param(same(2, 10, 30), r"r to infinity \(customers do not differ in how often", id="all the same"),
        pytest.param(same(5, 30, 30), r"a to 0 \(most customers never lapse\)", id="all are active"),
    ],
)
def test_customers_who_do_not_determine_the_parameters_are_an_error_with_advice(customers, message):
    with pytest.raises(ConvergenceError, match=message) as caught:
        BetaGeoModel().fit(*customers)
    assert isinstance(caught.value, InputError)
    assert str(caught.value).endswith("Fit on more customers or a longer period.")
    assert "\n" not in str(caught.value)


def test_customers_who_never_lapse_are_an_error_that_says_so():
    generator = np.random.default_rng(13)
    age = generator.uniform(50, 100, 3000)
    x = generator.poisson(generator.gamma(2, 0.1, 3000) * age)
    recency = np.where(x > 0, age * generator.beta(np.maximum(x, 1), 1), 0)
    with pytest.raises(
        ConvergenceError, match=r"BG/NBD on 3,000 customers .*(never lapse|how likely they are to lapse)"
    ):
        BetaGeoModel().fit(x, recency, age)


# Runability


def test_one_customer_gives_numbers_and_many_give_arrays():
    model = published()
    assert np.ndim(model.probability_alive(**EXAMPLE)) == 0
    assert np.ndim(model.expected_orders(39, **EXAMPLE)) == 0
    assert np.ndim(model.probability_of_no_order(39, **EXAMPLE)) == 0
    assert model.simulate_orders(39, **EXAMPLE, draws=3, generator=np.random.default_rng(0)).shape == (3,)
    assert model.probability_alive(**HISTORIES).shape == (5,)
    assert model.expected_orders([[1], [2]], **HISTORIES).shape == (2, 5)
    assert model.expected_orders(39, [], [], []).shape == (0,)
    assert model.simulate_orders(39, [], [], [], draws=3, generator=np.random.default_rng(0)).shape == (0, 3)


def test_the_model_is_a_scikit_learn_estimator_that_shows_its_unit():
    model = BetaGeoModel(time_unit="weeks")
    assert repr(model) == "BetaGeoModel(time_unit='weeks')"
    assert repr(BetaGeoModel()) == "BetaGeoModel(time_unit='days')"
    assert clone(model).get_params() == {"time_unit": "weeks"}


def test_extreme_customers_do_not_overflow():
    model = BetaGeoModel.from_parameters(0.6, 48.0, 0.2, 2.2)
    history = {"frequency": [5000, 5000, 1, 0], "recency": [700, 1e-6, 0, 0], "age": [700, 700, 7000, 0]}
    for values in (
        model.probability_alive(**history),
        model.expected_orders(365, **history),
        model.probability_of_no_order(365, **history),
    ):
        assert np.isfinite(values).all()
    assert model.probability_alive(**history)[:2] == pytest.approx([1, 0], abs=1e-4)


# Slow


def covered_of(seeds: int, simulate_customers) -> tuple[np.ndarray, int]:
    """In how many seeds the planted parameters are within their intervals: each one, and all together."""
    planted = np.array((1.1, 52.0, 0.45, 3.8))
    covered, jointly_covered = np.zeros(4), 0
    for seed in range(seeds):
        generator = np.random.default_rng(seed)
        customers = simulate_customers(planted, generator.uniform(30, 730, 5000), generator)
        model = BetaGeoModel().fit(**histories_of(customers))
        intervals = model.parameter_intervals(0.95)
        covered += (intervals.low.to_numpy() <= planted) & (planted <= intervals.high.to_numpy())
        deviation = np.log(intervals.estimate.to_numpy() / planted)
        distance = deviation @ np.linalg.solve(model.log_covariance_, deviation)
        jointly_covered += distance <= stats.chi2.ppf(0.95, df=4)
    return covered, jointly_covered


@pytest.mark.slow
def test_planted_parameters_are_within_their_intervals_in_18_of_20_seeds(simulate_customers):
    covered, jointly_covered = covered_of(20, simulate_customers)
    assert (covered >= 18).all(), covered
    assert jointly_covered >= 18


@pytest.mark.proof
def test_intervals_hold_planted_parameters_as_often_as_they_say(simulate_customers):
    covered, jointly_covered = covered_of(500, simulate_customers)
    shares = {name: share.item() for name, share in zip(bg_nbd.LIMITS, covered / 500, strict=True)}
    print(f"BG/NBD, 500 shops: intervals of 95% hold {shares}, and all four {jointly_covered / 500}")
    # Three standard deviations of a share of 0.95 of 500.
    assert (np.abs(covered / 500 - 0.95) < 0.0293).all()
    assert abs(jointly_covered / 500 - 0.95) < 0.0293


@pytest.mark.slow
def test_probability_integral_transforms_of_later_orders_are_uniform(simulate_customers):
    generator = np.random.default_rng(20)
    customers = simulate_customers(RETAILER, generator.uniform(30, 730, 50_000), generator, horizon=180)
    model, histories = BetaGeoModel().fit(**histories_of(customers)), histories_of(customers)
    fewer = 1 - model.probability_of_at_least(customers.later_orders, 180, **histories)
    fewer_or_equal = 1 - model.probability_of_at_least(customers.later_orders + 1, 180, **histories)
    transforms = generator.uniform(fewer, fewer_or_equal)
    assert stats.kstest(transforms, "uniform").pvalue > 0.01


@pytest.mark.slow
def test_no_start_finds_a_better_maximum(simulate_customers):
    generator = np.random.default_rng(30)
    for _ in range(20):
        planted = np.exp(generator.uniform((-0.7, 3, -1, 0), (0.7, 5, 0.5, 1.5)))
        customers = simulate_customers(planted, generator.uniform(30, 730, 3000), generator)
        model = BetaGeoModel().fit(**histories_of(customers))
        likelihood = bg_nbd.HistoryLikelihood.of(*histories_of(customers).values())
        found = np.log([model.r_, model.alpha_, model.a_, model.b_])
        assert likelihood(found)[0] == pytest.approx(model.log_likelihood_, rel=1e-12)
        for start in (np.log(planted), found + generator.normal(0, 1, 4)):
            other = optimize.minimize(lambda *point: -point[1](point[0])[0], start, likelihood, "Nelder-Mead")
            assert -other.fun < model.log_likelihood_ + 1e-6
