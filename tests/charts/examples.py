"""Every chart function with tables that it draws: what holds for every chart is tried on these."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from lgs_pipeline.charts import amounts, clusters, cohorts, lifetime_tests, lifetime_values, months, segments
from tests.charts import tables

MONTHS = tables.months(*(1000 + 50 * month for month in range(14)), partial=(13,))
AMOUNTS = tables.amounts((0.0, 1), (5.0, 3), (100.0, 10), (300.5, 20), (9000.0, 1))
SEGMENTS = tables.segments(Champions=(10, 9000), At_Risk=(30, 900), New_Customers=(1, 50), Nobody=(0, 0))
POINTS, MEANINGS = tables.components((0, 1.0, 2.0), (0, 1.5, 2.0), (1, -1.0, 0.5))
PROFILES = tables.clusters(Frequent_spenders=(5, 5000), Rare_spenders=(20, 400))

EXAMPLES: dict[Callable[..., Any], list[pd.DataFrame]] = {
    months.draw_monthly_orders: [MONTHS],
    months.draw_monthly_sales: [MONTHS],
    months.draw_sales_growth: [MONTHS],
    months.draw_active_customers: [MONTHS],
    months.draw_new_customers: [MONTHS],
    amounts.draw_invoice_amounts: [AMOUNTS, tables.distribution(AMOUNTS)],
    amounts.draw_usual_invoice_amounts: [AMOUNTS, tables.distribution(AMOUNTS)],
    cohorts.draw_cohort_retention: [tables.cohorts((10, [3, 2]), (20, [5]), (5, [])), MONTHS],
    segments.draw_rfm_grid: [
        tables.rfm((5, 5, 900.0, "Champions"), (5, 5, 100.0, "Champions"), (1, 1, 10.0, "Hibernating"))
    ],
    segments.draw_segment_treemap: [SEGMENTS],
    segments.draw_segment_shares: [SEGMENTS],
    segments.draw_segment_map: [SEGMENTS],
    segments.draw_segment_migration: [
        tables.migration(
            ("(new)", "New Customers", 4), ("Champions", "At Risk", 2), ("Champions", "Champions", 6)
        ),
        SEGMENTS,
    ],
    clusters.draw_kmeans_selection: [tables.selection(0.4, 0.5, 0.3)],
    clusters.draw_cluster_profiles: [PROFILES],
    clusters.draw_cluster_components: [POINTS, MEANINGS],
    clusters.draw_segments_and_clusters: [
        tables.crosstab(Champions=[4, 1], At_Risk=[0, 20]), PROFILES, SEGMENTS,
    ],
    clusters.draw_segmentation_comparison: [
        tables.comparison(none=(0.0, 0.0, 0.0), rfm=(0.3, 0.25, 0.35), kmeans=(0.5, 0.45, 0.55))
    ],
    lifetime_values.draw_clv_calibration: [tables.validation()],
    lifetime_tests.draw_clv_coverage: [tables.sureness(orders=0.81, sales=0.79)],
    lifetime_tests.draw_clv_errors: [tables.errors(model=(0.95, 1.77), last_period=(1.01, 1.87))],
    lifetime_values.draw_clv_distribution: [
        tables.lifetime_values((10.0, "Bronze"), (20.0, "Bronze"), (500.0, "Gold"), (0.0, "Bronze"))
    ],
    lifetime_values.draw_clv_tiers: [tables.tiers(Gold=(10, 900.0), Bronze=(90, 100.0))],
}  # fmt: skip


def name_of(draw: Callable[..., Any]) -> str:
    """What a test's case is called."""
    return draw.__name__.removeprefix("draw_")
