from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.rfm import nodes


def create_pipeline() -> Pipeline:
    """From invoices to scored customers and named segments, now and at an earlier moment."""
    return Pipeline(
        [
            node(
                nodes.set_reference_moments,
                inputs=["data_period", "params:rfm"],
                outputs=["reference_moment", "earlier_moment"],
                name="set_reference_moments",
            ),
            node(
                nodes.select_scored_invoices,
                inputs=["transactions", "invoices", "params:rfm"],
                outputs="scored_invoices",
                name="select_scored_invoices",
            ),
            node(
                nodes.summarise_customers,
                inputs=["scored_invoices", "reference_moment"],
                outputs="customer_orders",
                name="summarise_customers",
            ),
            node(
                nodes.summarise_customers,
                inputs=["scored_invoices", "earlier_moment"],
                outputs="customer_orders_before",
                name="summarise_customers_before",
            ),
            node(
                nodes.score_customers,
                inputs=["customer_orders", "reference_moment", "params:rfm"],
                outputs="rfm",
                name="score_customers",
            ),
            node(
                nodes.score_customers,
                inputs=["customer_orders_before", "earlier_moment", "params:rfm"],
                outputs="rfm_before",
                name="score_customers_before",
            ),
            node(
                nodes.describe_thresholds,
                inputs=["rfm", "params:rfm"],
                outputs="rfm_thresholds",
                name="describe_thresholds",
            ),
            node(
                nodes.summarise_segments,
                inputs=["rfm", "params:rfm"],
                outputs="rfm_segments",
                name="summarise_segments",
            ),
            node(
                nodes.compare_segments,
                inputs=["rfm_before", "rfm"],
                outputs="segment_migration",
                name="compare_segments",
            ),
        ]
    )
