"""Charts of the months, of what orders come to, and of customers who come back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from lgs_pipeline import theme
from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.pipelines.monthly_metrics import takeaways
from lgs_pipeline.pipelines.monthly_metrics.schemas import MonthlyMetrics
from lgs_pipeline.tables import heading
from lgs_pipeline.wording import count, exact_pounds, percent, pluralise, round_pounds

_PARTIAL = {"hatch": "////", "edgecolor": "white", "linewidth": 0}
_LEGEND = 0.24
_MOST_LABELS = 13
_BINS = 50
_BOX_HEIGHT = 0.45
_CELL = 0.225
_MOST_LABELLED = 26
# What is marked, how, and in which colour; lines differ so that they can be told apart without colours.
_MARKS = {
    "min": (":", theme.SKY),
    "mode": ("--", theme.PURPLE),
    "median": ("-", theme.INK),
    "mean": ("-.", theme.RED),
    "max": (":", theme.GREEN),
}
_STATISTICS = ["min", "q25", "median", "mean", "mode", "q75", "max"]


@theme.chart("Orders placed and cancelled")
def draw_monthly_orders(monthly_metrics: pd.DataFrame) -> theme.Figure:
    """Orders placed and orders cancelled, side by side for each month."""
    months = theme.rows_with(monthly_metrics, "placed_orders", "cancelled_orders")
    figure, axes = theme.new_chart(takeaways.orders_and_cancellations(months), above=_LEGEND)
    _bars(axes, months, months.placed_orders, theme.BLUE, label="placed", width=0.44, shift=-0.21)
    _bars(axes, months, months.cancelled_orders, theme.ORANGE, label="cancelled", width=0.44, shift=0.21)
    _finish(axes, months, "Orders", count)
    return figure


@theme.chart("Sales")
def draw_monthly_sales(monthly_metrics: pd.DataFrame) -> theme.Figure:
    """Net sales of each month, with a mark for the same month a year earlier."""
    months = theme.rows_with(monthly_metrics, "sales")
    figure, axes = theme.new_chart(takeaways.sales_development(months), above=_LEGEND)
    _bars(axes, months, months.sales, theme.BLUE, label="sales")
    year_before = months.sales.mask(takeaways.months_without_data(months)).shift(12)
    if year_before.notna().any():
        positions = np.arange(len(months))
        axes.hlines(
            year_before, positions - 0.42, positions + 0.42,
            color=theme.INK, linewidth=1.6, label="same month a year earlier",
        )  # fmt: skip
    _finish(axes, months, heading(MonthlyMetrics, "sales"), round_pounds)
    return figure


@theme.chart("Growth of sales")
def draw_sales_growth(monthly_metrics: pd.DataFrame) -> theme.Figure:
    """The change of each month's sales over the month before."""
    months = theme.rows_with(monthly_metrics, "month", "sales")
    theme.rows_with(months, "sales_growth")
    figure, axes = theme.new_chart(takeaways.growth_range(months), above=_LEGEND)
    growth = months.sales_growth
    _bars(axes, months, growth.where(growth >= 0), theme.BLUE, label="rise over the month before")
    _bars(axes, months, growth.where(growth < 0), theme.RED, label="fall")
    axes.axhline(0, color=theme.GREY, linewidth=0.8)
    _finish(axes, months, heading(MonthlyMetrics, "sales_growth"), percent)
    return figure


@theme.chart("Active customers")
def draw_active_customers(monthly_metrics: pd.DataFrame) -> theme.Figure:
    """Customers with an order in each month."""
    months = theme.rows_with(monthly_metrics, "active_customers")
    figure, axes = theme.new_chart(takeaways.most_active_month(months), above=_LEGEND)
    _bars(axes, months, months.active_customers, theme.GREEN, label="active customers")
    _finish(axes, months, heading(MonthlyMetrics, "active_customers"), count)
    return figure


@theme.chart("New and existing customers")
def draw_new_customers(monthly_metrics: pd.DataFrame) -> theme.Figure:
    """Active customers of each month: those who ordered before, and on top of them the new ones."""
    months = theme.rows_with(monthly_metrics, "new_customers", "existing_customers")
    figure, axes = theme.new_chart(takeaways.new_customers(months), above=_LEGEND)
    _bars(axes, months, months.existing_customers, theme.BLUE, label="ordered before")
    _bars(axes, months, months.new_customers, theme.ORANGE, label="new", base=months.existing_customers)
    _finish(axes, months, heading(MonthlyMetrics, "active_customers"), count)
    return figure


def _bars(
    axes: theme.Axes,
    months: pd.DataFrame,
    values: pd.Series,
    colour: str,
    label: str,
    width: float = 0.78,
    shift: float = 0.0,
    base: Any = 0,
) -> None:
    positions = np.arange(len(months)) + shift
    heights = values.astype(float).fillna(0).to_numpy()
    bars = axes.bar(positions, heights, width, bottom=base, color=colour, label=label)
    for bar, is_partial in zip(bars, months.is_partial, strict=True):
        if is_partial:
            bar.set(**_PARTIAL)


def _finish(axes: theme.Axes, months: pd.DataFrame, quantity: str, write: Callable[[float], str]) -> None:
    """Name the months and the quantity, and say what colours and hatching mean."""
    step = -(-len(months) // _MOST_LABELS)
    # The last month is always named, whatever the step.
    positions = range((len(months) - 1) % step, len(months), step)
    axes.set_xticks(list(positions), [_short_month(months.month.iloc[i]) for i in positions])
    axes.tick_params(axis="x", length=2)
    axes.set_xlim(-0.7, max(len(months), 6) - 0.3)
    axes.set_ylabel(quantity)
    theme.format_axis(axes.yaxis, write)
    axes.grid(axis="y")
    if months.is_partial.any():
        axes.bar([0], [0], color=theme.GREY, label="part of a month", **_PARTIAL)
    theme.put_legend_above(axes)


def _short_month(moment: pd.Timestamp) -> str:
    return f"{moment:%b}\n{moment:%Y}"


@theme.chart("Amounts of all orders")
def draw_invoice_amounts(
    invoice_amount_counts: pd.DataFrame, invoice_amount_distribution: pd.DataFrame
) -> theme.Figure:
    """All orders by what they come to, on a logarithmic axis because a few are very large."""
    distribution = _distribution_of(invoice_amount_distribution, "all")
    amounts, orders = _amounts_and_orders(invoice_amount_counts, up_to=distribution["max"])
    positive = amounts > 0
    if not positive.any():
        raise theme.NothingToShow
    left_out = orders[~positive].sum()
    note = f", without {pluralise(left_out, 'order')} of £0 or less" if left_out else ""
    edges = np.geomspace(amounts[positive].min(), max(amounts.max(), amounts[positive].min() * 1.1), _BINS + 1)
    figure, (upper, lower) = _histogram_over_box(takeaways.usual_order(distribution))
    lower.set_xscale("log")
    _draw_histogram(upper, amounts[positive], orders[positive], edges)
    _draw_box(lower, distribution.clip(lower=edges[0]), f"Amount of an order (£, logarithmic{note})")
    _mark(upper, lower, distribution, lowest=edges[0])
    return figure


@theme.chart("Amounts of orders up to the 85% cut")
def draw_usual_invoice_amounts(
    invoice_amount_counts: pd.DataFrame, invoice_amount_distribution: pd.DataFrame
) -> theme.Figure:
    """Orders up to the 0.85 quantile of their amounts."""
    distribution = _distribution_of(invoice_amount_distribution, "up_to_p85")
    amounts, orders = _amounts_and_orders(invoice_amount_counts, up_to=distribution["max"])
    edges = np.linspace(amounts.min(), max(amounts.max(), amounts.min() + 10), _BINS + 1)
    figure, (upper, lower) = _histogram_over_box(takeaways.usual_order_up_to_cut(distribution))
    _draw_histogram(upper, amounts, orders, edges)
    _draw_box(lower, distribution, "Amount of an order (£)")
    _mark(upper, lower, distribution)
    return figure


def _distribution_of(distribution: pd.DataFrame, population: str) -> pd.Series:
    known = theme.rows_with(distribution, *_STATISTICS)
    row = known[known.population == population]
    if row.empty:
        raise theme.NothingToShow
    return row[_STATISTICS].iloc[0].astype(float)


def _amounts_and_orders(counts: pd.DataFrame, up_to: float) -> tuple[FloatArray, IntArray]:
    # Amounts are decimals, the cut is a float.
    known = theme.rows_with(counts.astype({"amount": float}), "amount", "invoices")
    known = theme.rows_with(known[known.amount <= up_to + 5e-4], "amount")
    return known.amount.to_numpy(), known.invoices.to_numpy()


def _histogram_over_box(title: str) -> tuple[theme.Figure, tuple[theme.Axes, theme.Axes]]:
    figure, upper = theme.new_chart(title, height=2.2, bottom=1.0, above=0.42)
    left, bottom, width, _ = upper.get_position().bounds
    box_height = _BOX_HEIGHT / figure.get_figheight()
    lower = figure.add_axes((left, bottom - box_height, width, box_height), sharex=upper)
    return figure, (upper, lower)


def _draw_histogram(axes: theme.Axes, amounts: FloatArray, orders: IntArray, edges: FloatArray) -> None:
    heights, _ = np.histogram(amounts, bins=edges, weights=orders)
    axes.bar(edges[:-1], heights, np.diff(edges), align="edge", color=theme.BLUE, edgecolor="white", linewidth=0.3)
    axes.set_ylabel("Orders")
    theme.format_axis(axes.yaxis, count)
    axes.grid(axis="y")
    axes.tick_params(axis="x", which="both", length=0, labelbottom=False)


def _draw_box(axes: theme.Axes, distribution: pd.Series, quantity: str) -> None:
    box: dict[str, Any] = {
        "whislo": distribution["min"],
        "q1": distribution["q25"],
        "med": distribution["median"],
        "q3": distribution["q75"],
        "whishi": distribution["max"],
        "fliers": [],
    }
    axes.bxp(
        [box], orientation="horizontal", widths=0.5, patch_artist=True, showfliers=False,
        boxprops={"facecolor": theme.ORANGE, "edgecolor": theme.INK}, medianprops={"color": theme.INK},
    )  # fmt: skip
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(quantity)
    axes.minorticks_off()
    theme.format_axis(axes.xaxis, round_pounds)


def _mark(upper: theme.Axes, lower: theme.Axes, distribution: pd.Series, lowest: float = -np.inf) -> None:
    for name, (style, colour) in _MARKS.items():
        value = distribution[name]
        label = f"{name} {exact_pounds(value, pence=abs(value) < 100)}"
        for axes in (upper, lower):
            axes.axvline(max(value, lowest), linestyle=style, color=colour, linewidth=1.4, label=label)
    theme.put_legend_above(upper, ncols=3, handlelength=2.2)


@theme.chart("Customers who come back", is_dense=True)
def draw_cohort_retention(cohort_retention: pd.DataFrame, monthly_metrics: pd.DataFrame) -> theme.Figure:
    """The share of each cohort that is active again, by the months since its first order, in percent."""
    cohorts = theme.rows_with(cohort_retention, "retention", "customers", "months_since", "cohort")
    in_part = _is_in_part_of_a_month(cohorts, monthly_metrics)
    retention = _grid(cohorts, cohorts.retention)
    size = cohorts.groupby("cohort").customers.first()
    rows, columns = retention.shape
    figure, axes = theme.new_chart(
        takeaways.usual_retention(cohorts[~in_part]),
        height=max(0.6, min(rows * _CELL, 9)),
        left=1.15,
        bottom=0.6,
        above=0.04,
    )
    _draw_cells(axes, retention, _grid(cohorts, in_part), has_text=columns <= _MOST_LABELLED)
    axes.set_xlim(-0.5, max(columns, 8) - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xticks(range(0, columns, -(-columns // _MOST_LABELLED)))
    theme.label_ticks(axes.yaxis, [f"{cohort:%b %Y} ({count(size[cohort])})" for cohort in retention.index])
    axes.tick_params(length=0)
    note = "; grey: part of a month" if in_part.any() else ""
    axes.set_xlabel(
        "Months since the first order; rows: month of the first order (customers)\n"
        f"Cells: customers with an order, % of the cohort{note}"
    )
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _is_in_part_of_a_month(cohorts: pd.DataFrame, monthly_metrics: pd.DataFrame) -> pd.Series:
    months = [
        cohort + pd.DateOffset(months=int(since))
        for cohort, since in zip(cohorts.cohort, cohorts.months_since, strict=True)
    ]
    partial = monthly_metrics.month[monthly_metrics.is_partial.astype(bool)]
    return pd.Series(months, index=cohorts.index).isin(partial)


def _grid(cohorts: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    grid = values.set_axis(pd.MultiIndex.from_frame(cohorts[["cohort", "months_since"]]))
    return grid[~grid.index.duplicated()].unstack()


def _draw_cells(axes: theme.Axes, retention: pd.DataFrame, in_part: pd.DataFrame, has_text: bool) -> None:
    from matplotlib.patches import Rectangle

    later = retention.loc[:, retention.columns > 0].to_numpy()
    highest = np.nanmax(later, initial=0.01)
    for (row, column), share in np.ndenumerate(retention.to_numpy()):
        if np.isnan(share):
            continue
        is_first = retention.columns[column] == 0  # everybody is active then, which says nothing
        is_grey = is_first or in_part.iat[row, column]
        background, ink = (
            (theme.PALE, theme.GREY if is_first else theme.INK) if is_grey else theme.shade(share / highest)
        )
        cell = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=background, edgecolor="white", lw=0.5)
        axes.add_patch(cell)
        if has_text and not is_first:
            axes.text(column, row, f"{share * 100:.0f}", ha="center", va="center", color=ink, fontsize=6.5)
