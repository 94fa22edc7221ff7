from collections.abc import Callable
from typing import Any

from kedro.pipeline import Pipeline, node

from lgs_pipeline.charts import amounts, clusters, cohorts, lifetime_tests, lifetime_values, months, segments
from lgs_pipeline.pipelines.reporting import findings, nodes, report, workbook

CHARTS: dict[Callable[..., Any], list[str]] = {
    months.draw_monthly_sales: ["monthly_metrics"],
    months.draw_sales_growth: ["monthly_metrics"],
    months.draw_monthly_orders: ["monthly_metrics"],
    months.draw_active_customers: ["monthly_metrics"],
    months.draw_new_customers: ["monthly_metrics"],
    amounts.draw_invoice_amounts: ["invoice_amount_counts", "invoice_amount_distribution"],
    amounts.draw_usual_invoice_amounts: ["invoice_amount_counts", "invoice_amount_distribution"],
    cohorts.draw_cohort_retention: ["cohort_retention", "monthly_metrics"],
    segments.draw_rfm_grid: ["rfm"],
    segments.draw_segment_treemap: ["rfm_segments"],
    segments.draw_segment_shares: ["rfm_segments"],
    segments.draw_segment_map: ["rfm_segments"],
    segments.draw_segment_migration: ["segment_migration", "rfm_segments"],
    clusters.draw_kmeans_selection: ["kmeans_selection"],
    clusters.draw_cluster_profiles: ["kmeans_profile"],
    clusters.draw_cluster_components: ["cluster_components", "component_meanings"],
    clusters.draw_segments_and_clusters: ["segment_cluster_crosstab", "kmeans_profile", "rfm_segments"],
    clusters.draw_segmentation_comparison: ["segmentation_comparison"],
    lifetime_values.draw_clv_tiers: ["clv_tiers"],
    lifetime_values.draw_clv_distribution: ["customer_lifetime_value"],
    lifetime_values.draw_clv_calibration: ["clv_validation"],
    lifetime_tests.draw_clv_coverage: ["clv_validation"],
    lifetime_tests.draw_clv_errors: ["clv_validation"],
}
"""What is drawn, from which tables."""

SETTINGS = (
    "ingestion",
    "cleaning",
    "monthly_metrics",
    "rfm",
    "clustering",
    "lifetime_value",
    "recommendations",
    "campaigns",
    "campaign_effect",
    "reporting",
)
"""The groups of settings that the report lists."""


def create_pipeline() -> Pipeline:
    """From tables to charts, findings, the report and the workbook."""
    return _charts() + _documents()


def _charts() -> Pipeline:
    """Every chart as a picture and as a drawing."""
    return Pipeline(
        [
            node(
                nodes.with_drawing(draw),
                inputs=tables,
                outputs=[f"{_chart_name(draw)}_chart", f"{_chart_name(draw)}_drawing"],
                name=draw.__name__,
            )
            for draw, tables in CHARTS.items()
        ]
        + [
            node(
                nodes.project_clusters,
                inputs=["customer_features", "kmeans_clusters", "kmeans_model"],
                outputs=["cluster_components", "component_meanings"],
                name="project_clusters",
            ),
        ]
    )


def _documents() -> Pipeline:
    """What is opened and read."""
    drawings = [f"{_chart_name(draw)}_drawing" for draw in CHARTS]
    return Pipeline(
        [
            node(
                nodes.list_extracts,
                inputs="retail",
                outputs="extracts",
                name="list_extracts",
            ),
            node(
                nodes.list_settings,
                inputs={group: f"params:{group}" for group in SETTINGS},
                outputs="settings_in_force",
                name="list_settings",
            ),
            node(
                nodes.value_segments,
                inputs=["rfm", "customer_lifetime_value"],
                outputs="segment_values",
                name="value_segments",
            ),
            node(
                findings.state_findings,
                inputs=[
                    "monthly_metrics",
                    "rfm_segments",
                    "segment_migration",
                    "segment_values",
                    "clv_tiers",
                    "data_quality",
                    "params:rfm",
                    "params:lifetime_value",
                ],
                outputs="findings",
                name="state_findings",
            ),
            node(
                report.write_report,
                inputs={
                    "findings": "findings",
                    "data_period": "data_period",
                    "data_quality": "data_quality",
                    "monthly_metrics": "monthly_metrics",
                    "rfm_segments": "rfm_segments",
                    "rfm_thresholds": "rfm_thresholds",
                    "segment_migration": "segment_migration",
                    "segment_profiles": "segment_profiles",
                    "kmeans_profile": "kmeans_profile",
                    "segmentation_comparison": "segmentation_comparison",
                    "segment_values": "segment_values",
                    "clv_tiers": "clv_tiers",
                    "clv_validation": "clv_validation",
                    "campaign_plan": "campaign_plan",
                    "campaign_targets": "campaign_targets",
                    "campaign_effect": "campaign_effect",
                    "extracts": "extracts",
                    "settings_in_force": "settings_in_force",
                    "rfm": "params:rfm",
                    "lifetime_value": "params:lifetime_value",
                    "reporting": "params:reporting",
                    **{drawing: drawing for drawing in drawings},
                },
                outputs="report",
                name="write_report",
            ),
            node(
                workbook.write_workbook,
                inputs=[
                    "findings",
                    "data_period",
                    "data_quality",
                    "monthly_metrics",
                    "rfm",
                    "rfm_segments",
                    "segment_migration",
                    "kmeans_profile",
                    "kmeans_clusters",
                    "clv_tiers",
                    "customer_lifetime_value",
                    "campaign_plan",
                    "campaign_targets",
                    "campaign_effect",
                    "extracts",
                    "params:reporting",
                ],
                outputs="workbook",
                name="write_workbook",
            ),
        ]
    )


def _chart_name(draw: Callable[..., Any]) -> str:
    return draw.__name__.removeprefix("draw_")
