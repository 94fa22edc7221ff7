from kedro.pipeline import Pipeline

from lgs_pipeline.moments import DATASET, REFERENCE, at
from lgs_pipeline.pipelines.customers import nodes
from lgs_pipeline.wiring import make_room, step


def create_pipeline() -> Pipeline:
    """From lines and invoices to facts of customers and products, and the moments that rooms share."""
    return make_room(
        "customers",
        step(
            nodes.set_moments,
            [
                "data_period",
                "params:rfm",
                "params:segmentation_comparison",
                "params:lifetime_value",
                "params:recommendations",
            ],
            DATASET,
        ),
        step(
            nodes.select_scored_invoices,
            ["transactions", "invoices", "params:cleaning", "params:rfm"],
            "scored_invoices",
        ),
        step(at(nodes.summarise_habits, REFERENCE), ["scored_invoices", DATASET], "customer_habits"),
        step(
            at(nodes.count_products, REFERENCE),
            ["transactions", "scored_invoices", DATASET, "params:cleaning"],
            "customer_products",
        ),
        step(at(nodes.find_order_times, REFERENCE), ["scored_invoices", DATASET], "customer_order_times"),
        step(nodes.count_descriptions, "transactions", "product_descriptions"),
        step(nodes.name_products, "product_descriptions", "product_names"),
        step(nodes.list_purchase_days, "transactions", "purchase_days"),
    )
