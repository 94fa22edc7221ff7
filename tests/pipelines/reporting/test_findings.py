"""The findings: gathered from all chapters, in the order of the settings, one for each topic."""

from lgs_pipeline.chapters import Chapter, Finding
from lgs_pipeline.pipelines.reporting.findings import gather_findings
from lgs_pipeline.pipelines.reporting.schemas import Findings
from tests import tables
from tests.building import settings_of
from tests.pipelines.reporting.documents import emptied, findings

SETTINGS = settings_of("base", reporting={"chapters": ["rfm", "cleaning"], "findings": ["trust", "sales"]}).reporting


def gathered(**chapters: list[Finding]) -> list[tuple[str, ...]]:
    """The findings of chapters, by room."""
    made = {f"{room}_chapter": Chapter(findings=found).model_dump(mode="json") for room, found in chapters.items()}
    table = Findings.validate(gather_findings(SETTINGS, **made))
    return list(table.itertuples(index=False, name=None))


def test_topics_come_in_the_order_of_the_settings_and_others_follow():
    found = gathered(
        rfm=[
            Finding(topic="new", section="s", figure="1", sentence="New."),
            Finding(topic="sales", section="s", figure="2", sentence="S."),
        ],
        cleaning=[Finding(topic="trust", section="s", figure="3", sentence="T.")],
    )
    assert [topic for topic, *_ in found] == ["trust", "sales", "new"]


def test_what_rooms_say_on_one_topic_is_one_finding_that_begins_with_the_figure():
    found = gathered(
        rfm=[Finding(topic="trust", section="s", sentence="A part is missing.")],
        cleaning=[Finding(topic="trust", section="s", figure="97%", sentence="97% count.")],
    )
    assert found == [("trust", "s", "97%", "97% count. A part is missing.", "", "", "")]


def test_findings_with_a_title_stay_apart():
    found = gathered(
        rfm=[
            Finding(
                topic="campaign",
                section="s",
                figure="£1",
                sentence="One.",
                heading="Whom",
                title="First",
                advice="A card",
            ),
            Finding(topic="campaign", section="s", figure="£2", sentence="Two.", heading="Whom", title="Second"),
        ]
    )
    assert found == [
        ("campaign", "s", "£1", "One.", "Whom", "First", "A card"),
        ("campaign", "s", "£2", "Two.", "Whom", "Second", ""),
    ]  # fmt: skip


def test_a_chapter_that_is_left_out_has_no_findings():
    assert gathered(ingestion=[Finding(topic="sales", section="s", figure="1", sentence="S.")]) == []


class TestAllRooms:
    def test_the_report_opens_with_a_finding_for_each_topic(self):
        topics = findings().topic.tolist()
        assert topics[:7] == [
            "sales", "customers", "top_segment", "slipping_away", "changes", "outlook", "trust",
        ]  # fmt: skip
        assert set(topics[7:]) == {"campaign"}

    def test_trust_says_what_is_left_out_what_is_partial_and_who_is_unknown(self):
        found = findings().set_index("topic")
        assert found.figure["trust"] == "97.0%"
        assert found.finding["trust"] == (
            "97.0% of the extract's lines count (970 of 1,000). The most common reason for leaving out a line: "
            "an invoice that was delivered more than once. The data covers only a part of February 2011. "
            "12% of sales have a customer number; the statements about customers and segments cover only these."
        )

    def test_without_customers_only_sales_and_trust_are_said(self):
        nobody = emptied("rfm", "segment_migration", "customer_lifetime_value", "clv_tiers", "campaign_targets")
        segments = tables.segments(Champions=(0, 0), At_Risk=(0, 0))
        months = tables.months(100, active_customers=[0])
        plan = emptied("campaign_plan")
        found = findings(**nobody, **plan, rfm_segments=segments, monthly_metrics=months)
        assert found.topic.tolist() == ["sales", "trust"]

    def test_no_sentence_has_a_gap(self):
        text = findings().to_csv()
        assert "nan" not in text
        assert "None" not in text
