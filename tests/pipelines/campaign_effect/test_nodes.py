"""What a campaign did: by hand on a few customers, and found again where it was planted."""

import logging

import ibis
import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.models.experiments import compare_conversions, compare_means
from lgs_pipeline.pipelines.campaign_effect import nodes
from lgs_pipeline.pipelines.campaign_effect.schemas import CampaignEffect
from lgs_pipeline.pipelines.campaign_effect.settings import CampaignEffectSettings
from lgs_pipeline.pipelines.launch_campaign.nodes import launch_campaign
from lgs_pipeline.pipelines.launch_campaign.schemas import CampaignLedger
from tests.building import data_period, invoices, settings_of
from tests.pipelines.campaigns.shop import audiences, campaign, crowd, planned

SETTINGS = settings_of("base")
EFFECT = SETTINGS.campaign_effect
LAUNCH = pd.Timestamp("2011-06-01")
PERIOD = data_period("2010-01-01", "2011-12-09 12:50")
NO_MAILINGS = pd.DataFrame(columns=["customer_id", "campaign", "sent_on"], dtype="str")


def changed(**changes: object) -> CampaignEffectSettings:
    return CampaignEffectSettings.model_validate({**EFFECT.model_dump(), **changes})


def ledger(*rows: tuple, campaign: str = "win_back", launched_on: object = LAUNCH) -> pd.DataFrame:
    """A launch of (customer_id, arm)."""
    built = pd.DataFrame(rows, columns=["customer_id", "arm"]).astype({"customer_id": "str", "arm": "str"})
    built = built.assign(campaign=campaign, launched_on=pd.Timestamp(launched_on), segment="At Risk")
    return built.assign(priority=1, value_at_stake=1.0)[list(CampaignLedger.to_schema().columns)]


def scored(*rows: dict) -> ibis.Table:
    return invoices(*rows).mutate(is_order=lambda table: ~table.is_cancellation)


def effects(
    launched: pd.DataFrame,
    *orders: dict,
    mailings: pd.DataFrame = NO_MAILINGS,
    period: pd.DataFrame = PERIOD,
    settings: CampaignEffectSettings = EFFECT,
    gone: tuple[str, ...] = (),
) -> pd.DataFrame:
    """campaign_effect, checked; all launched customers but those gone ordered before."""
    before = [{"customer_id": c, "invoice_date": "2010-06-01"} for c in {*launched.customer_id} - {*gone}]
    table = scored(*before, *orders)
    matched = nodes.match_past_mailings(mailings, table, period, SETTINGS.rfm, settings)
    contacts = nodes.list_contacts(launched, matched, table, period)
    results = nodes.sum_up_windows(contacts, table, settings)
    return CampaignEffect.validate(nodes.measure_effects(contacts, results, period, settings))


ARMS = ledger((1, "treatment"), (2, "treatment"), (3, "treatment"), (4, "control"), (5, "control"))
ORDERS = (
    {"customer_id": "1", "invoice_date": "2011-06-01 00:00", "amount": "60"},
    {"customer_id": "1", "invoice_date": "2011-06-20", "amount": "50"},
    {"customer_id": "1", "invoice_date": "2011-06-21", "amount": "-20"},
    {"customer_id": "2", "invoice_date": "2011-07-30 23:59", "amount": "30"},
    {"customer_id": "4", "invoice_date": "2011-06-02", "amount": "10"},
    # Before and after the sixty days, and somebody else's.
    {"customer_id": "3", "invoice_date": "2011-05-31 23:59", "amount": "999"},
    {"customer_id": "5", "invoice_date": "2011-07-31 00:00", "amount": "999"},
    {"customer_id": "6", "invoice_date": "2011-06-15", "amount": "999"},
    {"customer_id": None, "invoice_date": "2011-06-15", "amount": "999"},
)


class TestByHand:
    def test_orders_and_sales_within_the_window_count(self):
        found = effects(ARMS, *ORDERS).iloc[0]
        assert found[["campaign", "method", "days", "is_complete"]].tolist() == [
            "win_back",
            "randomised",
            60,
            True,
        ]
        assert found[["customers_treatment", "customers_control", "customers_left_out"]].tolist() == [3, 2, 0]
        assert found.conversion_treatment == pytest.approx(2 / 3)
        assert found.conversion_control == 0.5
        assert found.conversion_difference == pytest.approx(1 / 6)
        assert (found.sales_treatment, found.sales_control, found.sales_difference) == (40, 5, 35)
        assert found.incremental_sales == 105

    def test_intervals_and_p_values_are_those_of_the_arms(self):
        found = effects(ARMS, *ORDERS).iloc[0]
        conversion = compare_conversions(2, 3, 1, 2, level=0.95)
        sales = compare_means([90, 30, 0], [10, 0], level=0.95)
        assert found.filter(like="conversion_").iloc[2:].tolist() == pytest.approx(list(conversion))
        assert found[["sales_low", "sales_high", "sales_p_value"]].tolist() == pytest.approx(list(sales[1:]))
        assert found.incremental_low == pytest.approx(3 * sales.low)

    def test_the_length_of_the_window_is_a_setting(self):
        found = effects(ARMS, *ORDERS, settings=changed(window_days=61)).iloc[0]
        assert found.conversion_control == 1
        assert found.sales_control == (10 + 999) / 2

    def test_a_customer_in_two_launches_counts_in_both(self):
        again = ledger((1, "treatment"), (4, "control"), campaign="remind", launched_on="2011-06-10")
        found = effects(pd.concat([ARMS, again]), *ORDERS).set_index("campaign")
        assert found.index.tolist() == ["remind", "win_back"]
        assert found.sales_treatment["remind"] == 30

    def test_a_window_that_goes_on_is_counted_up_to_the_end_of_the_data(self):
        found = effects(ARMS, *ORDERS, period=data_period("2010-01-01", "2011-06-20 23:00")).iloc[0]
        assert (found.days, found.is_complete) == (20, False)

    def test_a_window_is_complete_if_the_shop_is_closed_on_the_days_that_are_missing(self):
        # The window of 60 days ends with 30 July, a Saturday; the data with Friday the 29th.
        period = data_period("2010-01-01", "2011-07-29 16:00")
        found = effects(ARMS, *ORDERS, period=period).iloc[0]
        assert (found.days, found.is_complete) == (59, False)
        found = effects(ARMS, *ORDERS, period=period.assign(covered_until=pd.Timestamp("2011-07-31"))).iloc[0]
        assert (found.days, found.is_complete) == (60, True)

    def test_a_launch_on_a_closed_day_right_before_the_data_is_measured(self):
        period = data_period("2011-06-02", "2011-12-09 10:00")
        assert effects(ARMS, *ORDERS, period=period).days.item() == 0
        assert effects(ARMS, *ORDERS, period=period.assign(covered_from=pd.Timestamp("2011-06-01"))).days.item() == 60

    def test_customers_needed_are_those_for_the_uplift_hoped_for(self):
        assert effects(ARMS, *ORDERS).customers_needed.item() == 806


class TestGone:
    """Customers who are no longer in the data, or under another number, did not necessarily stop ordering."""

    def test_they_are_left_out_of_both_arms_and_counted(self, caplog):
        found = effects(ARMS, *ORDERS[:5], gone=("3", "5")).iloc[0]
        assert found[["customers_treatment", "customers_control", "customers_left_out"]].tolist() == [2, 1, 2]
        assert (found.conversion_treatment, found.conversion_control) == (1, 1)
        assert found.incremental_sales == 2 * ((90 + 30) / 2 - 10)
        assert "win_back of 2011-06-01: 2 of its 5 customers are no longer in the data, and are left out" in caplog.text

    def test_who_is_there_after_the_launch_only_is_somebody_else(self):
        again = {"customer_id": "3", "invoice_date": "2011-06-10", "amount": "500"}
        found = effects(ARMS, *ORDERS[:5], again, gone=("3",)).iloc[0]
        assert (found.customers_treatment, found.customers_left_out, found.sales_treatment) == (2, 1, 60)

    def test_an_arm_that_is_gone_leaves_nothing_to_compare_with(self):
        found = effects(ARMS, *ORDERS[:4], gone=("4", "5")).iloc[0]
        assert (found.customers_treatment, found.customers_control, found.customers_left_out) == (3, 0, 2)
        assert found[["conversion_control", "incremental_sales", "customers_needed"]].isna().all()

    def test_if_all_are_gone_customers_may_have_other_numbers_now(self, caplog):
        found = effects(ARMS, {"customer_id": "11", "invoice_date": "2010-02-01"}, gone=("1", "2", "3", "4", "5")).iloc[
            0
        ]
        assert (found.customers_treatment, found.customers_control, found.customers_left_out) == (0, 0, 5)
        assert found[["conversion_treatment", "incremental_sales"]].isna().all()
        assert "none of its 5 customers is in the data; have customer numbers changed?" in caplog.text

    def test_a_cancellation_before_the_launch_shows_that_a_customer_is_still_there(self):
        back = {"customer_id": "3", "invoice_date": "2011-05-01", "amount": "-5"}
        assert effects(ARMS, back, gone=("3",)).customers_left_out.item() == 0

    def test_each_launch_leaves_out_its_own(self):
        later = ledger((1, "treatment"), (4, "control"), campaign="remind", launched_on="2011-07-01")
        first = {"customer_id": "4", "invoice_date": "2011-06-15"}
        found = effects(pd.concat([ARMS, later]), first, gone=("4",)).set_index("campaign")
        assert found.customers_left_out.to_dict() == {"remind": 0, "win_back": 1}


class TestNothing:
    @pytest.mark.parametrize(
        "period",
        [
            pytest.param(data_period("2010-01-01", "2011-05-31 10:00"), id="the data ends before the launch"),
            pytest.param(
                data_period("2010-01-01", "2011-05-31 10:00").assign(covered_until=pd.Timestamp("2011-09-01")),
                id="the shop is closed from the launch on",
            ),
            pytest.param(data_period("2011-06-03", "2011-12-09 10:00"), id="the data begins after the launch"),
        ],
    )
    def test_without_the_days_after_the_launch_measures_are_empty(self, period):
        found = effects(ARMS, *ORDERS, period=period).iloc[0]
        assert (found.days, found.is_complete, found.customers_treatment) == (0, False, 3)
        assert found["conversion_treatment":].isna().all()

    def test_without_launches_and_mailings_the_table_is_empty(self):
        assert effects(ARMS.head(0), *ORDERS).empty

    def test_a_launch_that_held_nobody_back_is_counted_but_not_compared(self):
        found = effects(ledger((1, "treatment"), (2, "treatment")), *ORDERS).iloc[0]
        assert found.conversion_treatment == 1
        assert found[["conversion_control", "incremental_sales", "customers_needed"]].isna().all()

    def test_where_nobody_ordered_the_difference_is_none(self):
        found = effects(ARMS).iloc[0]
        assert (found.conversion_difference, found.incremental_sales) == (0, 0)
        assert found[["incremental_low", "sales_p_value", "customers_needed"]].isna().all()


class TestPlanted:
    """From arms through the ledger to the effect, with customers who order by chance."""

    @staticmethod
    def measured(seed: int, uplift: float) -> pd.Series:
        generator = np.random.default_rng([seed, 7])
        plan = planned(campaign("win_back", tiers=["Platinum", "Gold", "Silver", "Bronze"], control=0.3), seed=seed)
        before = data_period("2010-01-01", LAUNCH - pd.Timedelta(hours=9))
        targets = audiences(crowd(3000, seed), plan)
        launched = launch_campaign(targets, ARMS.head(0), before, plan, EFFECT, "win_back", "data_end")
        conversion = 0.15 + uplift * (launched.arm == "treatment")
        buyers = launched[generator.random(len(launched)) < conversion]
        when = LAUNCH + pd.to_timedelta(generator.integers(0, 60, len(buyers)), unit="D")
        amounts = generator.lognormal(5, 0.8, len(buyers))
        orders = [
            {"customer_id": customer, "invoice_date": day, "amount": f"{amount:.2f}"}
            for customer, day, amount in zip(buyers.customer_id, when, amounts, strict=True)
        ]
        return effects(launched, *orders).iloc[0]

    @pytest.mark.slow
    def test_an_uplift_is_recovered_within_its_interval(self):
        per_order = np.exp(5 + 0.8**2 / 2)
        found = pd.DataFrame([self.measured(seed, 0.08) for seed in range(20)])
        assert ((found.conversion_low < 0.08) & (found.conversion_high > 0.08)).sum() >= 18
        sales = 0.08 * per_order * found.customers_treatment
        assert ((found.incremental_low < sales) & (sales < found.incremental_high)).sum() >= 18

    @pytest.mark.slow
    def test_where_there_is_none_none_is_found(self):
        found = pd.DataFrame([self.measured(seed, 0.0) for seed in range(20)])
        assert (found.conversion_p_value < 0.05).sum() <= 2
        assert (found.sales_p_value < 0.05).sum() <= 2


def mailing(*customers: int | str, campaign: str = "spring", sent_on: str = "2011-06-01") -> pd.DataFrame:
    """A mailing as the file has it."""
    rows = [(str(customer), campaign, sent_on) for customer in customers]
    return pd.DataFrame(rows, columns=["customer_id", "campaign", "sent_on"], dtype="str")


def shop(customers: int, seed: int = 1) -> list[dict]:
    """Orders of customers before the mailing: some each, at any time in the year and a half before it."""
    generator = np.random.default_rng(seed)
    return [
        {
            "customer_id": str(customer),
            "invoice_date": LAUNCH - pd.Timedelta(days=int(generator.integers(1, 500))),
            "amount": f"{generator.lognormal(4, 1):.2f}",
        }
        for customer in range(1, customers + 1)
        for _ in range(generator.integers(1, 6))
    ]


@pytest.fixture(scope="module")
def matched() -> pd.DataFrame:
    """A mailing to a hundred of six hundred customers, matched."""
    return nodes.match_past_mailings(mailing(*range(1, 101)), scored(*shop(600)), PERIOD, SETTINGS.rfm, EFFECT)


class TestPastMailings:
    def test_they_are_labelled_as_matched(self):
        found = effects(ARMS.head(0), *shop(300), mailings=mailing(*range(1, 61)))
        assert found[["campaign", "method"]].to_numpy().tolist() == [["spring", "matched"]]
        assert found.launched_on.item() == LAUNCH

    def test_everybody_mailed_is_compared_or_left_out(self, matched):
        mailed = matched[matched.arm != "control"].customer_id
        assert sorted(mailed) == sorted(map(str, range(1, 101)))
        counts = matched.arm.value_counts()
        assert counts["treatment"] == counts["control"] > 70

    def test_who_is_compared_with_was_not_mailed_and_only_once(self, matched):
        control = matched[matched.arm == "control"].customer_id
        assert control.is_unique
        assert (control.astype(int) > 100).all()

    def test_pairs_are_of_one_segment_and_near_in_recency(self, matched):
        customers = nodes.score_customers(
            nodes.summarise_customers(scored(*shop(600)), LAUNCH), LAUNCH, SETTINGS.rfm
        ).set_index("customer_id")
        treated, control = (customers.loc[matched[matched.arm == arm].customer_id] for arm in ("treatment", "control"))
        assert treated.segment.tolist() == control.segment.tolist()
        days = np.abs(treated.recency.to_numpy() - control.recency.to_numpy())
        assert days.max() <= 0.25 * customers.recency.std()

    def test_what_came_after_the_mailing_does_not_choose_who_is_compared(self, matched):
        later = [{"customer_id": "150", "invoice_date": LAUNCH + pd.Timedelta(days=3), "amount": "5000"}]
        again = nodes.match_past_mailings(
            mailing(*range(1, 101)), scored(*shop(600), *later), PERIOD, SETTINGS.rfm, EFFECT
        )
        pd.testing.assert_frame_equal(matched, again)

    def test_nobody_is_compared_with_who_got_another_mailing_then(self):
        mailings = pd.concat([mailing(*range(1, 51)), mailing(*range(51, 101), campaign="b", sent_on="2011-07-30")])
        found = nodes.match_past_mailings(mailings, scored(*shop(300)), PERIOD, SETTINGS.rfm, EFFECT)
        assert (found[found.arm == "control"].customer_id.astype(int) > 100).all()

    def test_who_had_not_ordered_before_is_left_out(self):
        found = effects(ARMS.head(0), *shop(300), mailings=mailing(1, 2, 3, 999))
        assert found.customers_left_out.item() >= 1
        assert found.customers_treatment.item() + found.customers_left_out.item() == 4

    def test_a_mailing_before_the_data_is_warned_of_and_left_out(self, caplog):
        with caplog.at_level(logging.WARNING):
            assert effects(ARMS.head(0), *shop(9), mailings=mailing(1, sent_on="2009-06-01")).empty
        assert "Mailing spring of 2009-06-01: left out, because the data begins only after it" in caplog.text

    @pytest.mark.parametrize(
        ("mailings", "complaint"),
        [
            (mailing("0"), "past_mailings.csv, line 2: found 0,spring,2011-06-01, expected a customer"),
            (mailing(1, sent_on="01/06/2011"), "line 2: found 1,spring,01/06/2011"),
            (mailing(1, campaign=""), "line 2: found 1,,2011-06-01"),
            (mailing(1).rename(columns={"sent_on": "date"}), "past_mailings.csv: found no column sent_on"),
        ],
    )
    def test_a_file_that_cannot_be_read_is_refused(self, mailings, complaint):
        with pytest.raises(InputError, match=complaint):
            effects(ARMS.head(0), mailings=mailings)
