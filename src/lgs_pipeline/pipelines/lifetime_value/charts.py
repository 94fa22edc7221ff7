"""Charts of lifetime values: what customers and tiers are worth, and how far predictions held."""

import numpy as np
import pandas as pd

from lgs_pipeline import theme
from lgs_pipeline.pipelines.lifetime_value import takeaways
from lgs_pipeline.pipelines.lifetime_value.schemas import CustomerLifetimeValue
from lgs_pipeline.pipelines.lifetime_value.takeaways import measures_of
from lgs_pipeline.tables import heading
from lgs_pipeline.wording import count, decimal, percent, pluralise, pounds, round_pounds, shortened

_BINS = 40
_LEAST = 1.0  # pound; what is less is drawn as that
_LEGEND_COLUMNS = 2
_BASELINES = {
    "model": "the model",
    "last_period": "same as last period",
    "own_average": "each customer's own average",
    "average": "everybody's average",
}
_ERRORS = {"mean_absolute_error": "Mean absolute error", "root_mean_square_error": "Root mean square error"}


@theme.chart("Lifetime values put to the test", is_dense=True)
def draw_clv_calibration(clv_validation: pd.DataFrame) -> theme.Figure:
    """Orders of the held-out months, expected and actual: by month, and by what customers ordered before."""
    by_month = measures_of(clv_validation, "orders_by_month", "expected", "actual")
    by_past = measures_of(clv_validation, "orders_by_past_orders", "expected", "actual", "customers")
    if by_month.empty or by_past.empty:
        raise theme.NothingToShow
    figure, (left, right) = theme.new_panels(
        takeaways.held_out_orders(clv_validation), rows=1, columns=2, height=2.4, left=0.65, bottom=0.62
    )
    places = np.arange(len(by_month))
    left.bar(places, by_month.actual, 0.7, color=theme.PALE, label="actual")
    left.plot(places, by_month.expected, color=theme.BLUE, marker="o", markersize=4, label="expected")
    left.set_xticks(places, [_month_and_year(item) for item in by_month.index])
    left.set_title("Orders by month", fontsize=8.5, loc="left")
    theme.format_axis(left.yaxis, count)
    each = by_past[["actual", "expected"]].div(by_past.customers.where(by_past.customers > 0), axis="index")
    steps = np.arange(len(each))
    right.plot(steps, each.actual, "o", color=theme.INK, markersize=5, label="actual")
    right.plot(steps, each.expected, color=theme.BLUE, marker="o", markersize=3, label="expected")
    right.set_xticks(steps, [item.lstrip("0") for item in each.index])
    right.set_title("Orders of a customer, by orders before", fontsize=8.5, loc="left")
    theme.format_axis(right.yaxis, lambda value: decimal(value, digits=0 if value == round(value) else 1))
    for axes in (left, right):
        axes.grid(axis="y")
        axes.tick_params(labelsize=7.5)
        axes.set_ylim(0, max(axes.get_ylim()[1], 1))
        axes.legend(loc="upper left", fontsize=7.5)
    left.set_xlabel("Month (the first and the last may be parts)", fontsize=8)
    right.set_xlabel("Orders before", fontsize=8)
    left.set_ylabel("Orders")
    return figure


def _month_and_year(item: str) -> str:
    moment = pd.Timestamp(f"{item}-01")
    return f"{moment:%b}\n{moment:%Y}"


@theme.chart("Lifetime values of customers")
def draw_clv_distribution(customer_lifetime_value: pd.DataFrame) -> theme.Figure:
    """How many customers are worth how much, and where the tiers begin."""
    customers = theme.rows_with(customer_lifetime_value, "clv")
    values = customers.clv.clip(lower=_LEAST)
    starts = values.groupby(customers.clv_tier).min().sort_values(ascending=False)
    rows_of_legend = -(-len(starts) // _LEGEND_COLUMNS)
    figure, axes = theme.new_chart(
        takeaways.usual_lifetime_value(customers), height=2.4, above=0.08 + 0.17 * rows_of_legend
    )
    edges = np.geomspace(values.min(), max(values.max(), values.min() * 1.1), _BINS + 1)
    base = np.zeros(_BINS)
    for rank, (tier, start) in enumerate(starts.items()):
        heights, _ = np.histogram(values[customers.clv_tier == tier], bins=edges)
        colour, _ = theme.shade(1 - rank / len(starts))
        reach = f": {pounds(start)} or more" if rank < len(starts) - 1 else ""
        axes.bar(
            edges[:-1], heights, np.diff(edges), base, align="edge", color=colour, edgecolor="white",
            linewidth=0.3, label=theme.drawable(shortened(tier, 18) + reach),
        )  # fmt: skip
        base += heights
    theme.put_legend_above(axes, ncols=_LEGEND_COLUMNS)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xlabel(f"{heading(CustomerLifetimeValue, 'clv')}, logarithmic")
    axes.set_ylabel("Customers")
    theme.format_axis(axes.xaxis, round_pounds)
    theme.format_axis(axes.yaxis, count)
    axes.grid(axis="y")
    return figure


@theme.chart("Tiers of lifetime value")
def draw_clv_tiers(clv_tiers: pd.DataFrame) -> theme.Figure:
    """Each tier's share of the customers beside its share of their lifetime value."""
    tiers = theme.rows_with(clv_tiers, "clv", "share_of_clv", "share_of_customers")
    tiers = tiers[tiers.clv_tier != takeaways.ALL_TIERS]
    if tiers.empty:
        raise theme.NothingToShow
    figure, axes = theme.new_chart(
        takeaways.top_tier(clv_tiers), height=max(0.9, 0.5 * len(tiers)), left=1.35, right=0.15, above=0.24
    )
    places = np.arange(len(tiers))
    axes.barh(places - 0.19, tiers.share_of_customers, 0.36, color=theme.ORANGE, label="of the customers")
    axes.barh(places + 0.19, tiers.share_of_clv, 0.36, color=theme.BLUE, label="of their lifetime value")
    for place, tier in zip(places, tiers.itertuples(), strict=True):
        between = f" ({pounds(tier.clv_low)} to {pounds(tier.clv_high)})" if np.isfinite(tier.clv_low) else ""
        texts = {
            -0.19: (tier.share_of_customers, pluralise(tier.customers, "customer")),
            0.19: (tier.share_of_clv, f"{pounds(tier.clv)}{between}"),
        }
        for shift, (share, text) in texts.items():
            axes.annotate(
                f"{percent(share)}: {text}", (max(share, 0), place + shift), (3, 0),
                textcoords="offset points", va="center", fontsize=7.5,
            )  # fmt: skip
    theme.label_ticks(axes.yaxis, tiers.clv_tier, length=18)
    axes.set_xlim(0, max(tiers.share_of_customers.max(), tiers.share_of_clv.max(), 0.01) * 1.75)
    theme.finish_share_bars(axes, len(tiers))
    return figure


@theme.chart("How sure predictions are")
def draw_clv_coverage(clv_validation: pd.DataFrame) -> theme.Figure:
    """Where customers ended up in what was predicted for them: a tenth in each tenth, if all is well."""
    parts = {item: measures_of(clv_validation, f"transform_of_{item}", "share") for item in ("orders", "sales")}
    if any(part.empty for part in parts.values()):
        raise theme.NothingToShow
    figure, panels = theme.new_panels(_sureness(clv_validation), rows=1, columns=2, height=1.8, bottom=0.62)
    for axes, (item, part) in zip(panels, parts.items(), strict=True):
        even = 1 / len(part)
        axes.bar(np.arange(len(part)), part.share, 0.9, color=theme.BLUE)
        axes.axhline(even, color=theme.INK, linestyle="--", linewidth=1)
        axes.set_title(f"{item.capitalize()} of the held-out months", fontsize=8.5, loc="left")
        edges = np.arange(len(part) + 1)
        axes.set_xticks(edges - 0.5, [f"{edge / len(part):.2g}" for edge in edges])
        axes.set_xlabel("Place in the customer's prediction\n(0: less than expected, 1: more)", fontsize=7.5)
        axes.set_yticks(even * np.arange(0, 2.5, 0.5))
        axes.set_ylim(0, max(2 * even, 1.05 * part.share.max()))
        axes.tick_params(labelsize=7)
        theme.format_axis(axes.yaxis, percent)
        axes.grid(axis="y")
    panels[0].set_ylabel("Customers (%; dashed: as it should be)", fontsize=7.5)
    return figure


def _sureness(clv_validation: pd.DataFrame) -> str:
    coverage = measures_of(clv_validation, "coverage", "level", "randomised")
    if "orders" not in coverage.index:
        return "Where customers ended up in what was predicted for them"
    level, inside = map(percent, coverage.loc["orders"])
    return f"{inside} of the customers ended up in the middle {level} of what was predicted for them"


@theme.chart("Errors per customer")
def draw_clv_errors(clv_validation: pd.DataFrame) -> theme.Figure:
    """The errors of the predicted orders per customer, beside three ways to do without a model."""
    errors = measures_of(clv_validation, "errors", *_ERRORS).reindex(_BASELINES).dropna()
    if errors.empty:
        raise theme.NothingToShow
    figure, panels = theme.new_panels(
        _comparison(errors), rows=1, columns=2, height=0.35 * len(errors) + 0.1, left=1.75, gap=0.25
    )
    for axes, (measure, name) in zip(panels, _ERRORS.items(), strict=True):
        places = np.arange(len(errors))
        colours = [theme.ORANGE if item == "model" else theme.GREY for item in errors.index]
        axes.barh(places, errors[measure], 0.7, color=colours)
        for place, error in zip(places, errors[measure], strict=True):
            axes.annotate(
                decimal(error, digits=2), (max(error, 0), place), (3, 0),
                textcoords="offset points", va="center", fontsize=7.5,
            )  # fmt: skip
        axes.set_ylim(len(errors) - 0.5, -0.5)
        axes.set_xlim(0, max(errors[measure].max(), 0.01) * 1.25)
        axes.set_yticks(places, [_BASELINES[item] for item in errors.index])
        axes.tick_params(axis="y", labelleft=axes is panels[0])
        axes.tick_params(axis="y", length=0, labelsize=7.5)
        axes.tick_params(axis="x", labelsize=7)
        axes.set_title(name, fontsize=8.5, loc="left")
        axes.set_xlabel("Orders per customer (lower is better)", fontsize=7.5)
        theme.format_axis(axes.xaxis, decimal)
        axes.grid(axis="x")
    return figure


def _comparison(errors: pd.DataFrame) -> str:
    absolute = errors.mean_absolute_error
    if not {"model", "last_period"} <= set(absolute.index):
        return "How wrong predictions of a customer's orders are"
    return (
        f"A customer's orders are predicted to within {decimal(absolute['model'], digits=2)} on average; "
        f"by “same as last period” to within {decimal(absolute['last_period'], digits=2)}"
    )
