"""The sections of the report: what answers each question."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lgs_pipeline.charts import takeaways
from lgs_pipeline.charts.wording import (
    NOTHING,
    count,
    day,
    decimal,
    exact_pounds,
    listed,
    many,
    month,
    percent,
    plain,
    pounds,
)
from lgs_pipeline.parameters import RfmSettings
from lgs_pipeline.pipelines.campaigns.nodes import CONTROL, TREATMENT
from lgs_pipeline.pipelines.reporting.advice import ADVICE, place_segments
from lgs_pipeline.pipelines.reporting.findings import REASONS
from lgs_pipeline.pipelines.reporting.page import (
    Chart,
    Column,
    Section,
    Table,
    campaign_name,
    choose_charts,
    make_table,
    whole_or_half,
    yes,
)

_COMPARED = "What each way of grouping tells of later months: higher is better"
_MOST_MOVES = _MOST_PRODUCTS = _MOST_COUNTRIES = 3
_MOST_LISTED = 3
_FIFTHS = {"5": "top fifth of all customers", "1": "lowest"}
_METHODS = {"randomised": "customers held back by lot", "matched": "similar customers: weaker evidence"}
_WEAKER = "; this is weaker evidence, from similar customers instead of ones held back by lot"


def answer_sales(
    findings: pd.DataFrame, monthly_metrics: pd.DataFrame, charts: Mapping[str, Chart]
) -> Section:
    """Months, growth, orders and what they come to."""
    columns = [
        Column("month", "Month", month),
        Column("sales", "Sales (£)", count),
        Column("sales_growth", "Growth", lambda share: percent(share, digits=1)),
        Column("placed_orders", "Orders placed", count),
        Column("cancelled_orders", "Orders cancelled", count),
        Column("average_order_value", "Average order (£)", count),
        Column("active_customers", "Active customers", count),
        Column("new_customers", "New customers", count),
        Column("is_partial", "Part of a month", yes),
    ]
    return Section(
        anchor="sales",
        question="How have sales developed?",
        answer=_sentences(findings, "sales"),
        charts=choose_charts(
            charts,
            "monthly_sales", "sales_growth", "monthly_orders", "invoice_amounts", "usual_invoice_amounts",
        ),
        tables=[make_table("Every month in numbers", monthly_metrics, columns)],
    )  # fmt: skip


def answer_customers(findings: pd.DataFrame, charts: Mapping[str, Chart]) -> Section:
    """Active, new and returning customers."""
    return Section(
        anchor="customers",
        question="Who orders, and do they come back?",
        answer=_sentences(findings, "customers"),
        charts=choose_charts(charts, "active_customers", "new_customers", "cohort_retention"),
        tables=[],
    )


def answer_segments(
    findings: pd.DataFrame, segments: pd.DataFrame, rfm_thresholds: pd.DataFrame, charts: Mapping[str, Chart]
) -> Section:
    """The segments: customers, sales, and the scores that they are made of."""
    summary = [
        Column("segment", "Segment"),
        Column("customers", "Customers", count),
        Column("share_of_customers", "Share of customers", percent),
        Column("revenue", "Sales (£)", count),
        Column("share_of_revenue", "Share of sales", percent),
        Column("recency_median", "Recency (days, median)", count),
        Column("frequency_median", "Frequency (orders, median)", whole_or_half),
        Column("monetary_median", "Monetary (£, median)", count),
    ]
    thresholds = [
        Column("measure", "Measure"),
        Column("score", "Score", count),
        Column("lower", "From", count),
        Column("upper", "Up to", count),
        Column("customers", "Customers", count),
    ]
    return Section(
        anchor="segments",
        question="Which customers matter most?",
        answer=_sentences(findings, "top_segment", "slipping_away"),
        charts=choose_charts(charts, "segment_shares", "segment_treemap", "segment_map", "rfm_grid"),
        tables=[
            make_table("The segments in numbers", segments, summary),
            make_table(
                "Which values get which score (days, orders, pounds); neighbouring scores may share a value",
                rfm_thresholds,
                thresholds,
            ),
        ],
    )


def answer_changes(
    findings: pd.DataFrame, segment_migration: pd.DataFrame, charts: Mapping[str, Chart]
) -> Section:
    """Moves between segments since the earlier moment."""
    columns = [
        Column("segment_before", "Segment before"),
        Column("segment_after", "Segment now"),
        Column("customers", "Customers", count),
        Column("share", "Share of the segment before", percent),
    ]
    moves = segment_migration.sort_values("customers", ascending=False, kind="stable")
    return Section(
        anchor="changes",
        question="What has changed?",
        answer=_sentences(findings, "changes"),
        charts=choose_charts(charts, "segment_migration"),
        tables=[make_table("Every move between segments", moves, columns)],
    )


def answer_outlook(
    findings: pd.DataFrame,
    clv_tiers: pd.DataFrame,
    clv_validation: pd.DataFrame,
    charts: Mapping[str, Chart],
) -> Section:
    """Lifetime values, and how far such predictions held."""
    columns = [
        Column("clv_tier", "Tier"),
        Column("customers", "Customers", count),
        Column("share_of_customers", "Share of customers", percent),
        Column("expected_orders", "Orders expected", count),
        Column("clv", "Lifetime value (£)", count),
        Column("clv_low", "From", count),
        Column("clv_high", "To", count),
        Column("share_of_clv", "Share of value", percent),
    ]
    return Section(
        anchor="outlook",
        question="What will customers bring?",
        answer=[*_sentences(findings, "outlook"), *_held_out(clv_validation)],
        charts=choose_charts(charts, "clv_tiers", "clv_distribution", "clv_calibration"),
        tables=[make_table("The tiers in numbers", clv_tiers, columns)],
    )


_WRITTEN = {
    "orders": lambda orders: many(orders, "order"),
    "sales": lambda sales: f"{pounds(sales)} of sales",
}


def _held_out(clv_validation: pd.DataFrame) -> list[str]:
    """How far the same predictions held on months that the models had not seen."""
    totals = clv_validation[clv_validation.part == "totals"].set_index(["item", "measure"]).value
    told = [
        f"{written(totals[item, 'expected'])} expected, {written(totals[item, 'actual'])} came"
        for item, written in _WRITTEN.items()
        if {(item, "expected"), (item, "actual")} <= set(totals.index)
    ]
    if not told:
        return []
    return [
        "Put to the test on months that the models had not seen, with the customers known by then: "
        f"{'; '.join(told)}."
    ]


def answer_campaigns(
    campaign_plan: pd.DataFrame, campaign_targets: pd.DataFrame, campaign_effect: pd.DataFrame
) -> Section:
    """Whom to contact with what, and what campaigns have done."""
    plan = [
        Column("campaign", "Campaign", campaign_name),
        Column("segment", "For"),
        Column("audience", "Customers", count),
        Column("treatment", "To contact", count),
        Column("control", "Held back", count),
        Column("value_at_stake", "At stake (£)", count),
        Column("offer", "Offer"),
        Column("rationale", "Why"),
    ]
    first = [
        Column("campaign", "Campaign", campaign_name),
        Column("priority", "Rank", count),
        Column("customer_id", "Customer", lambda number: f"{number:d}"),
        Column("value_at_stake", "At stake (£)", count),
        Column("last_order", "Latest order", day),
        Column("usual_time", "Usually orders"),
        Column("usual_products", "Usual products"),
        Column("suggested_products", "New products to suggest"),
    ]
    contacted = campaign_targets[campaign_targets.arm == TREATMENT]
    ranks = {name: rank for rank, name in enumerate(campaign_plan.campaign)}
    listed_first = (
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
    tables = [
        make_table("The campaigns", campaign_plan, plan),
        make_table("The first customers of each list: all are in the workbook", listed_first, first),
    ]
    if len(campaign_effect):
        tables.append(_effects(campaign_effect))
    return Section(
        anchor="campaigns",
        question="Whom to contact, and with what?",
        answer=[*_plan_in_words(campaign_plan), *_effects_in_words(campaign_effect)],
        charts=[],
        tables=tables,
    )


def _first_products(products: pd.Series) -> pd.Series:
    return products.map(lambda names: "; ".join(names.split("; ")[:_MOST_PRODUCTS]), na_action="ignore")


def _usual_times(targets: pd.DataFrame) -> list[str]:
    hours = [f"{hour:02d}:00" if pd.notna(hour) else None for hour in targets.best_hour]
    times = zip(targets.best_weekday, hours, targets.season, strict=True)
    return [", ".join(str(part) for part in parts if pd.notna(part)) or NOTHING for parts in times]


def _plan_in_words(plan: pd.DataFrame) -> list[str]:
    if not plan.audience.sum():
        return ["No campaign has a customer to address."]
    largest = plan.sort_values("value_at_stake", ascending=False, kind="stable").iloc[0]
    sentences = [
        f"{many(len(plan), 'campaign')} together address {many(plan.audience.sum(), 'customer')}, with "
        f"{pounds(plan.value_at_stake.sum())} at stake; most of it, {pounds(largest.value_at_stake)}, is in "
        f"{campaign_name(largest.campaign)}."
    ]
    if held_back := plan.control.sum():
        sentences.append(
            f"Of these, {many(held_back, 'customer')}, drawn by lot, must not be contacted: only what people "
            "do without a campaign can show what it did."
        )
    return sentences


def _effects_in_words(effects: pd.DataFrame) -> list[str]:
    if effects.empty:
        return ["No campaign has been launched yet. What launched ones did will be told here."]
    told = effects.dropna(subset=["incremental_sales", "incremental_low", "incremental_high"])
    sentences = [
        f"{campaign_name(row.campaign)}, from {day(row.launched_on)}: {pounds(row.incremental_sales)} of "
        f"sales beyond what came without it, {_between(row.incremental_low, row.incremental_high)}"
        f"{_WEAKER if row.method == 'matched' else ''}"
        f"{'' if row.is_complete else '; it is not over'}."
        for row in told.itertuples()
    ]
    return sentences or ["For the campaigns that were launched, there is nothing to tell yet."]


def _between(low: float, high: float) -> str:
    told = f"between {pounds(low)} and {pounds(high)}"
    return f"{told}, so it may as well have done nothing" if low <= 0 <= high else told


def _effects(effects: pd.DataFrame) -> Table:
    columns = [
        Column("campaign", "Campaign", campaign_name),
        Column("launched_on", "From", day),
        Column("compared_with", "Compared with"),
        Column("customers_treatment", "Contacted", count),
        Column("customers_control", "Not contacted", count),
        Column("conversion_treatment", "Ordered, contacted", lambda share: percent(share, digits=1)),
        Column("conversion_control", "Ordered, not contacted", lambda share: percent(share, digits=1)),
        Column("conversion_p_value", "p-value", lambda value: decimal(value, digits=3)),
        Column("incremental_sales", "Sales gained (£)", count),
        Column("incremental_low", "From (£)", count),
        Column("incremental_high", "To (£)", count),
        Column("customers_needed", "Customers needed to see the effect hoped for", count),
    ]
    compared = effects.assign(compared_with=effects.method.map(_METHODS))
    return make_table("What campaigns have done", compared, columns)


def answer_clusters(
    kmeans_profile: pd.DataFrame, segmentation_comparison: pd.DataFrame, charts: Mapping[str, Chart]
) -> Section:
    """Segments beside clusters, and which of them predicts."""
    clusters = [
        Column("cluster_name", "Cluster"),
        Column("customers", "Customers", count),
        Column("share", "Share of customers", percent),
        Column("revenue", "Sales (£)", count),
        Column("share_of_revenue", "Share of sales", percent),
        Column("recency_median", "Recency (days, median)", count),
        Column("frequency_median", "Frequency (orders, median)", whole_or_half),
        Column("monetary_median", "Monetary (£, median)", count),
    ]
    compared = segmentation_comparison.replace(
        {"segmentation": takeaways.SEGMENTATIONS, "measure": takeaways.MEASURES}
    )
    measures = [
        Column("measure", "Measure"),
        Column("segmentation", "Groups"),
        *(
            Column(name, heading, lambda value: decimal(value, digits=2))
            for name, heading in (("value", "Value"), ("low", "From"), ("high", "To"))
        ),
    ]
    return Section(
        anchor="clusters",
        question="Do the segments hold?",
        answer=[
            "Segments come from rules. Clusters come from the data: KMeans puts customers together who are "
            "alike. Which of them tells what customers do next is tested on months that none has seen.",
            f"{takeaways.best_segmentations(segmentation_comparison)}.",
        ],
        charts=choose_charts(
            charts,
            "segmentation_comparison", "segments_and_clusters", "cluster_profiles", "cluster_components",
            "kmeans_selection",
        ),
        tables=[
            make_table("The clusters in numbers", kmeans_profile, clusters),
            make_table(_COMPARED, compared, measures),
        ],
    )  # fmt: skip


def answer_trust(findings: pd.DataFrame, data_quality: pd.DataFrame) -> Section:
    """Where every line of the extract went."""
    named = {"transactions": "counted", "total": "all of the extract", **REASONS}
    quality = data_quality.assign(meaning=[named.get(rule, rule) for rule in data_quality.rule])
    columns = [
        Column("meaning", "Lines"),
        Column("lines", "Number", count),
        Column("share_of_lines", "Share", lambda share: percent(share, digits=2)),
        Column("amount", "Amount (£)", count),
    ]
    return Section(
        anchor="trust",
        question="How far can this be trusted?",
        answer=_sentences(findings, "trust"),
        charts=[],
        tables=[make_table("Where every line of the extract went", quality, columns)],
    )


def profile_segments(
    segments: pd.DataFrame,
    segment_migration: pd.DataFrame,
    segment_profiles: pd.DataFrame,
    campaign_targets: pd.DataFrame,
    rfm: RfmSettings,
    months_ahead: str,
) -> list[dict[str, Any]]:
    """What the page says of each segment."""
    places = place_segments(rfm).set_index("segment")
    profiles = []
    anchors = name_anchors(segments)
    for segment in segments.itertuples():
        place = places.loc[segment.segment]
        each = segment.revenue / segment.customers if segment.customers else float("nan")
        profiles.append(
            {
                "anchor": anchors[segment.segment],
                "name": plain(segment.segment),
                "advice": ADVICE[place.recency, place.frequency],
                "facts": [
                    ("Customers", f"{count(segment.customers)} ({percent(segment.share_of_customers)})"),
                    ("Sales so far", f"{pounds(segment.revenue)} ({percent(segment.share_of_revenue)})"),
                    ("Sales per customer", pounds(each)),
                    ("Latest order (median)", _ago(segment.recency_median)),
                    ("Orders (median)", whole_or_half(segment.frequency_median)),
                    ("Sales of the median customer", pounds(segment.monetary_median)),
                    *([(f"Lifetime value ({months_ahead})", pounds(segment.clv))] if segment.clv > 0 else []),
                ],
                "moves": _moves(segment_migration, segment.segment),
                "campaigns": _campaigns_of(campaign_targets[campaign_targets.segment == segment.segment]),
                "habits": _habits(segment_profiles[segment_profiles.segment == segment.segment]),
            }
        )
    return profiles


def name_anchors(segments: pd.DataFrame) -> dict[str, str]:
    """Where the page speaks of each segment."""
    return {segment: f"segment-{number}" for number, segment in enumerate(segments.segment, start=1)}


def _campaigns_of(targets: pd.DataFrame) -> list[str]:
    """Which campaigns contact a segment's customers, and how many of them."""
    return [
        f"{campaign_name(campaign)}: {many((arms == TREATMENT).sum(), 'customer')} to contact, "
        f"{count((arms == CONTROL).sum())} held back."
        for campaign, arms in targets.groupby("campaign").arm
    ]


def _habits(profile: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """What a segment orders, when and where, as far as it is known: a name, and what there is to say."""
    found = {aspect: rows.sort_values("rank") for aspect, rows in profile.groupby("aspect")}
    nothing = profile.head(0)
    products = {
        name: [plain(row.description if pd.notna(row.description) else row.item) for row in rows.itertuples()]
        for name, rows in (
            ("Typical products", found.get("typical_products", nothing).head(_MOST_PRODUCTS)),
            ("Most ordered", found.get("top_products", nothing).head(_MOST_PRODUCTS)),
        )
    }
    times = [
        found[aspect].loc[found[aspect].value.idxmax(), "item"]
        # Not months: the data may hold one of them more often than another.
        for aspect in ("weekday", "hour")
        if aspect in found and found[aspect].value.sum() > 0
    ]
    countries = [
        f"{plain(row.item)} {percent(row.share)}"
        for row in found.get("country", nothing).head(_MOST_COUNTRIES).itertuples()
    ]
    basket = found.get("basket", nothing).dropna(subset="value").set_index("unit").value
    order = [f"{count(basket.lines)} lines, {exact_pounds(basket.pounds)}"] if len(basket) == 3 else []
    between = found.get("days_between_orders", nothing).dropna(subset="value").set_index("item").value
    days = [many(round(between["median"]), "day")] if "median" in between else []
    cancelled = found.get("cancelled", nothing).dropna(subset="share")
    given_back = [
        f"{percent(row.share, digits=1)} (all customers {percent(row.share_of_all, digits=1)})"
        for row in cancelled.itertuples()
    ]
    scores = found.get("monetary_score", nothing).set_index("item").share
    spending = [
        f"{percent(scores[item])} in the {who}" for item, who in _FIFTHS.items() if item in scores.index
    ]
    habits = {
        **products,
        "By spending": spending,
        "Sales cancelled": given_back,
        "Usual order": order,
        "From one day of orders to the next": days,
        "Usually on": times,
        "Countries": countries,
    }
    return [(name, values) for name, values in habits.items() if values]


def _moves(segment_migration: pd.DataFrame, segment: str) -> list[str]:
    """Where most of a segment's customers came from, and where most of those who left it went."""
    moved = segment_migration[segment_migration.segment_before != segment_migration.segment_after]
    moved = moved.sort_values("customers", ascending=False, kind="stable")
    came = moved[moved.segment_after == segment].head(_MOST_MOVES)
    went = moved[moved.segment_before == segment].head(_MOST_MOVES)
    stayed = segment_migration[
        (segment_migration.segment_before == segment) & (segment_migration.segment_after == segment)
    ]
    sentences = [f"{many(row.customers, 'customer')} stayed." for row in stayed.itertuples()]
    if len(came):
        places = [
            f"{_segment_name(row.segment_before)} ({count(row.customers)})" for row in came.itertuples()
        ]
        sentences.append(f"Came mostly from {listed(places)}.")
    if len(went):
        places = [f"{_segment_name(row.segment_after)} ({count(row.customers)})" for row in went.itertuples()]
        sentences.append(f"Went mostly to {listed(places)}.")
    return sentences


def _segment_name(name: str) -> str:
    return {"(new)": "first orders", "(none)": "no longer scored"}.get(name, plain(name))


def _ago(days: float) -> str:
    return NOTHING if pd.isna(days) else f"{many(round(days), 'day')} ago"


def _sentences(findings: pd.DataFrame, *topics: str) -> list[str]:
    return findings.finding[findings.topic.isin(topics)].tolist()
