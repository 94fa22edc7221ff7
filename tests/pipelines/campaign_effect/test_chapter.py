"""What report, workbook and log say of what campaigns did."""

from typing import Any

import pandas as pd

from lgs_pipeline.chapters import Chapter
from lgs_pipeline.pipelines.campaign_effect.chapter import tell_campaign_effect
from lgs_pipeline.pipelines.campaign_effect.schemas import CampaignEffect
from tests.tables import shown


def effects(**changes: Any) -> pd.DataFrame:
    """What one campaign did; what a test does not name is ordinary."""
    row = {
        "campaign": "win_back", "launched_on": pd.Timestamp("2011-01-01"), "method": "randomised", "days": 60,
        "is_complete": True, "customers_treatment": 600, "customers_control": 150, "customers_left_out": 0,
        "conversion_treatment": 0.2, "conversion_control": 0.15, "conversion_difference": 0.05,
        "conversion_low": 0.01, "conversion_high": 0.09, "conversion_p_value": 0.012,
        "sales_treatment": 60.0, "sales_control": 50.0, "sales_difference": 10.0, "sales_low": 2.0,
        "sales_high": 18.0, "sales_p_value": 0.01, "incremental_sales": 6000.0, "incremental_low": 1200.0,
        "incremental_high": 10800.0, "customers_needed": 900.0, "detectable_conversion": 0.08,
        "detectable_sales": 12.0,
    }  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


def told(*launches: pd.DataFrame) -> Chapter:
    table = pd.concat(launches, ignore_index=True) if launches else effects().head(0)
    return tell_campaign_effect(CampaignEffect.validate(table))


def sentences(*launches: pd.DataFrame) -> list[str]:
    return told(*launches).sections[0].sentences


TOO_EARLY = {"incremental_sales": float("nan"), "incremental_low": float("nan")}


class TestSection:
    def test_an_effect_is_given_with_its_interval(self):
        assert sentences(effects()) == [
            "Win back, from 1 January 2011: £6,000 of additional sales because of it, between £1,200 and £10.8k."
        ]

    def test_an_effect_that_may_be_none_is_said_to_be_so(self):
        (sentence,) = sentences(effects(incremental_low=-100.0, method="matched", is_complete=False))
        assert "between −£100 and £10.8k, so the campaign may have had no effect" in sentence
        assert "this is weaker evidence" in sentence
        assert "its measurement is not finished" in sentence

    def test_the_table_says_whom_the_customers_were_compared_with(self):
        (table,) = told(effects(), effects(campaign="spring", method="matched")).sections[0].tables
        assert shown(table).set_index("Campaign")["Compared with"].to_dict() == {
            "Win back": "customers held back at random",
            "Spring": "similar customers: weaker evidence",
        }

    def test_the_table_shows_shares_in_percent_and_sales_in_pounds(self):
        (table,) = told(effects()).sections[0].tables
        columns = ["Ordered, contacted", "Ordered, p-value", "Sales gained, to (£)"]
        assert shown(table)[columns].to_numpy().tolist() == [["20.0%", "0.012", "10,800"]]

    def test_before_the_first_launch_it_says_so_and_shows_no_table(self):
        (section,) = told().sections
        assert section.sentences[0].startswith("No campaign has been launched yet.")
        assert section.tables == []

    def test_without_a_result_it_says_so(self):
        assert sentences(effects(**TOO_EARLY)) == ["There is no result yet for the campaigns that were launched."]


class TestSheet:
    def test_there_is_one_once_there_are_effects(self):
        (sheet,) = told(effects()).sheets
        assert (sheet.name, sheet.dataset) == ("Effects", "campaign_effect")
        assert "Sales gained (£)" in [column.heading for column in sheet.columns]
        assert told().sheets == []

    def test_no_heading_is_there_twice(self):
        (sheet,) = told(effects()).sheets
        headings = [column.heading for column in sheet.columns]
        assert len(headings) == len(set(headings)) == 23


class TestLog:
    def test_it_names_the_newest_campaign(self):
        newest = effects(
            campaign="b", launched_on=pd.Timestamp("2011-12-10"), days=31,
            incremental_sales=12_345.6, incremental_low=-100.0, incremental_high=25_000.0,
        )  # fmt: skip
        earlier = effects(campaign="a", launched_on=pd.Timestamp("2011-06-01"), method="matched")
        assert told(newest, earlier).log == (
            "Effects: 2 launched; b of 10 December 2011 (randomised): £12,346 of incremental sales "
            "(−£100 to £25,000) after 31 days"
        )

    def test_it_says_when_it_is_too_early(self):
        assert told(effects(**TOO_EARLY)).log == (
            "Effects: 1 launched; win_back of 1 January 2011 (randomised): too early to tell"
        )

    def test_it_says_when_nothing_was_launched(self):
        assert told().log == "Effects: no campaign has been launched"
