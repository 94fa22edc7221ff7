from kedro.pipeline import Pipeline

from lgs_pipeline.moments import DATASET, REFERENCE, at
from lgs_pipeline.pipelines.segment_profiles import nodes
from lgs_pipeline.wiring import make_room, step


def create_pipeline() -> Pipeline:
    """From orders, products and habits to what is particular to each rule-based segment."""
    return make_room(
        "segment_profiles",
        step(at(nodes.count_order_times, REFERENCE), ["scored_invoices", "rfm", DATASET], "segment_order_times"),
        step(nodes.count_segment_products, ["customer_products", "rfm"], "segment_products"),
        step(
            nodes.profile_segments,
            [
                "rfm",
                "customer_features",
                "customer_habits",
                "segment_order_times",
                "segment_products",
                "product_names",
                "params:segment_profiles",
            ],
            "segment_profiles",
        ),
    )
