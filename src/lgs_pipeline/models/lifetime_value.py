r"""What customers will be worth: orders from BG/NBD on a seasonal clock, values from gamma-gamma.

The lifetime value of a customer over the next :math:`K` months is the margin on the expected sales of each
month, discounted to now:

.. math:: \text{CLV} = m \; E[Z \mid x, \bar z] \; \sum_{k=1}^{K} \frac{E[Y(t_k)] - E[Y(t_{k-1})]}{(1 + d)^k},

where :math:`Y(t_k)` are the orders up to the end of the k-th month, :math:`Z` the value of an order,
:math:`m` the margin and :math:`d` the discount rate per month: what comes in a month counts at its end. The
sum separates because gamma-gamma takes order values to have nothing to do with how often, or whether, a
customer orders; see :meth:`~lgs_pipeline.models.gamma_gamma.GammaGammaModel.correlation` for how to check
that.

Around the expectation stands the predictive distribution of what the customer will really spend, drawn from
both models given the customer's history. A draw is discounted by the average discount of the customer's
expected orders.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from lgs_pipeline.arrays import BoolArray, FloatArray, IntArray, slices
from lgs_pipeline.models.bg_nbd import BetaGeoModel
from lgs_pipeline.models.gamma_gamma import GammaGammaModel
from lgs_pipeline.models.seasonality import EVERYBODY, MONTHS, Clock, SeasonalBetaGeoModel

_NUMBERS = 2**22  # drawn at once
_CUSTOMERS = 2**17  # predicted at once


@dataclass(frozen=True)
class Terms:
    """On which terms future sales count.

    Parameters
    ----------
    months
        Calendar months ahead.
    discount_rate
        Per month, a fraction.
    margin
        The share of sales that counts.
    """

    months: int
    discount_rate: float
    margin: float

    def month_ends(self, now: np.datetime64) -> list[np.datetime64]:
        """The day after the last of each month ahead, months counted from now."""
        return [
            np.datetime64(pd.Timestamp(now) + pd.DateOffset(months=number), "D") for number in range(1, self.months + 1)
        ]


PARAMETER_COLUMNS = ("model", "population", "parameter", "estimate", "low", "high", "unit")


def estimate_parameters(
    customers: pd.DataFrame,
    repeat_orders: pd.Series,
    now: np.datetime64,
    seasonal_model: SeasonalBetaGeoModel,
    level: float,
) -> pd.DataFrame:
    """Fit the models to customers.

    Parameters
    ----------
    customers
        Whom to learn from; the columns are those of `LifetimeValueModel`.
    repeat_orders
        Their orders after the first, by day.
    now
        The first day that is not in the data.
    seasonal_model
        An unfitted model, which says what kind of clock.
    level
        Of the intervals, such as 0.95.

    Returns
    -------
    pandas.DataFrame
        A row per parameter: model (clock, bg_nbd, gamma_gamma), population, parameter, estimate, low, high,
        unit.

    Raises
    ------
    InputError
        If the customers do not determine the parameters, or their order values have no mean.
    """
    seasonal_model.fit(
        customers.orders - 1, customers.first_order, customers.last_order, now, repeat_orders, customers.population
    )
    value_model = GammaGammaModel().fit_to_any(customers.orders, customers.monetary)
    value_model.expected_order_value(1, 0.0)  # refuses values without a mean here, not amid the predictions
    orders, values = seasonal_model.parameter_intervals(level), value_model.parameter_intervals(level)
    is_clock = orders.parameter.isin([*MONTHS, "trend"])
    parameters = pd.concat(
        [
            orders[is_clock].assign(model="clock"),
            orders[~is_clock].assign(model="bg_nbd"),
            values.assign(model="gamma_gamma", population=EVERYBODY).replace({"unit": {"money": "pounds"}}),
        ],
        ignore_index=True,
    )
    return parameters[list(PARAMETER_COLUMNS)]


@dataclass(frozen=True)
class LifetimeValueModel:
    """How often customers order, by population, and what their orders are worth.

    Customers are frames with the columns population; orders, the days with orders; first_order and
    last_order, the first and last such day; monetary, the mean value of the orders of such a day.

    Attributes
    ----------
    clock, order_models
        The clock, and the BG/NBD model of each population in its effective days.
    value_model
        The gamma-gamma model; first orders count.
    """

    clock: Clock
    order_models: Mapping[str, BetaGeoModel]
    value_model: GammaGammaModel

    @classmethod
    def from_parameters(cls, parameters: pd.DataFrame, now: np.datetime64) -> Self:
        """The model of `estimate_parameters`, made of the parameters and the moment that it was fitted at."""
        of_model = {name: rows.set_index("parameter") for name, rows in parameters.groupby("model")}
        clock, orders = of_model["clock"].estimate, of_model["bg_nbd"]
        values = of_model["gamma_gamma"].estimate
        return cls(
            Clock(clock[list(MONTHS)].to_numpy(), float(clock["trend"]), now.astype("datetime64[D]")),
            {
                str(population): BetaGeoModel.from_parameters(*rows.estimate[["r", "alpha", "a", "b"]])
                for population, rows in orders.groupby("population")
            },
            GammaGammaModel.from_parameters(*values[["p", "q", "v"]]),
        )

    def probability_alive(self, customers: pd.DataFrame) -> FloatArray:
        """Probability that each customer has not lapsed."""
        return self._of_orders(customers, lambda model, *history: model.probability_alive(*history))

    def expected_orders(self, customers: pd.DataFrame, until: np.datetime64) -> FloatArray:
        """Expected orders of each customer from now to the day, which no longer counts."""
        ahead = self._ahead(until)
        return self._of_orders(customers, lambda model, *history: model.expected_orders(ahead, *history))

    def median_orders(self, customers: pd.DataFrame, until: np.datetime64) -> FloatArray:
        """The median of the orders of each customer from now to the day."""
        ahead = self._ahead(until)
        return self._of_orders(customers, lambda model, *history: model.orders_quantile(0.5, ahead, *history))

    def probability_of_at_least(
        self, orders: npt.ArrayLike, customers: pd.DataFrame, until: np.datetime64
    ) -> FloatArray:
        """Probability of so many orders or more from now to the day, an own number for each customer."""
        ahead = self._ahead(until)
        return self._of_orders(
            customers.assign(future=orders),
            lambda model, *history, future: model.probability_of_at_least(future, ahead, *history),
            "future",
        )

    def expected_order_value(self, customers: pd.DataFrame) -> FloatArray:
        """Expected value of each customer's orders to come."""
        return self.value_model.expected_order_value(customers.orders, customers.monetary)

    def simulate(
        self, customers: pd.DataFrame, until: np.datetime64, draws: int, generator: np.random.Generator
    ) -> Iterator[tuple[IntArray, npt.NDArray[np.int32], FloatArray]]:
        """Draw what customers will do from now to the day.

        Yields
        ------
        tuple
            Positions of some customers; the orders that they make and what these are worth together,
            customers x draws. Every customer comes once. How many come at a time does not change what is
            drawn.
        """
        ahead = self._ahead(until)
        for model, positions in self._populations(customers):
            of_orders, of_values = generator.spawn(2)
            for rows in slices(len(positions), _NUMBERS // draws):
                some = customers.iloc[positions[rows]]
                orders = model.simulate_orders(ahead, *self._history(some), draws=draws, generator=of_orders)
                values = self.value_model.simulate_spending(orders, some.orders, some.monetary, of_values)
                yield positions[rows], orders, values

    def _ahead(self, until: np.datetime64) -> float:
        return float(self.clock.reading(np.array([until]))[0])

    def _populations(self, customers: pd.DataFrame) -> Iterator[tuple[BetaGeoModel, IntArray]]:
        for population, positions in sorted(customers.groupby("population").indices.items()):
            yield self.order_models[str(population)], positions

    def _history(self, customers: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
        recency, age = self.clock.histories(
            customers.first_order.to_numpy("datetime64[D]"), customers.last_order.to_numpy("datetime64[D]")
        )
        return customers.orders.to_numpy(float) - 1, recency, age

    def _of_orders(self, customers: pd.DataFrame, predict: Callable[..., FloatArray], *columns: str) -> FloatArray:
        """What the model of each customer's population predicts, some customers at a time."""
        predicted = np.empty(len(customers))
        for model, positions in self._populations(customers):
            for rows in slices(len(positions), _CUSTOMERS):
                some = customers.iloc[positions[rows]]
                more: dict[str, Any] = {column: some[column].to_numpy() for column in columns}
                predicted[positions[rows]] = predict(model, *self._history(some), **more)
        return predicted


def value_customers(model: LifetimeValueModel, customers: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """What each customer is expected to do and to be worth.

    Returns
    -------
    pandas.DataFrame
        A row per customer: p_alive; expected_orders within the months ahead; expected_order_value; clv;
        weight, what a pound of the customer's future sales counts on average, after discount and margin.
    """
    orders, weighted = np.zeros(len(customers)), np.zeros(len(customers))
    for number, end in enumerate(terms.month_ends(model.clock.now), start=1):
        so_far = model.expected_orders(customers, end)
        weighted += (so_far - orders) / (1 + terms.discount_rate) ** number
        orders = so_far
    order_value = model.expected_order_value(customers)
    return pd.DataFrame(
        {
            "p_alive": model.probability_alive(customers),
            "expected_orders": orders,
            "expected_order_value": order_value,
            "clv": terms.margin * order_value * weighted,
            "weight": terms.margin * np.divide(weighted, orders, out=np.ones(len(orders)), where=orders > 0),
        },
        index=customers.index,
    )


@dataclass(frozen=True)
class Simulation:
    """How future spending is drawn.

    Parameters
    ----------
    draws
        Of each customer.
    most_draws
        Of all customers together: where there are many, each is drawn less often, but not less than a tenth.
    seed
        Where all randomness comes from.
    """

    draws: int
    most_draws: int
    seed: int

    def draws_for(self, customers: int) -> int:
        """How often each of so many customers is drawn."""
        return int(np.clip(self.most_draws // max(customers, 1), -(-self.draws // 10), self.draws))


def simulate_values(
    model: LifetimeValueModel,
    customers: pd.DataFrame,
    until: np.datetime64,
    levels: Sequence[float],
    simulation: Simulation,
    groups: pd.Series,
) -> tuple[FloatArray, pd.DataFrame]:
    """Quantiles of what each customer will be worth, and draws of what groups of them will be worth.

    Parameters
    ----------
    model, customers, until
        As in `LifetimeValueModel.simulate`; the column weight of customers is what a pound of their sales
        counts.
    levels
        Of the quantiles.
    simulation
        How often to draw, and from which seed.
    groups
        The group of each customer.

    Returns
    -------
    tuple
        An array customers x levels; and a frame with a row per draw and a column per group.
    """
    draws = simulation.draws_for(len(customers))
    quantiles = np.empty((len(customers), len(levels)))
    codes, names = pd.factorize(groups, sort=True)
    sums = np.zeros((len(names), draws))
    weight = customers.weight.to_numpy()
    generator = np.random.default_rng(simulation.seed)
    for positions, _, spending in model.simulate(customers, until, draws, generator):
        values = spending * weight[positions, np.newaxis]
        quantiles[positions] = np.quantile(values, levels, axis=1).T
        for code in np.unique(codes[positions]):
            sums[code] += values[codes[positions] == code].sum(axis=0)
    return quantiles, pd.DataFrame(sums.T, columns=names)


@dataclass(frozen=True)
class Outcomes:
    """Draws of what customers will do, held against what they did; each by orders and sales.

    Attributes
    ----------
    totals
        Draws of what all customers do together.
    inside
        Whether each customer's outcome lies within the customer's interval.
    less, less_or_equal
        The shares of each customer's draws of sales below, and at most at, the outcome.
    """

    totals: dict[str, FloatArray]
    inside: dict[str, BoolArray]
    less: FloatArray
    less_or_equal: FloatArray


def simulate_outcomes(
    model: LifetimeValueModel,
    customers: pd.DataFrame,
    until: np.datetime64,
    levels: tuple[float, float],
    simulation: Simulation,
    actual: Mapping[str, FloatArray],
) -> Outcomes:
    """Draw what customers would have done, and hold it against what they did: actual orders and sales.

    The levels are those of the ends of customers' intervals.
    """
    draws = simulation.draws_for(len(customers))
    totals = {item: np.zeros(draws) for item in actual}
    inside = {item: np.zeros(len(customers), dtype=bool) for item in actual}
    less, less_or_equal = np.empty(len(customers)), np.empty(len(customers))
    generator = np.random.default_rng(simulation.seed)
    for positions, orders, sales in model.simulate(customers, until, draws, generator):
        draws_of: dict[str, npt.NDArray[Any]] = {"orders": orders, "sales": sales}
        for item, drawn in draws_of.items():
            totals[item] += drawn.sum(axis=0)
            low, high = np.quantile(drawn, levels, axis=1)
            came = actual[item][positions]
            inside[item][positions] = (low <= came) & (came <= high)
        came = actual["sales"][positions, np.newaxis]
        less[positions], less_or_equal[positions] = (sales < came).mean(axis=1), (sales <= came).mean(axis=1)
    return Outcomes(totals, inside, less, less_or_equal)


def assign_tiers(values: pd.Series, up_to: Mapping[str, float]) -> pd.Series:
    """The tier of each customer by value: the first whose share of the customers, best first, reaches them.

    Customers of equal value are in the same tier, the better one; without a value there is no tier.

    Parameters
    ----------
    values
        What customers are worth.
    up_to
        For each tier, best first, the share of the customers in it or in a better one.

    Examples
    --------
    >>> assign_tiers(pd.Series([5.0, 9.0, 1.0, 1.0]), {"A": 0.25, "B": 0.5, "C": 1}).tolist()
    ['B', 'A', 'C', 'C']
    """
    names = list(up_to)
    worth_more = values.rank(method="min", ascending=False) - 1
    reaches = np.round(np.array(list(up_to.values())) * values.notna().sum(), 6)
    tier = np.searchsorted(reaches, worth_more.fillna(0), side="right").clip(max=len(names) - 1)
    return pd.Series(np.take(names, tier), index=values.index, dtype="str").where(values.notna())
