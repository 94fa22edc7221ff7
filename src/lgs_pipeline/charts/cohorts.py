"""The chart of cohorts: how many of a month's new customers order again, month by month."""

import numpy as np
import pandas as pd

from lgs_pipeline.charts import takeaways
from lgs_pipeline.charts.theme import (
    GREY,
    INK,
    PALE,
    Axes,
    Figure,
    chart,
    label_ticks,
    new_chart,
    rows_with,
    shade,
)
from lgs_pipeline.charts.wording import count

_CELL = 0.225
_MOST_LABELLED = 26


@chart("Customers who come back")
def draw_cohort_retention(cohort_retention: pd.DataFrame, monthly_metrics: pd.DataFrame) -> Figure:
    """The share of each cohort that is active again, by the months since its first order, in percent."""
    cohorts = rows_with(cohort_retention, "retention", "customers", "months_since", "cohort")
    in_part = _is_in_part_of_a_month(cohorts, monthly_metrics)
    retention = _grid(cohorts, cohorts.retention)
    size = cohorts.groupby("cohort").customers.first()
    rows, columns = retention.shape
    figure, axes = new_chart(
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
    label_ticks(axes.yaxis, [f"{cohort:%b %Y} ({count(size[cohort])})" for cohort in retention.index])
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


def _draw_cells(axes: Axes, retention: pd.DataFrame, in_part: pd.DataFrame, has_text: bool) -> None:
    from matplotlib.patches import Rectangle

    later = retention.loc[:, retention.columns > 0].to_numpy()
    highest = np.nanmax(later, initial=0.01)
    for (row, column), share in np.ndenumerate(retention.to_numpy()):
        if np.isnan(share):
            continue
        is_first = retention.columns[column] == 0  # everybody is active then, which says nothing
        is_grey = is_first or in_part.iat[row, column]
        background, ink = (PALE, GREY if is_first else INK) if is_grey else shade(share / highest)
        cell = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=background, edgecolor="white", lw=0.5)
        axes.add_patch(cell)
        if has_text and not is_first:
            axes.text(column, row, f"{share * 100:.0f}", ha="center", va="center", color=ink, fontsize=6.5)
