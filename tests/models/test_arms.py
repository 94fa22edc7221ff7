"""Arms are the same whenever they are drawn, alike, and of the size asked for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.models.arms import draw_control
from lgs_pipeline.models.experiments import compare_means, standardised_difference


def crowd(size: int, seed: int = 1) -> pd.DataFrame:
    """Customers of whom a few are worth very much more than the rest."""
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": (12346 + generator.choice(10 * size, size, replace=False)).astype("str"),
            "value": generator.lognormal(6, 1.5, size).round(2),
            "recency": generator.integers(0, 700, size),
        }
    )


def control(customers: pd.DataFrame, share: float = 0.2, key: str = "1:win_back", **options: float) -> pd.Series:
    settings = {"balanced_from": 500, "largest_difference": 0.1, **options}
    return pd.Series(draw_control(customers, share, key, **settings), index=customers.customer_id)


def test_the_arms_do_not_depend_on_the_order_of_the_customers():
    customers = crowd(800)
    again = control(customers.sample(frac=1, random_state=3))
    pd.testing.assert_series_equal(control(customers), again.reindex(customers.customer_id))


def test_the_arms_are_the_same_on_every_machine():
    drawn = control(crowd(40, seed=2))
    assert drawn.index[drawn].tolist() == ["12361", "12403", "12713", "12617", "12454", "12716", "12512"]


@pytest.mark.slow
@given(st.integers(1, 120), st.floats(0.05, 0.95), st.floats(0, 1e5), st.integers(0, 800))
def test_a_customer_who_joins_changes_the_arm_of_one_other_at_most(size, share, value, recency):
    customers = crowd(size)
    joined = pd.DataFrame({"customer_id": ["1"], "value": [value], "recency": [recency]})
    before = control(customers, share)
    after = control(pd.concat([joined, customers], ignore_index=True), share)
    assert (before != after.reindex(before.index)).sum() <= 1


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_large_audiences_have_alike_arms_of_the_share_asked_for(share, seed):
    customers = crowd(501, seed).set_index("customer_id", drop=False)
    drawn = control(customers, share, key=f"{seed}:remind")
    assert drawn.mean() == pytest.approx(share, abs=0.03)
    for measure in ("value", "recency"):
        difference = standardised_difference(customers[measure][~drawn], customers[measure][drawn])
        assert abs(difference) < 0.1


@pytest.mark.slow
def test_every_customer_has_the_chance_of_the_share():
    customers = crowd(100)
    drawn = sum(control(customers, key=f"{seed}:remind").astype(int) for seed in range(400))
    assert (drawn / 400).between(0.1, 0.3).all()
    assert (drawn / 400).mean() == pytest.approx(0.2, abs=0.01)


def test_campaigns_have_different_arms():
    customers = crowd(300)
    assert (control(customers, key="1:a") != control(customers, key="1:b")).any()


@pytest.mark.parametrize(("size", "share"), [(0, 0.2), (1, 0.0), (600, 0.0)])
def test_without_customers_or_share_there_is_no_control(size, share):
    assert control(crowd(size), share).sum() == 0


def false_alarms(campaigns: int) -> float:
    """The share of campaigns without an effect that seem to have one, by sales of customers as they are.

    What a customer spends goes with what the customer spent before, on which arms are balanced.
    """
    found = 0
    for seed in range(campaigns):
        customers = crowd(600, seed)
        generator = np.random.default_rng([seed, 1])
        orders = generator.random(600) < 0.4 * np.exp2(-customers.recency / 200)
        sales = np.where(orders, customers.value / 10 * generator.lognormal(0, 0.5, 600), 0.0)
        drawn = control(customers, share=0.3, key=f"{seed}:remind").to_numpy()
        found += compare_means(sales[~drawn], sales[drawn], level=0.95).p_value < 0.05
    return found / campaigns


@pytest.mark.slow
def test_balanced_arms_find_nothing_where_there_is_nothing():
    assert false_alarms(200) <= 0.1


@pytest.mark.proof
def test_of_many_campaigns_without_an_effect_no_more_than_one_in_twenty_seems_to_have_one():
    share = false_alarms(5000)
    print(f"5,000 campaigns without an effect on balanced arms, p below 0.05: {share}")
    assert share < 0.05 + 0.0093  # three standard deviations of a share of 0.05 of 5,000
