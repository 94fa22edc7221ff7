"""From invoices to what each customer is expected to do and to be worth.

SciPy and scikit-learn take seconds to import, so only the nodes that need them do so.
"""

import logging
from collections.abc import Iterator
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import MONEY, to_frame
from lgs_pipeline.models.sampling import draw_customers
from lgs_pipeline.pipelines.lifetime_value.schemas import NO_MEAN, NOT_CONVERGED, TOO_FEW_CUSTOMERS
from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings

logger = logging.getLogger(__name__)

EVERYBODY, ESTABLISHED, NEWER = "all", "established", "newer"
"""The populations: one, or two that are fitted apart."""

_UNDEFINED = {"bg_nbd": ("r", "alpha", "a", "b"), "gamma_gamma": ("p", "q", "v")}
_LEVEL = 0.95  # of the intervals of parameters


def sum_up_days(invoices: ir.Table) -> ir.Table:
    """A row per customer and day with an invoice.

    Columns: customer_id; day; has_order, whether the customer placed an order that day; amount, of all of
    the day's invoices, cancellations taken off (pounds).
    """
    named = invoices.filter(invoices.customer_id.notnull())
    return (
        named.group_by("customer_id", day=named.invoice_date.truncate("D"))
        .agg(has_order=(~named.is_cancellation).any(), amount=named.amount.sum().cast(MONEY))
        .order_by("customer_id", "day")
    )


def summarise_purchases(customer_days: ir.Table, moment: pd.Timestamp) -> ir.Table:
    """A row per buyer, as known before the moment.

    A buyer has an order, and has paid more than was paid back since the first one. What is paid back before
    that is for something bought before the data begins, and left out.

    Columns: customer_id; orders, the days with an order; first_order and last_order, the first and last of
    these days; amount, net (pounds).
    """
    known = customer_days.filter(customer_days.day < moment)
    since_first = known.mutate(
        first_order=known.day.min(where=known.has_order).over(ibis.window(group_by="customer_id"))
    )
    since_first = since_first.filter(since_first.day >= since_first.first_order)
    return (
        since_first.group_by("customer_id")
        .agg(
            orders=since_first.count(where=since_first.has_order),
            first_order=since_first.day.min(where=since_first.has_order),
            last_order=since_first.day.max(where=since_first.has_order),
            amount=since_first.amount.sum().cast(MONEY),
        )
        .filter(lambda buyers: buyers.amount > 0)
        .order_by("customer_id")
    )


def count_repeat_orders(customer_days: ir.Table, purchase_histories: ir.Table) -> ir.Table:
    """A row per day on which buyers ordered again: day, orders (after each buyer's first).

    All days of the data, also those after the moment up to which the histories go.
    """
    first_orders = purchase_histories.select("customer_id", "first_order")
    again = customer_days.inner_join(first_orders, "customer_id")
    again = again.filter(again.has_order, again.day > again.first_order)
    return again.group_by("day").agg(orders=again.count()).order_by("day")


def fit_lifetime_models(
    purchase_histories: ir.Table,
    repeat_orders: ir.Table,
    moment: pd.Timestamp,
    data_period: pd.DataFrame,
    settings: LifetimeValueSettings,
) -> pd.DataFrame:
    """The parameters of the models of orders and of their values, with intervals.

    Where the data does not determine the parameters of the models wanted, simpler ones are tried: first with
    all customers as one population, then without season and trend.

    Returns
    -------
    pandas.DataFrame
        A row per parameter, the public columns of ``clv_parameters``. Without estimates, and with the
        reason in the table and in the log, where the customers are too few even for the simplest models, or these
        do not converge.
    """
    from lgs_pipeline.models.likelihood import ConvergenceError, TooFewCustomersError

    buyers = read_buyers(purchase_histories)
    by_day = read_orders_by_day(repeat_orders)
    sample, by_day = _draw_sample(buyers, by_day[by_day.index < moment], settings)
    try:
        parameters = _fit(sample, by_day, moment, data_period, settings)
    except InputError as error:
        logger.warning("There are no lifetime values as of %s: %s", moment.date(), error)
        reasons: dict[type[InputError], str] = {
            TooFewCustomersError: TOO_FEW_CUSTOMERS,
            ConvergenceError: NOT_CONVERGED,
        }
        reason = reasons.get(type(error), NO_MEAN)
    else:
        _tell_of_limits(parameters, moment)
        return parameters.assign(reason="")
    rows = [(model, EVERYBODY, name) for model, names in _UNDEFINED.items() for name in names]
    table = pd.DataFrame(rows, columns=["model", "population", "parameter"])
    return table.assign(estimate=np.nan, low=np.nan, high=np.nan, unit="", reason=reason)


def _tell_of_limits(parameters: pd.DataFrame, moment: pd.Timestamp) -> None:
    """Log what an order is expected to be worth if order values vary so little that their model is at its limit."""
    values = parameters[parameters.model == "gamma_gamma"].set_index("parameter")
    if values.low.isna().any():
        p, q, v = values.estimate[["p", "q", "v"]]
        expected = f"£{p * v / (q - 1):,.2f}" if q > p else "the mean of the customer's own"
        who = "customers do not differ in what their orders are worth" if q > p else "customers' orders do not vary"
        logger.info(
            "Lifetime values as of %s: %s, so each order is expected to be worth %s", moment.date(), who, expected
        )


def _fit(
    buyers: pd.DataFrame,
    by_day: pd.Series,
    moment: pd.Timestamp,
    data_period: pd.DataFrame,
    settings: LifetimeValueSettings,
) -> pd.DataFrame:
    """The parameters of the best model that can be fitted; an InputError if there is none."""
    from lgs_pipeline.models.lifetime_value import estimate_parameters
    from lgs_pipeline.models.likelihood import TooFewCustomersError

    again, fewest = (buyers.orders > 1).sum(), settings.fewest_repeat_customers
    if again < fewest:
        raise TooFewCustomersError(f"{again} of {len(buyers)} customers came back, expected at least {fewest}")
    *attempts, (boundary, simplest) = _attempts(buyers, moment, data_period, settings)
    now = np.datetime64(moment, "D")
    for parted_at, model in attempts:
        customers = buyers.assign(population=populations(buyers, parted_at))
        try:
            return estimate_parameters(customers, by_day, now, model, _LEVEL)
        except InputError as error:
            logger.info("Lifetime values as of %s come from a simpler model: %s", moment.date(), error)
    customers = buyers.assign(population=populations(buyers, boundary))
    return estimate_parameters(customers, by_day, now, simplest, _LEVEL)


def read_buyers(purchase_histories: ir.Table) -> pd.DataFrame:
    """The histories in memory: customer_id, orders, first_order, last_order, monetary (pounds per order)."""
    frame = to_frame(purchase_histories).sort_values("customer_id", ignore_index=True)
    return frame.assign(monetary=frame.amount / frame.orders).drop(columns="amount")


def read_orders_by_day(repeat_orders: ir.Table) -> pd.Series:
    """The repeat orders in memory, by day."""
    return repeat_orders.order_by("day").to_pandas().set_index("day").orders


def _draw_sample(
    buyers: pd.DataFrame, by_day: pd.Series, settings: LifetimeValueSettings
) -> tuple[pd.DataFrame, pd.Series]:
    """A sample of the buyers, if they are many, and the orders by day that are theirs, approximately."""
    if len(buyers) <= settings.sample_customers:
        return buyers, by_day
    sample = buyers.iloc[draw_customers(len(buyers), settings.sample_customers, settings.seed)]
    return sample, by_day * ((sample.orders - 1).sum() / by_day.sum())


def _attempts(
    buyers: pd.DataFrame, moment: pd.Timestamp, data_period: pd.DataFrame, settings: LifetimeValueSettings
) -> Iterator[tuple[pd.Timestamp | None, Any]]:
    """What to fit, the best first: the boundary between populations, if any, and the model."""
    from lgs_pipeline.models.seasonality import SeasonalBetaGeoModel

    beginning = data_period.covered_from.iloc[0]
    has_season, has_trend = (
        beginning + pd.DateOffset(months=months) <= moment for months in (settings.season_months, settings.trend_months)
    )
    model = {
        "with_season": has_season,
        "with_trend": has_season and has_trend,
        "season_spread": settings.season_spread,
        "trend_spread": settings.trend_spread,
        "customer_spread": settings.customer_spread,
    }
    again, boundary = buyers.orders > 1, established_until(data_period, settings)
    smaller = min((again & (populations(buyers, boundary) == name)).sum() for name in (ESTABLISHED, NEWER))
    if smaller >= settings.fewest_repeat_customers_apart:
        yield boundary, SeasonalBetaGeoModel(**model)
    if has_season:
        yield None, SeasonalBetaGeoModel(**model)
    yield None, SeasonalBetaGeoModel(**model | {"with_season": False, "with_trend": False})


def established_until(data_period: pd.DataFrame, settings: LifetimeValueSettings) -> pd.Timestamp:
    """The day from which on first orders are those of new customers."""
    beginning = data_period.covered_from.iloc[0]
    return beginning + pd.DateOffset(months=settings.established_months)


def populations(buyers: pd.DataFrame, boundary: pd.Timestamp | None) -> pd.Series:
    """The population of each buyer; all the same without a boundary."""
    if boundary is None:
        return pd.Series(EVERYBODY, index=buyers.index, dtype="str")
    names = np.where(buyers.first_order < boundary, ESTABLISHED, NEWER)
    return pd.Series(names, index=buyers.index, dtype="str")


def rebuild_model(
    buyers: pd.DataFrame,
    clv_parameters: pd.DataFrame,
    moment: pd.Timestamp,
    data_period: pd.DataFrame,
    settings: LifetimeValueSettings,
) -> tuple[Any, pd.DataFrame]:
    """The model of fitted parameters, and the buyers with the population that each belongs to in it.

    Instead of the model None, where there are no estimates.
    """
    from lgs_pipeline.models.lifetime_value import LifetimeValueModel

    fitted = clv_parameters.dropna(subset="estimate")
    if fitted.empty or buyers.empty:
        return None, buyers
    is_parted = ESTABLISHED in set(fitted.population)
    boundary = established_until(data_period, settings) if is_parted else None
    model = LifetimeValueModel.from_parameters(fitted, np.datetime64(moment, "D"))
    return model, buyers.assign(population=populations(buyers, boundary))


def predict_lifetime_values(
    purchase_histories: ir.Table,
    clv_parameters: pd.DataFrame,
    moment: pd.Timestamp,
    data_period: pd.DataFrame,
    settings: LifetimeValueSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What every buyer is expected to do and to be worth over the months ahead.

    Returns
    -------
    customer_lifetime_value
        A row per buyer, the public columns. All that is predicted is empty where there are no parameters.
    tier_draws
        What the customers of each tier will be worth together: a row per draw, a column per tier.
    """
    buyers = read_buyers(purchase_histories)
    known = pd.DataFrame(
        {
            "customer_id": buyers.customer_id,
            "frequency": buyers.orders - 1,
            "recency_days": (buyers.last_order - buyers.first_order).dt.days,
            # The first day's own later orders do not count, so the days to order again begin after it.
            "age_days": (moment - buyers.first_order).dt.days - 1,
            "monetary": buyers.monetary,
        }
    )
    model, buyers = rebuild_model(buyers, clv_parameters, moment, data_period, settings)
    if model is None:
        predicted, draws = _nothing_predicted(known.index), pd.DataFrame()
    else:
        predicted, draws = _predict(model, buyers, settings)
    return pd.concat([known, predicted], axis="columns"), draws


def _predict(model: Any, buyers: pd.DataFrame, settings: LifetimeValueSettings) -> tuple[pd.DataFrame, pd.DataFrame]:
    from lgs_pipeline.models.lifetime_value import assign_tiers, simulate_values, value_customers

    terms = terms_of(settings)
    values = value_customers(model, buyers, terms)
    tiers = assign_tiers(values.clv, settings.tier_bounds())
    quantiles, draws = simulate_values(
        model,
        buyers.assign(weight=values.weight),
        terms.month_ends(model.clock.now)[-1],
        tails(settings.interval),
        simulation_of(settings),
        tiers,
    )
    predicted = values.drop(columns="weight").assign(clv_low=quantiles[:, 0], clv_high=quantiles[:, 1], clv_tier=tiers)
    return predicted, draws


def _nothing_predicted(index: pd.Index) -> pd.DataFrame:
    numbers = ["p_alive", "expected_orders", "expected_order_value", "clv", "clv_low", "clv_high"]
    return pd.DataFrame(np.nan, index=index, columns=numbers).assign(clv_tier=pd.Series(None, index=index, dtype="str"))


def tails(interval: float) -> tuple[float, float]:
    """The levels between which a central interval lies."""
    return (1 - interval) / 2, (1 + interval) / 2


def terms_of(settings: LifetimeValueSettings) -> Any:
    """The settings on which future sales count."""
    from lgs_pipeline.models.lifetime_value import Terms

    return Terms(settings.horizon_months, settings.monthly_discount_rate, settings.margin)


def simulation_of(settings: LifetimeValueSettings) -> Any:
    """The settings by which futures are drawn."""
    from lgs_pipeline.models.lifetime_value import Simulation

    return Simulation(settings.draws, settings.most_draws, settings.seed)


def sum_up_tiers(
    customer_lifetime_value: pd.DataFrame,
    tier_draws: pd.DataFrame,
    clv_validation: pd.DataFrame,
    settings: LifetimeValueSettings,
) -> pd.DataFrame:
    """What each tier, and all customers together, will be worth.

    The chance in what single customers do nearly cancels in totals; what does not is that the models may be
    wrong about everybody at once. So the interval of a total is that of the draws widened by the error that
    the models made about the total sales of the held-out months, taken for one standard deviation.

    Returns
    -------
    pandas.DataFrame
        A row per tier, best first, and last one for ``all``: the public columns of ``clv_tiers``.
    """
    values = customer_lifetime_value
    by_tier = values.groupby("clv_tier")
    names = [tier.name for tier in settings.tiers]
    tiers = pd.DataFrame(
        {
            "customers": by_tier.size().reindex(names, fill_value=0),
            "expected_orders": by_tier.expected_orders.sum().reindex(names, fill_value=0.0),
            "clv": by_tier.clv.sum().reindex(names, fill_value=0.0),
        }
    )
    everybody = {"customers": len(values), "expected_orders": tiers.expected_orders.sum(), "clv": tiers.clv.sum()}
    tiers.loc[EVERYBODY] = everybody
    if tier_draws.empty:
        tiers[["expected_orders", "clv"]] = np.nan
    draws = tier_draws.reindex(columns=names, fill_value=0.0)
    draws[EVERYBODY] = draws.sum(axis="columns")
    low, high = _widen(draws, tiers.clv, _error_of_total(clv_validation), settings.interval)
    return pd.DataFrame(
        {
            "customers": tiers.customers.astype("int64"),
            "share_of_customers": tiers.customers / len(values) if len(values) else np.nan,
            "expected_orders": tiers.expected_orders,
            "clv": tiers.clv,
            "clv_low": low,
            "clv_high": high,
            "share_of_clv": tiers.clv / tiers.clv[EVERYBODY],
        }
    ).reset_index(names="clv_tier")


def _error_of_total(clv_validation: pd.DataFrame) -> float:
    """The logarithm of actual over expected sales of the held-out months; 0 where that is not known."""
    totals = clv_validation[(clv_validation.part == "totals") & (clv_validation["item"] == "sales")]
    totals = totals.set_index("measure").value
    if not {"actual", "expected"} <= set(totals.index) or totals[["actual", "expected"]].min() <= 0:
        return 0.0
    return float(np.log(totals["actual"] / totals["expected"]))


def _widen(draws: pd.DataFrame, expected: pd.Series, error: float, interval: float) -> tuple[pd.Series, pd.Series]:
    """The ends of the interval of each total: the spreads of draws and error, added in quadrature."""
    from scipy import special

    if draws.empty:
        return expected * np.nan, expected * np.nan
    low, high = (draws.quantile(level).reindex(expected.index) for level in tails(interval))
    of_error = special.ndtri(tails(interval)[1]) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.hypot(np.log(expected / low), of_error)
        above = np.hypot(np.log(high / expected), of_error)
    return (expected * np.exp(-below)).fillna(0.0), (expected * np.exp(above)).fillna(0.0)
