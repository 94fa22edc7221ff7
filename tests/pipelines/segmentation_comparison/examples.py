"""The room's chart with a table that it draws."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from lgs_pipeline.pipelines.segmentation_comparison import charts
from tests import tables

EXAMPLES: dict[Callable[..., Any], list[pd.DataFrame]] = {
    charts.draw_segmentation_comparison: [
        tables.comparison(none=(0.0, 0.0, 0.0), rfm=(0.3, 0.25, 0.35), kmeans=(0.5, 0.45, 0.55))
    ],
}
