"""What the default campaigns say of their customers holds in any shop, by how the default scores are made."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.pipelines.rfm.nodes import score
from tests.building import settings_of

RFM = settings_of("base").rfm
PLAN = {campaign.name: campaign for campaign in settings_of("base").campaigns.plan}

CUSTOMERS = st.lists(
    st.tuples(st.one_of(st.just(1), st.integers(1, 6), st.integers(1, 300)), st.integers(0, 700)),
    min_size=1,
    max_size=50,
)


def more_often_than_most(customer, others):
    return (others.orders < customer.orders).sum() > len(others) / 2


def no_more_often_than_most(customer, others):
    return (others.orders < customer.orders).sum() <= len(others) / 2


def longer_ago_than_most(customer, others):
    return (others.days < customer.days).sum() > len(others) / 2


def no_longer_ago_than_most(customer, others):
    return (others.days < customer.days).sum() <= len(others) / 2


def came_back(customer, others):
    return customer.orders > 1


def few_more_often(customer, others):
    return (others.orders > customer.orders).sum() <= len(others) / 4


def many_since(customer, others):
    return (others.days < customer.days).sum() >= 0.4 * len(others)


SAYS = {
    "win_back_best": {
        "Few customers have ordered more often": few_more_often, "away for longer than most": longer_ago_than_most,
    },
    "win_back": {"ordered more than once": came_back, "away for longer than most": longer_ago_than_most},
    "remind": {"Many customers have ordered since they last did": many_since},
    "second_order": {
        "ordered no more often than most": no_more_often_than_most, "and no longer ago": no_longer_ago_than_most,
    },
    "build_habit": {
        "come back already": came_back, "ordered no longer ago than most": no_longer_ago_than_most,
    },
    "reward_loyalty": {"ordered more often than most": more_often_than_most},
    "keep_close": {"ordered more often than most": more_often_than_most, "and no longer ago": no_longer_ago_than_most},
    "entice_back": {"ordered no more often than most": no_more_often_than_most, "longer ago": longer_ago_than_most},
}  # fmt: skip
"""Each statement of a rationale, and what it says of a customer beside the others."""


def test_every_campaign_is_held_to_what_it_says():
    assert set(SAYS) == set(PLAN)
    for name, statements in SAYS.items():
        assert all(words in PLAN[name].rationale for words in statements), name


@pytest.mark.parametrize("name", SAYS)
@given(CUSTOMERS)
def test_what_a_rationale_says_holds_for_each_customer(name, customers):
    table = pd.DataFrame(customers, columns=["orders", "days"])
    f_score, r_score = score(table.orders, RFM.frequency), 6 - score(table.days, RFM.recency)
    cells = RFM.segment_of_cells()
    for row in range(len(table)):
        if cells[r_score[row], f_score[row]] in PLAN[name].segments:
            customer, others = table.loc[row], table.drop(index=row)
            assert all(is_so(customer, others) for is_so in SAYS[name].values())
