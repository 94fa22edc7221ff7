from collections.abc import Callable
from typing import Any

from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from lgs_pipeline.moments import COMPARISON_CUT, DATASET, at
from lgs_pipeline.pipelines.customers.nodes import summarise_habits
from lgs_pipeline.pipelines.rfm.nodes import score_customers, summarise_customers
from lgs_pipeline.pipelines.segmentation_comparison import chapter, charts, nodes
from lgs_pipeline.wiring import draw_charts, make_room, step, tell


def create_pipeline() -> Pipeline:
    """Segmentations made at the cut, once with all orders and once without some, and what came after."""
    return make_room(
        "segmentation_comparison",
        *_known_at_cut("scored_invoices", "at_comparison_cut"),
        step(
            nodes.remove_orders,
            ["scored_invoices", "params:segmentation_comparison"],
            "scored_invoices_with_orders_removed",
        ),
        *_known_at_cut("scored_invoices_with_orders_removed", "with_orders_removed"),
        step(at(nodes.sum_up_held_out, COMPARISON_CUT), ["scored_invoices", DATASET], "held_out_orders"),
        step(
            nodes.compare_segmentations,
            {
                "customers": "customers_at_comparison_cut",
                "customers_with_orders_removed": "customers_with_orders_removed",
                "held_out_orders": "held_out_orders",
                "settings": "params:segmentation_comparison",
                "clustering": "params:clustering",
                "lifetime_value": "params:lifetime_value",
            },
            "segmentation_comparison",
        ),
        tell("segmentation_comparison", chapter.tell_segmentation_comparison, "segmentation_comparison"),
    )


def _known_at_cut(scored_invoices: str, suffix: str) -> list[Node]:
    """The nodes from invoices to the customers known at the cut; their outputs end in the suffix."""
    wiring: dict[Callable[..., Any], tuple[list[str], str]] = {
        summarise_customers: ([scored_invoices, DATASET], "customer_orders"),
        score_customers: ([f"customer_orders_{suffix}", DATASET, "params:rfm"], "rfm"),
        summarise_habits: ([scored_invoices, DATASET], "customer_habits"),
        nodes.count_products_known: (
            ["transactions", scored_invoices, DATASET, "params:cleaning", "params:clustering"],
            "distinct_products",
        ),
        nodes.gather_known_customers: (
            [f"rfm_{suffix}", f"customer_habits_{suffix}", f"distinct_products_{suffix}", DATASET],
            "customers",
        ),
    }
    return [
        step(at(function, COMPARISON_CUT), inputs, f"{output}_{suffix}", f"{function.__name__}_{suffix}")
        for function, (inputs, output) in wiring.items()
    ]


def create_charts() -> Pipeline:
    """The chart of the comparison."""
    return draw_charts("segmentation_comparison", {charts.draw_segmentation_comparison: "segmentation_comparison"})
