"""Charts of what orders come to: a histogram over a box, of all orders and of those up to the 85% cut."""

from typing import Any

import numpy as np
import pandas as pd

from lgs_pipeline.charts import takeaways
from lgs_pipeline.charts.theme import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    Axes,
    Figure,
    NothingToShow,
    chart,
    format_axis,
    new_chart,
    put_legend_above,
    rows_with,
)
from lgs_pipeline.charts.wording import count, exact_pounds, many, round_pounds

_BINS = 50
_BOX_HEIGHT = 0.45
# What is marked, how, and in which colour; lines differ so that they can be told apart without colours.
_MARKS = {
    "min": (":", SKY),
    "mode": ("--", PURPLE),
    "median": ("-", INK),
    "mean": ("-.", RED),
    "max": (":", GREEN),
}


@chart("Amounts of all orders")
def draw_invoice_amounts(
    invoice_amount_counts: pd.DataFrame, invoice_amount_distribution: pd.DataFrame
) -> Figure:
    """All orders by what they come to, on a logarithmic axis because a few are very large."""
    told = _distribution_of(invoice_amount_distribution, "all")
    amounts, orders = _amounts_and_orders(invoice_amount_counts, up_to=told["max"])
    positive = amounts > 0
    if not positive.any():
        raise NothingToShow
    left_out = orders[~positive].sum()
    note = f", without {many(left_out, 'order')} of £0 or less" if left_out else ""
    edges = np.geomspace(
        amounts[positive].min(), max(amounts.max(), amounts[positive].min() * 1.1), _BINS + 1
    )
    figure, (upper, lower) = _histogram_over_box(takeaways.usual_order(told))
    lower.set_xscale("log")
    _draw_histogram(upper, amounts[positive], orders[positive], edges)
    _draw_box(lower, told.clip(lower=edges[0]), f"Amount of an order (£, logarithmic{note})")
    _mark(upper, lower, told, lowest=edges[0])
    return figure


@chart("Amounts of orders up to the 85% cut")
def draw_usual_invoice_amounts(
    invoice_amount_counts: pd.DataFrame, invoice_amount_distribution: pd.DataFrame
) -> Figure:
    """Orders up to the 0.85 quantile of their amounts."""
    told = _distribution_of(invoice_amount_distribution, "up_to_p85")
    amounts, orders = _amounts_and_orders(invoice_amount_counts, up_to=told["max"])
    edges = np.linspace(amounts.min(), max(amounts.max(), amounts.min() + 10), _BINS + 1)
    figure, (upper, lower) = _histogram_over_box(takeaways.usual_order_up_to_cut(told))
    _draw_histogram(upper, amounts, orders, edges)
    _draw_box(lower, told, "Amount of an order (£)")
    _mark(upper, lower, told)
    return figure


def _distribution_of(distribution: pd.DataFrame, population: str) -> pd.Series:
    known = rows_with(distribution, "min", "q25", "median", "mean", "mode", "q75", "max")
    row = known[known.population == population]
    if row.empty:
        raise NothingToShow
    return row[["min", "q25", "median", "mean", "mode", "q75", "max"]].iloc[0].astype(float)


def _amounts_and_orders(counts: pd.DataFrame, up_to: float) -> tuple[np.ndarray, np.ndarray]:
    # Amounts are decimals, the cut is a float.
    known = rows_with(counts.astype({"amount": float}), "amount", "invoices")
    known = rows_with(known[known.amount <= up_to + 5e-4], "amount")
    return known.amount.to_numpy(), known.invoices.to_numpy()


def _histogram_over_box(title: str) -> tuple[Figure, tuple[Axes, Axes]]:
    figure, upper = new_chart(title, height=2.2, bottom=1.0, above=0.42)
    left, bottom, width, _ = upper.get_position().bounds
    box_height = _BOX_HEIGHT / figure.get_figheight()
    lower = figure.add_axes((left, bottom - box_height, width, box_height), sharex=upper)
    return figure, (upper, lower)


def _draw_histogram(axes: Axes, amounts: np.ndarray, orders: np.ndarray, edges: np.ndarray) -> None:
    heights, _ = np.histogram(amounts, bins=edges, weights=orders)
    axes.bar(edges[:-1], heights, np.diff(edges), align="edge", color=BLUE, edgecolor="white", linewidth=0.3)
    axes.set_ylabel("Orders")
    format_axis(axes.yaxis, count)
    axes.grid(axis="y")
    axes.tick_params(axis="x", which="both", length=0, labelbottom=False)


def _draw_box(axes: Axes, told: pd.Series, quantity: str) -> None:
    box: dict[str, Any] = {
        "whislo": told["min"],
        "q1": told["q25"],
        "med": told["median"],
        "q3": told["q75"],
        "whishi": told["max"],
        "fliers": [],
    }
    axes.bxp(
        [box], orientation="horizontal", widths=0.5, patch_artist=True, showfliers=False,
        boxprops={"facecolor": ORANGE, "edgecolor": INK}, medianprops={"color": INK},
    )  # fmt: skip
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(quantity)
    axes.minorticks_off()
    format_axis(axes.xaxis, round_pounds)


def _mark(upper: Axes, lower: Axes, told: pd.Series, lowest: float = -np.inf) -> None:
    for name, (style, colour) in _MARKS.items():
        value = told[name]
        label = f"{name} {exact_pounds(value, pence=abs(value) < 100)}"
        for axes in (upper, lower):
            axes.axvline(max(value, lowest), linestyle=style, color=colour, linewidth=1.4, label=label)
    put_legend_above(upper, ncols=3, handlelength=2.2)
