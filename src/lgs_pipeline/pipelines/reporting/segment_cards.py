"""What several rooms know of each segment, from close up: cards of the report, and lists of the workbook."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from lgs_pipeline.chapters import Card, Chapter, Finding, Section, Sheet
from lgs_pipeline.models.arms import CONTROL, TREATMENT
from lgs_pipeline.pipelines.campaigns.schemas import CampaignTargets
from lgs_pipeline.pipelines.clustering.schemas import KmeansClusters
from lgs_pipeline.pipelines.lifetime_value.schemas import CustomerLifetimeValue
from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings
from lgs_pipeline.pipelines.reporting.settings import ReportingSettings
from lgs_pipeline.pipelines.rfm.schemas import Rfm, RfmSegments
from lgs_pipeline.pipelines.rfm.settings import RfmSettings
from lgs_pipeline.tables import Column, column_of, columns_of
from lgs_pipeline.wording import (
    NOTHING,
    count,
    exact_pounds,
    fraction,
    listed,
    percent,
    period,
    plain,
    pluralise,
    pounds,
    readable,
)

_MOST_MOVES = _MOST_PRODUCTS = _MOST_COUNTRIES = 3
_ROUNDING = 0.005  # pounds
_SPENDING = {"5": "have monetary score 5 (highest)", "1": "have monetary score 1 (lowest)"}
_OUTSIDE = {"(new)": "no segment (first order)", "(none)": "no segment"}
_MOST = 0.5  # "most" customers are more than this share of the others


def list_customers(
    rfm: pd.DataFrame,
    customer_lifetime_value: pd.DataFrame,
    kmeans_clusters: pd.DataFrame,
    campaign_targets: pd.DataFrame,
    settings: ReportingSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The customers with what several rooms know of them, those who have brought most first, and their lists.

    Returns
    -------
    segment_customers
        A row per customer of ``rfm``: its columns, clv, clv_tier, cluster_name, campaign, is_held_back.
    segment_lists
        A row per segment with customers, those that have brought most first: segment, customers, listed.
    """
    customers = (
        rfm.merge(customer_lifetime_value[["customer_id", "clv", "clv_tier"]], how="left", on="customer_id")
        .merge(kmeans_clusters[["customer_id", "cluster_name"]], how="left", on="customer_id")
        .merge(campaign_targets[["customer_id", "campaign", "arm"]], how="left", on="customer_id")
        .assign(is_held_back=lambda table: table.arm == CONTROL)
        .sort_values(["monetary", "customer_id"], ascending=[False, True], ignore_index=True)
    )
    by_segment = customers.groupby("segment").monetary
    lists = pd.DataFrame({"customers": by_segment.size(), "sales": by_segment.sum()}).reset_index()
    lists = lists.sort_values("sales", ascending=False, kind="stable", ignore_index=True)
    return customers, lists.assign(listed=lists.customers.clip(upper=settings.largest_list))


def tell_segments(
    rfm_segments: pd.DataFrame,
    segment_places: pd.DataFrame,
    segment_migration: pd.DataFrame,
    segment_profiles: pd.DataFrame,
    campaign_targets: pd.DataFrame,
    campaign_plan: pd.DataFrame,
    segment_customers: pd.DataFrame,
    segment_lists: pd.DataFrame,
    data_quality: pd.DataFrame,
    rfm_settings: RfmSettings,
    lifetime_settings: LifetimeValueSettings,
) -> Chapter:
    """Each segment from close up, and who is slipping away."""
    values = segment_customers.groupby("segment").clv.sum().reset_index()
    segments = rfm_segments[rfm_segments.customers > 0].merge(segment_places, on="segment")
    segments = segments.merge(values, how="left", on="segment")
    segments = segments.sort_values("sales", ascending=False, kind="stable")
    ahead = period(lifetime_settings.horizon_months, "month")
    offers = campaign_plan.set_index("campaign").offer
    cards = [
        Card(
            anchor=f"segment-{number}",
            name=plain(segment.segment),
            description=_describe(segment_customers, segment.segment),
            facts=_facts(segment, ahead),
            sentences=[
                *_moves(segment_migration, segment.segment),
                *_campaigns(campaign_targets[campaign_targets.segment == segment.segment], offers),
            ],
            lists=_habits(segment_profiles[segment_profiles.segment == segment.segment]),
        )
        for number, segment in enumerate(segments.itertuples(), start=1)
    ]
    moved = period(rfm_settings.migration_months, "month")
    introduction = f"Segments with the highest sales come first. Moves cover the last {moved}."
    return Chapter(
        findings=[*_slipping_away(segments, segment_customers, ahead), *_known_customers(rfm_segments, data_quality)],
        sections=[
            Section(
                anchor="profiles",
                question="What is each segment like?",
                sentences=[introduction if cards else "No order has a customer number."],
                cards=cards,
            )
        ],
        sheets=[_index(), *map(_list_of, segment_lists.segment)],
    )


def _describe(everybody: pd.DataFrame, segment: str) -> str:
    """How often and how long ago a segment's customers ordered; compared with most only where it holds for each."""
    customers = everybody[everybody.segment == segment]
    if customers.empty:
        return ""
    fewest, most = customers.frequency.min(), customers.frequency.max()
    latest, longest = customers.recency.min(), customers.recency.max()
    often = ""
    if _are_most(everybody.frequency < fewest):
        often = ", more than most customers"
    elif _are_most(everybody.frequency > most):
        often = ", fewer than most customers"
    elif not _are_most(everybody.frequency < most):
        often = ", no more than most customers"
    ago = ""
    if _are_most(everybody.recency > longest):
        ago = ", more recently than most customers"
    elif _are_most(everybody.recency < latest):
        ago = ", longer ago than most customers"
    orders, days = _range(fewest, most, "order"), _range(latest, longest, "day")
    return f"They placed {orders} each{often}. Their latest orders were {days} ago{ago}."


def _are_most(is_so: pd.Series) -> bool:
    """Whether it is so for more than half of the other customers; it never is for the customer compared."""
    return bool(is_so.sum() > _MOST * (len(is_so) - 1))


def _range(low: float, high: float, unit: str) -> str:
    return pluralise(high, unit) if low == high else f"{count(low)} to {pluralise(high, unit)}"


def _slipping_away(segments: pd.DataFrame, everybody: pd.DataFrame, ahead: str) -> Iterator[Finding]:
    """The segments that the map calls gone and often, as far as their customers are."""
    usual = everybody.frequency.median()
    latest = segments.segment.map(everybody.groupby("segment").recency.min())
    are_away = latest.map(lambda days: _are_most(everybody.recency < days)).astype(bool)
    ordered_more = segments.frequency_median > usual
    gone = segments[(segments.recency == "gone") & (segments.frequency == "often") & ordered_more & are_away]
    if gone.empty:
        return
    # In the order of the alphabet, as rfm_segments has them.
    gone = gone.sort_values("segment")
    customers, sales, expected = gone.customers.sum(), gone.sales.sum(), gone.clv.sum()
    days = sorted({round(days) for days in (gone.recency_median.min(), gone.recency_median.max())})
    still = f" {pounds(expected)} is expected from them in the next {ahead}." if expected > 0 else ""
    write = column_of(RfmSegments, "frequency_median").format_value
    orders = " to ".join(map(write, sorted({gone.frequency_median.min(), gone.frequency_median.max()})))
    sentence = (
        f"{pluralise(customers, 'customer')} ({listed([plain(name) for name in gone.segment])}) have been away longer "
        f"than most: {' to '.join(map(count, days))} days (median). Before, they had ordered more often: {orders} "
        f"orders (median), against {write(usual)} of all customers. They have brought {pounds(sales)}, "
        f"{pounds(sales / customers)} each.{still}"
    )
    figure = pounds(expected if expected > 0 else sales)
    yield Finding(topic="slipping_away", section="segments", figure=figure, sentence=sentence)


def _known_customers(rfm_segments: pd.DataFrame, data_quality: pd.DataFrame) -> Iterator[Finding]:
    """How much of sales is known to be whose: all that segments can say something of."""
    sales, known = data_quality.set_index("rule").amount["transactions"], rfm_segments.sales.sum()
    # With other customers or another moment in the settings, the two do not compare.
    if 0 < known < sales + _ROUNDING:
        sentence = (
            f"{percent(min(known / sales, 1))} of sales have a customer number; the statements about customers and "
            "segments cover only these."
        )
        yield Finding(topic="trust", section="trust", sentence=sentence)


def _facts(segment: Any, ahead: str) -> list[tuple[str, str]]:
    each = fraction(segment.sales, segment.customers)
    values = {
        "Customers": f"{count(segment.customers)} ({percent(segment.share_of_customers)})",
        "Sales so far": f"{pounds(segment.sales)} ({percent(segment.share_of_sales)})",
        "Sales per customer": pounds(each),
        "Latest order (median)": _ago(segment.recency_median),
        "Orders (median)": column_of(RfmSegments, "frequency_median").format_value(segment.frequency_median),
        "Sales per customer (median)": pounds(segment.monetary_median),
    }
    if segment.clv > 0:
        values[f"Lifetime value ({ahead})"] = pounds(segment.clv)
    return list(values.items())


def _ago(days: float) -> str:
    return NOTHING if pd.isna(days) else f"{pluralise(round(days), 'day')} ago"


def _moves(segment_migration: pd.DataFrame, segment: str) -> Iterator[str]:
    """Where most of a segment's customers came from, and where most of those who left it went."""
    by_size = segment_migration.sort_values("customers", ascending=False, kind="stable")
    is_before, is_after = by_size.segment_before == segment, by_size.segment_after == segment
    for row in by_size[is_before & is_after].itertuples():
        yield f"{pluralise(row.customers, 'customer')} stayed."
    came, went = by_size[is_after & ~is_before], by_size[is_before & ~is_after]
    for verb, moves, place in (
        ("Joined mostly from", came, "segment_before"),
        ("Left mostly for", went, "segment_after"),
    ):
        names = [
            f"{_OUTSIDE.get(name, plain(name))} ({count(customers)})"
            for name, customers in moves.head(_MOST_MOVES)[[place, "customers"]].itertuples(index=False)
        ]
        if names:
            yield f"{verb} {listed(names)}."


def _campaigns(targets: pd.DataFrame, offers: Mapping[str, str]) -> Iterator[str]:
    """Which campaigns contact a segment's customers, how many of them, and with what."""
    for campaign, arms in targets.groupby("campaign").arm:
        yield (
            f"Campaign {readable(campaign)}: {pluralise((arms == TREATMENT).sum(), 'customer')} to contact, "
            f"{count((arms == CONTROL).sum())} held back. Offer: {plain(offers[campaign])}."
        )


def _habits(profile: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """What a segment orders, when and where, as far as it is known: a name, and what there is to say."""
    found = {aspect: rows.sort_values("rank") for aspect, rows in profile.groupby("aspect")}

    def rows(aspect: str, *known: str) -> pd.DataFrame:
        return found.get(aspect, profile.head(0)).dropna(subset=list(known))

    def products(aspect: str) -> list[str]:
        first = rows(aspect).head(_MOST_PRODUCTS)
        return [plain(name) for name in first.description.where(first.description.notna(), first["item"])]

    scores = rows("monetary_score").set_index("item").share
    basket = rows("basket", "value").set_index("unit").value
    between = rows("days_between_orders", "value").set_index("item").value
    # Not months: the data may hold one of them more often than another.
    times = {aspect: found[aspect] for aspect in ("weekday", "hour") if aspect in found}
    habits = {
        "Typical products": products("typical_products"),
        "Most ordered": products("top_products"),
        "By spending": [f"{percent(scores[item])} {what}" for item, what in _SPENDING.items() if item in scores],
        "Sales cancelled": [
            f"{percent(row.share, digits=1)} (all customers {percent(row.share_of_all, digits=1)})"
            for row in rows("cancelled", "share").itertuples()
        ],
        "Usual order": [f"{count(basket.lines)} lines, {exact_pounds(basket.pounds)}"] if len(basket) == 3 else [],
        "Days between orders (median)": ([pluralise(round(between["median"]), "day")] if "median" in between else []),
        # There is no hour where orders have no times.
        f"Usual {listed(list(times))}": [
            time.loc[time.value.idxmax(), "item"] for time in times.values() if time.value.sum() > 0
        ],
        "Countries": [
            f"{plain(row.item)} {percent(row.share)}" for row in rows("country").head(_MOST_COUNTRIES).itertuples()
        ],
    }
    return [(name, values) for name, values in habits.items() if values]


def _index() -> Sheet:
    """Where each segment's list is, and how much of the segment is in it."""
    return Sheet(
        name="Lists",
        dataset="segment_lists",
        columns=[
            *columns_of(RfmSegments, "segment", "customers"),
            Column(name="listed", heading="Listed here", kind="count"),
        ],
        links="segment",
    )


def _list_of(segment: str) -> Sheet:
    return Sheet(
        name=segment,
        dataset="segment_customers",
        where={"segment": segment},
        is_list=True,
        shows=segment,
        columns=[
            *columns_of(Rfm, "customer_id", "country", "last_order", "first_order"),
            *columns_of(Rfm, "recency", "frequency", "monetary", "rfm_score"),
            column_of(KmeansClusters, "cluster_name"),
            *columns_of(CustomerLifetimeValue, "clv", "clv_tier"),
            # As it is called in commands.
            column_of(CampaignTargets, "campaign", kind="text"),
            Column(name="is_held_back", heading="Do not contact", kind="flag"),
        ],
    )
