"""The chart of what each segmentation says about later months."""

import numpy as np
import pandas as pd

from lgs_pipeline import theme
from lgs_pipeline.pipelines.segmentation_comparison import takeaways
from lgs_pipeline.pipelines.segmentation_comparison.schemas import MEASURES, SEGMENTATION_NAMES
from lgs_pipeline.wording import decimal, percent

_UNITS = {
    "auc_buying_again": "AUC; 0.50 is a guess",
    "log_sales_variance_explained": "explained variance of log sales, %",
    "sales_share_of_top_fifth": "sales of the fifth rated best, %",
    "membership_kept": "if some orders were missing, %",
}


@theme.chart("Which segmentation predicts", is_dense=True)
def draw_segmentation_comparison(segmentation_comparison: pd.DataFrame) -> theme.Figure:
    """What each segmentation says about the months held out, with intervals: further right is better."""
    rows = theme.rows_with(segmentation_comparison, "value")
    names = theme.in_order(rows.segmentation, SEGMENTATION_NAMES)
    figure, panels = theme.new_panels(
        takeaways.best_segmentations(rows), rows=2, columns=2, height=max(0.6, 0.24 * len(names)), left=1.5, gap=0.3
    )
    for position, (axes, (measure, name)) in enumerate(zip(panels, MEASURES.items(), strict=True)):
        found = rows[rows.measure == measure].set_index("segmentation").reindex(names)
        places = np.arange(len(names))
        contest = found.value.drop("none", errors="ignore").dropna()
        best = contest.idxmax() if len(contest) else None
        for place, (segmentation, row) in zip(places, found.iterrows(), strict=True):
            colour = {best: theme.ORANGE, "none": theme.GREY}.get(segmentation, theme.BLUE)
            axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2)
            axes.plot(row.value, place, "o", color=colour, markeredgecolor=theme.INK, markersize=5)
        axes.set_title(f"{name}\n{_UNITS[measure]}", fontsize=8, loc="left")
        labels = [SEGMENTATION_NAMES.get(label, label) for label in names]
        theme.label_ticks(axes.yaxis, labels if position % 2 == 0 else [""] * len(labels))
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=4, steps=[1, 2, 5, 10])
        theme.format_axis(axes.xaxis, (lambda value: decimal(value, 2)) if measure.startswith("auc") else percent)
        axes.tick_params(labelsize=7.5)
        axes.grid(axis="x")
    figure.text(
        0.1 / theme.WIDTH, 0.1 / figure.get_figheight(),
        "Lines: bootstrap intervals. Orange: the best.", fontsize=8, color=theme.GREY,
    )  # fmt: skip
    return figure
