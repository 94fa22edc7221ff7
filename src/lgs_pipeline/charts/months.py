"""Charts of the months: orders, sales, growth, customers."""

from typing import Any

import numpy as np
import pandas as pd

from lgs_pipeline.charts import takeaways
from lgs_pipeline.charts.theme import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    Axes,
    Figure,
    chart,
    format_axis,
    new_chart,
    put_legend_above,
    rows_with,
)
from lgs_pipeline.charts.wording import count, percent, round_pounds

_PARTIAL = {"hatch": "////", "edgecolor": "white", "linewidth": 0}
_LEGEND = 0.24
_MOST_LABELS = 13


@chart("Orders placed and cancelled")
def draw_monthly_orders(monthly_metrics: pd.DataFrame) -> Figure:
    """Orders placed and orders cancelled, side by side for each month."""
    months = rows_with(monthly_metrics, "placed_orders", "cancelled_orders")
    figure, axes = new_chart(takeaways.orders_and_cancellations(months), above=_LEGEND)
    _bars(axes, months, months.placed_orders, BLUE, label="placed", width=0.44, shift=-0.21)
    _bars(axes, months, months.cancelled_orders, ORANGE, label="cancelled", width=0.44, shift=0.21)
    _finish(axes, months, "Orders", count)
    put_legend_above(axes)
    return figure


@chart("Sales")
def draw_monthly_sales(monthly_metrics: pd.DataFrame) -> Figure:
    """Net sales of each month, with a mark for the same month a year earlier."""
    months = rows_with(monthly_metrics, "sales")
    figure, axes = new_chart(takeaways.sales_development(months), above=_LEGEND)
    _bars(axes, months, months.sales, BLUE, label="sales")
    year_before = months.sales.shift(12)
    if year_before.notna().any():
        positions = np.arange(len(months))
        axes.hlines(
            year_before, positions - 0.42, positions + 0.42,
            color=INK, linewidth=1.6, label="same month a year earlier",
        )  # fmt: skip
    _finish(axes, months, "Net sales (£)", round_pounds)
    put_legend_above(axes)
    return figure


@chart("Growth of sales")
def draw_sales_growth(monthly_metrics: pd.DataFrame) -> Figure:
    """The change of each month's sales over the month before."""
    months = rows_with(monthly_metrics, "month", "sales")
    rows_with(months, "sales_growth")
    figure, axes = new_chart(takeaways.growth_range(months), above=_LEGEND)
    growth = months.sales_growth
    _bars(axes, months, growth.where(growth >= 0), BLUE, label="rise over the month before")
    _bars(axes, months, growth.where(growth < 0), RED, label="fall")
    axes.axhline(0, color=GREY, linewidth=0.8)
    _finish(axes, months, "Change of sales (%)", percent)
    put_legend_above(axes)
    return figure


@chart("Active customers")
def draw_active_customers(monthly_metrics: pd.DataFrame) -> Figure:
    """Customers with an order in each month."""
    months = rows_with(monthly_metrics, "active_customers")
    figure, axes = new_chart(takeaways.most_active_month(months), above=_LEGEND)
    _bars(axes, months, months.active_customers, GREEN, label="active customers")
    _finish(axes, months, "Customers with an order", count)
    put_legend_above(axes)
    return figure


@chart("New and existing customers")
def draw_new_customers(monthly_metrics: pd.DataFrame) -> Figure:
    """Active customers of each month: those who ordered before, and on top of them the new ones."""
    months = rows_with(monthly_metrics, "new_customers", "existing_customers")
    figure, axes = new_chart(takeaways.new_customers(months), above=_LEGEND)
    _bars(axes, months, months.existing_customers, BLUE, label="ordered before")
    _bars(axes, months, months.new_customers, ORANGE, label="new", base=months.existing_customers)
    _finish(axes, months, "Customers with an order", count)
    put_legend_above(axes)
    return figure


def _bars(
    axes: Axes,
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


def _finish(axes: Axes, months: pd.DataFrame, quantity: str, written: Any) -> None:
    """Name the months and the quantity, and say what hatching means."""
    step = -(-len(months) // _MOST_LABELS)
    # The last month is always named, whatever the step.
    positions = range((len(months) - 1) % step, len(months), step)
    axes.set_xticks(list(positions), [_short_month(months.month.iloc[i]) for i in positions])
    axes.tick_params(axis="x", length=2)
    axes.set_xlim(-0.7, max(len(months), 6) - 0.3)
    axes.set_ylabel(quantity)
    format_axis(axes.yaxis, written)
    axes.grid(axis="y")
    if months.is_partial.any():
        axes.bar([0], [0], color=GREY, label="part of a month", **_PARTIAL)


def _short_month(moment: pd.Timestamp) -> str:
    return f"{moment:%b}\n{moment:%Y}"
