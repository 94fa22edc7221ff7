"""What a table says, in a sentence or two: the titles of charts, and the findings of the report."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lgs_pipeline.charts.wording import (
    change,
    count,
    decimal,
    exact_pounds,
    listed,
    many,
    month,
    percent,
    pounds,
    shortened,
)

_YEAR = 12


@dataclass(frozen=True)
class YearOnYear:
    """The latest full months, beside the same months a year earlier; sales and purchases in pounds."""

    months: int
    last: pd.Timestamp
    sales: float
    sales_before: float
    orders: float
    orders_before: float
    purchases: float
    purchases_before: float

    @property
    def growth(self) -> float:
        """The change, a fraction; not a number where there is nothing to compare with."""
        return ratio(self.sales - self.sales_before, self.sales_before)


def ratio(part: float, whole: float) -> float:
    """The part of the whole; not a number where there is no whole to be part of."""
    return part / whole if whole > 0 else np.nan


def full_months(monthly_metrics: pd.DataFrame) -> pd.DataFrame:
    """The months that the data covers whole."""
    return monthly_metrics[~monthly_metrics.is_partial.astype(bool)]


def compare_with_year_before(monthly_metrics: pd.DataFrame) -> YearOnYear | None:
    """The latest full months, at most twelve, beside the same months a year earlier; None without such."""
    full = full_months(monthly_metrics)
    months = min(_YEAR, len(full) - _YEAR)
    if months < 1:
        return None
    latest, before = full.iloc[-months:], full.iloc[-months - _YEAR : len(full) - _YEAR]
    return YearOnYear(
        months=months,
        last=full.month.iloc[-1],
        sales=latest.sales.sum(),
        sales_before=before.sales.sum(),
        orders=latest.placed_orders.sum(),
        orders_before=before.placed_orders.sum(),
        purchases=(latest.average_order_value * latest.placed_orders).sum(),
        purchases_before=(before.average_order_value * before.placed_orders).sum(),
    )


def sales_development(monthly_metrics: pd.DataFrame) -> str:
    """How sales developed, compared with a year earlier where the data reaches back that far."""
    compared = compare_with_year_before(monthly_metrics)
    if compared is None:
        return _sales_so_far(monthly_metrics)
    before = "in the 12 months before" if compared.months == _YEAR else "a year earlier"
    span = f"the {compared.months} months to " if compared.months > 1 else ""
    sales = f"Sales were {pounds(compared.sales)} in {span}{month(compared.last)}"
    if not np.isfinite(compared.growth):
        return f"{sales}, with none {before} to compare with"
    growth = change(compared.growth)
    return f"{sales}, {growth} {'as' if growth.endswith('same') else 'than'} {before}"


def _sales_so_far(monthly_metrics: pd.DataFrame) -> str:
    full = full_months(monthly_metrics)
    if full.empty:
        first, last = monthly_metrics.month.iloc[0], monthly_metrics.month.iloc[-1]
        span = month(first) if first == last else f"{month(first)} and {month(last)}"
        return f"Sales were {pounds(monthly_metrics.sales.sum())} in the part of {span} that the data covers"
    span = (
        f"the {len(full)} full months to {month(full.month.iloc[-1])}"
        if len(full) > 1
        else month(full.month.iloc[0])
    )
    return f"Sales were {pounds(full.sales.sum())} in {span}"


def growth_range(monthly_metrics: pd.DataFrame) -> str:
    """The strongest rise and fall from one full month to the next."""
    follows_part = monthly_metrics.is_partial.shift(fill_value=False)
    full = full_months(monthly_metrics[~follows_part]).dropna(subset="sales_growth")
    if full.empty:
        return "There is no full month to compare with the month before"
    best, worst = full.loc[full.sales_growth.idxmax()], full.loc[full.sales_growth.idxmin()]
    if best.month == worst.month or best.sales_growth <= 0 or worst.sales_growth >= 0:
        last = full.iloc[-1]
        growth = change(last.sales_growth)
        comparison = "as those" if growth.endswith("same") else "than those"
        return f"Sales of {month(last.month)} were {growth} {comparison} of the month before"
    return (
        f"From month to month, sales rose most in {month(best.month)} (+{percent(best.sales_growth)}) "
        f"and fell most in {month(worst.month)} ({percent(worst.sales_growth)})"
    )


def orders_and_cancellations(monthly_metrics: pd.DataFrame) -> str:
    """The month with most orders, and how many cancellations there are for a hundred orders."""
    full = full_months(monthly_metrics)
    table = monthly_metrics if full.empty else full
    most = table.loc[table.placed_orders.idxmax()]
    placed, cancelled = table.placed_orders.sum(), table.cancelled_orders.sum()
    peak = f"Most orders were placed in {month(most.month)}: {count(most.placed_orders)}"
    if placed <= 0:
        return "No orders were placed"
    if not cancelled:
        return f"{peak}. None was cancelled"
    of_hundred = 100 * cancelled / placed
    told = decimal(of_hundred, digits=0 if of_hundred >= 10 else 1)
    return f"{peak}. For every 100 orders there were {told} cancellations"


def most_active_month(monthly_metrics: pd.DataFrame) -> str:
    """The month in which most customers ordered."""
    full = full_months(monthly_metrics)
    table = monthly_metrics if full.empty else full
    most = table.loc[table.active_customers.idxmax()]
    if not most.active_customers:
        return "No order has a customer number"
    told = f"{many(most.active_customers, 'customer')} ordered in {month(most.month)}"
    is_alone = (full.active_customers == most.active_customers).sum() == 1
    return f"{told}, more than in any other full month" if len(full) > 1 and is_alone else told


def new_customers(monthly_metrics: pd.DataFrame) -> str:
    """How many customers of a month are new, and what share of its active ones."""
    full = full_months(monthly_metrics)
    if len(full) <= _YEAR:
        table = monthly_metrics if full.empty else full
        return (
            f"{many(table.new_customers.sum(), 'customer')} ordered for the first time. "
            "Early in the data nearly everybody seems new"
        )
    latest = full.tail(_YEAR)
    new, active = latest.new_customers.sum(), latest.active_customers.sum()
    told = (
        f"In the last 12 full months, {count(new / _YEAR)} customers a month were new: "
        f"{percent(ratio(new, active))} of those who ordered in a month, on average"
    )
    return told if len(full) >= 2 * _YEAR else f"{told}. Early in the data, many only seem new"


def usual_retention(cohort_retention: pd.DataFrame) -> str:
    """How many of a month's new customers order in later months: of cohorts, the median."""
    again = cohort_retention[cohort_retention.months_since > 0]
    if again.empty:
        return "The data is too short to see new customers come back"
    shares = again.groupby("months_since").retention.median()
    after = [since for since in (1, 6, 12) if since in shares.index] or [shares.index[0]]
    parts = [f"{percent(shares[since])} in the {_ordinal(since)} month after" for since in after]
    return f"Of a month's new customers, usually {parts[0].replace(' in', ' order again in', 1)}" + "".join(
        f"{' and' if part == parts[-1] else ','} {part.removesuffix(' month after')}" for part in parts[1:]
    )


def _ordinal(number: int) -> str:
    return f"{number}{'st' if number == 1 else 'th'}"


def usual_order(distribution: pd.Series) -> str:
    """What half of the orders come to, and the largest."""
    return (
        f"Half of all orders come to {exact_pounds(distribution['median'])} or less; "
        f"the largest is {exact_pounds(distribution['max'])}"
    )


def usual_order_up_to_cut(distribution: pd.Series) -> str:
    """The same, of the orders up to the 85% cut."""
    return (
        f"Without the largest 15%, an order comes to {exact_pounds(distribution['mean'])} on average; "
        f"the most frequent amount is {exact_pounds(distribution['mode'], pence=True)}"
    )


def who_brings_the_sales(rfm_segments: pd.DataFrame) -> str:
    """The segment that brings most, with its shares of customers and of sales."""
    if not rfm_segments.revenue.sum() > 0:
        return "Known customers were paid back as much as they paid, or more"
    top = rfm_segments.loc[rfm_segments.revenue.idxmax()]
    return (
        f"{shortened(top.segment)} are {percent(top.share_of_customers)} of the customers "
        f"and bring {percent(top.share_of_revenue)} of known customers' sales"
    )


def worth_of_a_customer(rfm_segments: pd.DataFrame) -> str:
    """The segments with the highest and the lowest sales per customer."""
    occupied = rfm_segments[rfm_segments.customers > 0]
    each = occupied.revenue / occupied.customers
    best, least = occupied.loc[each.idxmax()], occupied.loc[each.idxmin()]
    if len(occupied) == 1:
        return f"All customers are {shortened(best.segment)}, worth {pounds(each.max())} each on average"
    return (
        f"A customer in {shortened(best.segment)} has brought {pounds(each.max())} on average, "
        f"one in {shortened(least.segment)} {pounds(each.min())}"
    )


def largest_segment(rfm_segments: pd.DataFrame) -> str:
    """The segment with most customers."""
    top = rfm_segments.loc[rfm_segments.customers.idxmax()]
    return (
        f"The largest segment is {shortened(top.segment)}: {many(top.customers, 'customer')}, "
        f"whose latest order was {many(top.recency_median, 'day')} ago (median)"
    )


def share_of_best_cell(cells: pd.DataFrame) -> str:
    """The cell of the recency by frequency grid that brings most; cells have customers, sales and scores."""
    best = cells.loc[cells.sales.idxmax()]
    share = ratio(best.sales, cells.sales.sum())
    return (
        f"{many(best.customers, 'customer')} with recency {best.r_score} and frequency {best.f_score} "
        f"bring {percent(share)} of known customers' sales"
    )


def largest_move(segment_migration: pd.DataFrame) -> str:
    """How many customers kept their segment, and the largest move of the others."""
    known = segment_migration[
        (segment_migration.segment_before != "(new)") & (segment_migration.segment_after != "(none)")
    ]
    if known.empty:
        return "There are no earlier segments to compare with"
    is_kept = known.segment_before == known.segment_after
    kept = f"{percent(ratio(known.customers[is_kept].sum(), known.customers.sum()))} kept their segment"
    moved = known[~is_kept]
    if moved.empty:
        return kept
    top = moved.loc[moved.customers.idxmax()]
    return (
        f"{kept}. The largest move: {many(top.customers, 'customer')} from "
        f"{shortened(top.segment_before)} to {shortened(top.segment_after)}"
    )


SEGMENTATIONS = {
    "none": "no segments",
    "monetary_quintiles": "five groups by sales",
    "rfm": "segments (RFM)",
    "kmeans": "clusters (KMeans)",
    "clv_tier": "tiers (lifetime value)",
}
"""What segmentations are called."""

MEASURES = {
    "auc_buying_again": "Who buys again",
    "log_sales_variance_explained": "How much they buy",
    "sales_share_of_top_fifth": "Who buys most",
    "membership_kept": "Customers keep their group",
}
"""What segmentations are judged by, in words."""


def chosen_clusters(kmeans_selection: pd.DataFrame) -> str:
    """How many clusters there are, and what speaks for that number."""
    chosen = kmeans_selection[kmeans_selection.chosen.astype(bool)]
    if chosen.empty:
        return "There are no clusters"
    row = chosen.iloc[0]
    if not np.isfinite(row.stability):
        return many(row.k, "cluster")
    return (
        f"{many(row.k, 'cluster')}: stability {row.stability:.2f}, silhouette {row.silhouette:.2f}, "
        f"{percent(row.smallest_share)} of the customers in the smallest"
    )


def top_cluster(kmeans_profile: pd.DataFrame) -> str:
    """The cluster that brings most."""
    top = kmeans_profile.loc[kmeans_profile.revenue.idxmax()]
    return (
        f"{shortened(top.cluster_name, 44)}: {percent(top.share)} of the customers, "
        f"{percent(top.share_of_revenue)} of known customers' sales"
    )


def variance_shown(component_meanings: pd.DataFrame) -> str:
    """How much of the differences between customers two components show."""
    shown = component_meanings.groupby("component").share_of_variance.first().sum()
    return f"Two components show {percent(shown)} of the differences between customers"


def segments_in_one_cluster(segment_cluster_crosstab: pd.DataFrame) -> str:
    """How many customers are where most of their segment is."""
    customers = segment_cluster_crosstab.set_index("segment")
    together = ratio(customers.max(axis="columns").sum(), customers.to_numpy().sum())
    return f"{percent(together)} of customers are in the cluster that holds most of their segment"


def best_segmentations(segmentation_comparison: pd.DataFrame) -> str:
    """Which segmentations tell best who buys again, and how much.

    The best, and those within the interval that chance puts around it.
    """
    contest = segmentation_comparison[segmentation_comparison.segmentation != "none"].dropna(subset="value")
    parts = []
    for measure in ("auc_buying_again", "log_sales_variance_explained"):
        rows = contest[contest.measure == measure].sort_values("value", ascending=False, kind="stable")
        if not rows.empty:
            as_good = rows[rows.value >= np.fmin(rows.low.iloc[0], rows.value.iloc[0])]
            names = [SEGMENTATIONS.get(name, shortened(name)) for name in as_good.segmentation]
            parts.append(f"{MEASURES[measure].lower()} is told best by {listed(names)}")
    if not parts:
        return "The data is too short to compare segmentations"
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:]


ALL_TIERS = "all"
"""The row of ``clv_tiers`` for all customers together."""


def held_out_orders(clv_validation: pd.DataFrame) -> str:
    """How many orders were expected in months that the models had not seen, and how many came."""
    totals = clv_validation[(clv_validation.part == "totals") & (clv_validation["item"] == "orders")]
    totals = totals.set_index("measure").value
    if not {"expected", "actual"} <= set(totals.index):
        return "Nothing could be predicted to put to the test"
    return (
        f"In months that the model had not seen, it expected {many(totals['expected'], 'order')} of the "
        f"customers known by then; {count(totals['actual'])} came"
    )


def usual_lifetime_value(customer_lifetime_value: pd.DataFrame) -> str:
    """What half of the customers are worth at most, and the best tenth at least."""
    middle, high = customer_lifetime_value.clv.quantile([0.5, 0.9])
    return (
        f"Half of the customers are expected to bring {pounds(middle)} or less, the best tenth "
        f"{pounds(high)} or more"
    )


def top_tier(clv_tiers: pd.DataFrame) -> str:
    """The tier worth most per customer: its shares of customers and of lifetime value."""
    tiers = clv_tiers[(clv_tiers.clv_tier != ALL_TIERS) & (clv_tiers.customers > 0)].dropna(subset="clv")
    if tiers.empty:
        return "There are no lifetime values"
    top = tiers.iloc[0]
    return (
        f"{shortened(top.clv_tier)}: {percent(top.share_of_customers)} of the customers, "
        f"{percent(top.share_of_clv)} of what all are expected to bring"
    )
