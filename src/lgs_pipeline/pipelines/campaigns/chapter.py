"""What report, workbook and log say of the campaigns that are planned."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from lgs_pipeline.chapters import Chapter, Finding, Rows, Section, Sheet, rows_of
from lgs_pipeline.models.arms import TREATMENT
from lgs_pipeline.pipelines.campaigns.schemas import CampaignPlan, CampaignTargets
from lgs_pipeline.tables import Column, column_of, columns_of
from lgs_pipeline.wording import listed, plain, pluralise, pounds, readable

_MOST_NAMED = _MOST_LISTED = _MOST_PRODUCTS = 3
_TERMS = {
    "At stake": "What a customer is expected to bring (lifetime value); for one who has not ordered "
    "for a long time, what they would bring if they came back and ordered as before.",
    "Held back": "Chosen at random from a campaign's audience and not contacted, to show what the others "
    "would have done anyway.",
}


def tell_campaigns(campaign_plan: pd.DataFrame, campaign_targets: pd.DataFrame) -> Chapter:
    """Whom to contact, with what."""
    addressing = campaign_plan[campaign_plan.audience > 0]
    largest = addressing.sort_values("value_at_stake", ascending=False, kind="stable").head(_MOST_NAMED)
    plan = columns_of(
        CampaignPlan, "segment", "audience", "treatment", "control", "value_at_stake", "offer", "rationale"
    )
    # In the workbook a campaign is called what it is called in commands.
    in_commands = column_of(CampaignPlan, "campaign", kind="text")
    return Chapter(
        findings=[_finding(campaign) for campaign in largest.itertuples()],
        sections=[
            Section(
                anchor="campaigns",
                question="Whom to contact, and with what?",
                sentences=_plan_in_words(campaign_plan, largest),
                tables=[
                    rows_of("The campaigns", campaign_plan, [column_of(CampaignPlan, "campaign"), *plan]),
                    _first_customers(campaign_plan, campaign_targets),
                ],
            )
        ],
        sheets=[
            Sheet(
                name="Campaigns",
                dataset="campaign_plan",
                columns=[in_commands, *plan],
                links="campaign",
            ),
            *_lists(campaign_plan),
        ],
        log=_log(campaign_plan, largest),
        terms=_TERMS,
    )


def _finding(campaign: Any) -> Finding:
    whom = plain(listed(campaign.segment.split("; ")))
    return Finding(
        topic="campaign",
        section="campaigns",
        heading="The campaigns with the most at stake",
        title=readable(campaign.campaign),
        figure=pounds(campaign.value_at_stake),
        sentence=f"{whom}: {pluralise(campaign.audience, 'customer')}. {plain(campaign.rationale)}",
        advice=plain(campaign.offer),
    )


def _plan_in_words(plan: pd.DataFrame, largest: pd.DataFrame) -> list[str]:
    if largest.empty:
        return ["No customer matches any campaign."]
    top = largest.iloc[0]
    sentences = [
        f"{pluralise(len(plan), 'campaign')} together address {pluralise(plan.audience.sum(), 'customer')}, "
        f"with {pounds(plan.value_at_stake.sum())} at stake; the largest part, {pounds(top.value_at_stake)}, is in "
        f"{readable(top.campaign)}."
    ]
    if held_back := plan.control.sum():
        sentences.append(
            f"Of these, {pluralise(held_back, 'customer')}, chosen at random, must not be contacted: the "
            "effect of a campaign can be measured only against customers who were not contacted."
        )
    return sentences


def _first_customers(plan: pd.DataFrame, targets: pd.DataFrame) -> Rows:
    contacted = targets[targets.arm == TREATMENT]
    ranks = {name: rank for rank, name in enumerate(plan.campaign)}
    first = (
        contacted.assign(
            usual_time=_usual_times(contacted),
            usual_products=_first_products(contacted.usual_products),
            suggested_products=_first_products(contacted.suggested_products),
            place=contacted.campaign.map(ranks),
        )
        .sort_values(["place", "priority"])
        .groupby("campaign", sort=False)
        .head(_MOST_LISTED)
    )
    columns = [
        *columns_of(CampaignTargets, "campaign", "priority", "customer_id", "value_at_stake", "last_order"),
        Column(name="usual_time", heading="Usually orders"),
        *columns_of(CampaignTargets, "usual_products", "suggested_products"),
    ]
    return rows_of("The first customers on each list (the workbook has the full lists)", first, columns)


def _usual_times(targets: pd.DataFrame) -> list[str | None]:
    hours = [f"{hour:02d}:00" if pd.notna(hour) else None for hour in targets.best_hour]
    times = zip(targets.best_weekday, hours, targets.season, strict=True)
    return [", ".join(str(part) for part in parts if pd.notna(part)) or None for parts in times]


def _first_products(products: pd.Series) -> pd.Series:
    return products.map(lambda names: "; ".join(names.split("; ")[:_MOST_PRODUCTS]), na_action="ignore")


def _lists(plan: pd.DataFrame) -> Iterator[Sheet]:
    """Whom each campaign contacts, those with most at stake first; who is held back is in no list."""
    columns = columns_of(
        CampaignTargets,
        *("priority", "customer_id", "segment", "value_at_stake", "clv", "last_order"),
        *("best_weekday", "best_hour", "season", "usual_products", "suggested_products"),
    )
    for campaign in plan.campaign:
        yield Sheet(
            name=readable(campaign),
            dataset="campaign_targets",
            columns=columns,
            where={"campaign": campaign, "arm": TREATMENT},
            sort_by="priority",
            is_list=True,
            shows=campaign,
        )


def _log(plan: pd.DataFrame, largest: pd.DataFrame) -> str:
    named = ", ".join(
        f"{row.campaign} {row.audience:,} (£{row.value_at_stake:,.0f} at stake)" for row in largest.itertuples()
    )
    contacted, held_back = plan.treatment.sum(), plan.control.sum()
    counts = f"Campaigns: {len(plan)}; {contacted:,} customers to contact, {held_back:,} held back"
    return f"{counts}; {named}" if named else counts
