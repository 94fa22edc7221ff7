"""From invoices to what an invoice, a month and a cohort of customers amount to."""

import logging
from fractions import Fraction
from math import ceil, floor, sqrt

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.arrays import BoolArray, IntArray
from lgs_pipeline.invoices import build_invoices
from lgs_pipeline.lines import MONEY, to_frame
from lgs_pipeline.pipelines.cleaning.settings import CleaningSettings
from lgs_pipeline.pipelines.monthly_metrics.settings import MonthlyMetricsSettings
from lgs_pipeline.selling_days import closed_on
from lgs_pipeline.wording import listed, month_spans

logger = logging.getLogger(__name__)

USUAL_AMOUNTS = Fraction(85, 100)
"""The share of invoices that the population ``up_to_p85`` holds: those without the very large ones."""


def count_invoice_amounts(
    transactions: ir.Table, invoices: ir.Table, cleaning_settings: CleaningSettings, settings: MonthlyMetricsSettings
) -> ir.Table:
    """A row per amount that invoices come to: amount in pounds, and how many invoices come to it."""
    if settings.invoice_amounts == "positive_lines":
        positive = transactions.filter(transactions.amount > 0)
        amounts = build_invoices(positive, cleaning_settings.invoice_gap_minutes)
    else:
        amounts = invoices.filter(~invoices.is_cancellation)
    return amounts.group_by("amount").agg(invoices=lambda group: group.count()).order_by("amount")


def describe_invoice_amounts(invoice_amount_counts: ir.Table) -> pd.DataFrame:
    """The distribution of invoice amounts in pounds, of all invoices and of those up to their 0.85 quantile.

    Returns
    -------
    pandas.DataFrame
        A row per population (``all``, ``up_to_p85``). Quantiles are linear; the mode is the smallest
        of the most frequent amounts; std divides by n - 1; p85 is the population's own 0.85 quantile.
    """
    counts = invoice_amount_counts.order_by("amount").to_pandas()
    # In whole tenths of a penny every sum and square is exact, whatever the order of the rows.
    mills = np.array([int(amount * 1000) for amount in counts.amount], dtype=np.int64)
    invoices = counts.invoices.to_numpy()
    usual = mills <= _quantile(mills, invoices, USUAL_AMOUNTS)
    return pd.DataFrame(
        [
            {"population": "all", **_describe(mills, invoices)},
            {"population": "up_to_p85", **_describe(mills[usual], invoices[usual])},
        ]
    )


def _describe(mills: IntArray, invoices: IntArray) -> dict[str, float]:
    number = int(invoices.sum())
    total = sum(value * times for value, times in zip(mills.tolist(), invoices.tolist(), strict=True))
    squares = sum(value**2 * times for value, times in zip(mills.tolist(), invoices.tolist(), strict=True))
    variance = Fraction(number * squares - total**2, number * (number - 1)) if number > 1 else np.nan
    return {
        "invoices": number,
        "min": _quantile(mills, invoices, Fraction(0)) / 1000,
        "q25": _quantile(mills, invoices, Fraction(1, 4)) / 1000,
        "median": _quantile(mills, invoices, Fraction(1, 2)) / 1000,
        "mean": float(Fraction(total, number * 1000)) if number else np.nan,
        "mode": mills[invoices.argmax()] / 1000 if number else np.nan,
        "q75": _quantile(mills, invoices, Fraction(3, 4)) / 1000,
        "max": _quantile(mills, invoices, Fraction(1)) / 1000,
        "std": sqrt(variance) / 1000,
        "p85": _quantile(mills, invoices, USUAL_AMOUNTS) / 1000,
    }


def _quantile(values: IntArray, times: IntArray, quantile: Fraction) -> float:
    """The linear quantile of ascending values, each of which stands for as many as ``times`` says."""
    if not len(values):
        return np.nan
    position = quantile * (int(times.sum()) - 1)
    below, above = values[np.searchsorted(times.cumsum(), [floor(position), ceil(position)], side="right")].tolist()
    return float(below + (above - below) * (position % 1))


def summarise_months(invoices: ir.Table) -> ir.Table:
    """A row per month with invoices: invoices, cancelled_orders, sales and purchases (pounds)."""
    return (
        invoices.group_by(month=invoices.invoice_date.truncate("M"))
        .agg(
            invoices=invoices.count(),
            cancelled_orders=invoices.count(where=invoices.is_cancellation),
            sales=invoices.amount.sum().cast(MONEY),
            purchases=invoices.amount.sum(where=~invoices.is_cancellation).fill_null(0).cast(MONEY),
        )
        .order_by("month")
    )


def summarise_cohorts(invoices: ir.Table, settings: MonthlyMetricsSettings) -> ir.Table:
    """A row per cohort and month: active customers, and the cohort's net sales (pounds).

    A cohort is the customers who became active in the same month. What a customer did before that
    (a cancellation of something bought before the data begins) is left out.
    """
    is_activity = ~invoices.is_cancellation if settings.active_by == "purchase_invoice" else True
    customer_months = (
        invoices.filter(invoices.customer_id.notnull())
        .mutate(month=invoices.invoice_date.truncate("M"), is_activity=is_activity)
        .group_by("customer_id", "month")
        .agg(is_active=lambda rows: rows.is_activity.any(), sales=lambda rows: rows.amount.sum())
    )
    cohorts = (
        customer_months.filter(customer_months.is_active)
        .group_by("customer_id")
        .agg(cohort=lambda rows: rows.month.min())
    )
    return (
        customer_months.inner_join(cohorts, "customer_id")
        .filter(lambda rows: rows.month >= rows.cohort)
        .group_by("cohort", "month")
        .agg(active=lambda rows: rows.count(where=rows.is_active), sales=lambda rows: rows.sales.sum().cast(MONEY))
        .order_by("cohort", "month")
    )


def measure_months(
    month_totals: ir.Table,
    cohort_activity: ir.Table,
    orders_by_day: ir.Table,
    data_period: pd.DataFrame,
    settings: MonthlyMetricsSettings,
) -> pd.DataFrame:
    """What each month amounts to: a row for every month of the data, also one without invoices.

    Returns
    -------
    pandas.DataFrame
        The public columns of ``monthly_metrics``; sales and average_order_value in pounds, sales_growth a
        fraction of the month before.
    """
    totals = to_frame(month_totals).set_index("month")
    months = totals.reindex(_months_of(data_period), fill_value=0)
    in_gap, is_cut = _find_gaps(months.invoices, orders_by_day, settings)
    _warn_of_gaps(months.index[in_gap])
    cohorts = cohort_activity.to_pandas()
    active = cohorts.groupby("month").active.sum().reindex(months.index, fill_value=0)
    new = cohorts[cohorts.month == cohorts.cohort].set_index("month").active.reindex(months.index, fill_value=0)
    cancellations_per_order = 2 if settings.placed_orders == "invoices_less_twice_cancelled" else 1
    placed_orders = months.invoices - cancellations_per_order * months.cancelled_orders
    order_value = months.sales if settings.average_order_value == "sales" else months.purchases
    return pd.DataFrame(
        {
            "invoices": months.invoices,
            "placed_orders": placed_orders,
            "cancelled_orders": months.cancelled_orders,
            "sales": months.sales,
            "sales_growth": _growth(months.sales).mask(in_gap),
            "active_customers": active,
            "new_customers": new,
            "existing_customers": active - new,
            "average_order_value": order_value / placed_orders.where(placed_orders > 0),
            "is_partial": in_gap | is_cut | _reaches_beyond(months.index, data_period),
        }
    ).reset_index(names="month")


def measure_retention(cohort_activity: ir.Table, data_period: pd.DataFrame) -> pd.DataFrame:
    """How many of each cohort's customers are active again, month by month until the data ends.

    Returns
    -------
    pandas.DataFrame
        A row per cohort and months since: cohort, months_since, customers (the cohort's size), active,
        retention (active of customers), sales (the cohort's net sales in that month, pounds).
    """
    activity = to_frame(cohort_activity)
    months = _months_of(data_period)
    cohorts = months[months.isin(activity.cohort)]
    grid = pd.MultiIndex.from_product([cohorts, months], names=["cohort", "month"]).to_frame(index=False)
    grid = grid[grid.month >= grid.cohort]
    retention = grid.merge(activity, how="left", on=["cohort", "month"]).fillna({"active": 0, "sales": 0.0})
    size = retention.groupby("cohort").active.transform("first")
    return pd.DataFrame(
        {
            "cohort": retention.cohort,
            "months_since": _month_number(retention.month) - _month_number(retention.cohort),
            "customers": size.astype("int64"),
            "active": retention.active.astype("int64"),
            "retention": retention.active / size,
            "sales": retention.sales,
        }
    )


def _months_of(data_period: pd.DataFrame) -> pd.DatetimeIndex:
    first, last = data_period.first_line.iloc[0], data_period.last_line.iloc[0]
    return pd.date_range(first.to_period("M").start_time, last, freq="MS", name="month", unit="us")


def _month_number(months: pd.Series) -> pd.Series:
    return months.dt.year.astype("int64") * 12 + months.dt.month


def _growth(sales: pd.Series) -> pd.Series:
    """Each month's change over the month before, a fraction; empty where there is nothing to compare with."""
    before = sales.shift()
    return (sales - before) / before.where(before > 0)


def _reaches_beyond(months: pd.DatetimeIndex, data_period: pd.DataFrame) -> BoolArray:
    """Whether a selling day of each month lies before or after the data."""
    period = data_period.iloc[0]
    return (months < period.covered_from) | (months + pd.offsets.MonthBegin() > period.covered_until)


def _find_gaps(
    invoices: pd.Series, orders_by_day: ir.Table, settings: MonthlyMetricsSettings
) -> tuple[pd.Series, pd.Series]:
    """Which months lie in a gap of the data, and which are cut by one.

    A month lies in a gap if the data has no invoice of it, although the shop sells on some of its days. It is cut if a
    gap comes before or after it, and selling days lie between the gap and the month's first or latest invoice.
    """
    days = pd.date_range(invoices.index[0], invoices.index[-1] + pd.offsets.MonthEnd())
    month = days.to_period("M").to_timestamp()
    orders = orders_by_day.to_pandas().set_index("day").orders
    is_open = pd.Series(~closed_on(days, orders, settings), index=days)
    has_invoice = pd.Series(days.isin(orders.index), index=days)
    in_gap = (invoices == 0) & is_open.groupby(month).any().to_numpy()
    is_before_first = has_invoice.groupby(month).cumsum() == 0
    is_after_latest = has_invoice[::-1].groupby(month[::-1]).cumsum()[::-1] == 0
    follows_gap, precedes_gap = (in_gap.shift(by, fill_value=False)[month].to_numpy() for by in (1, -1))
    is_cut = is_open & (is_before_first & follows_gap | is_after_latest & precedes_gap)
    return in_gap, is_cut.groupby(month).any().set_axis(invoices.index)


def _warn_of_gaps(months: pd.DatetimeIndex) -> None:
    if len(months):
        logger.warning(
            "There is not a single invoice of %s: the data is taken to have a gap there, and the sales to be unknown; "
            "if the shop was closed, add these days to monthly_metrics.closed_days",
            listed(month_spans(months)),
        )
