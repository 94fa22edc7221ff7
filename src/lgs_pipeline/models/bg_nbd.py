r"""How often customers order, and whether they still do: the BG/NBD model.

Fader, Hardie and Lee [1]_ assume that

1. while a customer is alive, orders arrive as a Poisson process with rate :math:`\lambda`;
2. after each order but the first, the customer lapses for good with probability :math:`p`;
3. rates differ between customers by a gamma distribution, :math:`\lambda \sim \Gamma(r, \alpha)`, and
4. lapse probabilities by a beta distribution, :math:`p \sim B(a, b)`, independent of the rates.

All that the model needs to know of a customer is the history :math:`(x, t_x, T)`: the **frequency**
:math:`x`, the number of orders *after the first*; the **recency** :math:`t_x`, the time from the first order
to the last one (not, as in an RFM score, from the last one to now); and the **age** :math:`T`, the time from
the first order to now.

Seasons
-------
The model knows no calendar. Let all rates follow one known seasonal profile :math:`s(u)`, so that a customer
orders at rate :math:`\lambda s(u)` on day :math:`u`. Then orders are a plain Poisson process with rate
:math:`\lambda` in the *operational time* :math:`\tau(u) = \int_0^u s(v)\,dv`, a clock that runs fast in busy
weeks; and as customers lapse at orders, not between them, the second assumption does not mention time. Hence
every formula here holds with recency, age and horizon read off that clock: recency
:math:`\tau(\text{last}) - \tau(\text{first})`, age :math:`\tau(\text{now}) - \tau(\text{first})`, horizon
:math:`\tau(\text{end}) - \tau(\text{now})`. Horizons may differ by customer. A profile whose mean over the
year is 1 keeps the unit: a day is then an average day. To compare the log-likelihoods under two profiles, add
:math:`\sum \ln s(u)` over all orders but the first to each, which takes them back to calendar time.

References
----------
.. [1] P. S. Fader, B. G. S. Hardie, K. L. Lee (2005). "Counting your customers" the easy way: an alternative
   to the Pareto/NBD model. Marketing Science 24(2), 275-284.
.. [2] P. S. Fader, B. G. S. Hardie, K. L. Lee (2008). Computing P(alive) using the BG/NBD model.
   http://brucehardie.com/notes/021/
"""

import datetime as dt
import itertools
import warnings
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import linalg, special
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from lgs_pipeline.arrays import FloatArray
from lgs_pipeline.models.likelihood import (
    TooFewCustomersError,
    align,
    batches,
    collapse,
    interval_table,
    maximise,
    read_counts,
    read_numbers,
    read_parameters,
    refuse,
    refuse_tables,
    total,
)

TimeUnit = Literal["days", "weeks"]
Durations: TypeAlias = npt.ArrayLike | pd.Series | pd.TimedeltaIndex | dt.timedelta
"""Numbers in the model's time unit, or timedeltas, which bring their own unit and are converted."""

_DAYS_IN = {"days": 1, "weeks": 7}
_UNIT_NAMES = {*_DAYS_IN, "seconds", "minutes", "hours", "months", "quarters", "years"}

_ONE_RATE = "customers do not differ in how often they order"
_ONE_LAPSE = "customers do not differ in how likely they are to lapse"
LIMITS = {
    "r": ("nearly all orders come from a few customers", _ONE_RATE),
    "alpha": ("orders come without a limit to their rate", _ONE_RATE),
    "a": ("most customers never lapse", _ONE_LAPSE),
    "b": ("most customers lapse at their first repeat order", _ONE_LAPSE),
}


class BetaGeoModel(BaseEstimator):
    r"""The BG/NBD model: gamma distributed order rates, beta distributed lapse probabilities.

    Three things keep days and weeks apart. The model says its unit: here, in its repr, in its table of
    parameters. A column whose name ends in another unit (``age_days`` for a model in weeks) is refused. And
    every duration may be given as timedeltas, which cannot be misread.

    Parameters
    ----------
    time_unit
        The unit of every recency, age and horizon that is given as a number, and of ``alpha_``.

    Attributes
    ----------
    r_, alpha_
        Shape and rate of the gamma distribution of order rates; its mean is ``r_ / alpha_`` orders per time
        unit.
    a_, b_
        Parameters of the beta distribution of the probability to lapse after an order; its mean is
        ``a_ / (a_ + b_)``.
    log_likelihood_
        Equation (7) of [1]_ at these parameters.
    log_covariance_
        Covariance of the logarithms of (r, alpha, a, b): the inverse of the observed information.

    Examples
    --------
    The example of [1]_, with its parameters: a customer with two repeat purchases, the second of them in week
    30.43 of 38.86, is expected to make 1.226 in the next 39 weeks.

    >>> model = BetaGeoModel.from_parameters(0.243, 4.414, 0.793, 2.426, time_unit="weeks")
    >>> model
    BetaGeoModel(time_unit='weeks')
    >>> customer = {"frequency": 2, "recency": 30.43, "age": 38.86}
    >>> print(f"{model.expected_orders(39, **customer):.3f}")
    1.226
    >>> print(f"{model.expected_orders(pd.Timedelta(days=7 * 39), **customer):.3f}")
    1.226
    >>> print(f"{model.probability_alive(**customer):.3f}")
    0.727
    """

    r_: float
    alpha_: float
    a_: float
    b_: float
    log_likelihood_: float
    log_covariance_: FloatArray

    def __init__(self, time_unit: TimeUnit = "days") -> None:
        self.time_unit = time_unit

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:  # noqa: N803 (the name is scikit-learn's)
        return f"{type(self).__name__}(time_unit={self.time_unit!r})"

    @classmethod
    def from_parameters(cls, r: float, alpha: float, a: float, b: float, *, time_unit: TimeUnit = "days") -> Self:
        """A model with known parameters, such as published ones, instead of fitted ones."""
        model = cls(time_unit=time_unit)
        model.r_, model.alpha_, model.a_, model.b_ = read_parameters(r=r, alpha=alpha, a=a, b=b)
        return model

    def fit(self, frequency: npt.ArrayLike, recency: Durations, age: Durations) -> Self:
        """Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        frequency
            Number of orders after the first, per customer.
        recency
            Time from the first order to the last one, per customer; 0 where there is but one.
        age
            Time from the first order to now, per customer.

        Raises
        ------
        ValueError
            If a value is impossible, or frequency seems to count the first orders too.
        TooFewCustomersError
            If nobody has come back.
        ConvergenceError
            If the customers do not determine the parameters.
        """
        x, t_x, age_ = self._read_histories(frequency, recency, age).values()
        refuse_tables(x)
        _refuse_first_orders(x, t_x)
        _warn_of_mixed_units(x, t_x, age_)
        if not x.any() or not age_.any():
            raise TooFewCustomersError(
                f"BG/NBD cannot be fitted to {x.size:,} customers: none has come back, so nothing is known "
                "of how often they do. Fit on more customers or a longer period."
            )
        scale = float(age_.max())  # the likelihood sees ages up to 1, whatever the time unit
        fit = f"BG/NBD on {x.size:,} customers ({np.count_nonzero(x):,} with repeat orders)"
        maximum = maximise(HistoryLikelihood.of(x, t_x / scale, age_ / scale), LIMITS, fit)
        self.r_, self.alpha_, self.a_, self.b_ = (maximum.parameters * [1, scale, 1, 1]).tolist()
        self.log_likelihood_ = maximum.log_likelihood - float(x.sum() * np.log(scale))
        self.log_covariance_ = maximum.log_covariance
        return self

    def parameter_intervals(self, level: float = 0.95) -> pd.DataFrame:
        """The parameters with Wald intervals on the log scale.

        Columns: parameter, estimate, low, high, unit (of alpha; empty for the others, which have none).
        """
        check_is_fitted(self, "log_covariance_")
        estimates = {"r": self.r_, "alpha": self.alpha_, "a": self.a_, "b": self.b_}
        return interval_table(estimates, {"alpha": self.time_unit}, self.log_covariance_, level)

    def probability_alive(self, frequency: npt.ArrayLike, recency: Durations, age: Durations) -> FloatArray:
        r"""Probability that a customer has not lapsed, given the history [2]_.

        .. math:: P(\text{alive} \mid x, t_x, T) = 1 \Big/ \left(1 + \frac{a}{b + x - 1}
            \left(\frac{\alpha + T}{\alpha + t_x}\right)^{r + x}\right),

        and 1 for a customer without repeat orders, who has had no occasion to lapse.
        """
        return self._probability_alive(*self._read_histories(frequency, recency, age).values())[()]

    def expected_orders(
        self, horizon: Durations, frequency: npt.ArrayLike, recency: Durations, age: Durations
    ) -> FloatArray:
        r"""Expected number of orders from now to the horizon, given the history: equation (10) of [1]_.

        The rate and the lapse probability of a living customer follow :math:`\Gamma(r + x, \alpha + T)` and
        :math:`B(a, b + x)`. The expectation over both,

        .. math:: E[Y(t) \mid \text{alive}, x, T] =
            \int_0^1 \frac{1 - (1 + p\,t / (\alpha + T))^{-(r + x)}}{p} \, B(p \mid a, b + x) \, dp,

        is evaluated as it stands, by Gauss-Jacobi quadrature. It equals the published form, with its
        hypergeometric function, but neither overflows nor cancels, and has no poles at :math:`a = 1` and
        :math:`a + b + x = 1`.

        Parameters
        ----------
        horizon
            How far to look ahead; one for all customers, or one for each.
        frequency, recency, age
            The histories, as in `fit`.
        """
        t, x, t_x, age_ = self._read_with_horizon(horizon, frequency, recency, age).values()
        return (self._probability_alive(x, t_x, age_) * self._expected_orders_if_alive(t, x, age_))[()]

    def expected_orders_new_customer(self, horizon: Durations) -> FloatArray:
        """Expected number of orders after the first, from it to the horizon: equation (9) of [1]_."""
        return self.expected_orders(horizon, frequency=0, recency=0, age=0)

    def probability_of_at_least(
        self, orders: npt.ArrayLike, horizon: Durations, frequency: npt.ArrayLike, recency: Durations, age: Durations
    ) -> FloatArray:
        r"""Probability of so many orders or more from now to the horizon, given the history.

        A living customer makes at least :math:`n` orders if the Poisson process has as many and the customer
        survives the first :math:`n - 1` of them. Given the history the two are independent. The probability
        of the former, over :math:`\lambda`, is the tail of a negative binomial distribution, an incomplete
        beta function; that of the latter is the mean of :math:`(1 - p)^{n - 1}`:

        .. math:: P(Y(t) \ge n \mid x, t_x, T) = P(\text{alive} \mid x, t_x, T) \;
            I_{t / (\alpha + T + t)}(n, r + x) \; \frac{B(a, b + x + n - 1)}{B(a, b + x)}, \quad n \ge 1.

        For a new customer it is the sum of equation (8) of [1]_ from :math:`n` on. With each customer's later
        orders for :math:`n`, it makes the probability integral transforms that show whether the model is
        calibrated.

        Parameters
        ----------
        orders
            The number of orders :math:`n`; one for all customers, or one for each.
        horizon, frequency, recency, age
            As in `expected_orders`.
        """
        columns = self._read_with_horizon(horizon, frequency, recency, age)
        n, t, x, t_x, age_ = align(orders=read_counts(orders, "orders"), **columns).values()
        m = np.maximum(n, 1)
        has_as_many = special.betainc(m, self.r_ + x, t / (self.alpha_ + age_ + t))
        survives = np.exp(special.betaln(self.a_, self.b_ + x + m - 1) - special.betaln(self.a_, self.b_ + x))
        at_least = self._probability_alive(x, t_x, age_) * has_as_many * survives
        return np.where(n == 0, 1.0, at_least)[()]

    def probability_of_no_order(
        self, horizon: Durations, frequency: npt.ArrayLike, recency: Durations, age: Durations
    ) -> FloatArray:
        r"""Probability of no order from now to the horizon, given the history.

        .. math:: P(Y(t) = 0 \mid x, t_x, T) = 1 - P(\text{alive} \mid x, t_x, T) \left(1 -
            \left(\frac{\alpha + T}{\alpha + T + t}\right)^{r + x}\right),

        because a living customer makes no order with probability :math:`e^{-\lambda t}`, whose mean over
        :math:`\lambda \sim \Gamma(r + x, \alpha + T)` is the power above. The lapse probability plays no
        part: the next chance to lapse is at the next order.
        """
        return 1 - self.probability_of_at_least(1, horizon, frequency, recency, age)

    def simulate_orders(
        self,
        horizon: Durations,
        frequency: npt.ArrayLike,
        recency: Durations,
        age: Durations,
        draws: int,
        generator: np.random.Generator,
    ) -> npt.NDArray[np.int32]:
        r"""Draw numbers of orders from now to the horizon, given the history: an array customers x draws.

        The draws are exact. Given the history, a customer is alive with `probability_alive`, then has
        independent :math:`\lambda \sim \Gamma(r + x, \alpha + T)` and :math:`p \sim B(a, b + x)`, and makes
        :math:`\min(N, D)` orders, where :math:`N` is Poisson with mean :math:`\lambda t` and :math:`D`, the
        number of the order at which the customer lapses, geometric with probability :math:`p`. The
        distribution of all that together is known (`probability_of_at_least`), so that each draw inverts it
        at one uniform number: it is the largest :math:`n` with :math:`P(Y(t) \ge n)` above that number.

        As each draw takes one number, customer by customer, slices of the customers, drawn one after the
        other with one generator, give what one call gives: a million customers need not fit into memory.
        """
        if draws < 1:
            raise ValueError(f"draws: found {draws}, expected at least 1")
        t, x, t_x, age_ = self._read_with_horizon(horizon, frequency, recency, age).values()
        alive = self._probability_alive(x, t_x, age_).ravel()
        z = (t / (self.alpha_ + age_ + t)).ravel()
        orders = np.empty((x.size, draws), dtype=np.int32)
        for batch in batches(x.size, draws):
            uniform = generator.random((alive[batch].size, draws))
            orders[batch] = self._invert(uniform, alive[batch], x.ravel()[batch], z[batch])
        return orders.reshape(*x.shape, draws)

    def orders_quantile(
        self, level: float, horizon: Durations, frequency: npt.ArrayLike, recency: Durations, age: Durations
    ) -> npt.NDArray[np.int32]:
        r"""The smallest :math:`n` with :math:`P(Y(t) \le n) \ge` level; at level 0.5 the predictive median.

        The median is what to say if the absolute error counts, `expected_orders` if the squared one does.
        """
        if not 0 < level < 1:
            raise ValueError(f"level: found {level}, expected a share between 0 and 1, such as 0.5")
        t, x, t_x, age_ = self._read_with_horizon(horizon, frequency, recency, age).values()
        z = t / (self.alpha_ + age_ + t)
        alive = self._probability_alive(x, t_x, age_).ravel()
        orders = self._invert(np.full((x.size, 1), 1 - level), alive, x.ravel(), z.ravel())
        return orders.reshape(x.shape)[()]

    def _invert(self, uniform: FloatArray, alive: FloatArray, x: FloatArray, z: FloatArray) -> npt.NDArray[np.int32]:
        """For each uniform number, in a row per customer, the largest n whose P(Y >= n) is above it."""
        orders = np.zeros(uniform.size, dtype=np.int32)
        customer = np.repeat(np.arange(x.size, dtype=np.int32), uniform.shape[1])
        draw, left = np.arange(uniform.size), uniform.ravel()
        at_least, survives = np.zeros(x.size), alive
        for n in itertools.count(1):
            open_ = np.bincount(customer, minlength=x.size) > 0
            at_least[open_] = survives[open_] * special.betainc(n, self.r_ + x[open_], z[open_])
            goes_on = left < at_least[customer]
            draw, left, customer = draw[goes_on], left[goes_on], customer[goes_on]
            if not draw.size:
                break
            orders[draw] = n
            survives = survives * (self.b_ + x + n - 1) / (self.a_ + self.b_ + x + n - 1)
        return orders.reshape(uniform.shape)

    def _probability_alive(self, x: FloatArray, t_x: FloatArray, age: FloatArray) -> FloatArray:
        check_is_fitted(self, "r_")
        return special.expit(-_log_odds_lapsed(self.r_, self.alpha_, self.a_, self.b_, x, t_x, age))

    def _expected_orders_if_alive(self, t: FloatArray, x: FloatArray, age: FloatArray) -> FloatArray:
        relative = (t / (self.alpha_ + age)).ravel()
        frequencies, which = np.unique(x.ravel(), return_inverse=True)
        nodes, weights = _lapse_quadrature(self.a_, self.b_ + frequencies, float(relative.max(initial=0)))
        expected = np.empty(relative.size)
        for batch in batches(relative.size, nodes.shape[1]):
            rows = which[batch]
            p, shape = nodes[rows], self.r_ + frequencies[rows, np.newaxis]
            by_p = -np.expm1(-shape * np.log1p(p * relative[batch, np.newaxis])) / p
            expected[batch] = (weights[rows] * by_p).sum(axis=1)
        return expected.reshape(x.shape)

    def _read_with_horizon(
        self, horizon: Durations, frequency: npt.ArrayLike, recency: Durations, age: Durations
    ) -> dict[str, FloatArray]:
        histories = self._read_histories(frequency, recency, age)
        return align(horizon=self._read_durations(horizon, "horizon"), **histories)

    def _read_histories(self, frequency: npt.ArrayLike, recency: Durations, age: Durations) -> dict[str, FloatArray]:
        histories = align(
            frequency=read_counts(frequency, "frequency"),
            recency=self._read_durations(recency, "recency"),
            age=self._read_durations(age, "age"),
        )
        x, t_x, age_ = histories.values()
        refuse(t_x > age_, "recency", t_x, "at most the age (are both in the same unit?)")
        refuse((x == 0) & (t_x > 0), "recency", t_x, _NO_REPEAT)
        return histories

    def _read_durations(self, values: Durations, name: str) -> FloatArray:
        """Durations as numbers in the model's time unit."""
        if self.time_unit not in _DAYS_IN:
            raise ValueError(f"time_unit: found {self.time_unit!r}, expected one of {', '.join(_DAYS_IN)}")
        self._refuse_other_units(getattr(values, "name", None), name)
        if isinstance(values, dt.timedelta):
            values = pd.Timedelta(values).to_timedelta64()
        numbers: Any = values if isinstance(values, pd.Series) else np.asarray(values)
        if numbers.dtype.kind == "m":
            numbers = np.asarray(numbers) / np.timedelta64(_DAYS_IN[self.time_unit], "D")
        return read_numbers(numbers, name)

    def _refuse_other_units(self, column: object, name: str) -> None:
        unit = str(column).lower().rpartition("_")[2]
        if unit in _UNIT_NAMES - {self.time_unit}:
            raise ValueError(
                f"{name}: found a column named {column}, expected {self.time_unit}, the unit of {self!r}; "
                "convert the values and rename the column, or change the unit of the model"
            )


_NO_REPEAT = (
    "0 where frequency is 0 (frequency counts the orders after the first; recency is the time from the first "
    "order to the last)"
)


def _refuse_first_orders(x: FloatArray, t_x: FloatArray) -> None:
    once = x == 1
    if np.count_nonzero(once) > 1 and x.all() and not t_x[once].any():
        raise ValueError(
            "frequency: found no 0, and recency 0 wherever it is 1, expected the number of orders after the "
            "first; subtract 1"
        )


def _warn_of_mixed_units(x: FloatArray, t_x: FloatArray, age: FloatArray) -> None:
    came_back = x > 0
    if np.count_nonzero(came_back) >= 30 and np.all(7 * t_x[came_back] <= age[came_back]):
        warnings.warn(
            "no customer's recency is more than a seventh of the age: is recency in weeks, and age in days?",
            stacklevel=3,
        )


def _log_odds_lapsed(
    r: float, alpha: float, a: float, b: float, x: FloatArray, t_x: FloatArray, age: FloatArray
) -> FloatArray:
    """Logarithm of P(lapsed) / P(alive); minus infinity without repeat orders."""
    silence = np.log1p((age - t_x) / (alpha + t_x))
    return np.where(x > 0, np.log(a / (b + np.maximum(x, 1) - 1)) + (r + x) * silence, -np.inf)


@dataclass(frozen=True)
class HistoryLikelihood:
    r"""The logarithm of equation (6) of [1]_, summed over customers, with its gradient.

    .. math:: L = \frac{B(a, b + x)}{B(a, b)} \; \frac{\Gamma(r + x)}{\Gamma(r)} \;
        \frac{\alpha^r}{(\alpha + T)^{r + x}} \left(1 + \frac{P(\text{lapsed})}{P(\text{alive})}\right)

    The beta and gamma functions depend on the frequency alone, and few frequencies occur: they are evaluated
    once for each.
    """

    x: FloatArray
    t_x: FloatArray
    age: FloatArray
    customers: FloatArray  # with this history
    frequencies: FloatArray
    frequency_customers: FloatArray  # with this frequency

    @classmethod
    def of(cls, x: FloatArray, t_x: FloatArray, age: FloatArray) -> Self:
        """The likelihood of customers with these histories."""
        (x_, t_x_, age_), customers = collapse(x, t_x, age)
        (frequencies,), frequency_customers = collapse(x)
        return cls(x_, t_x_, age_, customers, frequencies, frequency_customers)

    def __call__(self, log_parameters: FloatArray) -> tuple[float, FloatArray]:
        """Value and gradient, by the logarithms of (r, alpha, a, b)."""
        parameters = np.exp(log_parameters)
        r, alpha, a, b = parameters.tolist()
        value_of_counts, gradient_of_counts = self._of_counts(r, a, b)
        value_of_times, gradient_of_times = self._of_times(r, alpha, a, b)
        return value_of_counts + value_of_times, (gradient_of_counts + gradient_of_times) * parameters

    def _of_counts(self, r: float, a: float, b: float) -> tuple[float, FloatArray]:
        x, weight = self.frequencies, self.frequency_customers
        values = special.gammaln(r + x) - special.gammaln(r) + special.betaln(a, b + x) - special.betaln(a, b)
        by_r = special.digamma(r + x) - special.digamma(r)
        by_a = special.digamma(a + b) - special.digamma(a + b + x)
        by_b = special.digamma(b + x) - special.digamma(b) + by_a
        gradient = [total(weight, by_r), 0, total(weight, by_a), total(weight, by_b)]
        return total(weight, values), np.array(gradient)

    def _of_times(self, r: float, alpha: float, a: float, b: float) -> tuple[float, FloatArray]:
        x, t_x, age, weight = self.x, self.t_x, self.age, self.customers
        log_odds = _log_odds_lapsed(r, alpha, a, b, x, t_x, age)
        lapsed = special.expit(log_odds)
        watched, silent = np.log1p(age / alpha), (age - t_x) / (alpha + t_x)
        values = -r * watched - x * np.log(alpha + age) - special.log_expit(-log_odds)
        by_r = lapsed * np.log1p(silent) - watched
        by_alpha = (r * age / alpha - x - lapsed * (r + x) * silent) / (alpha + age)
        by_b = -lapsed / np.where(x > 0, b + x - 1, 1)
        gradient = [total(weight, part) for part in (by_r, by_alpha, lapsed / a, by_b)]
        return total(weight, values), np.array(gradient)

    def by_times(self, log_parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The derivatives by recency and by age, for each distinct history: how it feels its clock."""
        r, alpha, a, b = np.exp(log_parameters).tolist()
        lapsed = special.expit(_log_odds_lapsed(r, alpha, a, b, self.x, self.t_x, self.age))
        events = self.customers * (r + self.x)
        return -events * lapsed / (alpha + self.t_x), -events * (1 - lapsed) / (alpha + self.age)


_MOST_POINTS = 2000


def _lapse_quadrature(a: float, b: FloatArray, horizon: float) -> tuple[FloatArray, FloatArray]:
    r"""Nodes and weights of expectations over lapse probabilities :math:`p \sim B(a, b)`, a row for each b.

    They suit functions of :math:`p` as smooth as :math:`(1 + p\,t)^{-s}`, for all t up to the horizon. For a
    long horizon that is steep near 0; as a function of q, where :math:`p = q / (1 + k (1 - q))`, it is about
    as smooth as for the root of the horizon. So Gauss-Jacobi quadrature is done in q.
    """
    k = np.sqrt(1 + horizon) - 1
    q, log_weights = _gauss_jacobi(a, b, points=min(30 + int(20 * k), _MOST_POINTS))
    stretch = np.log1p(k * (1 - q))
    log_density = b[:, np.newaxis] * np.log1p(k) - (a + b[:, np.newaxis]) * stretch
    return q / np.exp(stretch), np.exp(log_weights + log_density)


def _gauss_jacobi(a: float, b: FloatArray, points: int) -> tuple[FloatArray, FloatArray]:
    """Gauss quadrature for beta distributions, a row for each b: the nodes and the logarithms of the weights.

    Nodes are the eigenvalues of the Jacobi matrix (Golub and Welsch 1969). Weights are the inverse sums of
    squares of the orthonormal polynomials there, which keeps the smallest of them accurate too.
    """
    b = b[:, np.newaxis]
    k = np.arange(1, points)
    middle = 2 * k + a + b - 2
    diagonal = np.hstack([(a - b) / (a + b), (a - b) * (a + b - 2) / (middle * (middle + 2))]) / 2 + 0.5
    k, middle = k[1:], middle[:, 1:]
    squares = k * (k + a - 1) * (k + b - 1) * (middle - k) / (middle**2 * (middle + 1) * (middle - 1))
    beside = np.sqrt(np.hstack([a * b / ((a + b) ** 2 * (a + b + 1)), squares]))
    matrices = zip(diagonal, beside, strict=True)
    nodes = np.array([linalg.eigvalsh_tridiagonal(*matrix) for matrix in matrices])
    nodes = np.maximum(nodes.reshape(diagonal.shape), np.finfo(float).tiny)
    return nodes, -_log_sum_of_squares(nodes, diagonal, beside)


def _log_sum_of_squares(nodes: FloatArray, diagonal: FloatArray, beside: FloatArray) -> FloatArray:
    """Logarithms of the sums of squared orthonormal polynomials, by recurrence, rescaled as they grow."""
    before, current, squares = np.zeros_like(nodes), np.ones_like(nodes), np.ones_like(nodes)
    log_scale = np.zeros_like(nodes)
    for n in range(beside.shape[1]):
        above = (nodes - diagonal[:, [n]]) * current - (beside[:, [n - 1]] * before if n else 0)
        before, current = current, above / beside[:, [n]]
        scale = np.maximum(np.abs(current), 1)
        before, current, squares = before / scale, current / scale, squares / scale**2
        squares += current**2
        log_scale += 2 * np.log(scale)
    return np.log(squares) + log_scale
