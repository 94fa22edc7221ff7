from kedro.pipeline import Pipeline

from lgs_pipeline.moments import DATASET, MIGRATION_START, REFERENCE, at
from lgs_pipeline.pipelines.rfm import chapter, charts, nodes
from lgs_pipeline.wiring import draw_charts, make_room, step, tell


def create_pipeline() -> Pipeline:
    """From invoices to scored customers and named segments, now and at an earlier moment."""
    return make_room(
        "rfm",
        *_scored_at(REFERENCE, "customer_orders", "rfm"),
        *_scored_at(MIGRATION_START, "customer_orders_at_migration_start", "rfm_at_migration_start"),
        step(nodes.describe_thresholds, ["rfm", "params:rfm"], "rfm_thresholds"),
        step(nodes.summarise_segments, ["rfm", "params:rfm"], "rfm_segments"),
        step(nodes.compare_segments, ["rfm_at_migration_start", "rfm"], "segment_migration"),
        step(nodes.place_segments, "params:rfm", "segment_places"),
        tell(
            "rfm",
            chapter.tell_rfm,
            ["rfm_segments", "rfm_thresholds", "segment_migration", "segment_places", "params:rfm"],
        ),
    )


def _scored_at(moment: str, customer_orders: str, rfm: str) -> list:
    """The nodes from invoices to scored customers, as known at the moment."""
    suffix = "" if moment == REFERENCE else f"_at_{moment}"
    return [
        step(
            at(nodes.summarise_customers, moment),
            ["scored_invoices", DATASET],
            customer_orders,
            f"summarise_customers{suffix}",
        ),
        step(
            at(nodes.score_customers, moment), [customer_orders, DATASET, "params:rfm"], rfm, f"score_customers{suffix}"
        ),
    ]


def create_charts() -> Pipeline:
    """The charts of the segments."""
    return draw_charts(
        "rfm",
        {
            charts.draw_rfm_grid: "rfm",
            charts.draw_segment_treemap: "rfm_segments",
            charts.draw_segment_shares: "rfm_segments",
            charts.draw_segment_map: "rfm_segments",
            charts.draw_segment_migration: ["segment_migration", "rfm_segments"],
        },
    )
