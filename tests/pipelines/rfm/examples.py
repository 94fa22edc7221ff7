"""The room's charts with tables that they draw."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from lgs_pipeline.pipelines.rfm import charts
from tests import tables

SEGMENTS = tables.segments(Champions=(10, 9000), At_Risk=(30, 900), New_Customers=(1, 50), Nobody=(0, 0))

EXAMPLES: dict[Callable[..., Any], list[pd.DataFrame]] = {
    charts.draw_rfm_grid: [
        tables.rfm((5, 5, 900.0, "Champions"), (5, 5, 100.0, "Champions"), (1, 1, 10.0, "Hibernating"))
    ],
    charts.draw_segment_treemap: [SEGMENTS],
    charts.draw_segment_shares: [SEGMENTS],
    charts.draw_segment_map: [SEGMENTS],
    charts.draw_segment_migration: [
        tables.migration(
            ("(new)", "New Customers", 4), ("Champions", "At Risk", 2), ("Champions", "Champions", 6)
        ),
        SEGMENTS,
    ],
}  # fmt: skip
