"""Who is in which campaign and arm, with what at stake, and what the lists say: each rule by hand."""

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.models.experiments import standardised_difference
from lgs_pipeline.pipelines.campaigns import nodes
from lgs_pipeline.pipelines.campaigns.schemas import CampaignPlan, CampaignTargets
from tests.building import customer, settings_of
from tests.pipelines.campaigns.shop import (
    SETTINGS,
    audiences,
    campaign,
    crowd,
    customers,
    order_times,
    planned,
    recommendations,
    segment_times,
)


def valued(terms: dict | None = None, **customer: object) -> float:
    """What is at stake with a customer who brought 300 pounds within half a year, but for what is said."""
    ordinary = {
        **{"customer_id": "1", "segment": "At Risk", "first_order": "2010-01-01", "last_order": "2010-07-01"},
        **{"recency": 527, "monetary": 300.0, "clv": 12.0, "p_alive": 0.3, "clv_tier": "Bronze", **customer},
    }
    row = pd.DataFrame([ordinary]).astype({"first_order": "datetime64[us]", "last_order": "datetime64[us]"})
    settings = settings_of("base", lifetime_value={"monthly_discount_rate": 0.0, **(terms or {})})
    clusters = pd.DataFrame({"customer_id": ["1"], "cluster_name": ["Big spenders"]})
    found = nodes.value_customers(
        row.drop(columns=["clv", "p_alive", "clv_tier"]),
        clusters,
        row[["customer_id", "clv", "p_alive", "clv_tier"]].dropna(subset="clv_tier"),
        settings.campaigns,
        settings.lifetime_value,
    )
    return found.value_at_stake.item()


class TestValueAtStake:
    def test_of_a_lapsed_customer_it_is_the_former_rate_over_the_horizon(self):
        # 300 pounds within half a year, which counts as one, in the twelve months ahead.
        assert valued() == 300
        # 300 pounds over 24 months.
        assert valued(first_order="2008-07-01") == pytest.approx(150, abs=0.2)

    def test_of_an_active_customer_it_is_the_lifetime_value(self):
        assert valued(recency=180, p_alive=0.5) == 12

    def test_long_silence_or_little_life_is_a_lapse(self):
        assert valued(recency=181, p_alive=1.0) == 300
        assert valued(recency=20, p_alive=0.49) == 300

    def test_it_is_on_the_terms_of_the_lifetime_value(self):
        assert valued({"horizon_months": 6}) == 150
        assert valued({"margin": 0.4}) == 120
        discounted = sum(1.01**-month for month in range(1, 13)) / 12
        assert valued({"monthly_discount_rate": 0.01}) == pytest.approx(300 * discounted, abs=0.01)

    def test_without_lifetime_values_it_is_the_former_rate(self):
        assert valued(recency=20, clv=np.nan, p_alive=np.nan) == 300
        assert valued(recency=20, clv=np.nan, p_alive=np.nan, clv_tier=None) == 300

    def test_who_was_paid_back_more_than_paid_would_bring_nothing(self):
        assert valued(monetary=-50.0) == 0


def chosen(table: pd.DataFrame, *campaigns: dict, **changes: object) -> pd.DataFrame:
    return audiences(table, planned(*campaigns, **changes)).set_index("customer_id")


class TestAudiences:
    def test_a_campaign_addresses_segments_clusters_or_tiers(self):
        found = chosen(
            customers({"segment": "Champions"}, {"cluster_name": "Small spenders"}, {"clv_tier": "Platinum"}, {}),
            campaign("a", segments=["Champions"]),
            campaign("b", clusters=["Small spenders"]),
            campaign("c", tiers=["Platinum", "Silver"]),
        )
        assert found.campaign.to_dict() == {customer(1): "a", customer(2): "b", customer(3): "c"}

    def test_the_first_campaign_that_addresses_a_customer_gets_them(self):
        found = chosen(customers({}, {}), campaign("a", at_most=1), campaign("b"))
        assert found.campaign.to_dict() == {customer(1): "a", customer(2): "b"}

    def test_priority_is_by_value_at_stake_then_by_customer(self):
        values = [{"value_at_stake": value} for value in (5, 9, 9, 1)]
        assert chosen(customers(*values), campaign("a")).priority.to_dict() == {
            customer(1): 3,
            customer(2): 1,
            customer(3): 2,
            customer(4): 4,
        }

    def test_no_more_than_the_most_valuable_are_contacted(self):
        values = [{"value_at_stake": value} for value in (5, 9, 7, 1)]
        assert chosen(customers(*values), campaign("a", at_most=2)).index.tolist() == [customer(2), customer(3)]

    def test_who_is_worth_less_than_the_least_is_left_to_others(self):
        values = [{"value_at_stake": value} for value in (5, 9)]
        found = chosen(customers(*values), campaign("a", least_value=9), campaign("b"))
        assert found.campaign.to_dict() == {customer(1): "b", customer(2): "a"}

    def test_a_campaign_that_addresses_nobody_is_warned_of(self, caplog):
        with caplog.at_level(logging.WARNING):
            assert chosen(customers({}), campaign("nobody", clusters=["Renamed"])).empty
        assert "Campaign nobody: no customer matches it" in caplog.text

    def test_customers_of_a_launched_campaign_rest_from_all_others(self):
        launched = pd.DataFrame(
            {
                "customer_id": [customer(1), customer(2), customer(3)],
                # Sixty days before the moment, one day later, and a launch to come.
                "launched_on": pd.to_datetime(["2011-10-11", "2011-10-12", "2011-12-24"]),
            }
        )
        found = audiences(customers({}, {}, {}, {}), planned(campaign("a")), launched)
        assert found.customer_id.tolist() == [customer(1), customer(4)]
        restless = planned(campaign("a"), rest_days=0)
        assert audiences(customers({}, {}), restless, launched).customer_id.tolist() == [customer(1), customer(2)]

    def test_no_customers_and_no_campaigns_make_no_audience(self):
        assert chosen(customers(), campaign("a")).empty
        assert chosen(customers({})).empty

    def test_the_share_held_back_is_the_campaigns(self):
        found = chosen(crowd(900), campaign("a", tiers=["Gold"], control=0.5), campaign("b", tiers=["Bronze"]))
        arms = found.groupby("campaign").arm.value_counts(normalize=True)
        assert arms["a", "control"] == pytest.approx(0.5, abs=0.05)
        assert arms["b", "treatment"] == 1

    @pytest.mark.slow
    @given(st.integers(0, 60), st.integers(0, 9), st.integers(1, 40), st.floats(0, 2000))
    def test_nobody_is_in_two_campaigns_and_priorities_are_ranks(self, size, seed, at_most, least_value):
        first = campaign("first", tiers=["Gold", "Silver"], at_most=at_most, control=0.3)
        second = campaign("second", clusters=["Big spenders"], least_value=least_value)
        found = chosen(crowd(size, seed), first, second)
        assert found.index.is_unique
        for _, audience in found.groupby("campaign"):
            ranked = audience.sort_values("priority")
            assert ranked.priority.tolist() == list(range(1, len(audience) + 1))
            assert ranked.value_at_stake.is_monotonic_decreasing

    @pytest.mark.slow
    @given(st.integers(1, 60), st.integers(0, 9))
    def test_arms_are_the_same_again_and_hardly_move_when_a_customer_joins(self, size, seed):
        everyone, plan = crowd(size, seed), campaign("a", tiers=["Gold", "Silver"], control=0.3)
        found = chosen(everyone, plan)
        pd.testing.assert_frame_equal(found, chosen(everyone.sample(frac=1, random_state=seed), plan))
        without_last = chosen(everyone.iloc[:-1], plan)
        assert (found.arm.reindex(without_last.index) != without_last.arm).sum() <= 1

    @pytest.mark.parametrize("seed", range(5))
    def test_arms_of_large_audiences_are_alike(self, seed):
        everyone = crowd(2200, seed)
        found = chosen(everyone, campaign("a", tiers=["Gold"], control=0.2)).reset_index()
        found = found.merge(everyone[["customer_id", "recency"]])
        assert len(found) > 500
        arms = [found[found.arm == arm] for arm in ("treatment", "control")]
        for measure in ("value_at_stake", "recency"):
            assert abs(standardised_difference(*(arm[measure] for arm in arms))) < 0.1


TIMES = segment_times(("At Risk", 5, 2, 9, 3), ("At Risk", 7, 2, 14, 2), ("At Risk", 10, 4, 14, 2))


def targets(
    *rows: dict,
    own_times: object = None,
    products: pd.DataFrame | None = None,
    **changes: object,
) -> pd.DataFrame:
    """campaign_targets of one campaign, checked, by customer."""
    plan = planned(campaign("a"), **changes)
    found = nodes.describe_targets(
        audiences(customers(*rows), plan),
        order_times() if own_times is None else own_times,
        TIMES,
        recommendations() if products is None else products,
        plan,
    )
    return CampaignTargets.validate(found).set_index("customer_id")


class TestTargets:
    def test_products_stand_in_their_order_between_semicolons(self):
        products = recommendations(
            (customer(1), "usual", 2, "RED MUG"), (customer(1), "usual", 1, "BLUE MUG"),
            (customer(1), "usual", 3, "CUP"), (customer(1), "new", 1, "SAUCER"),
        )  # fmt: skip
        found = targets({}, {}, products=products, usual_products=2)
        assert found.usual_products[customer(1)] == "BLUE MUG; RED MUG"
        assert found.suggested_products[customer(1)] == "SAUCER"
        assert pd.isna(found.usual_products[customer(2)])
        assert pd.isna(found.suggested_products[customer(2)])

    def test_a_product_without_description_is_named_by_its_code_and_none_holds_a_semicolon(self):
        products = recommendations((customer(1), "new", 1, None), (customer(1), "new", 2, "KNIFE; FORK"))
        assert targets({}, products=products).suggested_products[customer(1)] == "22423; KNIFE, FORK"

    def test_who_ordered_often_is_given_their_own_times(self):
        found = targets({}, own_times=order_times((customer(1), 5, 6, 20, 0)))
        assert found.loc[customer(1), ["best_weekday", "best_hour", "season"]].tolist() == [
            "Sunday", 20, "winter (Dec-Feb)"
        ]  # fmt: skip

    def test_others_are_given_those_of_their_segment(self):
        found = targets({}, {}, own_times=order_times((customer(1), 4, 6, 20, 0)))
        for number in (1, 2):
            assert found.loc[customer(number), ["best_weekday", "best_hour", "season"]].tolist() == [
                "Wednesday", 14, "spring (Mar-May)"
            ]  # fmt: skip

    def test_without_times_there_is_no_hour_but_weekday_and_season(self):
        own, of_segment = order_times((customer(1), 5, 6, None, 0)), segment_times(("At Risk", 4, 2, None, 3))
        plan = planned(campaign("a"))
        audience = audiences(customers({}, {}), plan)
        found = CampaignTargets.validate(nodes.describe_targets(audience, own, of_segment, recommendations(), plan))
        assert found.best_hour.isna().all()
        assert found.best_weekday.tolist() == ["Sunday", "Wednesday"]
        (written,) = nodes.write_lists(found, plan).values()
        assert written.best_hour.isna().all()

    def test_an_hour_that_is_not_known_of_the_customer_is_that_of_the_segment(self):
        found = targets({}, own_times=order_times((customer(1), 5, 6, None, 0)))
        assert found.loc[customer(1), ["best_weekday", "best_hour"]].tolist() == ["Sunday", 14]

    def test_without_orders_in_the_segment_times_are_empty(self):
        plan = planned(campaign("a", segments=["Champions"]))
        audience = audiences(customers({"segment": "Champions"}), plan)
        found = nodes.describe_targets(audience, order_times(), TIMES, recommendations(), plan)
        assert CampaignTargets.validate(found)[["best_weekday", "best_hour", "season"]].isna().all(axis=None)

    def test_values_may_be_missing(self):
        found = targets({"clv": np.nan, "p_alive": np.nan, "clv_tier": None, "cluster_name": None})
        assert found[["clv", "p_alive"]].isna().all(axis=None)

    def test_no_customers_make_an_empty_table(self):
        assert targets().empty


class TestPlan:
    def test_every_campaign_has_a_row_in_the_order_of_the_settings(self):
        plan = planned(
            campaign("last_resort", segments=["Champions", "At Risk"], control=0.0),
            campaign("empty", tiers=["Gold"]),
        )
        audience = audiences(customers({"value_at_stake": 5.5}, {"value_at_stake": 1}), plan)
        found = CampaignPlan.validate(nodes.plan_campaigns(audience, plan))
        columns = ["campaign", "segment", "audience", "treatment", "control", "value_at_stake"]
        assert found[columns].to_numpy().tolist() == [
            ["last_resort", "Champions; At Risk", 2, 2, 0, 6.5],
            ["empty", "Gold", 0, 0, 0, 0.0],
        ]

    def test_no_campaigns_make_an_empty_plan(self):
        plan = planned()
        assert CampaignPlan.validate(nodes.plan_campaigns(targets(), plan)).empty


def lists(*rows: dict, products: pd.DataFrame | None = None, **plan: object) -> pd.DataFrame:
    """The list of one campaign."""
    settings = planned(campaign("a", **plan))
    audience = audiences(customers(*rows), settings)
    products = recommendations() if products is None else products
    found = nodes.describe_targets(audience, order_times(), TIMES, products, settings)
    return nodes.write_lists(found, settings)["a"]


class TestLists:
    @pytest.mark.slow
    @given(st.integers(0, 60), st.integers(0, 9), st.floats(0, 0.9))
    def test_the_control_arm_is_in_no_list_and_everybody_else_in_one(self, size, seed, control):
        plan = planned(campaign("a", tiers=["Gold"], control=control), campaign("b", control=control))
        audience = audiences(crowd(size, seed), plan)
        found = nodes.describe_targets(audience, order_times(), TIMES, recommendations(), plan)
        listed = pd.concat(nodes.write_lists(found, plan).values()).customer_id
        assert sorted(listed) == sorted(audience.customer_id[audience.arm == "treatment"])
        assert listed.is_unique

    def test_the_most_valuable_come_first(self):
        assert lists({"value_at_stake": 1}, {"value_at_stake": 5}).customer_id.tolist() == [customer(2), customer(1)]

    def test_a_campaign_without_customers_has_an_empty_list(self):
        assert lists().empty

    def test_dates_are_written_without_time(self):
        assert lists({"recency": 1}).last_order.tolist() == ["2011-12-09"]

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
    def test_no_cell_is_a_formula(self, sign):
        products = recommendations(
            (customer(1), "new", 1, f"{sign}HYPERLINK(A1)"), (customer(1), "usual", 1, f"BAG {sign}")
        )
        found = lists({}, products=products, offer=f"{sign}10%")
        assert found.offer.tolist() == [f"'{sign}10%"]
        assert found.suggested_products.tolist() == [f"'{sign}HYPERLINK(A1)"]
        assert found.usual_products.tolist() == [f"BAG {sign}"]


def test_a_telephone_number_is_a_customer_and_no_formula():
    plan = planned(campaign("a"))
    audience = audiences(customers({"customer_id": "+44 20 7946 0958"}, {"customer_id": "=1+1"}), plan)
    found = nodes.describe_targets(audience, order_times(), TIMES, recommendations(), plan)
    assert sorted(nodes.write_lists(found, plan)["a"].customer_id) == ["'=1+1", "+44 20 7946 0958"]


def test_by_default_every_segment_is_in_exactly_one_campaign():
    addressed = [name for each in SETTINGS.campaigns.plan for name in each.segments]
    assert sorted(addressed) == sorted(segment.name for segment in SETTINGS.rfm.segments)
