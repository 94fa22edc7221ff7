"""The ledger of launched campaigns."""

import pandas as pd

from lgs_pipeline.models.arms import CONTROL, TREATMENT
from lgs_pipeline.tables import Table, count, moment, name, pounds, text


class CampaignLedger(Table):
    """A row per launch and customer, as they were at the launch; rows are added, never changed."""

    campaign: str = name("Campaign", "name of the campaign")
    launched_on: pd.Timestamp = moment("Launched on", "the day from which on the effect counts")
    customer_id: str = text("Customer", "the customer's number or code")
    arm: str = text("Arm", "treatment was contacted, control was not", isin=[TREATMENT, CONTROL])
    segment: str = text("Segment", "the customer's segment")
    priority: int = count("Rank", "rank in the campaign, 1 has most at stake", ge=1)
    value_at_stake: float = pounds("At stake", "as in campaign_targets", ge=0)

    class Config(Table.Config):
        """A customer is in a launch once."""

        unique = ("campaign", "launched_on", "customer_id")
