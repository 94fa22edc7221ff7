"""Seasons and trend: hand-made clocks, one answer by two routes, planted seasons found again."""

import doctest

import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.models import seasonality
from lgs_pipeline.models.bg_nbd import BetaGeoModel
from lgs_pipeline.models.likelihood import ConvergenceError
from lgs_pipeline.models.seasonality import MONTHS, Clock, SeasonalBetaGeoModel, month_of

NOW = np.datetime64("2012-01-01")
BEGINNING = np.datetime64("2010-01-01")
CHRISTMAS = np.array([0.7, 0.8, 0.9, 0.9, 1.0, 0.9, 0.8, 0.8, 1.0, 1.2, 1.6, 1.4])
RETAILER = (0.8, 60.0, 0.3, 3.0)


def day(text: str) -> np.ndarray:
    return np.array([text], dtype="datetime64[D]")


def shop(
    generator: np.random.Generator,
    clock: Clock,
    customers: int = 3000,
    parameters: tuple = RETAILER,
    first_days: np.ndarray | None = None,
) -> tuple[pd.DataFrame, pd.Series]:
    """Customers who order on a clock as BG/NBD says, order by order; and their repeat orders by day."""
    days = np.arange(BEGINNING, clock.now)
    first = generator.integers(days.size - 1, size=customers) if first_days is None else first_days
    readings = np.concatenate([[0.0], np.cumsum(clock.rates(days))])
    r, alpha, a, b = parameters
    rate, lapse = generator.gamma(r, 1 / alpha, customers), generator.beta(a, b, customers)
    at = readings[first + 1]
    orders = []
    active = np.arange(customers)
    while active.size:
        at[active] += generator.exponential(1 / rate[active])
        active = active[at[active] < readings[-1]]
        orders.append(pd.DataFrame({"customer": active, "day": np.searchsorted(readings, at[active]) - 1}))
        active = active[generator.random(active.size) >= lapse[active]]
    repeats = pd.concat(orders).drop_duplicates()
    by_customer = repeats.groupby("customer").day.agg(["size", "max"]).reindex(range(customers))
    histories = pd.DataFrame(
        {
            "frequency": by_customer["size"].fillna(0),
            "first_day": days[first],
            "last_day": days[by_customer["max"].fillna(pd.Series(first)).astype(int)],
        }
    )
    counts = repeats.groupby("day").size()
    return histories, pd.Series(counts.to_numpy(), index=pd.DatetimeIndex(days[counts.index]))


def fitted(histories: pd.DataFrame, orders: pd.Series, **options: object) -> SeasonalBetaGeoModel:
    population = options.pop("population", "all")
    columns = (histories[name] for name in ("frequency", "first_day", "last_day"))
    return SeasonalBetaGeoModel(**options).fit(*columns, NOW, orders, population)


class TestClock:
    def test_the_example_in_the_docstring_holds(self):
        assert doctest.testmod(seasonality).attempted > 0
        assert doctest.testmod(seasonality).failed == 0

    def test_a_day_counts_as_much_as_its_month(self):
        clock = Clock(CHRISTMAS, 1.0, NOW)
        assert clock.reading(day("2012-02-01")) == pytest.approx([31 * 0.7])
        assert clock.reading(day("2011-12-01")) == pytest.approx([-31 * 1.4])

    def test_a_part_of_a_month_counts_for_its_days(self):
        assert Clock(CHRISTMAS, 1.0, NOW).reading(day("2012-01-11")) == pytest.approx([10 * 0.7])

    def test_the_trend_reaches_up_to_now_and_is_held_from_there(self):
        rates = Clock(np.ones(12), 0.5, NOW).rates(np.array(["2010-01-01", "2011-12-31", "2013-01-01"], "M8[D]"))
        assert rates == pytest.approx([2 ** (730 / 365.25), 2 ** (1 / 365.25), 1.0])

    def test_the_calendar_is_the_clock_without_seasons_and_trend(self):
        assert Clock.calendar(NOW).reading(day("2012-03-01")) == pytest.approx([60])

    def test_time_to_order_again_begins_with_the_day_after_the_first(self):
        first = np.array(["2011-12-31", "2011-12-30", "2011-12-01"], "M8[D]")
        last = np.array(["2011-12-31", "2011-12-31", "2011-12-11"], "M8[D]")
        recency, age = Clock.calendar(NOW).histories(first, last)
        assert recency.tolist() == [0, 1, 10]
        assert age.tolist() == [0, 1, 30]

    def test_a_reading_does_not_depend_on_which_others_are_asked_for(self):
        clock, days = Clock(CHRISTMAS, 0.9, NOW), np.arange(BEGINNING, NOW + 400)
        one_by_one = np.concatenate([clock.reading(days[[which]]) for which in range(0, days.size, 7)])
        assert np.array_equal(clock.reading(days)[::7], one_by_one)


class TestTwoRoutes:
    def test_without_season_and_trend_it_is_bg_nbd_in_calendar_days(self):
        histories, orders = shop(np.random.default_rng(1), Clock.calendar(NOW))
        model = fitted(histories, orders, with_season=False, with_trend=False)
        age = (NOW - histories.first_day.to_numpy("M8[D]")).astype(int) - 1
        recency = (histories.last_day - histories.first_day).dt.days
        plain = BetaGeoModel().fit(histories.frequency, recency, age)
        found = model.models_["all"]
        assert (found.r_, found.alpha_, found.a_, found.b_) == pytest.approx(
            (plain.r_, plain.alpha_, plain.a_, plain.b_), rel=1e-5
        )
        assert model.log_likelihood_ == pytest.approx(plain.log_likelihood_, rel=1e-9)
        intervals = model.parameter_intervals().set_index("parameter")
        of_plain = plain.parameter_intervals().set_index("parameter")
        assert intervals.loc["r", ["low", "high"]].tolist() == pytest.approx(
            of_plain.loc["r", ["low", "high"]].tolist(), rel=1e-3
        )

    def test_the_models_are_those_that_bg_nbd_finds_on_the_clock(self):
        histories, orders = shop(np.random.default_rng(2), Clock(CHRISTMAS, 0.8, NOW))
        model = fitted(histories, orders)
        on_clock = model.clock_.histories(histories.first_day.to_numpy("M8[D]"), histories.last_day.to_numpy("M8[D]"))
        again = BetaGeoModel().fit(histories.frequency, *on_clock)
        found = model.models_["all"]
        assert (found.r_, found.alpha_, found.a_, found.b_) == pytest.approx(
            (again.r_, again.alpha_, again.a_, again.b_), rel=1e-3
        )
        on_days = orders @ np.log(model.clock_.rates(orders.index.to_numpy("M8[D]")))
        assert model.log_likelihood_ == pytest.approx(again.log_likelihood_ + on_days, rel=1e-9)

    @pytest.mark.parametrize("with_trend", [True, False])
    def test_the_gradient_is_that_of_the_likelihood(self, with_trend):
        histories, orders = shop(np.random.default_rng(3), Clock(CHRISTMAS, 0.8, NOW), customers=60)
        population = np.where(np.arange(60) < 20, "established", "newer")
        likelihood = SeasonalBetaGeoModel(with_trend=with_trend)._likelihood(
            histories.frequency, histories.first_day, histories.last_day, NOW, orders, population
        )
        point = np.random.default_rng(4).normal(0, 0.3, len(likelihood.names()))
        steps = 1e-6 * np.eye(point.size)
        differences = [(likelihood(point + s)[0] - likelihood(point - s)[0]) / 2e-6 for s in steps]
        np.testing.assert_allclose(likelihood(point)[1], differences, rtol=1e-4, atol=1e-4)

    def test_a_clock_of_mean_one_leaves_the_likelihood_as_it_is(self):
        histories, orders = shop(np.random.default_rng(5), Clock(CHRISTMAS, 0.8, NOW), customers=200)
        likelihood = SeasonalBetaGeoModel()._likelihood(
            histories.frequency, histories.first_day, histories.last_day, NOW, orders, "all"
        )
        point = np.random.default_rng(6).normal(0, 0.3, len(likelihood.names()))
        moved, _ = likelihood.with_mean_of_one(point, np.eye(point.size))
        in_years = moved.copy()
        in_years[1] -= np.log(365.25)
        # The clock's unit changes, and with it alpha; a customer's chances do not.
        assert likelihood.without_priors(in_years)[0] == pytest.approx(likelihood.without_priors(point)[0])


class TestPlantedSeasons:
    def test_months_and_trend_are_found_again(self):
        clock = Clock(CHRISTMAS / CHRISTMAS.mean(), 0.7, NOW)
        histories, orders = shop(np.random.default_rng(7), clock, customers=8000)
        table = fitted(histories, orders).parameter_intervals(0.999).set_index("parameter")
        season = table.loc[list(MONTHS)]
        assert ((season.low < clock.season) & (clock.season < season.high)).all()
        assert table.low["trend"] < 0.7 < table.high["trend"]
        assert table.estimate["trend"] == pytest.approx(0.7, abs=0.06)

    def test_a_growing_number_of_customers_is_not_taken_for_a_season_or_a_trend(self):
        generator = np.random.default_rng(8)
        arrivals = (730 * np.sqrt(generator.random(8000))).astype(int).clip(max=728)
        histories, orders = shop(generator, Clock.calendar(NOW), 8000, first_days=arrivals)
        by_month = orders.groupby([orders.index.year, orders.index.month]).sum()
        assert by_month[2011].mean() > 3 * by_month[2010].mean()
        model = fitted(histories, orders)
        assert model.clock_.season == pytest.approx(np.ones(12), abs=0.12)
        assert model.clock_.trend == pytest.approx(1, abs=0.1)

    def test_the_clock_is_one_on_average_over_a_year(self):
        histories, orders = shop(np.random.default_rng(9), Clock(2 * CHRISTMAS, 1.0, NOW))
        season = fitted(histories, orders).clock_.season
        year = np.arange(np.datetime64("2013-01-01"), np.datetime64("2017-01-01"))
        assert season[month_of(year)].mean() == pytest.approx(1, abs=1e-4)

    def test_a_few_customers_do_not_make_a_season(self):
        histories, orders = shop(np.random.default_rng(10), Clock.calendar(NOW), customers=60)
        few = fitted(histories, orders, season_spread=0.1).clock_.season
        as_it_looks = fitted(histories, orders, season_spread=5.0).clock_.season
        assert np.abs(few - 1).max() < 0.2 < np.abs(as_it_looks - 1).max()

    def test_a_month_that_was_never_seen_is_an_average_one(self):
        histories, orders = shop(
            np.random.default_rng(11), Clock(np.ones(12), 1.0, np.datetime64("2010-07-01")), 2000,
            first_days=np.random.default_rng(11).integers(150, size=2000),
        )  # fmt: skip
        columns = (histories[name] for name in ("frequency", "first_day", "last_day"))
        model = SeasonalBetaGeoModel(with_trend=False).fit(*columns, np.datetime64("2010-07-01"), orders)
        table = model.parameter_intervals().set_index("parameter")
        assert table.estimate["november"] == pytest.approx(1, abs=0.2)
        assert table.high["november"] / table.low["november"] > 3 * table.high["may"] / table.low["may"]

    def test_each_population_has_its_own_customers_on_one_clock(self):
        clock = Clock(CHRISTMAS / CHRISTMAS.mean(), 1.0, NOW)
        often, orders_often = shop(np.random.default_rng(12), clock, parameters=(2.0, 40.0, 0.1, 3.0))
        seldom, orders_seldom = shop(np.random.default_rng(13), clock, parameters=(0.6, 120.0, 0.5, 2.0))
        both = pd.concat([often, seldom])
        names = np.repeat(["established", "newer"], [len(often), len(seldom)])
        model = fitted(both, orders_often.add(orders_seldom, fill_value=0), population=names)
        rates = {name: found.r_ / found.alpha_ for name, found in model.models_.items()}
        assert rates == pytest.approx({"established": 2 / 40, "newer": 0.6 / 120}, rel=0.15)
        assert model.clock_.season == pytest.approx(clock.season, abs=0.12)


class TestParameters:
    def test_what_the_clock_was_not_allowed_to_have_is_one_without_an_interval(self):
        histories, orders = shop(np.random.default_rng(14), Clock.calendar(NOW))
        table = fitted(histories, orders, with_trend=False).parameter_intervals().set_index("parameter")
        assert table.estimate["trend"] == 1
        assert table.loc["trend", ["low", "high"]].isna().all()
        assert table.loc[list(MONTHS), "low"].notna().all()
        assert table.unit[["r", "alpha", "trend"]].tolist() == ["", "effective days", "factor per year"]

    def test_an_interval_holds_its_estimate(self):
        histories, orders = shop(np.random.default_rng(15), Clock.calendar(NOW))
        table = fitted(histories, orders).parameter_intervals()
        assert ((table.low < table.estimate) & (table.estimate < table.high)).all()


class TestInput:
    HISTORIES = pd.DataFrame(
        {
            "frequency": [0, 2],
            "first_day": pd.to_datetime(["2011-01-01", "2011-02-01"]),
            "last_day": pd.to_datetime(["2011-01-01", "2011-03-01"]),
        }
    )
    ORDERS = pd.Series([1, 1], index=pd.to_datetime(["2011-02-10", "2011-03-01"]))

    @pytest.mark.parametrize("column", ["first_day", "last_day"])
    def test_days_out_of_order_are_refused(self, column):
        wrong = self.HISTORIES.assign(**{column: pd.to_datetime(["2011-01-01", "2012-01-01"])})
        with pytest.raises(ValueError, match="expected first_day <= last_day < now"):
            fitted(wrong, self.ORDERS)

    def test_half_an_order_is_refused(self):
        with pytest.raises(ValueError, match=r"frequency: found 0\.5"):
            fitted(self.HISTORIES.assign(frequency=[0, 0.5]), self.ORDERS)

    @pytest.mark.parametrize("customers", [0, 1])
    def test_customers_of_whom_none_came_back_are_an_error_with_advice(self, customers):
        with pytest.raises(ConvergenceError, match=f"{customers} customers .*Fit on more customers"):
            fitted(self.HISTORIES.head(customers), self.ORDERS.head(0))

    def test_a_population_that_runs_away_is_named(self):
        histories, orders = shop(np.random.default_rng(16), Clock.calendar(NOW), customers=400)
        same = pd.DataFrame(
            {"frequency": 2, "first_day": histories.first_day.min(), "last_day": histories.last_day.max()},
            index=range(300),
        )
        names = np.repeat(["established", "newer"], [400, 300])
        with pytest.raises(ConvergenceError, match="of newer customers to"):
            fitted(pd.concat([histories, same]), orders, population=names)


def covered_of(seeds: int) -> pd.Series:
    """In how many seeds each planted parameter is within its interval."""
    clock = Clock(CHRISTMAS / CHRISTMAS.mean(), 0.85, NOW)
    planted = {"r": 0.8, "alpha": 60.0, "a": 0.3, "b": 3.0, "trend": 0.85}
    planted |= dict(zip(MONTHS, clock.season, strict=True))
    covered = pd.Series(0, index=list(planted))
    for seed in range(seeds):
        histories, orders = shop(np.random.default_rng(seed), clock, customers=5000)
        table = fitted(histories, orders, season_spread=2.0, trend_spread=1.0).parameter_intervals()
        table = table.set_index("parameter").loc[list(planted)]
        truth = pd.Series(planted)
        covered += (table.low <= truth) & (truth <= table.high)
    return covered


@pytest.mark.slow
def test_planted_parameters_are_within_their_intervals_in_18_of_20_seeds():
    covered = covered_of(20)
    assert (covered >= 17).all(), covered
    assert covered.mean() >= 18
