from kedro.pipeline import Pipeline

from lgs_pipeline.moments import DATASET, REFERENCE, at
from lgs_pipeline.pipelines.campaigns import chapter, nodes
from lgs_pipeline.wiring import make_room, step, tell


def create_pipeline() -> Pipeline:
    """From segments, values and recommendations to whom to contact, when, and with what."""
    return make_room(
        "campaigns",
        step(
            nodes.value_customers,
            ["rfm", "kmeans_clusters", "customer_lifetime_value", "params:campaigns", "params:lifetime_value"],
            "campaign_customers",
        ),
        step(
            at(nodes.choose_audiences, REFERENCE),
            ["campaign_customers", "launched_campaigns", DATASET, "params:campaigns"],
            "campaign_audiences",
        ),
        step(
            nodes.describe_targets,
            [
                "campaign_audiences",
                "customer_order_times",
                "segment_order_times",
                "product_recommendations",
                "params:campaigns",
            ],
            "campaign_targets",
        ),
        step(nodes.plan_campaigns, ["campaign_targets", "params:campaigns"], "campaign_plan"),
        step(nodes.write_lists, ["campaign_targets", "params:campaigns"], "campaign_lists"),
        tell("campaigns", chapter.tell_campaigns, ["campaign_plan", "campaign_targets"]),
    )
