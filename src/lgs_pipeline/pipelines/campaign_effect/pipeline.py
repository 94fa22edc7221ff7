from kedro.pipeline import Pipeline

from lgs_pipeline.pipelines.campaign_effect import chapter, nodes
from lgs_pipeline.wiring import make_room, step, tell


def create_pipeline() -> Pipeline:
    """From the ledger, past mailings and the invoices since to what campaigns did."""
    return make_room(
        "campaign_effect",
        step(
            nodes.match_past_mailings,
            ["past_mailings", "scored_invoices", "data_period", "params:rfm", "params:campaign_effect"],
            "matched_mailings",
        ),
        step(
            nodes.list_contacts,
            ["launched_campaigns", "matched_mailings", "scored_invoices", "data_period"],
            "campaign_contacts",
        ),
        step(
            nodes.sum_up_windows, ["campaign_contacts", "scored_invoices", "params:campaign_effect"], "contact_results"
        ),
        step(
            nodes.measure_effects,
            ["campaign_contacts", "contact_results", "data_period", "params:campaign_effect"],
            "campaign_effect",
        ),
        tell("campaign_effect", chapter.tell_campaign_effect, ["campaign_effect"]),
    )
