from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.campaign_effect import nodes
from lgs_pipeline.pipelines.rfm.nodes import select_scored_invoices


def create_pipeline() -> Pipeline:
    """From the ledger, past mailings and the invoices since to what campaigns did."""
    return Pipeline(
        [
            node(
                select_scored_invoices,
                inputs=["transactions", "invoices", "params:rfm"],
                outputs="effect_invoices",
                name="select_effect_invoices",
            ),
            node(
                nodes.match_past_mailings,
                inputs=[
                    "past_mailings",
                    "effect_invoices",
                    "data_period",
                    "params:rfm",
                    "params:campaign_effect",
                ],
                outputs="matched_mailings",
                name="match_past_mailings",
            ),
            node(
                nodes.list_contacts,
                inputs=["launched_campaigns", "matched_mailings"],
                outputs="campaign_contacts",
                name="list_contacts",
            ),
            node(
                nodes.sum_up_windows,
                inputs=["campaign_contacts", "effect_invoices", "params:campaign_effect"],
                outputs="contact_results",
                name="sum_up_windows",
            ),
            node(
                nodes.measure_effects,
                inputs=["campaign_contacts", "contact_results", "data_period", "params:campaign_effect"],
                outputs="campaign_effect",
                name="measure_effects",
            ),
        ]
    )
