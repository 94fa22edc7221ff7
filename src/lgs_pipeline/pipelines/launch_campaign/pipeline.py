from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.launch_campaign import nodes


def create_pipeline() -> Pipeline:
    """From a campaign's targets to the ledger: who was in which arm, from when on."""
    return Pipeline(
        [
            node(
                nodes.launch_campaign,
                inputs={
                    "campaign_targets": "campaign_targets",
                    "launched_campaigns": "launched_campaigns",
                    "data_period": "data_period",
                    "campaigns": "params:campaigns",
                    "campaign_effect": "params:campaign_effect",
                    "campaign": "params:campaign",
                    "launch_date": "params:launch_date",
                },
                outputs="campaign_ledger",
                name="launch_campaign",
            ),
        ]
    )
