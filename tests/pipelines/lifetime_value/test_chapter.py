"""What report, workbook and log say of lifetime values, from figures that can be checked by eye."""

import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.chapters import Chapter
from lgs_pipeline.pipelines.lifetime_value.chapter import tell_lifetime_value
from tests import tables
from tests.pipelines.lifetime_value.shop import SETTINGS, changed

TIERS = tables.tiers(Gold=(1, 700.0), Bronze=(3, 140.0))
UNKNOWN = TIERS.assign(**dict.fromkeys(["expected_orders", "clv", "clv_low", "clv_high", "share_of_clv"], np.nan))

REASONS = [
    ("too_few_customers", "too few customers came back to tell"),
    ("not_converged", "the models did not converge on this shop's customers (see the log)"),
    (
        "no_mean_order_value",
        "customers' orders differ so much in value that they have no mean (see the log)",
    ),
]


def chapter(
    tiers: pd.DataFrame = TIERS, validation: pd.DataFrame | None = None, reason: str = "", **settings: object
) -> Chapter:
    checked = tables.validation() if validation is None else validation
    parameters = pd.DataFrame({"reason": [reason]})
    return tell_lifetime_value(tiers, checked, parameters, changed(**settings) if settings else SETTINGS)


class TestOutlook:
    def test_it_has_its_interval_and_its_best_tier(self):
        [finding] = chapter().findings
        assert (finding.topic, finding.section, finding.figure) == ("outlook", "outlook", "£840")
        assert finding.sentence == (
            "Today's customers are expected to bring £840 of sales in the next 12 months, discounted to today; "
            "with a probability of 80% it will be £756 to £924. New customers, and orders without a customer "
            "number, are not included. Gold: 25% of the customers, 83% of the lifetime value of all customers."
        )

    def test_with_a_margin_customers_bring_margin(self):
        [finding] = chapter(margin=0.4, horizon_months=1).findings
        assert "to bring £840 of margin in the next month," in finding.sentence

    @pytest.mark.parametrize(("reason", "words"), REASONS)
    def test_without_lifetime_values_it_says_why_in_report_and_workbook(self, reason, words):
        [finding] = chapter(UNKNOWN, reason=reason).findings
        assert (finding.section, finding.figure) == ("outlook", "")
        assert finding.sentence == f"There are no lifetime values: {words}."

    def test_without_buyers_nothing_is_said(self):
        assert chapter(UNKNOWN).findings == []


class TestSection:
    def test_it_says_how_far_predictions_held(self):
        [section] = chapter().sections
        assert section.question == "What will customers bring?"
        assert section.anchor == "outlook"
        assert section.sentences == [
            "Tested on months that the models had not seen, for the customers known before those months: "
            "205 orders expected, 190 orders actual; £8,000 of sales expected, £9,000 of sales actual."
        ]

    def test_where_nothing_could_be_tested_nothing_is_said_of_it(self):
        [section] = chapter(validation=tables.validation().head(0).astype(object)).sections
        assert section.sentences == []

    def test_the_tiers_are_its_table_and_a_sheet(self):
        made = chapter()
        [rows] = made.sections[0].tables
        assert [column.heading for column in rows.columns] == [
            "Tier", "Customers", "Share of customers", "Orders expected", "Lifetime value (£)", "From (£)",
            "To (£)", "Share of lifetime value",
        ]  # fmt: skip
        assert [row[0] for row in rows.values] == ["Gold", "Bronze", "all"]
        [sheet] = made.sheets
        assert (sheet.name, sheet.dataset, sheet.columns) == ("Tiers", "clv_tiers", rows.columns)


class TestLog:
    def test_it_has_the_total_its_interval_and_the_best_tier(self):
        assert chapter().log == ("Lifetime value: £840 (£756 to £924) of 4 customers; 1 Gold customers are 83% of it")

    @pytest.mark.parametrize(("reason", "words"), REASONS)
    def test_without_lifetime_values_it_says_why(self, reason, words):
        for tiers in (UNKNOWN, TIERS.head(0).astype(object)):
            assert chapter(tiers, reason=reason).log == f"Lifetime value: there are no lifetime values: {words}"


def test_its_words_are_explained_with_the_months_ahead():
    terms = chapter(horizon_months=6).terms
    assert set(terms) == {"Lifetime value", "Tier"}
    assert "in the 6 months after the end of the data" in terms["Lifetime value"]
