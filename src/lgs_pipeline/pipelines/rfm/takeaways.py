"""What the tables of rfm say, in a sentence or two: for the titles of charts and the chapter."""

import pandas as pd

from lgs_pipeline.wording import fraction, percent, pluralise, pounds, shortened


def who_brings_the_sales(rfm_segments: pd.DataFrame) -> str:
    """The segment that brings most, with its shares of customers and of sales."""
    if not rfm_segments.sales.sum() > 0:
        return "Known customers were paid back as much as they paid, or more"
    top = rfm_segments.loc[rfm_segments.sales.idxmax()]
    return (
        f"{shortened(top.segment)} are {percent(top.share_of_customers)} of the customers "
        f"and bring {percent(top.share_of_sales)} of known customers' sales"
    )


def worth_of_a_customer(rfm_segments: pd.DataFrame) -> str:
    """The segments with the highest and the lowest sales per customer."""
    occupied = rfm_segments[rfm_segments.customers > 0]
    each = occupied.sales / occupied.customers
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
        f"The largest segment is {shortened(top.segment)}: {pluralise(top.customers, 'customer')}, "
        f"whose latest order was {pluralise(top.recency_median, 'day')} ago (median)"
    )


def share_of_best_cell(cells: pd.DataFrame) -> str:
    """The cell of the recency by frequency grid that brings most; cells have customers, sales and scores."""
    best = cells.loc[cells.sales.idxmax()]
    share = fraction(best.sales, cells.sales.sum())
    return (
        f"{pluralise(best.customers, 'customer')} with recency {best.r_score} and frequency {best.f_score} "
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
    kept = f"{percent(fraction(known.customers[is_kept].sum(), known.customers.sum()))} kept their segment"
    moved = known[~is_kept]
    if moved.empty:
        return kept
    top = moved.loc[moved.customers.idxmax()]
    return (
        f"{kept}. The largest move: {pluralise(top.customers, 'customer')} from "
        f"{shortened(top.segment_before)} to {shortened(top.segment_after)}"
    )
