"""What is known of each segment: facts, moves, campaigns and habits, each from figures checked by eye."""

import pandas as pd
import pytest

from lgs_pipeline.pipelines.reporting.segment_cards import list_customers, tell_segments
from lgs_pipeline.pipelines.rfm.nodes import place_segments
from tests import tables
from tests.building import settings_of
from tests.pipelines.reporting.documents import emptied, ordinary_tables

SETTINGS = settings_of("base")


def made(largest_list: int = 5000, **changes):
    """The chapter of the ordinary tables with some changed."""
    found = {**ordinary_tables(), **changes}
    reporting = settings_of("base", reporting={"largest_list": largest_list}).reporting
    customers, lists = list_customers(
        *(found[name] for name in ("rfm", "customer_lifetime_value", "kmeans_clusters", "campaign_targets")),
        reporting,
    )
    return tell_segments(
        found["rfm_segments"], place_segments(SETTINGS.rfm), found["segment_migration"],
        found["segment_profiles"], found["campaign_targets"], found["campaign_plan"], customers, lists,
        found["data_quality"], SETTINGS.rfm, SETTINGS.lifetime_value,
    )  # fmt: skip


AWAY = tables.rfm(
    (5, 5, 900.0, "Champions"), *[(5, 1, 1.0, "New Customers")] * 3,
    (1, 4, 90.0, "At Risk"), (1, 5, 60.0, "Can't Lose"),
).assign(recency=[1, 2, 3, 4, 60, 100], frequency=[5, 1, 1, 1, 4, 6])  # fmt: skip
SLIPPING = tables.segments(Champions=(1, 900), At_Risk=(1, 90), **{"Can't_Lose": (1, 60)}).assign(
    frequency_median=[5.0, 4.0, 6.0]
)


def test_those_who_ordered_more_often_and_longer_ago_than_most_are_slipping_away():
    values = tables.lifetime_values(*[(value, "Gold") for value in (700.0, 9.0, 9.0, 9.0, 10.0, 5.0)])
    finding, _ = made(rfm=AWAY, rfm_segments=SLIPPING, customer_lifetime_value=values).findings
    assert (finding.topic, finding.figure) == ("slipping_away", "£15")
    assert finding.sentence == (
        "2 customers (At Risk and Can't Lose) have been away longer than most: 60 to 100 days (median). Before, they "
        "had ordered more often: 4 to 6 orders (median), against 2.5 of all customers. They have brought £150, £75 "
        "each. £15 is expected from them in the next 12 months."
    )


def test_without_lifetime_values_those_slipping_away_are_worth_what_they_brought():
    finding, _ = made(rfm=AWAY, rfm_segments=SLIPPING, **emptied("customer_lifetime_value")).findings
    assert finding.figure == "£150"
    assert finding.sentence.endswith("They have brought £150, £75 each.")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"recency": [60, 60, 60, 60, 60, 60]}, id="all ordered on one day"),
        pytest.param({"frequency": [7, 7, 7, 7, 7, 7]}, id="all ordered as often"),
    ],
)
def test_whoever_a_map_calls_at_risk_is_slipping_away_only_where_the_data_says_so(changes):
    usual = {"frequency_median": [7.0, 7.0, 7.0]} if "frequency" in changes else {}
    findings = made(rfm=AWAY.assign(**changes), rfm_segments=SLIPPING.assign(**usual)).findings
    assert "slipping_away" not in [finding.topic for finding in findings]


def test_where_nobody_is_slipping_away_nothing_is_said():
    findings = made(rfm_segments=tables.segments(Champions=(5, 900))).findings
    assert [finding.topic for finding in findings] == ["trust"]


def test_the_share_of_sales_with_a_customer_adds_to_how_far_the_report_can_be_trusted():
    finding = made(rfm_segments=tables.segments(Champions=(5, 900))).findings[-1]
    assert (finding.topic, finding.section, finding.figure) == ("trust", "trust", "")
    assert finding.sentence == (
        "10% of sales have a customer number; the statements about customers and segments cover only these."
    )


@pytest.mark.parametrize(("amount", "is_said"), [(-50.0, False), (500.0, False), (899.999, True)])
def test_where_customers_and_sales_do_not_compare_no_share_is_said(amount, is_said):
    quality = ordinary_tables()["data_quality"].assign(amount=amount)
    findings = made(rfm_segments=tables.segments(Champions=(5, 900)), data_quality=quality).findings
    assert ("trust" in [finding.topic for finding in findings]) is is_said


def test_those_that_have_brought_most_come_first_and_those_without_customers_have_no_card():
    (section,) = made().sections
    assert [card.name for card in section.cards] == ["Champions", "At Risk", "Potential Loyalists"]


def test_a_card_has_the_figures_of_its_segment():
    card = made().sections[0].cards[0]
    assert dict(card.facts) == {
        "Customers": "2 (50%)", "Sales so far": "£900 (87%)", "Sales per customer": "£450",
        "Latest order (median)": "20 days ago", "Orders (median)": "4",
        "Sales per customer (median)": card.facts[5][1], "Lifetime value (12 months)": "£790",
    }  # fmt: skip


def test_a_card_quotes_the_plan_for_its_campaigns():
    sentences = made().sections[0].cards[0].sentences
    assert "Campaign Keep close: 1 customer to contact, 1 held back. Offer: New products first." in sentences


def test_a_card_says_who_stayed_who_came_and_who_went():
    assert made().sections[0].cards[0].sentences[:3] == [
        "1 customer stayed.", "Joined mostly from At Risk (1).", "Left mostly for At Risk (1).",
    ]  # fmt: skip


def test_a_card_lists_what_is_usual_in_its_segment():
    lists = dict(made().sections[0].cards[0].lists)
    assert lists["Typical products"] == ["REGENCY CAKESTAND"]
    assert lists["Most ordered"] == ["HEART T-LIGHT HOLDER"]
    assert lists["Usual order"] == ["19 lines, £322"]
    assert lists["Usual weekday"] == ["Thursday"]
    assert lists["By spending"] == ["70% have monetary score 5 (highest)", "2% have monetary score 1 (lowest)"]
    assert lists["Sales cancelled"] == ["1.2% (all customers 10.0%)"]
    assert "Countries" not in lists


def test_a_card_has_the_hour_beside_the_weekday_where_orders_have_times():
    profiles = ordinary_tables()["segment_profiles"]
    weekdays = profiles[profiles.aspect == "weekday"]
    hours = weekdays.assign(aspect="hour", item="13:00")
    lists = dict(made(segment_profiles=pd.concat([profiles, hours])).sections[0].cards[0].lists)
    assert lists["Usual weekday and hour"] == ["Thursday", "13:00"]
    assert "Usual weekday" not in lists


def described(orders: list[int], days: list[int], others: list[tuple[int, int]]) -> str:
    """What the card says of customers with these orders and days since, among others with theirs."""
    everybody = [*zip(orders, days, strict=True), *others]
    rfm = tables.rfm(*[(1, 1, 900.0 - n, "Champions" if n < len(orders) else "At Risk") for n in range(len(everybody))])
    rfm = rfm.assign(frequency=[order for order, _ in everybody], recency=[day for _, day in everybody])
    empty = emptied("customer_lifetime_value", "kmeans_clusters", "campaign_targets")
    segments = tables.segments(Champions=(len(orders), 900), At_Risk=(len(others), 90))
    return made(rfm=rfm, rfm_segments=segments, **empty).sections[0].cards[0].description


@pytest.mark.parametrize(
    ("orders", "days", "others", "expected"),
    [
        pytest.param(
            [5, 9], [2, 4], [(1, 30), (1, 40), (1, 50)],
            "They placed 5 to 9 orders each, more than most customers. "
            "Their latest orders were 2 to 4 days ago, more recently than most customers.",
            id="often and recent",
        ),
        pytest.param(
            [1], [90], [(2, 30), (3, 40), (4, 50)],
            "They placed 1 order each, fewer than most customers. "
            "Their latest orders were 90 days ago, longer ago than most customers.",
            id="once and gone",
        ),
        pytest.param(
            [1, 1], [10, 60], [(1, 30), (1, 30), (8, 30)],
            "They placed 1 order each, no more than most customers. Their latest orders were 10 to 60 days ago.",
            id="as most: nobody orders less",
        ),
        pytest.param(
            [1, 7], [30, 30], [(2, 30), (2, 30), (2, 30)],
            "They placed 1 to 7 orders each. Their latest orders were 30 days ago.",
            id="some more, some fewer",
        ),
    ],
)  # fmt: skip
def test_a_card_compares_with_most_customers_only_where_it_holds_for_each(orders, days, others, expected):
    assert described(orders, days, others) == expected


def test_customers_are_listed_by_what_they_brought_and_who_is_held_back_is_marked():
    found = ordinary_tables()
    customers, lists = list_customers(
        found["rfm"].iloc[::-1], found["customer_lifetime_value"], found["kmeans_clusters"],
        found["campaign_targets"], settings_of("base", reporting={"largest_list": 1}).reporting,
    )  # fmt: skip
    assert customers.monetary.is_monotonic_decreasing
    assert customers.set_index("customer_id").is_held_back.sum() == 1
    assert lists.to_numpy().tolist() == [
        ["Champions", 2, 900.0, 1], ["At Risk", 1, 90.0, 1], ["Potential Loyalists", 1, 50.0, 1],
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["(new)", "(none)"])
def test_those_from_outside_and_those_gone_are_put_in_words(name):
    moves = pd.DataFrame(
        {"segment_before": [name, "Champions"], "segment_after": ["Champions", name], "customers": [3, 2]}
    ).assign(share=1.0)
    sentences = made(segment_migration=moves).sections[0].cards[0].sentences
    assert not any(name in sentence for sentence in sentences)
