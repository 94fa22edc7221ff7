"""Charts of how far predictions for single customers can be trusted: how sure, and how wrong, they are."""

import numpy as np
import pandas as pd

from lgs_pipeline.charts.theme import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    Figure,
    NothingToShow,
    chart,
    format_axis,
    new_panels,
)
from lgs_pipeline.charts.wording import decimal, percent

_BASELINES = {
    "model": "the model",
    "last_period": "same as last period",
    "own_average": "each customer's own average",
    "average": "everybody's average",
}
_ERRORS = {
    "mean_absolute_error": "Mean absolute error",
    "root_mean_square_error": "Root mean square error",
}


@chart("How sure predictions are")
def draw_clv_coverage(clv_validation: pd.DataFrame) -> Figure:
    """Where customers ended up in what was predicted for them: a tenth in each tenth, if all is well."""
    parts = {item: _measures(clv_validation, f"transform_of_{item}") for item in ("orders", "sales")}
    if any(part.empty for part in parts.values()):
        raise NothingToShow
    figure, panels = new_panels(_sureness(clv_validation), rows=1, columns=2, height=1.8, bottom=0.62)
    for axes, (item, part) in zip(panels, parts.items(), strict=True):
        even = 1 / len(part)
        axes.bar(np.arange(len(part)), part.share, 0.9, color=BLUE)
        axes.axhline(even, color=INK, linestyle="--", linewidth=1)
        axes.set_title(f"{item.capitalize()} of the held-out months", fontsize=8.5, loc="left")
        edges = np.arange(len(part) + 1)
        axes.set_xticks(edges - 0.5, [f"{edge / len(part):.2g}" for edge in edges])
        axes.set_xlabel("Place in the customer's prediction\n(0: less than expected, 1: more)", fontsize=7.5)
        axes.set_yticks(even * np.arange(0, 2.5, 0.5))
        axes.set_ylim(0, max(2 * even, 1.05 * part.share.max()))
        axes.tick_params(labelsize=7)
        format_axis(axes.yaxis, percent)
        axes.grid(axis="y")
    panels[0].set_ylabel("Customers (%; dashed: as it should be)", fontsize=7.5)
    return figure


def _sureness(clv_validation: pd.DataFrame) -> str:
    coverage = _measures(clv_validation, "coverage")
    if not {"level", "randomised"} <= set(coverage) or "orders" not in coverage.index:
        return "Where customers ended up in what was predicted for them"
    level, inside = map(percent, coverage.loc["orders", ["level", "randomised"]])
    return f"{inside} of the customers ended up in the middle {level} of what was predicted for them"


@chart("Errors per customer")
def draw_clv_errors(clv_validation: pd.DataFrame) -> Figure:
    """The errors of the predicted orders per customer, beside three ways to do without a model."""
    errors = _measures(clv_validation, "errors").reindex(_BASELINES).reindex(columns=list(_ERRORS)).dropna()
    if errors.empty:
        raise NothingToShow
    figure, panels = new_panels(
        _comparison(errors), rows=1, columns=2, height=0.35 * len(errors) + 0.1, left=1.75, gap=0.25
    )
    for axes, (measure, name) in zip(panels, _ERRORS.items(), strict=True):
        places = np.arange(len(errors))
        colours = [ORANGE if item == "model" else GREY for item in errors.index]
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
        format_axis(axes.xaxis, decimal)
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


def _measures(clv_validation: pd.DataFrame, part: str) -> pd.DataFrame:
    """A row per item of a part, a column per measure."""
    rows = clv_validation[clv_validation.part == part].drop_duplicates(["item", "measure"])
    return rows.pivot(index="item", columns="measure", values="value").astype(float).dropna()
