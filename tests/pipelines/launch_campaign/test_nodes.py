"""The ledger: what a launch writes into it, and what it refuses to."""

import logging

import pandas as pd
import pytest
import yaml

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.launch_campaign.nodes import launch_campaign
from lgs_pipeline.pipelines.launch_campaign.schemas import CampaignLedger
from tests.building import PROJECT, data_period, settings_of

SETTINGS = settings_of("base")
PERIOD = data_period("2009-12-01", "2011-12-09 12:50")
NOTHING = pd.DataFrame(columns=list(CampaignLedger.to_schema().columns)).astype(
    {"campaign": "str", "launched_on": "datetime64[us]", "customer_id": "str", "arm": "str"}
)
TARGETS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3", "4"],
        "campaign": ["win_back", "remind", "win_back", "win_back"],
        "segment": ["At Risk", "Need Attention", "At Risk", "At Risk"],
        "arm": ["treatment", "treatment", "control", "treatment"],
        "priority": [2, 1, 1, 3],
        "value_at_stake": [20.0, 5.0, 30.0, 10.0],
        "clv": [1.0, 1.0, 1.0, 1.0],
    }
)


def launched(
    campaign: str | None = "win_back",
    date: str | None = "data_end",
    ledger: pd.DataFrame = NOTHING,
    targets: pd.DataFrame = TARGETS,
) -> pd.DataFrame:
    found = launch_campaign(targets, ledger, PERIOD, SETTINGS.campaigns, SETTINGS.campaign_effect, campaign, date)
    return CampaignLedger.validate(found)


class TestLedger:
    def test_it_holds_both_arms_of_the_campaign_as_of_the_end_of_the_data(self):
        assert launched().to_numpy().tolist() == [
            ["win_back", pd.Timestamp("2011-12-10"), "3", "control", "At Risk", 1, 30.0],
            ["win_back", pd.Timestamp("2011-12-10"), "1", "treatment", "At Risk", 2, 20.0],
            ["win_back", pd.Timestamp("2011-12-10"), "4", "treatment", "At Risk", 3, 10.0],
        ]

    def test_a_day_of_ones_own_counts_instead(self):
        assert launched(date="2011-12-24").launched_on.unique().tolist() == [pd.Timestamp("2011-12-24")]

    def test_a_launch_adds_rows_and_changes_none(self):
        before = launched()
        after = launched("remind", ledger=before)
        pd.testing.assert_frame_equal(after.head(len(before)), before)
        assert after.campaign.tolist() == ["win_back"] * 3 + ["remind"]

    def test_a_launched_list_stays_when_the_targets_change(self):
        before = launched()
        changed = TARGETS.assign(arm="control", value_at_stake=0.0)
        after = launched(date="2012-03-01", ledger=before, targets=changed)
        pd.testing.assert_frame_equal(after.head(len(before)), before)


class TestRefusals:
    def test_the_same_campaign_on_the_same_day(self):
        with pytest.raises(InputError, match="win_back was launched on 2011-12-10 already, with 3 customers"):
            launched(ledger=launched())

    def test_a_launch_without_a_campaign(self):
        with pytest.raises(InputError, match="found none, expected --params campaign=NAME with one of win_back_best"):
            launched(campaign=None)

    def test_a_campaign_that_nobody_is_in(self):
        complaint = "Campaign keep_close: it has no customers in campaign_targets; run --pipelines campaigns first"
        with pytest.raises(InputError, match=complaint):
            launched("keep_close")

    def test_a_day_before_the_end_of_the_data(self):
        with pytest.raises(InputError, match="found 2011-12-09, but customers were chosen by data up to 2011-12-10"):
            launched(date="2011-12-09")


def test_customers_of_another_running_campaign_are_warned_of(caplog):
    ledger = launched()
    moved = TARGETS.assign(campaign="remind")
    with caplog.at_level(logging.WARNING):
        launched("remind", date="2012-02-08", ledger=ledger, targets=moved)
        assert "of the customers are in" not in caplog.text
        launched("remind", date="2012-02-07", ledger=ledger, targets=moved)
    assert "3 of the customers are in win_back, launched within 60 days of this launch" in caplog.text


def test_a_ledger_keeps_customers_as_they_are_called(tmp_path):
    catalog = yaml.safe_load((PROJECT / "conf" / "base" / "launch_campaign" / "catalog.yml").read_text())
    place = tmp_path / "campaign_ledger.csv"
    called = ["NA", "00012", "12346", "null-ish"]
    launched(targets=TARGETS.assign(customer_id=called, campaign="win_back", priority=[1, 2, 3, 4])).to_csv(place)
    options = {name: catalog["_ledger_load_args"][name] for name in ("dtype", "keep_default_na")}
    assert pd.read_csv(place, **options).customer_id.tolist() == called
