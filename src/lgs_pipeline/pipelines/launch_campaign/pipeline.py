from kedro.pipeline import Pipeline

from lgs_pipeline.pipelines.launch_campaign import nodes
from lgs_pipeline.wiring import make_room, step


def create_pipeline() -> Pipeline:
    """From a campaign's targets to the ledger: who was in which arm, from when on."""
    return make_room(
        "launch_campaign",
        step(
            nodes.launch_campaign,
            [
                "campaign_targets",
                "launched_campaigns",
                "data_period",
                "params:campaigns",
                "params:campaign_effect",
                "params:campaign",
                "params:launch_date",
            ],
            "campaign_ledger",
        ),
    )
