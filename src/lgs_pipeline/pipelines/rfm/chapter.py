"""What report, workbook and log say of the segments."""

from collections.abc import Iterator

import pandas as pd

from lgs_pipeline.chapters import Chapter, Finding, Section, Sheet, rows_of
from lgs_pipeline.pipelines.rfm.schemas import RfmSegments, RfmThresholds, SegmentMigration
from lgs_pipeline.pipelines.rfm.settings import RfmSettings
from lgs_pipeline.tables import columns_of
from lgs_pipeline.wording import count, percent, period, plain, pluralise, pounds

_MOST_NAMED = 3
_THRESHOLDS = "Which values get which score (days, orders, pounds)"
_SHARED_VALUES = "; where ranks were cut, neighbouring scores may share a value"
_TERMS = {
    "Frequency": "How many orders a customer has placed.",
    "Median": "The value in the middle: half are below, half above. A few very large ones do not move it.",
    "Monetary": "What a customer has brought: the amounts of all orders, less cancellations.",
    "Recency": "Whole days since a customer's latest order, counted back from the end of the data.",
    "Score": "Recency, frequency and monetary are each scored from 1 to 5, 5 best. The table of scores shows which "
    "values got which score, and how many customers have it.",
    "Segment": "Customers with similar recency and frequency scores, under a name.",
}


def tell_rfm(
    rfm_segments: pd.DataFrame,
    rfm_thresholds: pd.DataFrame,
    segment_migration: pd.DataFrame,
    segment_places: pd.DataFrame,
    settings: RfmSettings,
) -> Chapter:
    """Which customers matter most, and how they have moved between segments."""
    segments = rfm_segments.sort_values("sales", ascending=False, kind="stable")
    is_ranked = "rank" in {scoring.method for scoring in (settings.recency, settings.frequency, settings.monetary)}
    thresholds = f"{_THRESHOLDS}{_SHARED_VALUES if is_ranked else ''}"
    moves = segment_migration.sort_values("customers", ascending=False, kind="stable")
    summary = columns_of(
        RfmSegments,
        *("segment", "customers", "share_of_customers", "sales", "share_of_sales"),
        *("recency_median", "frequency_median", "monetary_median"),
    )
    return Chapter(
        findings=[
            *_top_segment(segments),
            *_changes(segment_migration, segment_places, settings),
        ],
        sections=[
            Section(
                anchor="segments",
                question="Which customers matter most?",
                drawings=["segment_shares", "segment_treemap", "segment_map", "rfm_grid"],
                tables=[
                    rows_of("The segments in numbers", segments, summary),
                    rows_of(thresholds, rfm_thresholds, columns_of(RfmThresholds)),
                ],
            ),
            Section(
                anchor="changes",
                question="What has changed?",
                drawings=["segment_migration"],
                tables=[rows_of("Every move between segments", moves, columns_of(SegmentMigration))],
            ),
        ],
        sheets=[
            Sheet(
                name="Segments",
                dataset="rfm_segments",
                columns=columns_of(RfmSegments),
                sort_by="sales",
                descending=True,
            ),
            Sheet(name="Moves between segments", dataset="segment_migration", columns=columns_of(SegmentMigration)),
        ],
        log=_log(segments),
        terms=_TERMS,
    )


def _top_segment(segments: pd.DataFrame) -> Iterator[Finding]:
    if not segments.sales.sum() > 0:
        return
    top = segments.iloc[0]
    sentence = (
        f"{plain(top.segment)}, {percent(top.share_of_customers)} of the customers, bring "
        f"{percent(top.share_of_sales)} of known customers' sales: {pounds(top.sales)} "
        f"from {pluralise(top.customers, 'customer')}."
    )
    yield Finding(topic="top_segment", section="segments", figure=percent(top.share_of_sales), sentence=sentence)


def _changes(moves: pd.DataFrame, segment_places: pd.DataFrame, settings: RfmSettings) -> Iterator[Finding]:
    level = segment_places.set_index("segment").level
    before, after = moves.segment_before.map(level), moves.segment_after.map(level)
    if not before.notna().any():
        return
    fell, rose = moves.customers[after < before].sum(), moves.customers[after > before].sum()
    new = moves.customers[moves.segment_before == "(new)"].sum()
    sentences = [
        f"In the last {period(settings.migration_months, 'month')}, {pluralise(fell, 'customer')} fell to a "
        f"worse segment, {count(rose)} rose to a better one, and {count(new)} ordered for the first time."
    ]
    falls = moves[after < before]
    if not falls.empty:
        top = falls.loc[falls.customers.idxmax()]
        sentences.append(
            f"The largest fall: {count(top.customers)} from {plain(top.segment_before)} to {plain(top.segment_after)}."
        )
    if "breaks" not in {settings.recency.method, settings.frequency.method}:
        sentences.append("Segments compare customers with each other, so their limits move with the season.")
    yield Finding(topic="changes", section="changes", figure=count(fell), sentence=" ".join(sentences))


def _log(segments: pd.DataFrame) -> str:
    occupied = segments[segments.customers > 0]
    counts = f"Customers: {segments.customers.sum():,} in {len(occupied)} segments"
    bringing = occupied[occupied.sales > 0].head(_MOST_NAMED)
    named = ", ".join(
        f"{row.segment} {row.customers:,} ({row.share_of_sales:.0%} of sales)" for row in bringing.itertuples()
    )
    # Where customers have been paid back more than they paid, shares of sales mean nothing.
    return f"{counts}; {named}" if named and segments.sales.sum() > 0 else counts
