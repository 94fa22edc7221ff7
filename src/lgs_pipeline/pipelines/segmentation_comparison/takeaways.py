"""What the comparison of segmentations shows, in a sentence: for the title of its chart and the chapter."""

import numpy as np
import pandas as pd

from lgs_pipeline.pipelines.segmentation_comparison.schemas import MEASURES, SEGMENTATION_NAMES
from lgs_pipeline.wording import listed, shortened


def best_segmentations(segmentation_comparison: pd.DataFrame) -> str:
    """Which segmentations predict best who buys again, and how much.

    The best, and those within the interval that chance puts around it.
    """
    contest = segmentation_comparison[segmentation_comparison.segmentation != "none"].dropna(subset="value")
    parts = []
    for measure in ("auc_buying_again", "log_sales_variance_explained"):
        rows = contest[contest.measure == measure].sort_values("value", ascending=False, kind="stable")
        if not rows.empty:
            as_good = rows[rows.value >= np.fmin(rows.low.iloc[0], rows.value.iloc[0])]
            names = [SEGMENTATION_NAMES.get(name, shortened(name)) for name in as_good.segmentation]
            parts.append(f"{MEASURES[measure].lower()} is predicted best by {listed(names)}")
    if not parts:
        return "Segmentations cannot be compared on this data (the log says why)"
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:]
