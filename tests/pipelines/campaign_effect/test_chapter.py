"""What report, workbook and log say of what campaigns did."""

import pandas as pd

from lgs_pipeline.chapters import Chapter
from lgs_pipeline.pipelines.campaign_effect.chapter import tell_campaign_effect
from lgs_pipeline.pipelines.campaign_effect.schemas import CampaignEffect
from tests.tables import campaign_effects, shown


def told(*launches: pd.DataFrame) -> Chapter:
    table = pd.concat(launches, ignore_index=True) if launches else campaign_effects().head(0)
    return tell_campaign_effect(CampaignEffect.validate(table))


def sentences(*launches: pd.DataFrame) -> list[str]:
    return told(*launches).sections[0].sentences


TOO_EARLY = {
    "is_complete": False, "days": 2, "incremental_sales": float("nan"), "incremental_low": float("nan"),
}  # fmt: skip


class TestSection:
    def test_an_effect_is_given_with_its_interval(self):
        assert sentences(campaign_effects()) == [
            "Win back, from 1 January 2011: £6,000 of additional sales because of it, between £1,200 and £10.8k."
        ]

    def test_an_effect_that_may_be_none_is_said_to_be_so(self):
        (sentence,) = sentences(campaign_effects(incremental_low=-100.0, method="matched", is_complete=False))
        assert "between −£100 and £10.8k, so the campaign may have had no effect" in sentence
        assert "this is weaker evidence" in sentence
        assert "its measurement is not finished" in sentence

    def test_the_table_says_whom_the_customers_were_compared_with(self):
        (table,) = told(campaign_effects(), campaign_effects(campaign="spring", method="matched")).sections[0].tables
        assert shown(table).set_index("Campaign")["Compared with"].to_dict() == {
            "Win back": "customers held back at random",
            "Spring": "similar customers: weaker evidence",
        }

    def test_the_table_shows_shares_in_percent_and_sales_in_pounds(self):
        (table,) = told(campaign_effects()).sections[0].tables
        columns = ["Ordered, contacted", "Ordered, p-value", "Sales gained, to (£)"]
        assert shown(table)[columns].to_numpy().tolist() == [["20.0%", "0.012", "10,800"]]

    def test_before_the_first_launch_it_says_so_and_shows_no_table(self):
        (section,) = told().sections
        assert section.sentences[0].startswith("No campaign has been launched yet.")
        assert section.tables == []

    def test_without_a_result_it_says_so(self):
        assert sentences(campaign_effects(**TOO_EARLY)) == [
            "There is no result yet for the campaigns that were launched."
        ]

    def test_it_says_how_many_customers_are_gone_from_the_data(self):
        (sentence,) = sentences(campaign_effects(customers_left_out=23))
        assert sentence.endswith("and £10.8k; left out: 23 customers no longer in the data.")

    def test_of_a_past_mailing_it_says_who_had_nobody_like_them(self):
        (sentence,) = sentences(campaign_effects(customers_left_out=1, method="matched"))
        assert sentence.endswith("; left out: 1 customer with nobody like them.")

    def test_a_launch_of_whom_nobody_is_left_is_said_to_be_that(self):
        gone = campaign_effects(
            **TOO_EARLY | {"is_complete": True}, customers_treatment=0, customers_control=0, customers_left_out=97
        )
        assert sentences(gone) == [
            "Win back, from 1 January 2011: cannot be measured, because the data no longer has any of its 97 customers."
        ]
        assert told(gone).log.endswith(
            "(randomised): cannot be measured, because the data no longer has any of its 97 customers"
        )

    def test_an_arm_of_which_nobody_is_left_is_said_to_be_that(self):
        gone = campaign_effects(**TOO_EARLY, customers_control=0, customers_left_out=150)
        (sentence,) = sentences(gone)
        assert "cannot be measured with 600 customers contacted and 0 to compare them with; left out: 150" in sentence


class TestSheet:
    def test_there_is_one_once_there_are_effects(self):
        (sheet,) = told(campaign_effects()).sheets
        assert (sheet.name, sheet.dataset) == ("Effects", "campaign_effect")
        assert "Sales gained (£)" in [column.heading for column in sheet.columns]
        assert told().sheets == []

    def test_no_heading_is_there_twice(self):
        (sheet,) = told(campaign_effects()).sheets
        headings = [column.heading for column in sheet.columns]
        assert len(headings) == len(set(headings)) == 23


class TestLog:
    def test_it_names_the_newest_campaign(self):
        newest = campaign_effects(
            campaign="b", launched_on=pd.Timestamp("2011-12-10"), days=31,
            incremental_sales=12_345.6, incremental_low=-100.0, incremental_high=25_000.0,
        )  # fmt: skip
        earlier = campaign_effects(campaign="a", launched_on=pd.Timestamp("2011-06-01"), method="matched")
        assert told(newest, earlier).log == (
            "Effects: 2 launched; b of 10 December 2011 (randomised): £12,346 of incremental sales "
            "(−£100 to £25,000) after 31 days"
        )

    def test_it_says_when_it_is_too_early(self):
        assert told(campaign_effects(**TOO_EARLY)).log == (
            "Effects: 1 launched; win_back of 1 January 2011 (randomised): too early to tell"
        )

    def test_it_says_when_nothing_was_launched(self):
        assert told().log == "Effects: no campaign has been launched"
