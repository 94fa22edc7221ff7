"""A run in a few sentences, from the tables that it made."""

from collections.abc import Callable, Iterator

import pandas as pd
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from lgs_pipeline.charts.wording import day, exact_pounds


def headlines(pipeline: Pipeline, catalog: DataCatalog) -> Iterator[str]:
    """One sentence for each table with a headline that the pipeline made."""
    for dataset_name, describe in _HEADLINES.items():
        if dataset_name in pipeline.all_outputs():
            yield describe(catalog.load(dataset_name))


def _quality(data_quality: pd.DataFrame) -> str:
    lines = data_quality.set_index("rule").lines
    reasons = lines.drop(["transactions", "total"])
    excluded = ", ".join(f"{count:,} {reason}" for reason, count in reasons[reasons > 0].items())
    counts = f"{lines.total:,} read, {lines.transactions:,} count, {reasons.sum():,} excluded"
    return f"Lines: {counts}: {excluded}" if excluded else f"Lines: {counts}"


def _months(monthly_metrics: pd.DataFrame) -> str:
    first, last = monthly_metrics.month.iloc[0], monthly_metrics.month.iloc[-1]
    partial = " (partial)" if monthly_metrics.is_partial.iloc[-1] else ""
    return (
        f"Months: {len(monthly_metrics)}, {first:%B %Y} to {last:%B %Y}{partial}; "
        f"net sales £{monthly_metrics.sales.sum():,.0f} in {monthly_metrics.placed_orders.sum():,} orders"
    )


def _segments(rfm_segments: pd.DataFrame) -> str:
    occupied = rfm_segments[rfm_segments.customers > 0]
    bringing = occupied[occupied.revenue > 0].sort_values("revenue", ascending=False, kind="stable").head(3)
    named = ", ".join(
        f"{row.segment} {row.customers:,} ({row.share_of_revenue:.0%} of revenue)"
        for row in bringing.itertuples()
    )
    counts = f"Customers: {rfm_segments.customers.sum():,} in {len(occupied)} segments"
    # Where customers have been paid back more than they paid, shares of the revenue mean nothing.
    return f"{counts}; {named}" if named and rfm_segments.revenue.sum() > 0 else counts


def _clusters(kmeans_profile: pd.DataFrame) -> str:
    largest = kmeans_profile.sort_values("revenue", ascending=False, kind="stable").head(3)
    named = "; ".join(
        f"{row.cluster_name} {row.customers:,} ({row.share_of_revenue:.0%} of revenue)"
        for row in largest.itertuples()
    )
    return f"Clusters: {len(kmeans_profile)}; {named}" if named else "Clusters: none, there are no customers"


def _lifetime_values(clv_tiers: pd.DataFrame) -> str:
    *tiers, everybody = clv_tiers.itertuples()
    if pd.isna(everybody.clv):
        return "Lifetime value: too few customers to tell"
    interval = f"£{everybody.clv_low:,.0f} to £{everybody.clv_high:,.0f}"
    best = f"{tiers[0].customers:,} {tiers[0].clv_tier} customers are {tiers[0].share_of_clv:.0%} of it"
    return f"Lifetime value: £{everybody.clv:,.0f} ({interval}) of {everybody.customers:,} customers; {best}"


def _plan(campaign_plan: pd.DataFrame) -> str:
    largest = campaign_plan[campaign_plan.audience > 0]
    largest = largest.sort_values("value_at_stake", ascending=False, kind="stable").head(3)
    named = ", ".join(
        f"{row.campaign} {row.audience:,} (£{row.value_at_stake:,.0f} at stake)"
        for row in largest.itertuples()
    )
    contacted, held_back = campaign_plan.treatment.sum(), campaign_plan.control.sum()
    counts = f"Campaigns: {len(campaign_plan)}; {contacted:,} customers to contact, {held_back:,} held back"
    return f"{counts}; {named}" if named else counts


def _effects(campaign_effect: pd.DataFrame) -> str:
    if campaign_effect.empty:
        return "Effects: no campaign has been launched"
    newest = campaign_effect.sort_values("launched_on", kind="stable").iloc[-1]
    launched = f"{newest.campaign} of {day(newest.launched_on)} ({newest.method})"
    if pd.isna(newest.incremental_low):
        return f"Effects: {len(campaign_effect)} launched; {launched}: too early to tell"
    added, low, high = (exact_pounds(newest[f"incremental_{name}"]) for name in ("sales", "low", "high"))
    return (
        f"Effects: {len(campaign_effect)} launched; {launched}: {added} of incremental sales "
        f"({low} to {high}) after {newest.days} days"
    )


def _recommendations(recommendation_evaluation: pd.DataFrame) -> str:
    measured = recommendation_evaluation.set_index(["question", "measure", "model"]).value
    told = [
        f"{name} {measured[question, 'ndcg_at_10', 'recommender']:.3f} "
        f"({measured[question, 'ndcg_at_10', other]:.3f} {without})"
        for question, name, other, without in [
            ("new", "new products", "bm25_neighbours", "by BM25 neighbours"),
            ("repeat", "usual ones", "own_most_frequent", "by own habits"),
        ]
        if not pd.isna(measured[question, "ndcg_at_10", "recommender"])
    ]
    return f"Recommendations: NDCG@10 {', '.join(told) or 'could not be measured'}"


_HEADLINES: dict[str, Callable[[pd.DataFrame], str]] = {
    "data_quality": _quality,
    "monthly_metrics": _months,
    "rfm_segments": _segments,
    "kmeans_profile": _clusters,
    "clv_tiers": _lifetime_values,
    "campaign_plan": _plan,
    "campaign_effect": _effects,
    "recommendation_evaluation": _recommendations,
}
