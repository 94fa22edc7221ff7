"""The room's charts with tables that they draw."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from lgs_pipeline.pipelines.clustering import charts
from tests import tables

PROFILES = tables.clusters(Frequent_spenders=(5, 5000), Rare_spenders=(20, 400))

EXAMPLES: dict[Callable[..., Any], list[pd.DataFrame]] = {
    charts.draw_kmeans_selection: [tables.selection(0.4, 0.5, 0.3)],
    charts.draw_cluster_profiles: [PROFILES],
    charts.draw_cluster_components: [*tables.components((0, 1.0, 2.0), (0, 1.5, 2.0), (1, -1.0, 0.5))],
    charts.draw_segments_and_clusters: [
        tables.crosstab(Champions=[4, 1], At_Risk=[0, 20]),
        PROFILES,
        tables.rfm((5, 5, 900.0, "Champions"), (1, 3, 90.0, "At Risk")),
    ],
}
