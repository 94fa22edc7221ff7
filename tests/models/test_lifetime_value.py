"""Lifetime values: discounts and tiers by hand, draws that agree with expectations."""

import doctest
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.models import lifetime_value
from lgs_pipeline.models.bg_nbd import BetaGeoModel
from lgs_pipeline.models.gamma_gamma import GammaGammaModel
from lgs_pipeline.models.lifetime_value import (
    LifetimeValueModel,
    Simulation,
    Terms,
    assign_tiers,
    estimate_parameters,
    simulate_outcomes,
    simulate_values,
    value_customers,
)
from lgs_pipeline.models.seasonality import Clock, SeasonalBetaGeoModel

NOW = np.datetime64("2012-01-01")
NEXT_YEAR = np.datetime64("2013-01-01")
CHRISTMAS = np.array([*[0.8] * 10, 1.6, 2.4])


def customer(orders: int, first: str, last: str, monetary: float, population: str = "all") -> dict:
    return {
        "population": population,
        "orders": orders,
        "first_order": pd.Timestamp(first),
        "last_order": pd.Timestamp(last),
        "monetary": monetary,
    }


CUSTOMERS = pd.DataFrame(
    [
        customer(1, "2011-06-01", "2011-06-01", 100.0),
        customer(4, "2010-02-01", "2011-12-01", 250.0),
        customer(9, "2010-01-05", "2010-07-01", 80.0),
        customer(30, "2010-01-02", "2011-12-30", 900.0),
    ]
)


def model_of(clock: Clock | None = None, **populations: tuple) -> LifetimeValueModel:
    parameters = populations or {"all": (0.7, 60.0, 0.2, 2.2)}
    return LifetimeValueModel(
        clock or Clock.calendar(NOW),
        {name: BetaGeoModel.from_parameters(*values) for name, values in parameters.items()},
        GammaGammaModel.from_parameters(2.5, 3.6, 400.0),
    )


class TestTerms:
    def test_months_end_on_the_day_of_the_month_that_they_began(self):
        ends = Terms(3, 0.0, 1.0).month_ends(np.datetime64("2011-12-10"))
        assert [str(end) for end in ends] == ["2012-01-10", "2012-02-10", "2012-03-10"]

    def test_months_from_the_last_day_of_a_month_stay_within_each_month(self):
        ends = Terms(2, 0.0, 1.0).month_ends(np.datetime64("2012-01-31"))
        assert [str(end) for end in ends] == ["2012-02-29", "2012-03-31"]


class TestValue:
    def test_a_month_is_discounted_to_its_end_by_hand(self):
        model, terms = model_of(), Terms(2, 0.1, 1.0)
        first, both = (model.expected_orders(CUSTOMERS, end) for end in terms.month_ends(NOW))
        by_hand = model.expected_order_value(CUSTOMERS) * (first / 1.1 + (both - first) / 1.21)
        values = value_customers(model, CUSTOMERS, terms)
        assert values.clv.tolist() == pytest.approx(by_hand.tolist())
        assert values.expected_orders.tolist() == pytest.approx(both.tolist())

    def test_without_discount_and_at_full_margin_it_is_the_expected_sales(self):
        values = value_customers(model_of(), CUSTOMERS, Terms(12, 0.0, 1.0))
        assert values.clv.tolist() == pytest.approx((values.expected_orders * values.expected_order_value).tolist())
        assert values.weight.tolist() == pytest.approx([1, 1, 1, 1])

    def test_the_margin_is_the_share_that_counts(self):
        full, third = (value_customers(model_of(), CUSTOMERS, Terms(12, 0.01, m)) for m in (1.0, 1 / 3))
        assert (full.clv / 3).tolist() == pytest.approx(third.clv.tolist())

    def test_what_comes_later_in_the_year_is_discounted_more(self):
        values = value_customers(model_of(Clock(CHRISTMAS, 1.0, NOW)), CUSTOMERS, Terms(12, 0.02, 1.0))
        even = value_customers(model_of(), CUSTOMERS, Terms(12, 0.02, 1.0))
        assert (values.weight < even.weight).all()
        assert ((values.weight > 1.02**-12) & (values.weight < 1.02**-1)).all()

    def test_a_horizon_with_christmas_holds_more_orders_than_one_without(self):
        model = model_of(Clock(CHRISTMAS, 1.0, NOW))
        spring = model.expected_orders(CUSTOMERS, np.datetime64("2012-03-01"))
        until_november, year = (
            model.expected_orders(CUSTOMERS, np.datetime64(d)) for d in ("2012-11-01", "2013-01-01")
        )
        assert (year - until_november > 1.5 * spring).all()

    def test_each_population_is_predicted_by_its_own_model(self):
        both = model_of(established=(2.0, 40.0, 0.1, 3.0), newer=(0.5, 100.0, 0.3, 2.0))
        mixed = CUSTOMERS.assign(population=["newer", "established", "newer", "established"])
        predicted = both.expected_orders(mixed, NEXT_YEAR)
        for name, model in both.order_models.items():
            alone = LifetimeValueModel(both.clock, {name: model}, both.value_model)
            mine = mixed[mixed.population == name]
            assert predicted[mixed.population == name].tolist() == alone.expected_orders(mine, NEXT_YEAR).tolist()

    def test_a_customer_who_came_once_is_taken_for_alive(self):
        alive = model_of().probability_alive(CUSTOMERS)
        assert alive[0] == 1
        assert alive[2] < 0.1 < 0.9 < alive[3]


class TestSimulation:
    def test_draws_agree_with_the_expectations(self):
        model, terms = model_of(Clock(CHRISTMAS, 0.9, NOW)), Terms(12, 0.01, 0.4)
        values = value_customers(model, CUSTOMERS, terms)
        _, draws = simulate_values(
            model, CUSTOMERS.assign(weight=values.weight), NEXT_YEAR, (0.1, 0.9),
            Simulation(100_000, 10**9, 1), pd.Series(["a", "b", "c", "d"]),
        )  # fmt: skip
        errors = draws.std() / np.sqrt(len(draws))
        assert (np.abs(draws.mean().to_numpy() - values.clv) < 4 * errors.to_numpy()).all()

    def test_so_many_of_the_draws_lie_inside_the_interval(self):
        quantiles, draws = simulate_values(
            model_of(), CUSTOMERS.assign(weight=1.0), NEXT_YEAR, (0.1, 0.9),
            Simulation(2000, 10**9, 1), pd.Series(["a", "b", "c", "d"]),
        )  # fmt: skip
        (low, high) = quantiles[3]
        assert draws["d"].between(low, high).mean() == pytest.approx(0.8, abs=0.002)
        assert (quantiles[:, 0] <= quantiles[:, 1]).all()

    def test_slices_do_not_change_what_is_drawn(self, monkeypatch: pytest.MonkeyPatch):
        def drawn() -> np.ndarray:
            by_customer = np.empty((4, 50))
            for positions, _, values in model.simulate(mixed, NEXT_YEAR, 50, np.random.default_rng(1)):
                by_customer[positions] = values
            return by_customer

        model = model_of(established=(2.0, 40.0, 0.1, 3.0), newer=(0.5, 100.0, 0.3, 2.0))
        mixed = CUSTOMERS.assign(population=["newer", "established", "newer", "established"])
        whole = drawn()
        monkeypatch.setattr(lifetime_value, "_NUMBERS", 50)
        assert np.array_equal(drawn(), whole)

    def test_the_same_seed_gives_the_same_numbers(self):
        arguments = (model_of(), CUSTOMERS.assign(weight=1.0), NEXT_YEAR, (0.1, 0.9))
        groups = pd.Series(["a"] * 4)
        (one, _), (two, _), (other, _) = (
            simulate_values(*arguments, Simulation(200, 10**9, seed), groups) for seed in (1, 1, 2)
        )
        assert np.array_equal(one, two)
        assert not np.array_equal(one, other)

    @pytest.mark.parametrize(("customers", "draws"), [(0, 1000), (5_900, 1000), (1_000_000, 200), (50_000_000, 100)])
    def test_many_customers_are_drawn_less_often_but_not_less_than_a_tenth(self, customers, draws):
        assert Simulation(1000, 200_000_000, 1).draws_for(customers) == draws

    def test_outcomes_are_held_against_the_draws(self):
        came = {"orders": np.array([0.0, 500.0, 0.0, 0.0]), "sales": np.array([0.0, 1e9, 0.0, -5.0])}
        outcomes = simulate_outcomes(model_of(), CUSTOMERS, NEXT_YEAR, (0.1, 0.9), Simulation(1000, 10**9, 1), came)
        assert outcomes.inside["orders"].tolist() == [True, False, True, False]
        assert outcomes.inside["sales"].tolist() == [True, False, True, False]
        assert outcomes.less.tolist() == [0, 1, 0, 0]
        nothing = 1 - model_of().probability_of_at_least(1, CUSTOMERS, NEXT_YEAR)
        assert outcomes.less_or_equal[[0, 2]] == pytest.approx(nothing[[0, 2]], abs=0.05)
        assert outcomes.less_or_equal[[1, 3]].tolist() == [1, 0]
        assert outcomes.totals["orders"].mean() == pytest.approx(
            model_of().expected_orders(CUSTOMERS, NEXT_YEAR).sum(), rel=0.05
        )


class TestTiers:
    UP_TO = {"best": 0.2, "middle": 0.5, "rest": 1.0}  # noqa: RUF012

    def test_the_example_in_the_docstring_holds(self):
        assert doctest.testmod(lifetime_value).attempted > 0
        assert doctest.testmod(lifetime_value).failed == 0

    def test_a_fifth_of_ten_customers_are_two(self):
        tiers = assign_tiers(pd.Series(range(10)), self.UP_TO)
        assert tiers.tolist() == ["rest"] * 5 + ["middle"] * 3 + ["best"] * 2

    def test_customers_of_equal_value_are_in_the_better_tier_together(self):
        assert assign_tiers(pd.Series([7.0] * 10), self.UP_TO).unique().tolist() == ["best"]
        assert assign_tiers(pd.Series([9, 5, 5, 5, 1]), self.UP_TO).tolist() == [
            "best",
            *["middle"] * 3,
            "rest",
        ]

    def test_one_customer_is_in_the_best_tier(self):
        assert assign_tiers(pd.Series([0.0]), self.UP_TO).tolist() == ["best"]

    def test_without_a_value_there_is_no_tier(self):
        tiers = assign_tiers(pd.Series([np.nan, 3.0, 4.0]), self.UP_TO)
        assert tiers.isna().tolist() == [True, False, False]
        assert tiers.tolist()[1:] == ["rest", "best"]
        assert assign_tiers(pd.Series([], dtype=float), self.UP_TO).empty


class TestParameters:
    @pytest.fixture
    def buyers(self, simulate_customers) -> pd.DataFrame:
        generator = np.random.default_rng(1)
        histories = simulate_customers((0.8, 60.0, 0.3, 3.0), generator.uniform(30, 700, 1500), generator)
        first = pd.Timestamp(NOW) - pd.to_timedelta(histories.age.round() + 1, unit="D")
        return pd.DataFrame(
            {
                "population": "all",
                "orders": (histories.frequency + 1).astype(int),
                "first_order": first,
                "last_order": first + pd.to_timedelta(histories.recency.round(), unit="D"),
                "monetary": generator.gamma(3, 100 / generator.gamma(4, 1, 1500)),
            }
        )

    def orders_of(self, buyers: pd.DataFrame) -> pd.Series:
        """Repeat orders by day, a customer's at equal distances up to the last."""
        again = buyers.loc[buyers.index.repeat(buyers.orders - 1)]
        number = again.groupby(level=0).cumcount() + 1
        days = again.first_order + (again.last_order - again.first_order) * number / (again.orders - 1)
        return days.dt.normalize().value_counts().sort_index()

    def test_a_model_made_of_its_parameters_predicts_alike(self, buyers):
        seasonal = SeasonalBetaGeoModel(with_season=False, with_trend=False)
        parameters = estimate_parameters(buyers, self.orders_of(buyers), NOW, seasonal, 0.95)
        model = LifetimeValueModel.from_parameters(parameters, NOW)
        fitted = LifetimeValueModel(
            seasonal.clock_, seasonal.models_, GammaGammaModel().fit(buyers.orders, buyers.monetary)
        )
        for terms in (Terms(12, 0.01, 1.0), Terms(3, 0.0, 0.5)):
            pd.testing.assert_frame_equal(value_customers(model, buyers, terms), value_customers(fitted, buyers, terms))

    def test_the_rows_are_those_of_the_three_models(self, buyers):
        parameters = estimate_parameters(buyers, self.orders_of(buyers), NOW, SeasonalBetaGeoModel(), 0.95)
        assert parameters.groupby("model").size().to_dict() == {"bg_nbd": 4, "clock": 13, "gamma_gamma": 3}
        assert parameters.set_index("parameter").unit[["alpha", "v"]].tolist() == ["effective days", "pounds"]
        assert ((parameters.low < parameters.estimate) & (parameters.estimate < parameters.high)).all()

    def test_order_values_without_a_mean_are_refused(self, buyers):
        wild = buyers.assign(monetary=np.exp(np.random.default_rng(2).standard_cauchy(1500).clip(-300, 300)))
        with pytest.raises(InputError, match="Gamma-gamma"):
            estimate_parameters(
                wild,
                self.orders_of(wild),
                NOW,
                SeasonalBetaGeoModel(with_season=False, with_trend=False),
                0.95,
            )


@pytest.mark.slow
def test_a_million_customers_are_not_held_at_once(monkeypatch: pytest.MonkeyPatch):
    largest = 0

    def watched(self: BetaGeoModel, horizon: float, *history: np.ndarray, **options: object) -> np.ndarray:
        nonlocal largest
        largest = max(largest, history[0].size * options["draws"])
        return original(self, horizon, *history, **options)

    original = BetaGeoModel.simulate_orders
    monkeypatch.setattr(BetaGeoModel, "simulate_orders", watched)
    many = pd.concat([CUSTOMERS] * 5000, ignore_index=True)
    drawn: Iterator = model_of().simulate(many, NEXT_YEAR, 1000, np.random.default_rng(1))
    assert sum(positions.size for positions, _, _ in drawn) == 20_000
    assert largest <= 2**22
