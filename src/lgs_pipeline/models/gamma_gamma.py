r"""What customers' orders are worth: the gamma-gamma model.

Fader and Hardie [1]_ assume that

1. the values of a customer's orders vary at random around the customer's own level, by a gamma distribution
   with shape :math:`p` and rate :math:`\nu`, so that the level is :math:`p / \nu`;
2. levels differ between customers, because rates do: :math:`\nu \sim \Gamma(q, v)`; and
3. levels have nothing to do with how often customers order, nor with whether they are alive.

All that the model needs to know of a customer is the **frequency** :math:`x`, the number of orders whose
values are known, and the **monetary** value :math:`\bar z`, the mean value of these :math:`x` orders. Whether
the first order is among them is the caller's choice, the same in fitting and in use: [1]_ leaves it out,
with it nobody is without a value.

References
----------
.. [1] P. S. Fader, B. G. S. Hardie (2013). The gamma-gamma model of monetary value.
   http://brucehardie.com/notes/025/
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from lgs_pipeline.arrays import FloatArray
from lgs_pipeline.errors import InputError
from lgs_pipeline.models.likelihood import (
    ConvergenceError,
    TooFewCustomersError,
    align,
    as_floats,
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

_ONE_LEVEL = "customers do not differ in what their orders are worth"
_NO_MEAN = "customers differ so much in what their orders are worth that there is no mean"
_LIMITS = {
    "p": ("a customer's orders have nothing in common", "each customer's orders are all worth the same"),
    "q": (_NO_MEAN, _ONE_LEVEL),
    "v": (_NO_MEAN, _ONE_LEVEL),
}

_HUGE = 1e8
"""What stands for infinity. Order values that vary by a ten-thousandth of themselves have this shape."""
_NEARLY_ALL = 0.95
"""Where the orders of so many customers are worth the same on average, that is the price."""
_VARY_LITTLE = 9
"""Order values with this shape or a larger one vary by less than a third of their mean (standard deviation)."""
_HARDLY_DIFFER = 10
_ALIKE = 400
"""Levels with this shape or a larger one differ by less than a twentieth of themselves (standard deviation)."""


class GammaGammaModel(BaseEstimator):
    r"""The gamma-gamma model of order values.

    Attributes
    ----------
    p_
        Shape of the gamma distribution of a customer's order values; their coefficient of variation is
        ``1 / sqrt(p_)``.
    q_, v_
        Shape and rate of the gamma distribution of the customers' rates. The mean level is
        ``p_ * v_ / (q_ - 1)``; ``v_`` is in the unit of the values.
    log_likelihood_
        The logarithm of equation (1a) of [1]_, summed over the customers, at these parameters.
    log_covariance_
        Covariance of the logarithms of (p, q, v): the inverse of the observed information.

    Examples
    --------
    With the parameters of [1]_ for CDNOW, a customer with 2 repeat purchases of 22.35 dollars on average is
    expected to spend 24.66 on the next; one without repeat purchases 35.22, as customers do on average.

    >>> model = GammaGammaModel.from_parameters(p=6.25, q=3.74, v=15.44)
    >>> model.expected_order_value(frequency=[2, 0], monetary=[22.35, 0]).round(2)
    array([24.66, 35.22])
    """

    p_: float
    q_: float
    v_: float
    log_likelihood_: float
    log_covariance_: FloatArray

    @classmethod
    def from_parameters(cls, p: float, q: float, v: float) -> Self:
        """A model with known parameters, such as published ones, instead of fitted ones."""
        model = cls()
        model.p_, model.q_, model.v_ = read_parameters(p=p, q=q, v=v)
        return model

    def fit(self, frequency: npt.ArrayLike, monetary: npt.ArrayLike) -> Self:
        """Estimate the parameters by maximum likelihood.

        Only customers with an order whose value is known, and positive, tell anything: leave the others out.

        Parameters
        ----------
        frequency
            Number of orders whose values are known, per customer; at least 1.
        monetary
            Mean value of these orders; more than 0.

        Raises
        ------
        ValueError
            If a value is impossible.
        TooFewCustomersError
            If no customer has two orders.
        ConvergenceError
            If the customers do not determine the parameters.
        """
        x, mean = _read_columns(frequency, monetary)
        refuse_tables(x)
        refuse(x == 0, "frequency", x, "at least 1 order (leave out customers without)")
        refuse(mean == 0, "monetary", mean, "more than 0 (leave out customers who spent nothing)")
        if not np.any(x > 1):
            raise TooFewCustomersError(
                f"Gamma-gamma cannot be fitted to {x.size:,} customers: none has two orders, so nothing is "
                "known of how much a customer's orders vary. Fit on more customers or a longer period."
            )
        scale = float(np.median(mean))  # the likelihood sees values around 1, whatever the currency
        fit = f"Gamma-gamma on {x.size:,} customers ({np.count_nonzero(x > 1):,} with several orders)"
        maximum = maximise(_Likelihood.of(x, mean / scale), _LIMITS, fit)
        self.p_, self.q_, self.v_ = (maximum.parameters * [1, 1, scale]).tolist()
        self.log_likelihood_ = maximum.log_likelihood - float(x.size * np.log(scale))
        self.log_covariance_ = maximum.log_covariance
        return self

    def fit_to_any(self, frequency: npt.ArrayLike, monetary: npt.ArrayLike) -> Self:
        """As `fit`, and where order values vary too little for all three parameters, the limit that they run to.

        A shop with one price, or with few, is no failure, only simpler than the model:

        - customers do not differ (q and v run to infinity), and orders vary by less than a third: everybody's orders
          are worth the mean of all orders, or what those of nearly all customers are worth, and vary around it with
          the shape p that is most likely;
        - each customer's orders are all worth the same (p runs to infinity): the customer's own mean; unless levels
          differ by less than a twentieth, as with few odd orders in a shop with one price: then as above;
        - both, as in a shop with one price: that price.

        Where orders vary more, customers who seem not to differ say that the data is too thin to tell, not that they
        are alike. The parameters that run away stand at large numbers, which predict what the limit does.
        `log_covariance_` has nan for them.

        Raises
        ------
        TooFewCustomersError, ConvergenceError
            As `fit`, in all other cases.
        """
        try:
            return self.fit(frequency, monetary)
        except TooFewCustomersError:
            raise
        except ConvergenceError as error:
            x, mean = _read_columns(frequency, monetary)
            one, own = GammaGammaModel()._take_one_level(x, mean), GammaGammaModel()._take_own_levels(mean)
            if error.to_infinity or error.to_zero:
                # Own levels leave p v where it is: v runs to zero with them.
                is_own = "q" not in error.to_infinity and error.to_zero <= {"v"}
                is_one = "q" in error.to_infinity and not error.to_zero
            else:
                is_near = error.flat_around["q"] > _HARDLY_DIFFER
                is_own = is_near and own.log_likelihood_ > one.log_likelihood_
                is_one = is_near and not is_own
            if is_own and own.q_ < _ALIKE:
                return self._take(own)
            if (is_own or is_one) and one.p_ >= _VARY_LITTLE:
                return self._take(one)
            raise

    def _take(self, other: "GammaGammaModel") -> Self:
        """Another model's fitted parameters."""
        self.p_, self.q_, self.v_ = other.p_, other.q_, other.v_
        self.log_likelihood_, self.log_covariance_ = other.log_likelihood_, other.log_covariance_
        return self

    def _take_one_level(self, x: FloatArray, mean: FloatArray) -> Self:
        """Means of x orders follow a gamma distribution with shape p x around the one level."""
        price = float(np.median(mean))
        has_one_price = np.isclose(mean, price, rtol=1e-9).mean() >= _NEARLY_ALL
        level = price if has_one_price else total(x, mean) / float(x.sum())
        ratio = mean / level

        def loss(log_p: float) -> float:
            shape = np.exp(log_p) * x
            # The density of the ratios, in which Stirling's approximation keeps large shapes from cancelling.
            return -float((shape * (np.log(ratio) - ratio + 1) + _log_peak(shape) - np.log(ratio)).sum())

        bounds = (-np.log(_HUGE), np.log(_HUGE))
        self.p_ = float(np.exp(optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x))
        self.q_ = _HUGE**2
        self.v_ = level * (self.q_ - 1) / self.p_
        self.log_likelihood_ = -loss(np.log(self.p_)) - float(x.size * np.log(level))
        self.log_covariance_ = np.full((3, 3), np.nan)
        return self

    def _take_own_levels(self, mean: FloatArray) -> Self:
        """Levels, which the means are then, follow an inverse gamma distribution with shape q and scale p v."""
        inverse = 1 / mean
        spread = float(np.log(inverse.mean()) - np.log(inverse).mean())

        def excess(log_q: float) -> float:
            return log_q - special.digamma(np.exp(log_q)) - spread

        most = np.log(_HUGE)
        self.q_ = _HUGE if excess(most) >= 0 else float(np.exp(optimize.brentq(excess, -most, most)))
        self.p_ = _HUGE
        scale = self.q_ / float(inverse.mean())
        self.v_ = scale / self.p_
        densities = self.q_ * np.log(scale) - special.gammaln(self.q_) - (self.q_ + 1) * np.log(mean) - scale / mean
        self.log_likelihood_ = float(densities.sum())
        self.log_covariance_ = np.full((3, 3), np.nan)
        return self

    def parameter_intervals(self, level: float = 0.95) -> pd.DataFrame:
        """The parameters with Wald intervals on the log scale.

        Columns: parameter, estimate, low, high, unit (of v: that of the values; the others have none).
        """
        check_is_fitted(self, "log_covariance_")
        estimates = {"p": self.p_, "q": self.q_, "v": self.v_}
        return interval_table(estimates, {"v": "money"}, self.log_covariance_, level)

    def expected_order_value(self, frequency: npt.ArrayLike, monetary: npt.ArrayLike) -> FloatArray:
        r"""Expected value of the customer's next orders, given the past ones: equation (5) of [1]_.

        .. math:: E[Z \mid x, \bar z] = \frac{p\,(v + x \bar z)}{p x + q - 1},

        a mean of the customer's own :math:`\bar z` and of the mean of all customers, with weights
        :math:`p x` and :math:`q - 1`. Without orders (frequency 0, whatever monetary is) it is the latter.

        Raises
        ------
        InputError
            If the expectation is infinite, which it is for customers without orders where q is at most 1.
        """
        x, spent = self._read_spent(frequency, monetary)
        weight = self.p_ * x + self.q_ - 1
        if np.any(weight <= 0):
            raise InputError(
                f"Gamma-gamma with q = {self.q_:.3g}, not above 1, has no mean order value for customers "
                "without orders: levels differ so much that their mean is infinite. Fit without the largest "
                "spenders, or ask for customers with orders only."
            )
        return (self.p_ * (self.v_ + spent) / weight)[()]

    def simulate_spending(
        self,
        orders: npt.NDArray[np.integer],
        frequency: npt.ArrayLike,
        monetary: npt.ArrayLike,
        generator: np.random.Generator,
    ) -> FloatArray:
        r"""Draw what drawn orders are worth together, given the past ones: an array customers x draws.

        Each draw has a level of its own, :math:`\nu \mid x, \bar z \sim \Gamma(q + p x, v + x \bar z)`; the
        sum of its :math:`n` orders then follows :math:`\Gamma(n p, \nu)`.

        As in `BetaGeoModel.simulate_orders`, slices of the customers, drawn one after the other, give what
        one call gives, as long as each of the two methods has a generator of its own, such as those of
        ``generator.spawn(2)``.

        Parameters
        ----------
        orders
            Numbers of future orders, customers x draws.
        frequency, monetary
            The past orders of each customer, as in `expected_order_value`.
        generator
            The source of randomness.
        """
        x, spent = self._read_spent(frequency, monetary)
        numbers = np.asarray(orders)
        if numbers.shape[:-1] != x.shape:
            raise ValueError(f"orders: found shape {numbers.shape}, expected customers x draws, {x.shape} x any")
        refuse(numbers < 0, "orders", numbers, "zero or more")
        rows = numbers.reshape(-1, numbers.shape[-1])
        shape, rate = (self.q_ + self.p_ * x).ravel(), (self.v_ + spent).ravel()
        spending = np.zeros(rows.shape)
        for batch in batches(*rows.shape):
            customer, draw = np.nonzero(rows[batch])
            shapes = np.column_stack([self.p_ * rows[batch][customer, draw], shape[batch][customer]])
            gammas = generator.standard_gamma(shapes)
            spending[batch][customer, draw] = rate[batch][customer] * gammas[:, 0] / gammas[:, 1]
        return spending.reshape(numbers.shape)

    @staticmethod
    def correlation(frequency: npt.ArrayLike, monetary: npt.ArrayLike) -> float:
        """Pearson correlation of number and mean value of orders, over customers with orders.

        The model takes the two to be independent, which a correlation near 0 supports. A few extreme
        customers can make a large one (CDNOW: 0.11, and 0.06 without one of 946). It is nan where all
        customers have the same number, or the same mean.
        """
        x, mean = _read_columns(frequency, monetary)
        x, mean = x[x > 0], mean[x > 0]
        if not x.size or np.ptp(x) == 0 or np.ptp(mean) == 0:
            return float("nan")
        return float(np.corrcoef(x, mean)[0, 1])

    def _read_spent(self, frequency: npt.ArrayLike, monetary: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Frequency, and the total value of these orders."""
        check_is_fitted(self, "p_")
        x, mean = _read_columns(frequency, monetary)
        return x, x * mean


def _read_columns(frequency: npt.ArrayLike, monetary: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Frequency and monetary; where frequency is 0, whatever monetary is does not matter and is 0."""
    columns = align(frequency=read_counts(frequency, "frequency"), monetary=as_floats(monetary, "monetary"))
    x, mean = columns.values()
    return x, read_numbers(np.where(x > 0, mean, 0), "monetary")


def _log_peak(shape: FloatArray) -> FloatArray:
    """The logarithm of the density, at 1, of a gamma distribution with this shape and mean 1."""
    small = shape * np.log(shape) - shape - special.gammaln(shape)
    large = (np.log(shape) - np.log(2 * np.pi)) / 2 - 1 / (12 * shape)
    return np.where(shape > 1e4, large, small)


@dataclass(frozen=True)
class _Likelihood:
    r"""The logarithm of equation (1a) of [1]_, summed over customers, with its gradient.

    .. math:: f(\bar z \mid p, q, v; x) = \frac{1}{\bar z \, B(p x, q)} \left(\frac{v}{v + x \bar z}\right)^q
        \left(\frac{x \bar z}{v + x \bar z}\right)^{p x}

    Few frequencies occur: the beta function is evaluated once for each.
    """

    x: FloatArray
    spent: FloatArray
    customers: FloatArray  # with this frequency and spending
    frequencies: FloatArray
    frequency_customers: FloatArray  # with this frequency
    log_means: float

    @classmethod
    def of(cls, x: FloatArray, mean: FloatArray) -> Self:
        (x_, mean_), customers = collapse(x, mean)
        (frequencies,), frequency_customers = collapse(x)
        log_means = total(customers, np.log(mean_))
        return cls(x_, x_ * mean_, customers, frequencies, frequency_customers, log_means)

    def __call__(self, log_parameters: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(log_parameters)
        p, q, v = parameters.tolist()
        value_of_counts, gradient_of_counts = self._of_counts(p, q)
        value_of_money, gradient_of_money = self._of_money(p, q, v)
        return value_of_counts + value_of_money, (gradient_of_counts + gradient_of_money) * parameters

    def _of_counts(self, p: float, q: float) -> tuple[float, FloatArray]:
        x, weight = self.frequencies, self.frequency_customers
        both = special.digamma(p * x + q)
        by_p = x * (both - special.digamma(p * x))
        by_q = both - special.digamma(q)
        value = -total(weight, special.betaln(p * x, q))
        return value, np.array([total(weight, by_p), total(weight, by_q), 0])

    def _of_money(self, p: float, q: float, v: float) -> tuple[float, FloatArray]:
        x, spent, weight = self.x, self.spent, self.customers
        log_prior, log_own = -np.log1p(spent / v), -np.log1p(v / spent)
        value = total(weight, q * log_prior + p * x * log_own) - self.log_means
        by_v = (q * spent / v - p * x) / (v + spent)
        return value, np.array([total(weight, part) for part in (x * log_own, log_prior, by_v)])
