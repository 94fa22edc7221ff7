from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.recommendations import evaluation, nodes


def create_pipeline() -> Pipeline:
    """From lines to the products to offer to each customer, and how far such lists held before."""
    return _purchases() + _evaluation() + _recommendations()


def _purchases() -> Pipeline:
    """What customers bought, and what could be offered to them: now, and at two moments before."""
    return Pipeline(
        [
            node(
                nodes.set_recommendation_moments,
                inputs=["data_period", "params:recommendations"],
                outputs=["recommendation_moment", "recommendation_cut", "selection_cut"],
                name="set_recommendation_moments",
            ),
            node(
                nodes.list_purchase_days,
                inputs="transactions",
                outputs="purchase_days",
                name="list_purchase_days",
            ),
            *(
                node(
                    nodes.find_products_sold,
                    inputs=["purchase_days", moment, "params:recommendations"],
                    outputs=f"products_sold{suffix}",
                    name=f"find_products_sold{suffix}",
                )
                for moment, suffix in [
                    ("recommendation_moment", ""),
                    ("recommendation_cut", "_at_cut"),
                    ("selection_cut", "_before"),
                ]
            ),
        ]
    )


def _evaluation() -> Pipeline:
    """Settings chosen on the months before the held-out ones, and lists put to the test on these."""
    return Pipeline(
        [
            node(
                evaluation.list_held_out,
                inputs=["purchase_days", "selection_cut", "recommendation_cut"],
                outputs="purchases_after_selection",
                name="list_held_out_for_selection",
            ),
            node(
                evaluation.choose_settings,
                inputs=[
                    "purchase_days",
                    "products_sold_before",
                    "purchases_after_selection",
                    "selection_cut",
                    "params:recommendations",
                ],
                outputs="recommendation_selection",
                name="choose_settings",
            ),
            node(
                evaluation.list_held_out,
                inputs=["purchase_days", "recommendation_cut", "recommendation_moment"],
                outputs="purchases_after_cut",
                name="list_held_out",
            ),
            node(
                evaluation.evaluate_recommendations,
                inputs=[
                    "purchase_days",
                    "products_sold_at_cut",
                    "purchases_after_cut",
                    "recommendation_cut",
                    "recommendation_selection",
                    "params:recommendations",
                ],
                outputs="recommendation_evaluation",
                name="evaluate_recommendations",
            ),
        ]
    )


def _recommendations() -> Pipeline:
    """What to offer to each customer."""
    return Pipeline(
        [
            node(
                nodes.recommend_products,
                inputs=[
                    "rfm",
                    "purchase_days",
                    "products_sold",
                    "product_descriptions",
                    "recommendation_moment",
                    "recommendation_selection",
                    "params:recommendations",
                ],
                outputs="product_recommendations",
                name="recommend_products",
            ),
        ]
    )
