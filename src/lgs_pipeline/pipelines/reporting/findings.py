"""The findings: what a head of marketing should know after a minute, each a figure and a sentence."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from lgs_pipeline.charts import takeaways
from lgs_pipeline.charts.wording import count, listed, many, percent, plain, pounds, signed_percent
from lgs_pipeline.parameters import LifetimeValueSettings, RfmSettings
from lgs_pipeline.pipelines.reporting.advice import place_segments


class Finding(NamedTuple):
    """A figure, the sentence that it stands in, and what it is about; the segment, if it is about one."""

    topic: str
    figure: str
    finding: str
    segment: str = ""


TOPICS = ("sales", "customers", "top_segment", "slipping_away", "changes", "outlook", "trust")
"""What the report begins with, in order."""

CAMPAIGNS = {"keep": "Keep", "win_back": "Win back", "grow": "Grow"}
"""The three things that a campaign can be for."""


def state_findings(
    monthly_metrics: pd.DataFrame,
    rfm_segments: pd.DataFrame,
    segment_migration: pd.DataFrame,
    segment_values: pd.DataFrame,
    clv_tiers: pd.DataFrame,
    data_quality: pd.DataFrame,
    rfm: RfmSettings,
    lifetime_value: LifetimeValueSettings,
) -> pd.DataFrame:
    """What the tables say, in sentences with their figures.

    Returns
    -------
    pandas.DataFrame
        A row per finding: topic, figure (as it is written), finding (the sentence), segment (that a
        campaign is for; empty for other findings). What there is no data for has no row.
    """
    segments = rfm_segments[rfm_segments.customers > 0].merge(place_segments(rfm), on="segment")
    segments = segments.merge(segment_values, how="left", on="segment")
    ahead = _months(lifetime_value.horizon_months)
    found = [
        *_sales(monthly_metrics),
        *_customers(monthly_metrics),
        *_top_segment(segments),
        *_slipping_away(segments, ahead),
        *_changes(segment_migration, rfm),
        *_outlook(clv_tiers, lifetime_value),
        *_trust(monthly_metrics, rfm_segments, data_quality),
        *_campaigns(segments, ahead),
    ]
    return pd.DataFrame(found, columns=list(Finding._fields)).astype("str")


def _sales(monthly_metrics: pd.DataFrame) -> Iterator[Finding]:
    compared = takeaways.compare_with_year_before(monthly_metrics)
    full = takeaways.full_months(monthly_metrics)
    sales = compared.sales if compared else (monthly_metrics if full.empty else full).sales.sum()
    is_known = compared is not None and np.isfinite(compared.growth)
    figure = signed_percent(compared.growth) if compared and is_known else pounds(sales)
    sentences = [takeaways.sales_development(monthly_metrics), *_orders_behind(compared)]
    yield Finding("sales", figure, " ".join(f"{sentence}." for sentence in sentences))


def _orders_behind(compared: takeaways.YearOnYear | None) -> Iterator[str]:
    """Whether it was more orders or larger ones."""
    if compared is None or not min(compared.orders, compared.orders_before) > 0:
        return
    orders = compared.orders / compared.orders_before - 1
    size, size_before = (
        compared.purchases / compared.orders,
        compared.purchases_before / compared.orders_before,
    )
    if size_before > 0:
        yield (
            f"There were {count(compared.orders)} orders ({signed_percent(orders)}) "
            f"of {pounds(size)} on average ({signed_percent(size / size_before - 1)}), before cancellations"
        )


def _customers(monthly_metrics: pd.DataFrame) -> Iterator[Finding]:
    full = takeaways.full_months(monthly_metrics)
    last = (monthly_metrics if full.empty else full).iloc[-1]
    if monthly_metrics.active_customers.sum():
        active = f"{many(last.active_customers, 'customer')} ordered in {last.month:%B %Y}"
        yield Finding(
            "customers",
            count(last.active_customers),
            f"{active}. {takeaways.new_customers(monthly_metrics)}.",
        )


def _top_segment(segments: pd.DataFrame) -> Iterator[Finding]:
    if segments.empty or not segments.revenue.sum() > 0:
        return
    top = segments.loc[segments.revenue.idxmax()]
    yield Finding(
        "top_segment",
        percent(top.share_of_revenue),
        f"{plain(top.segment)}, {percent(top.share_of_customers)} of the customers, bring "
        f"{percent(top.share_of_revenue)} of known customers' sales: {pounds(top.revenue)} "
        f"from {many(top.customers, 'customer')}.",
    )


def _slipping_away(segments: pd.DataFrame, ahead: str) -> Iterator[Finding]:
    gone = segments[(segments.recency == "gone") & (segments.frequency == "often")]
    if gone.empty:
        return
    customers, revenue, expected = gone.customers.sum(), gone.revenue.sum(), gone.clv.sum()
    days = sorted({round(days) for days in (gone.recency_median.min(), gone.recency_median.max())})
    ago = " to ".join(count(day) for day in days)
    names = listed([plain(name) for name in gone.segment])
    still = f" {pounds(expected)} is expected from them in the next {ahead}." if expected > 0 else ""
    yield Finding(
        "slipping_away",
        pounds(expected if expected > 0 else revenue),
        f"{many(customers, 'customer')} ({names}) ordered more often than most, and longer ago than most: "
        f"{ago} days ago (median). They have brought {pounds(revenue)}, {pounds(revenue / customers)} each."
        f"{still}",
    )


def _changes(segment_migration: pd.DataFrame, rfm: RfmSettings) -> Iterator[Finding]:
    level = place_segments(rfm).set_index("segment").level
    before, after = segment_migration.segment_before.map(level), segment_migration.segment_after.map(level)
    customers = segment_migration.customers
    if not before.notna().any():
        return
    fell, rose = customers[after < before].sum(), customers[after > before].sum()
    new = customers[segment_migration.segment_before == "(new)"].sum()
    sentence = (
        f"In the last {_months(rfm.migration_months)}, {many(fell, 'customer')} fell to a worse segment, "
        f"{count(rose)} rose to a better one, and {count(new)} ordered for the first time."
    )
    falls = segment_migration[after < before]
    if not falls.empty:
        top = falls.loc[falls.customers.idxmax()]
        sentence += (
            f" The largest fall: {count(top.customers)} from {plain(top.segment_before)} "
            f"to {plain(top.segment_after)}."
        )
    sentence += " Segments compare customers with each other, so their limits move with the season."
    yield Finding("changes", count(fell), sentence)


def _months(number: int) -> str:
    return many(number, "month") if number > 1 else "month"


def _outlook(clv_tiers: pd.DataFrame, lifetime_value: LifetimeValueSettings) -> Iterator[Finding]:
    known = clv_tiers.dropna(subset="clv").set_index("clv_tier")
    if takeaways.ALL_TIERS not in known.index or not known.clv[takeaways.ALL_TIERS] > 0:
        return
    total = known.loc[takeaways.ALL_TIERS]
    of_what = "sales" if lifetime_value.margin == 1 else "margin"
    yield Finding(
        "outlook",
        pounds(total.clv),
        f"Today's customers are expected to bring {pounds(total.clv)} of {of_what} in the next "
        f"{_months(lifetime_value.horizon_months)}, in today's pounds; the chance is "
        f"{percent(lifetime_value.interval)} that it will be {pounds(total.clv_low)} to "
        f"{pounds(total.clv_high)}. Customers who are yet to come, and orders without a customer's number, "
        f"come on top. {takeaways.top_tier(clv_tiers)}.",
    )


def _trust(
    monthly_metrics: pd.DataFrame, rfm_segments: pd.DataFrame, data_quality: pd.DataFrame
) -> Iterator[Finding]:
    lines = data_quality.set_index("rule")
    counted = lines.share_of_lines["transactions"]
    sales, known = monthly_metrics.sales.sum(), rfm_segments.revenue.sum()
    share = percent(counted, digits=1 if counted < 1 else 0)
    sentence = (
        f"{share} of the extract's lines count ({count(lines.lines['transactions'])} "
        f"of {count(lines.lines['total'])})."
    )
    reasons = lines.drop(index=["transactions", "total"])
    if reasons.lines.sum():
        top = reasons.lines.idxmax()
        sentence += f" The largest part of the others is left out for {REASONS.get(top, top)}."
    # With other customers or another moment in the settings, the two do not compare.
    if 0 < known <= sales:
        sentence += (
            f" {percent(known / sales)} of sales carry the number of a customer; "
            "what is said of customers and segments holds for these."
        )
    if monthly_metrics.is_partial.any():
        partial = [f"{month:%B %Y}" for month in monthly_metrics.month[monthly_metrics.is_partial]]
        sentence += f" The data covers only a part of {listed(partial)}."
    yield Finding("trust", share, sentence)


REASONS = {
    "invalid": "a value that is missing or cannot be read",
    "repeated_invoice": "an invoice that was delivered more than once",
    "test": "a test entry",
    "zero_price": "a price of zero (gifts, stock movements)",
    "adjustment": "a correction of the books",
    "fee": "a fee (bank, marketplace)",
    "sample": "a sample",
}
"""Why lines do not count, in words."""


def _campaigns(segments: pd.DataFrame, ahead: str) -> Iterator[Finding]:
    """The segment that brings most, of each of the places where a campaign can do something."""
    is_in = {
        "keep": (segments.recency == "recent") & (segments.frequency == "often"),
        "win_back": (segments.recency == "gone") & (segments.frequency == "often"),
        "grow": (segments.recency == "recent") & (segments.frequency != "often"),
    }
    for topic in CAMPAIGNS:
        candidates = segments[is_in[topic]]
        if candidates.empty:
            continue
        top = candidates.loc[candidates.revenue.idxmax()]
        expected = f" Another {pounds(top.clv)} is expected in the next {ahead}." if top.clv > 0 else ""
        yield Finding(
            topic,
            pounds(top.revenue),
            f"{plain(top.segment)}: {many(top.customers, 'customer')}, {pounds(top.revenue)} of sales so far "
            f"({pounds(top.revenue / top.customers)} each), latest order "
            f"{many(round(top.recency_median), 'day')} ago (median).{expected}",
            top.segment,
        )
