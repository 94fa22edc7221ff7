"""Tiers of lifetime value among the segmentations that are compared."""

import logging

import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.pipelines.lifetime_value import nodes
from lgs_pipeline.pipelines.lifetime_value.segmentation import NO_TIER, tier_customers
from lgs_pipeline.pipelines.segmentation_comparison.segmentations import SEGMENTATIONS
from tests.building import customer, data_period, invoices
from tests.pipelines.lifetime_value.shop import END, SETTINGS, changed, shop_of


def customers_of(rows: list[dict]) -> pd.DataFrame:
    """The columns of rfm and customer_features that tiers need."""
    orders = pd.DataFrame(rows)
    orders["amount"] = orders.amount.astype(float)
    orders["day"] = orders.invoice_date.dt.normalize()
    groups = orders.groupby("customer_id")
    days = groups.day.nunique()
    between = (groups.day.max() - groups.day.min()).dt.days / (days - 1).where(days > 1)
    return pd.DataFrame(
        {
            "first_order": groups.invoice_date.min(),
            "last_order": groups.invoice_date.max(),
            "recency": (END - groups.invoice_date.max()).dt.days,
            "monetary": groups.amount.sum(),
            "days_between_orders": between,
        }
    )


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return shop_of(500)


@pytest.fixture(scope="module")
def customers(rows) -> pd.DataFrame:
    return customers_of(rows)


def test_tiers_are_one_of_the_segmentations(customers):
    tiers = SEGMENTATIONS["clv_tier"](customers, {"lifetime_value": SETTINGS.model_dump()})(customers)
    assert tiers.value_counts().to_dict() == {"Bronze": 250, "Silver": 150, "Gold": 75, "Platinum": 25}
    assert tiers.index.equals(customers.index)


def test_they_are_those_of_the_same_models_in_calendar_time(rows, customers):
    one_model = changed(season_months=999, established_months=0)
    days = nodes.sum_up_days(invoices(*rows))
    histories = nodes.summarise_purchases(days, END)
    period = data_period("2009-12-01", str(END - pd.Timedelta(minutes=1)))
    parameters = nodes.fit_lifetime_models(
        histories, nodes.count_repeat_orders(days, histories), END, period, one_model
    )
    values, _ = nodes.predict_lifetime_values(histories, parameters, END, period, one_model)
    tiers = tier_customers(customers, {"lifetime_value": one_model})(customers)
    assert (tiers.to_numpy() == values.clv_tier.to_numpy()).mean() > 0.99


def test_who_is_no_buyer_has_no_tier(customers):
    owed = customers.assign(monetary=np.where(customers.index == customer(1), -5.0, customers.monetary))
    tiers = tier_customers(owed, {"lifetime_value": SETTINGS})(owed)
    assert tiers[customer(1)] == NO_TIER
    assert (tiers.drop(customer(1)) != NO_TIER).all()


def test_fewer_customers_are_tiered_by_the_same_models(customers):
    label = tier_customers(customers, {"lifetime_value": SETTINGS})
    some = label(customers.head(100))
    assert some.value_counts().to_dict() == {"Bronze": 50, "Silver": 30, "Gold": 15, "Platinum": 5}
    assert label(customers.head(0)).empty


def test_customers_too_few_for_models_are_all_without_a_tier(customers, caplog):
    few = customers.head(2)
    with caplog.at_level(logging.WARNING, logger="lgs_pipeline"):
        tiers = tier_customers(few, {"lifetime_value": SETTINGS})(customers)
    assert tiers.unique().tolist() == [NO_TIER]
    assert "cannot be compared" in caplog.text
