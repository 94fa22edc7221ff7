from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.campaigns import nodes
from lgs_pipeline.pipelines.rfm.nodes import select_scored_invoices


def create_pipeline() -> Pipeline:
    """From segments, values and recommendations to whom to contact, when, and with what."""
    return Pipeline(
        [
            node(
                nodes.set_campaign_moment,
                inputs=["data_period", "params:rfm"],
                outputs="campaign_moment",
                name="set_campaign_moment",
            ),
            node(
                select_scored_invoices,
                inputs=["transactions", "invoices", "params:rfm"],
                outputs="campaign_invoices",
                name="select_campaign_invoices",
            ),
            node(
                nodes.find_order_times,
                inputs=["campaign_invoices", "campaign_moment"],
                outputs="customer_order_times",
                name="find_order_times",
            ),
            node(
                nodes.value_customers,
                inputs=[
                    "rfm",
                    "kmeans_clusters",
                    "customer_lifetime_value",
                    "params:campaigns",
                    "params:lifetime_value",
                ],
                outputs="campaign_customers",
                name="value_customers",
            ),
            node(
                nodes.choose_audiences,
                inputs=[
                    "campaign_customers",
                    "launched_campaigns",
                    "campaign_moment",
                    "params:campaigns",
                ],
                outputs="campaign_audiences",
                name="choose_audiences",
            ),
            node(
                nodes.describe_targets,
                inputs=[
                    "campaign_audiences",
                    "customer_order_times",
                    "segment_order_times",
                    "product_recommendations",
                    "params:campaigns",
                ],
                outputs="campaign_targets",
                name="describe_targets",
            ),
            node(
                nodes.plan_campaigns,
                inputs=["campaign_targets", "params:campaigns"],
                outputs="campaign_plan",
                name="plan_campaigns",
            ),
            node(
                nodes.write_lists,
                inputs=["campaign_targets", "params:campaigns"],
                outputs="campaign_lists",
                name="write_lists",
            ),
        ]
    )
