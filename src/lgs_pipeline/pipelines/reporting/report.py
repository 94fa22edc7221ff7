"""The report: one HTML page that needs nothing beside it, for a head of marketing."""

from typing import Any

import pandas as pd

from lgs_pipeline.charts.wording import day, many, plain
from lgs_pipeline.parameters import LifetimeValueSettings, ReportingSettings, RfmSettings
from lgs_pipeline.pipelines.reporting import sections
from lgs_pipeline.pipelines.reporting.advice import ADVICE, place_segments
from lgs_pipeline.pipelines.reporting.findings import CAMPAIGNS, TOPICS
from lgs_pipeline.pipelines.reporting.page import Column, make_chart, make_table, render_page

ANCHORS = {
    "sales": "sales",
    "customers": "customers",
    "top_segment": "segments",
    "slipping_away": "segments",
    "changes": "changes",
    "outlook": "outlook",
    "trust": "trust",
}
"""The section that says more of each finding."""


def write_report(
    findings: pd.DataFrame,
    data_period: pd.DataFrame,
    data_quality: pd.DataFrame,
    monthly_metrics: pd.DataFrame,
    rfm_segments: pd.DataFrame,
    rfm_thresholds: pd.DataFrame,
    segment_migration: pd.DataFrame,
    segment_profiles: pd.DataFrame,
    kmeans_profile: pd.DataFrame,
    segmentation_comparison: pd.DataFrame,
    segment_values: pd.DataFrame,
    clv_tiers: pd.DataFrame,
    clv_validation: pd.DataFrame,
    campaign_plan: pd.DataFrame,
    campaign_targets: pd.DataFrame,
    campaign_effect: pd.DataFrame,
    extracts: pd.DataFrame,
    settings_in_force: pd.DataFrame,
    rfm: RfmSettings,
    lifetime_value: LifetimeValueSettings,
    reporting: ReportingSettings,
    **drawings: str,
) -> str:
    """The page, as HTML: findings, a section per question and per segment, and how it was made."""
    charts = {
        name.removesuffix("_drawing"): make_chart(name.removesuffix("_drawing"), svg)
        for name, svg in drawings.items()
    }
    segments = rfm_segments.sort_values("revenue", ascending=False, kind="stable")
    segments = segments.merge(segment_values, how="left", on="segment")
    occupied = segments[segments.customers > 0]
    answers = [
        sections.answer_sales(findings, monthly_metrics, charts),
        sections.answer_customers(findings, charts),
        sections.answer_segments(findings, segments, rfm_thresholds, charts),
        sections.answer_changes(findings, segment_migration, charts),
        sections.answer_outlook(findings, clv_tiers, clv_validation, charts),
        sections.answer_campaigns(campaign_plan, campaign_targets, campaign_effect),
        sections.answer_clusters(kmeans_profile, segmentation_comparison, charts),
    ]
    return render_page(
        shop=plain(reporting.shop),
        period=_period(data_period),
        findings=[_finding(findings, topic) for topic in TOPICS if topic in set(findings.topic)],
        campaigns=_campaigns(findings, occupied, rfm),
        sections=answers,
        profiles=sections.profile_segments(
            occupied,
            segment_migration,
            segment_profiles,
            campaign_targets,
            rfm,
            many(lifetime_value.horizon_months, "month"),
        ),
        trust=sections.answer_trust(findings, data_quality),
        extracts=[_extract(row) for row in extracts.itertuples()],
        settings=make_table(
            "Settings of this run",
            settings_in_force,
            [Column("setting", "Setting"), Column("value", "Value")],
        ),
        months_of_migration=many(rfm.migration_months, "month"),
        months_ahead=many(lifetime_value.horizon_months, "month"),
    )


def _campaigns(findings: pd.DataFrame, segments: pd.DataFrame, rfm: RfmSettings) -> list[dict[str, Any]]:
    places = place_segments(rfm).set_index("segment")
    anchors = sections.name_anchors(segments)
    campaigns = []
    for topic, purpose in CAMPAIGNS.items():
        for row in findings[findings.topic == topic].itertuples():
            place = places.loc[row.segment]
            campaigns.append(
                {
                    "purpose": purpose,
                    "segment": plain(row.segment),
                    "anchor": anchors[row.segment],
                    "figure": row.figure,
                    "finding": row.finding,
                    "action": ADVICE[place.recency, place.frequency].action,
                }
            )
    return campaigns


def _finding(findings: pd.DataFrame, topic: str) -> dict[str, str]:
    row = findings[findings.topic == topic].iloc[0]
    return {"topic": topic, "anchor": ANCHORS[topic], "figure": row.figure, "finding": row.finding}


def _period(data_period: pd.DataFrame) -> str:
    period = data_period.iloc[0]
    first, last = day(period.first_line), day(period.last_line)
    return first if first == last else f"{first} to {last}"


def _extract(row: Any) -> str:
    dates = "" if pd.isna(row.first_line) else f", {day(row.first_line)} to {day(row.last_line)}"
    return f"{plain(row.extract)}: {many(row.lines, 'line')}{dates}"
