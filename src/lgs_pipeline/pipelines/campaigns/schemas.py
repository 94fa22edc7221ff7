"""The public tables of campaigns."""

import pandas as pd
import pandera.pandas as bounded

from lgs_pipeline.models.arms import CONTROL, TREATMENT
from lgs_pipeline.tables import Table, count, moment, name, pounds, share, text


class CampaignTargets(Table):
    """A row per customer who is in a campaign, by customer; nobody is in two."""

    customer_id: str = text("Customer", "the customer's number or code", unique=True)
    campaign: str = name("Campaign", "name of the campaign")
    segment: str = text("Segment", "the customer's segment")
    arm: str = text("Arm", "treatment is contacted, control is not, for comparison", isin=[TREATMENT, CONTROL])
    priority: int = count("Rank", "rank in the campaign, 1 has most at stake", ge=1)
    value_at_stake: float = pounds(
        "At stake", "what a lapsed customer would bring at their former rate, else lifetime value", ge=0
    )
    clv: float = pounds("Lifetime value", "lifetime value", nullable=True, ge=0)
    p_alive: float = share("Probability of still ordering", "probability that the customer still orders", nullable=True)
    last_order: pd.Timestamp = moment("Latest order", "when the latest order was placed")
    usual_products: str = text(
        "Usual products", "what the customer usually orders, best first, with semicolons between", nullable=True
    )
    suggested_products: str = text(
        "New products to suggest",
        "products that are new to the customer, best first, with semicolons between",
        nullable=True,
    )
    best_weekday: str = text(
        "Usual weekday", "weekday of most orders, of the customer or else of the segment", nullable=True
    )
    best_hour: pd.Int64Dtype = count(
        "Usual hour",
        "hour of most orders, of the customer or else of the segment; empty if no order has a time",
        le=23,
        nullable=True,
    )
    season: str = text("Usual season", "season of most orders, of the customer or else of the segment", nullable=True)

    @bounded.dataframe_check
    @classmethod
    def priorities_are_ranks(cls, table: pd.DataFrame) -> bool:
        """Each campaign's priorities go from 1 to its number of customers."""
        ranks = table.groupby("campaign").priority.agg(["min", "max", "nunique", "size"])
        return bool(((ranks["min"] == 1) & (ranks["max"] == ranks["size"]) & (ranks["nunique"] == ranks["size"])).all())


class CampaignPlan(Table):
    """A row per campaign, in the order in which they choose their customers."""

    campaign: str = name("Campaign", "name of the campaign", unique=True)
    segment: str = text("For", "the segments, clusters or tiers that it addresses, with semicolons between")
    audience: int = count("Customers", "customers in the campaign")
    treatment: int = count("To contact", "of these, to be contacted")
    control: int = count("Held back", "of these, not to be contacted, for comparison")
    offer: str = text("Offer", "what the customer gets")
    rationale: str = text("Why", "why these customers get this offer")
    value_at_stake: float = pounds("At stake", "at stake with the audience together", ge=0)

    @bounded.dataframe_check
    @classmethod
    def arms_add_up(cls, table: pd.DataFrame) -> pd.Series:
        """Everybody in the audience is in one arm."""
        return table.audience == table.treatment + table.control
