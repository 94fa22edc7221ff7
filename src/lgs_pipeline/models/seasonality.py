r"""Seasons and the shop's trend, estimated together with the BG/NBD model that runs on their clock.

Customers of a gift shop order more before Christmas. Let everybody's order rate follow the same profile, so
that a customer orders at rate :math:`\lambda s(u)` on day :math:`u`. Then orders are a plain Poisson
process, and all of BG/NBD holds, in the *operational time* :math:`\tau(u) = \int_0^u s(v)\,dv`: a clock that
runs fast in busy months (see :mod:`~lgs_pipeline.models.bg_nbd`). Its unit is the effective day, an average
day of a year at today's level. Here

.. math:: s(u) = s_{\text{month}(u)} \; g^{\min(u, 0)},

with a factor for each month of the year and a trend :math:`g`, the factor by which the level changes in a
year; :math:`u` is in years and 0 now. Ahead of now the level is held: a trend that goes on for ever is the
classic way to forecast badly [1]_.

The profile is not read off the monthly orders, which also grow with the number of customers and shrink as
they lapse. Profile, trend and BG/NBD are fitted together, by maximum likelihood: the log-likelihood of
BG/NBD in operational time plus :math:`\sum \ln s(u)` over all orders but the first ones. So each month's
orders are weighed against those that its customers, as many of them as are there and alive, would have made
in an average month; a part of a month counts for its days. Months seen once or twice are pulled towards the
average month by a normal prior on :math:`\ln s`, as the trend is towards none: with thousands of orders the
priors do not matter, with dozens they keep chance from looking like a season.

**Populations.** Customers whose first order *in the data* falls into its first months were mostly customers
before; those who come later are mostly new. The former are known only because they still ordered: they order
more, and lapse less. Each population has its own BG/NBD; the clock is one.

References
----------
.. [1] E. S. Gardner, E. McKenzie (1985). Forecasting trends in time series. Management Science 31(10),
   1237-1246.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.models.bg_nbd import LIMITS, BetaGeoModel, HistoryLikelihood
from lgs_pipeline.models.likelihood import (
    TooFewCustomersError,
    collapse,
    interval_table,
    maximise,
    read_counts,
    total,
)

Days = npt.NDArray[np.datetime64]

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
EVERYBODY = "all"

_DAYS_IN_YEAR = 365.25
_SHARE_OF_YEAR = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / _DAYS_IN_YEAR
_OF_CUSTOMERS = len(LIMITS)


def month_of(days: Days) -> IntArray:
    """The month of each day, 0 for January."""
    return days.astype("datetime64[M]").astype(np.int64) % 12


@dataclass(frozen=True, eq=False)
class Clock:
    """Operational time.

    Attributes
    ----------
    season
        How fast the clock runs in each month of the year, January first; 1 on average over a year.
    trend
        The factor by which it ran faster or slower from one year to the next, up to now.
    now
        The day with whose midnight the clock shows 0.

    Examples
    --------
    A clock that runs twice as fast in December: 10 days of it are 20 effective days.

    >>> clock = Clock(np.array([*[1.0] * 11, 2.0]), trend=1.0, now=np.datetime64("2011-12-01"))
    >>> clock.reading(np.array(["2011-11-21", "2011-12-01", "2011-12-11"], dtype="datetime64[D]"))
    array([-10.,   0.,  20.])
    """

    season: FloatArray
    trend: float
    now: np.datetime64

    @classmethod
    def calendar(cls, now: np.datetime64) -> Self:
        """The clock on which every day is like any other."""
        return cls(np.ones(12), 1.0, now)

    def rates(self, days: Days) -> FloatArray:
        """How fast the clock runs on each day."""
        years = np.minimum((days - self.now).astype(float), 0) / _DAYS_IN_YEAR
        return self.season[month_of(days)] * self.trend**years

    def reading(self, days: npt.ArrayLike) -> FloatArray:
        """Effective days from now to the midnight with which each day begins; negative before now."""
        days = np.asarray(days, dtype="datetime64[D]")
        with_now = np.append(days, self.now)
        past, ahead = np.arange(with_now.min(), self.now), np.arange(self.now, with_now.max())
        # Summed up from now on, so that a day's reading does not depend on which others are asked for.
        before, after = -np.cumsum(self.rates(past[::-1])), np.cumsum(self.rates(ahead))
        return np.concatenate([before[::-1], [0.0], after])[(days - self.now).astype(np.int64) + past.size]

    def histories(self, first_day: Days, last_day: Days) -> tuple[FloatArray, FloatArray]:
        """Recency and age, in effective days, of customers with these days of first and last orders.

        As orders of one day count once, a customer can order again from the day after the first order on:
        time is counted from the end of that day.
        """
        start = self.reading(np.asarray(first_day, dtype="datetime64[D]") + 1)
        return self.reading(np.asarray(last_day, dtype="datetime64[D]") + 1) - start, 0.0 - start


class SeasonalBetaGeoModel(BaseEstimator):
    """A BG/NBD model for each population of customers, on one clock, all fitted together.

    Parameters
    ----------
    with_season, with_trend
        Whether the clock has a profile of months, and a trend. With neither it is the calendar.
    season_spread, trend_spread
        Standard deviations of the priors on the logarithms of the months' factors and of the trend.
    customer_spread
        Standard deviation of a prior on the logarithms of r, alpha (in years), a and b, around 0; without it
        they are estimated by likelihood alone. Even a wide one, of 3, keeps parameters from running away
        where customers hardly differ, when it matters little how far away they are.

    Attributes
    ----------
    clock_
        The clock.
    models_
        The BG/NBD model of each population, by name, in effective days.
    log_likelihood_
        In calendar days, without the priors: comparable whatever the clock.
    log_covariance_
        Covariance of the logarithms of the parameters, in the order of `parameter_intervals`.
    """

    clock_: Clock
    models_: dict[str, BetaGeoModel]
    log_likelihood_: float
    log_covariance_: FloatArray

    def __init__(
        self,
        *,
        with_season: bool = True,
        with_trend: bool = True,
        season_spread: float = 0.5,
        trend_spread: float = 0.2,
        customer_spread: float | None = None,
    ) -> None:
        self.with_season = with_season
        self.with_trend = with_trend
        self.season_spread = season_spread
        self.trend_spread = trend_spread
        self.customer_spread = customer_spread

    def fit(
        self,
        frequency: npt.ArrayLike,
        first_day: npt.ArrayLike,
        last_day: npt.ArrayLike,
        now: np.datetime64,
        repeat_orders: pd.Series,
        population: npt.ArrayLike = EVERYBODY,
    ) -> Self:
        """Estimate everything.

        Parameters
        ----------
        frequency
            Number of orders after the first, per customer; those of one day count once.
        first_day, last_day
            The days of the first and the last order, per customer.
        now
            The day that has not begun yet: the first that is not in the data.
        repeat_orders
            Orders after the first, all customers together, by day.
        population
            The population of each customer.

        Raises
        ------
        ValueError
            If a value is impossible.
        TooFewCustomersError
            If nobody has come back.
        ConvergenceError
            If the customers do not determine the parameters.
        """
        likelihood = self._likelihood(frequency, first_day, last_day, now, repeat_orders, population)
        x = likelihood.frequencies()
        fit = f"BG/NBD on {x.size:,} customers ({np.count_nonzero(x):,} with repeat orders)"
        if not x.any():
            raise TooFewCustomersError(
                f"{fit}: nothing is known of how often they come back. Fit on more customers or a longer period."
            )
        maximum = maximise(likelihood, likelihood.limits(), fit)
        self._read_off(likelihood, np.log(maximum.parameters), maximum.log_covariance)
        days = x.sum() * np.log(_DAYS_IN_YEAR)
        self.log_likelihood_ = likelihood.without_priors(np.log(maximum.parameters))[0] - float(days)
        return self

    def _likelihood(
        self,
        frequency: npt.ArrayLike,
        first_day: npt.ArrayLike,
        last_day: npt.ArrayLike,
        now: np.datetime64,
        repeat_orders: pd.Series,
        population: npt.ArrayLike,
    ) -> "_JointLikelihood":
        x = read_counts(frequency, "frequency")
        first, last = (np.asarray(days, dtype="datetime64[D]") for days in (first_day, last_day))
        now = now.astype("datetime64[D]")
        if np.any((first > last) | (last >= now)):
            raise ValueError(f"found days out of order, expected first_day <= last_day < now ({now})")
        days = np.arange(np.append(first, now - 1).min(), now)
        orders = repeat_orders.reindex(pd.DatetimeIndex(days), fill_value=0).to_numpy(dtype=float)
        names, code = np.unique(np.broadcast_to(population, x.shape), return_inverse=True)
        start, end = ((of_all - days[0]).astype(float) for of_all in (first, last))
        return _JointLikelihood(
            populations={
                str(name): _Population.of(*(column[code == which] for column in (x, start, end)))
                for which, name in enumerate(names)
            },
            orders=orders,
            month=month_of(days),
            years=(days - now).astype(float) / _DAYS_IN_YEAR,
            now=now,
            season_spread=self.season_spread if self.with_season else None,
            trend_spread=self.trend_spread if self.with_trend else None,
            customer_spread=self.customer_spread,
        )

    def parameter_intervals(self, level: float = 0.95) -> pd.DataFrame:
        """The parameters with Wald intervals on the log scale.

        Columns: population, parameter, estimate, low, high, unit. What the clock was not allowed to have is
        1, without an interval.
        """
        check_is_fitted(self, "log_covariance_")
        units = [UNITS.get(parameter, "") for _, parameter in self._names]
        estimates = dict(zip(self._names, self._estimates.tolist(), strict=True))
        table = interval_table(estimates, dict(zip(self._names, units, strict=True)), self.log_covariance_, level)
        population, parameter = zip(*self._names, strict=True)
        table = table.assign(population=population, parameter=parameter)
        assumed = pd.DataFrame({"parameter": [name for name in _OF_CLOCK if name not in parameter]})
        assumed = assumed.assign(
            population=EVERYBODY, estimate=1.0, low=np.nan, high=np.nan, unit=assumed.parameter.map(UNITS)
        )
        columns = ["population", "parameter", "estimate", "low", "high", "unit"]
        return pd.concat([table, assumed], ignore_index=True)[columns] if len(assumed) else table[columns]

    def _read_off(self, likelihood: "_JointLikelihood", point: FloatArray, covariance: FloatArray) -> None:
        """Turn the point into a clock whose mean is 1, and models in its effective days."""
        point, self.log_covariance_ = likelihood.with_mean_of_one(point, covariance)
        self._names, self._estimates = likelihood.names(), np.exp(point)
        estimate = dict(zip(self._names, self._estimates.tolist(), strict=True))
        season, trend = ([estimate.get((EVERYBODY, name), 1.0) for name in names] for names in (MONTHS, ("trend",)))
        self.clock_ = Clock(np.array(season), trend[0], likelihood.now)
        self.models_ = {
            population: BetaGeoModel.from_parameters(*(estimate[population, name] for name in LIMITS))
            for population in likelihood.populations
        }


UNITS = {"alpha": "effective days", **dict.fromkeys(MONTHS, "effective days per day"), "trend": "factor per year"}
_OF_CLOCK = (*MONTHS, "trend")


@dataclass(frozen=True)
class _Population:
    """Distinct histories of one population, days counted from the first of all."""

    x: FloatArray
    start: IntArray
    end: IntArray
    customers: FloatArray  # with this history
    frequencies: FloatArray
    frequency_customers: FloatArray  # with this frequency

    @classmethod
    def of(cls, x: FloatArray, start: FloatArray, end: FloatArray) -> Self:
        histories, customers = collapse(x, start, end)
        (frequencies,), frequency_customers = collapse(x)
        days = (histories[1].astype(np.int64), histories[2].astype(np.int64))
        return cls(histories[0], *days, customers, frequencies, frequency_customers)

    def likelihood(self, readings: FloatArray) -> HistoryLikelihood:
        start = readings[self.start + 1]
        recency, age = readings[self.end + 1] - start, readings[-1] - start
        return HistoryLikelihood(self.x, recency, age, self.customers, self.frequencies, self.frequency_customers)

    def by_readings(self, by_recency: FloatArray, by_age: FloatArray, length: int) -> FloatArray:
        """Derivatives by the clock's readings from those by recency and age."""
        by_readings = _sums(self.end + 1, by_recency, length)
        by_readings -= _sums(self.start + 1, by_recency + by_age, length)
        by_readings[-1] += by_age.sum()
        return by_readings


@dataclass(frozen=True)
class _JointLikelihood:
    """The log-likelihood of all populations and the clock, with its gradient, by all parameters' logarithms.

    The parameters are r, alpha (in years), a and b of each population, then the months' factors, then
    the trend. The priors are part of it.
    """

    populations: dict[str, _Population]
    orders: FloatArray  # after the first, by day
    month: IntArray  # of each day
    years: FloatArray  # from now to each day, negative
    now: np.datetime64
    season_spread: float | None
    trend_spread: float | None
    customer_spread: float | None

    def names(self) -> list[tuple[str, str]]:
        """Population and name of each parameter."""
        names = [(population, parameter) for population in self.populations for parameter in LIMITS]
        names += [(EVERYBODY, month) for month in MONTHS if self.season_spread]
        return names + ([(EVERYBODY, "trend")] if self.trend_spread else [])

    def limits(self) -> dict[str, tuple[str, str]]:
        """What it means for the customers when a parameter runs away; the priors keep those of the clock."""
        return {
            parameter if population == EVERYBODY else f"{parameter} of {population} customers": LIMITS.get(
                parameter, ("time stands still", "time flies")
            )
            for population, parameter in self.names()
        }

    def frequencies(self) -> FloatArray:
        """The frequency of every customer."""
        return np.concatenate(
            [
                np.repeat(population.frequencies, population.frequency_customers.astype(np.int64))
                for population in self.populations.values()
            ]
            or [np.empty(0)]
        )

    def __call__(self, point: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = self.without_priors(point)
        precision = np.zeros(point.size)
        customers, season, trend = self._parts(np.arange(point.size))
        precision[customers.ravel()] = 1 / (self.customer_spread or np.inf) ** 2
        precision[season] = 1 / (self.season_spread or np.inf) ** 2
        precision[trend] = 1 / (self.trend_spread or np.inf) ** 2
        return value - total(precision, point**2) / 2, gradient - precision * point

    def without_priors(self, point: FloatArray) -> tuple[float, FloatArray]:
        customers, season, trend = self._parts(point)
        log_rates = np.zeros(self.orders.size)
        if season.size:
            log_rates = log_rates + season[self.month]
        if trend.size:
            log_rates = log_rates + trend[0] * self.years
        rates = np.exp(log_rates) / _DAYS_IN_YEAR
        readings = np.concatenate([[0.0], np.cumsum(rates)])
        value, gradients = total(self.orders, log_rates), []
        by_readings = np.zeros(readings.size)
        for population, own in zip(self.populations.values(), customers, strict=True):
            likelihood = population.likelihood(readings)
            value_of, gradient_of = likelihood(own)
            value += value_of
            gradients.append(gradient_of)
            by_readings += population.by_readings(*likelihood.by_times(own), readings.size)
        # A day's rate is part of every later reading.
        by_log_rates = rates * np.cumsum(by_readings[::-1])[::-1][1:] + self.orders
        if season.size:
            gradients.append(_sums(self.month, by_log_rates, 12))
        if trend.size:
            gradients.append(np.array([total(by_log_rates, self.years)]))
        return value, np.concatenate(gradients)

    def _parts(self, point: npt.NDArray) -> tuple[npt.NDArray, npt.NDArray, npt.NDArray]:
        """The parameters of the customers, a row per population; of the season; and the trend."""
        end = _OF_CUSTOMERS * len(self.populations)
        months = 12 if self.season_spread else 0
        return point[:end].reshape(-1, _OF_CUSTOMERS), point[end : end + months], point[end + months :]

    def with_mean_of_one(self, point: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same model, its clock 1 on average over a year, and alpha in effective days."""
        change, point = np.eye(point.size), point.copy()
        where_customers, where_season, _ = self._parts(np.arange(point.size))
        where_alpha = where_customers[:, list(LIMITS).index("alpha")]
        point[where_alpha] += np.log(_DAYS_IN_YEAR)
        if where_season.size:
            parts = _SHARE_OF_YEAR * np.exp(point[where_season])
            moved = np.concatenate([where_alpha, where_season])
            point[moved] -= np.log(parts.sum())
            change[np.ix_(moved, where_season)] -= parts / parts.sum()
        return point, change @ covariance @ change.T


def _sums(places: IntArray, values: FloatArray, length: int) -> FloatArray:
    """The sum of the values at each place from 0."""
    return np.bincount(places, weights=values, minlength=length).astype(np.float64, copy=False)
