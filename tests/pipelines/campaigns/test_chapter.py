"""What report, workbook and log say of the campaigns that are planned."""

import pandas as pd
import pytest

from lgs_pipeline.chapters import Chapter
from lgs_pipeline.pipelines.campaigns.chapter import tell_campaigns
from lgs_pipeline.pipelines.campaigns.schemas import CampaignPlan, CampaignTargets
from tests.tables import CAMPAIGN_PLAN, campaign_targets, shown

NOBODY = CAMPAIGN_PLAN.assign(audience=0, treatment=0, control=0, value_at_stake=0.0)

TARGETS = campaign_targets(pd.Series(["12346", "12347", "12348"]))


def told(plan: pd.DataFrame = CAMPAIGN_PLAN, targets: pd.DataFrame = TARGETS) -> Chapter:
    return tell_campaigns(CampaignPlan.validate(plan), CampaignTargets.validate(targets))


def sentences(plan: pd.DataFrame) -> str:
    return " ".join(told(plan).sections[0].sentences)


def planned(*values_at_stake: float) -> pd.DataFrame:
    """Campaigns a, b, c ... with so much at stake; those with nothing at stake address nobody."""
    size = [10 if value else 0 for value in values_at_stake]
    return pd.DataFrame(
        {
            "campaign": list("abcdefgh"[: len(size)]), "segment": "At Risk", "audience": size,
            "treatment": size, "control": 0, "offer": "A card", "rationale": "They like cards.",
            "value_at_stake": list(values_at_stake),
        }
    )  # fmt: skip


class TestFindings:
    def test_a_finding_quotes_the_plan(self):
        finding = told().findings[0]
        assert (finding.topic, finding.title, finding.figure) == ("campaign", "Keep close", "£900")
        assert finding.section == told().sections[0].anchor == "campaigns"
        assert finding.sentence == "Champions and Loyal Customers: 2 customers. They bring most."
        assert finding.advice == "New products first"

    def test_they_stand_under_one_heading(self):
        assert {finding.heading for finding in told().findings} == {"The campaigns with the most at stake"}

    def test_they_are_of_the_three_campaigns_with_most_at_stake(self):
        found = told(planned(5.0, 40.0, 30.0, 20.0)).findings
        assert [finding.title for finding in found] == ["B", "C", "D"]

    def test_a_campaign_that_addresses_nobody_has_none(self):
        assert [finding.title for finding in told(planned(0.0, 5.0)).findings] == ["B"]
        assert told(NOBODY).findings == []


class TestSection:
    def test_the_plan_says_how_many_customers_and_how_many_are_held_back(self):
        text = sentences(CAMPAIGN_PLAN)
        assert "2 campaigns together address 3 customers, with £990 at stake" in text
        assert "the largest part, £900, is in Keep close." in text
        assert "Of these, 1 customer, chosen at random, must not be contacted" in text

    def test_where_nobody_is_held_back_nothing_is_said_of_it(self):
        assert "contacted" not in sentences(planned(5.0))

    @pytest.mark.parametrize("plan", [NOBODY, CAMPAIGN_PLAN.head(0)])
    def test_without_customers_no_campaign_addresses_anybody(self, plan):
        assert sentences(plan) == "No customer matches any campaign."

    def test_campaigns_are_named_as_people_write_them(self):
        plan = shown(told().sections[0].tables[0]).set_index("Campaign")
        assert plan.loc["Keep close", ["For", "Customers", "Held back", "At stake (£)"]].tolist() == [
            "Champions; Loyal Customers", "2", "1", "900"
        ]  # fmt: skip

    def test_the_first_customers_of_each_list_have_their_products_and_times(self):
        first = shown(told().sections[0].tables[1]).set_index("Customer")
        assert first.index.tolist() == ["12348", "12346"]
        assert first["Usually orders"].tolist() == ["–", "Thursday, 12:00, autumn (Sep-Nov)"]
        assert first["Usual products"].tolist() == ["LANTERN", "MUG; TRAY"]
        assert first["New products to suggest"].tolist() == ["–", "CAKESTAND"]
        assert first["Latest order"].tolist() == ["1 March 2010", "1 February 2011"]

    def test_three_customers_of_a_list_are_shown_with_three_products(self):
        targets = pd.DataFrame(
            {
                **{name: [TARGETS[name].iloc[0]] * 5 for name in TARGETS},
                "customer_id": list("12345"),
                "priority": [5, 4, 3, 2, 1],
                "usual_products": "A; B; C; D",
            }
        )
        first = shown(told(targets=targets).sections[0].tables[1])
        assert first.Rank.tolist() == ["1", "2", "3"]
        assert first["Usual products"].tolist() == ["A; B; C"] * 3


class TestSheets:
    def test_each_campaign_has_a_sheet_of_whom_to_contact_and_nobody_who_is_held_back(self):
        _, *lists = told().sheets
        assert [sheet.name for sheet in lists] == ["Win back", "Keep close"]
        assert lists[1].where == {"campaign": "keep_close", "arm": "treatment"}
        assert all(sheet.is_list and sheet.sort_by == "priority" for sheet in lists)

    def test_the_plan_refers_to_the_sheet_of_each_campaign(self):
        plan, *lists = told().sheets
        assert (plan.name, plan.dataset, plan.links) == ("Campaigns", "campaign_plan", "campaign")
        assert [sheet.shows for sheet in lists] == CAMPAIGN_PLAN[plan.links].tolist()

    def test_their_columns_are_in_the_tables(self):
        tables = {"campaign_plan": CAMPAIGN_PLAN, "campaign_targets": TARGETS}
        for sheet in told().sheets:
            assert {column.name for column in sheet.columns} <= set(tables[sheet.dataset].columns)


class TestLog:
    def test_it_names_the_campaigns_with_most_at_stake(self):
        plan = pd.DataFrame(
            {
                **{name: [CAMPAIGN_PLAN[name].iloc[0]] * 3 for name in CAMPAIGN_PLAN},
                "campaign": ["a", "b", "c"],
                "audience": [10, 2000, 0],
                "treatment": [8, 1600, 0],
                "control": [2, 400, 0],
                "value_at_stake": [50_000.0, 1_000.4, 0.0],
            }
        )
        assert told(plan).log == (
            "Campaigns: 3; 1,608 customers to contact, 402 held back; "
            "a 10 (£50,000 at stake), b 2,000 (£1,000 at stake)"
        )
        assert told(plan.tail(1)).log == "Campaigns: 1; 0 customers to contact, 0 held back"


def test_its_words_are_explained():
    assert {"At stake", "Held back"} <= set(told().terms)
