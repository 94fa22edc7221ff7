from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from lgs_pipeline.moments import DATA_END, DATASET, RECOMMENDATION_CUT, SELECTION_CUT, at
from lgs_pipeline.pipelines.recommendations import chapter, evaluation, nodes
from lgs_pipeline.wiring import make_room, step, tell

SETTINGS = "params:recommendations"


def create_pipeline() -> Pipeline:
    """From purchases to the products to offer to each customer, and how far such lists held before."""
    return make_room(
        "recommendations",
        *(
            step(
                at(nodes.find_products_sold, moment),
                ["purchase_days", DATASET, SETTINGS],
                f"products_sold{suffix}",
                f"find_products_sold{suffix}",
            )
            for moment, suffix in [
                (DATA_END, ""),
                (RECOMMENDATION_CUT, "_at_recommendation_cut"),
                (SELECTION_CUT, "_at_selection_cut"),
            ]
        ),
        *_selection(),
        *_evaluation(),
        step(
            at(nodes.recommend_products, DATA_END),
            ["rfm", "purchase_days", "products_sold", "product_names", DATASET, "recommendation_selection", SETTINGS],
            "product_recommendations",
        ),
        tell("recommendations", chapter.tell_recommendations, "recommendation_evaluation"),
    )


def _selection() -> list[Node]:
    """Settings chosen on the months before the held-out ones."""
    return [
        step(
            at(evaluation.list_held_out, SELECTION_CUT, RECOMMENDATION_CUT),
            ["purchase_days", DATASET, DATASET],
            "purchases_after_selection_cut",
            "list_held_out_for_selection",
        ),
        step(
            at(evaluation.choose_settings, SELECTION_CUT),
            ["purchase_days", "products_sold_at_selection_cut", "purchases_after_selection_cut", DATASET, SETTINGS],
            "recommendation_selection",
        ),
    ]


def _evaluation() -> list[Node]:
    """Lists put to the test on the held-out months."""
    return [
        step(
            at(evaluation.list_held_out, RECOMMENDATION_CUT, DATA_END),
            ["purchase_days", DATASET, DATASET],
            "purchases_after_recommendation_cut",
        ),
        step(
            at(evaluation.evaluate_recommendations, RECOMMENDATION_CUT),
            [
                "purchase_days",
                "products_sold_at_recommendation_cut",
                "purchases_after_recommendation_cut",
                DATASET,
                "recommendation_selection",
                SETTINGS,
            ],
            "recommendation_evaluation",
        ),
    ]
