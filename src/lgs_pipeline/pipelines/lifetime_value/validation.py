"""How far the predictions made before the held-out months held.

The parts of ``clv_validation``, each with its items and measures:

===================== =============================== ========================================================
part                  item                            measure
===================== =============================== ========================================================
totals                orders, sales (pounds)          expected, low, high, actual; error, of actual; of known
                                                      buyers only
not_known_at_cut      customers, orders, sales        actual, of customers who were no buyers yet at the cut
orders_by_past_orders 01 to 11, 12+ orders so far     customers; expected and actual orders
orders_by_month       2011-06 ...                     expected, actual; expected_so_far, actual_so_far
errors                model, last_period,             mean_absolute_error, root_mean_square_error
                      own_average, average            (orders per customer)
coverage              orders, sales                   level; plain, the share of customers inside their
                                                      interval; randomised, the share inside the central part
                                                      of the randomised transform
transform_of_orders,  0.0-0.1 to 0.9-1.0              share of customers
transform_of_sales
assumptions           correlation_of_frequency_and_-  value, limit
                      order_value
===================== =============================== ========================================================

The absolute error of the model is that of the predictive median, the squared one that of the predictive
mean. The baselines are: the same as in as many months before the cut (``last_period``); the customer's own
orders per day since the first, carried on (``own_average``); and for everybody what customers ordered on
average in as many months before the cut (``average``).
"""

import logging
from collections.abc import Iterator
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.arrays import FloatArray
from lgs_pipeline.lines import MONEY, to_frame
from lgs_pipeline.pipelines.lifetime_value.nodes import (
    read_buyers,
    read_orders_by_day,
    rebuild_model,
    simulation_of,
    tails,
)
from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings

logger = logging.getLogger(__name__)

Row = tuple[str, str, str, float]

_MANY_ORDERS = 12
_BINS = 10


def compare_periods(
    customer_days: ir.Table, moment: pd.Timestamp, cut: pd.Timestamp, settings: LifetimeValueSettings
) -> ir.Table:
    """A row per customer with an invoice in the held-out months or in as many before them.

    Columns: customer_id; orders_before, the days with an order in the months before the cut; orders and sales
    (net, pounds), in those after it.
    """
    start = cut - pd.DateOffset(months=settings.held_out_months)
    days = customer_days.filter(customer_days.day >= start, customer_days.day < moment)
    is_after = days.day >= cut
    return (
        days.group_by("customer_id")
        .agg(
            orders_before=days.count(where=days.has_order & ~is_after),
            orders=days.count(where=days.has_order & is_after),
            sales=days.amount.sum(where=is_after).fill_null(0).cast(MONEY),
        )
        .order_by("customer_id")
    )


def check_assumptions(purchase_histories: ir.Table, settings: LifetimeValueSettings) -> pd.DataFrame:
    """Whether number and mean value of customers' orders are as unrelated as the models take them to be.

    Returns
    -------
    pandas.DataFrame
        The part ``assumptions`` of ``clv_validation``. A correlation beyond the limit is a warning in the
        log.
    """
    from lgs_pipeline.models.gamma_gamma import GammaGammaModel

    buyers = read_buyers(purchase_histories)
    correlation = GammaGammaModel.correlation(buyers.orders, buyers.monetary)
    limit = settings.largest_correlation
    if abs(correlation) > limit:
        size, error = ("larger", "low") if correlation > 0 else ("smaller", "high")
        logger.warning(
            "Customers who order more often have %s orders (correlation %.2f, expected %.2f at most), but "
            "lifetime values take the two to be independent: they are too %s for frequent customers",
            size, correlation, limit, error,
        )  # fmt: skip
    item = "correlation_of_frequency_and_order_value"
    return _table([("assumptions", item, "value", correlation), ("assumptions", item, "limit", limit)])


def validate_predictions(
    purchase_histories: ir.Table,
    clv_parameters: pd.DataFrame,
    purchase_periods: ir.Table,
    repeat_orders: ir.Table,
    clv_assumptions: pd.DataFrame,
    moment: pd.Timestamp,
    cut: pd.Timestamp,
    data_period: pd.DataFrame,
    settings: LifetimeValueSettings,
) -> pd.DataFrame:
    """The predictions made at the cut, held against what came.

    Returns
    -------
    pandas.DataFrame
        A row per part, item and measure, the public columns of ``clv_validation``; see the module for them.
        Only the part ``assumptions`` where nothing could be predicted at the cut.
    """
    model, buyers = rebuild_model(read_buyers(purchase_histories), clv_parameters, cut, data_period, settings)
    if model is None:
        return clv_assumptions
    periods = to_frame(purchase_periods).set_index("customer_id").sort_index()
    came = periods.reindex(buyers.customer_id, fill_value=0)
    newcomers = periods[~periods.index.isin(buyers.customer_id) & (periods.orders > 0)]
    by_day = read_orders_by_day(repeat_orders)
    until = np.datetime64(moment, "D")
    expected = model.expected_orders(buyers, until)
    rows = [
        *_simulated(model, buyers, expected, came, until, settings),
        ("not_known_at_cut", "customers", "actual", len(newcomers)),
        ("not_known_at_cut", "orders", "actual", newcomers.orders.sum()),
        ("not_known_at_cut", "sales", "actual", newcomers.sales.sum()),
        *_by_past_orders(buyers, expected, came),
        *_by_month(model, buyers, by_day, cut, moment),
        *_errors(model, buyers, expected, came, cut, until),
    ]
    table = pd.concat([_table(rows), clv_assumptions])
    return table.sort_values(["part", "item", "measure"], ignore_index=True)


def _table(rows: list[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["part", "item", "measure", "value"])
    return table.astype({"value": float})


def _simulated(
    model: Any,
    buyers: pd.DataFrame,
    expected: FloatArray,
    came: pd.DataFrame,
    until: np.datetime64,
    settings: LifetimeValueSettings,
) -> Iterator[Row]:
    """Totals with intervals, the coverage of customers' intervals, and the randomised transforms."""
    from lgs_pipeline.models import calibration
    from lgs_pipeline.models.lifetime_value import simulate_outcomes

    interval, levels = settings.interval, tails(settings.interval)
    actual = {"orders": came.orders.to_numpy(float), "sales": came.sales.to_numpy()}
    sales = expected * model.expected_order_value(buyers)
    outcomes = simulate_outcomes(model, buyers, until, levels, simulation_of(settings), actual)
    below = 1 - model.probability_of_at_least(actual["orders"], buyers, until)
    at_most = 1 - model.probability_of_at_least(actual["orders"] + 1, buyers, until)
    probabilities = {"orders": (below, at_most), "sales": (outcomes.less, outcomes.less_or_equal)}
    for item, mean in {"orders": expected.sum(), "sales": sales.sum()}.items():
        total = actual[item].sum()
        low, high = np.quantile(outcomes.totals[item], levels)
        yield "totals", item, "expected", mean
        yield "totals", item, "low", low
        yield "totals", item, "high", high
        yield "totals", item, "actual", total
        yield "totals", item, "error", mean / total - 1 if total > 0 else np.nan
        generator = np.random.default_rng([settings.seed, len(item)])
        transforms = calibration.randomised_transform(*probabilities[item], generator)
        yield "coverage", item, "level", interval
        yield "coverage", item, "plain", outcomes.inside[item].mean()
        yield "coverage", item, "randomised", calibration.central_share(transforms, interval)
        for number, share in enumerate(calibration.shares_by_bin(transforms, _BINS)):
            edges = f"{number / _BINS:.1f}-{(number + 1) / _BINS:.1f}"
            yield f"transform_of_{item}", edges, "share", share


def _by_past_orders(buyers: pd.DataFrame, expected: FloatArray, came: pd.DataFrame) -> Iterator[Row]:
    past = buyers.orders.clip(upper=_MANY_ORDERS).to_numpy()
    for orders in np.unique(past):
        item = f"{orders:02d}" if orders < _MANY_ORDERS else f"{orders}+"
        yield "orders_by_past_orders", item, "customers", (past == orders).sum()
        yield "orders_by_past_orders", item, "expected", expected[past == orders].sum()
        yield "orders_by_past_orders", item, "actual", came.orders.to_numpy()[past == orders].sum()


def _by_month(
    model: Any, buyers: pd.DataFrame, by_day: pd.Series, cut: pd.Timestamp, moment: pd.Timestamp
) -> Iterator[Row]:
    """Month by month from the cut on; the first and the last may be parts of a month."""
    part, before = "orders_by_month", {"expected": 0.0, "actual": 0.0}
    for start in pd.date_range(cut.to_period("M").start_time, moment, freq="MS", inclusive="left"):
        end = min(start + pd.offsets.MonthBegin(), moment)
        so_far = {
            "expected": model.expected_orders(buyers, np.datetime64(end, "D")).sum(),
            "actual": float(by_day[(by_day.index >= cut) & (by_day.index < end)].sum()),
        }
        for measure, value in so_far.items():
            yield part, f"{start:%Y-%m}", measure, value - before[measure]
            yield part, f"{start:%Y-%m}", f"{measure}_so_far", value
        before = so_far


def _errors(
    model: Any, buyers: pd.DataFrame, expected: FloatArray, came: pd.DataFrame, cut: pd.Timestamp, until: np.datetime64
) -> Iterator[Row]:
    """The errors of the model and of three ways to do without one."""
    from lgs_pipeline.models import calibration

    actual = came.orders.to_numpy(float)
    last_period = came.orders_before.to_numpy(float)
    days_known = (cut - buyers.first_order).dt.days.to_numpy() - 1
    days_ahead = (until - np.datetime64(cut, "D")).astype(int)
    pace = (buyers.orders.to_numpy() - 1) / np.maximum(days_known, 1)
    predictions = {
        "model": (model.median_orders(buyers, until), expected),
        "last_period": (last_period, last_period),
        "own_average": (pace * days_ahead, pace * days_ahead),
        "average": (np.full(len(buyers), last_period.mean()), np.full(len(buyers), last_period.mean())),
    }
    for item, (middle, mean) in predictions.items():
        yield "errors", item, "mean_absolute_error", calibration.mean_absolute_error(middle, actual)
        yield "errors", item, "root_mean_square_error", calibration.root_mean_square_error(mean, actual)
