"""The findings: each from figures that can be checked by eye, and none where there is nothing to say."""

import pytest

from lgs_pipeline.pipelines.reporting.advice import ADVICE, place_segments
from lgs_pipeline.schemas import Findings
from tests.building import settings_of
from tests.charts import tables
from tests.pipelines.reporting.documents import QUALITY, emptied, findings

RFM = settings_of("base").rfm


def found(**changes) -> dict[str, tuple[str, str]]:
    table = Findings.validate(findings(**changes))
    return {row.topic: (row.figure, row.finding) for row in table.itertuples()}


def test_sales_are_held_against_a_year_earlier_with_orders_and_their_size():
    months = tables.months(*[1000] * 12, *[1100] * 12)
    assert found(monthly_metrics=months)["sales"] == (
        "+10%",
        "Sales were £13.2k in the 12 months to December 2011, 10% more than in the 12 months before. "
        "There were 120 orders (±0%) of £110 on average (+10%), before cancellations.",
    )


def test_without_a_year_earlier_sales_are_just_told():
    figure, sentence = found(monthly_metrics=tables.months(1000, 1100))["sales"]
    assert figure == "£2,100"
    assert sentence == "Sales were £2,100 in the 2 full months to February 2010."


def test_who_brings_the_sales_is_named_with_shares_and_pounds():
    assert found()["top_segment"] == (
        "87%",
        "Champions, 50% of the customers, bring 87% of known customers' sales: £900 from 2 customers.",
    )


def test_those_who_ordered_more_often_and_longer_ago_than_most_are_slipping_away():
    segments = tables.segments(Champions=(5, 900), At_Risk=(3, 90), **{"Can't_Lose": (2, 60)})
    figure, sentence = found(rfm_segments=segments)["slipping_away"]
    assert figure == "£10"
    assert sentence == (
        "5 customers (At Risk and Can't Lose) ordered more often than most, and longer ago than most: "
        "60 to 100 days ago (median). They have brought £150, £30 each. £10 is expected from them in the "
        "next 12 months."
    )


def test_without_lifetime_values_those_slipping_away_are_worth_what_they_brought():
    segments = tables.segments(At_Risk=(3, 90))
    nothing = emptied("customer_lifetime_value", "clv_tiers")
    figure, sentence = found(rfm_segments=segments, **nothing)["slipping_away"]
    assert figure == "£90"
    assert sentence.endswith("They have brought £90, £30 each.")


def test_changes_tell_who_fell_who_rose_and_who_is_new():
    moves = tables.migration(
        ("Champions", "At Risk", 5), ("Champions", "Loyal Customers", 9), ("At Risk", "Champions", 4),
        ("(new)", "New Customers", 7), ("Champions", "Champions", 50),
    )  # fmt: skip
    assert found(segment_migration=moves)["changes"] == (
        "14",
        "In the last 3 months, 14 customers fell to a worse segment, 4 rose to a better one, and 7 ordered "
        "for the first time. The largest fall: 9 from Champions to Loyal Customers. Segments compare "
        "customers with each other, so their limits move with the season.",
    )


def test_the_outlook_has_its_interval_and_its_best_tier():
    figure, sentence = found()["outlook"]
    assert figure == "£840"
    assert sentence == (
        "Today's customers are expected to bring £840 of sales in the next 12 months, in today's pounds; the "
        "chance is 80% that it will be £756 to £924. Customers who are yet to come, and orders without a "
        "customer's number, come on top. Gold: 25% of the customers, 83% of what all are expected to bring."
    )


def test_trust_tells_what_is_left_out_who_is_unknown_and_what_is_partial():
    assert found()["trust"] == (
        "97.0%",
        "97.0% of the extract's lines count (970 of 1,000). The largest part of the others is left out "
        "for an invoice that was delivered more than once. 8% of sales carry the number of a customer; what "
        "is said of customers and segments holds for these. The data covers only a part of February 2011.",
    )


def test_where_all_lines_count_no_reason_is_told():
    everything = QUALITY.assign(lines=[1000, 0, 0, 1000], share_of_lines=[1.0, 0.0, 0.0, 1.0])
    figure, sentence = found(data_quality=everything)["trust"]
    assert figure == "100%"
    assert "left out" not in sentence


class TestCampaigns:
    def test_one_segment_is_to_keep_one_to_win_back_one_to_grow(self):
        table = findings().set_index("topic")
        assert table.segment[["keep", "win_back", "grow"]].tolist() == [
            "Champions", "At Risk", "Potential Loyalists",
        ]  # fmt: skip

    def test_each_tells_customers_pounds_and_what_is_expected(self):
        assert found()["keep"] == (
            "£900",
            "Champions: 2 customers, £900 of sales so far (£450 each), latest order 20 days ago (median). "
            "Another £790 is expected in the next 12 months.",
        )

    def test_of_several_the_one_that_brings_most_is_chosen(self):
        segments = tables.segments(Champions=(5, 100), Loyal_Customers=(5, 900))
        assert "Loyal Customers" in found(rfm_segments=segments)["keep"][1]

    def test_names_of_ones_own_make_no_difference(self):
        segments = [{"name": "Best", "recency": [4, 5], "frequency": [1, 2, 3, 4, 5]},
                    {"name": "Rest", "recency": [1, 2, 3], "frequency": [1, 2, 3, 4, 5]}]  # fmt: skip
        rfm = settings_of("base").model_dump()["rfm"]
        settings = settings_of(
            "base", rfm={**rfm, "reference_moment": "data_end", "segments": segments}, campaigns={"plan": []}
        )
        table = findings(settings, rfm_segments=tables.segments(Best=(2, 900), Rest=(1, 90)))
        assert "Best" in table.set_index("topic").finding["grow"]


class TestNothing:
    def test_without_customers_only_sales_and_trust_are_told(self):
        nobody = emptied("rfm", "segment_migration", "customer_lifetime_value", "clv_tiers")
        segments = tables.segments(Champions=(0, 0), At_Risk=(0, 0))
        months = tables.months(100, active_customers=[0])
        assert set(found(**nobody, rfm_segments=segments, monthly_metrics=months)) == {"sales", "trust"}

    def test_where_more_was_paid_back_than_paid_no_share_is_told(self):
        sentence = found(monthly_metrics=tables.months(-50.0))["trust"][1]
        assert "carry the number" not in sentence

    def test_no_sentence_has_a_gap(self):
        for figure, sentence in found().values():
            assert "nan" not in figure + sentence
            assert "None" not in figure + sentence


class TestAdvice:
    def test_the_usual_segments_lie_where_their_names_say(self):
        places = place_segments(RFM).set_index("segment")
        assert tuple(places.loc["Champions", ["recency", "frequency"]]) == ("recent", "often")
        assert tuple(places.loc["Can't Lose", ["recency", "frequency"]]) == ("gone", "often")
        assert tuple(places.loc["At Risk", ["recency", "frequency"]]) == ("gone", "often")
        assert tuple(places.loc["New Customers", ["recency", "frequency"]]) == ("recent", "few")
        assert tuple(places.loc["Hibernating", ["recency", "frequency"]]) == ("gone", "few")
        assert places.level.idxmax() == "Champions"

    @pytest.mark.parametrize("recency", ["recent", "quiet", "gone"])
    @pytest.mark.parametrize("frequency", ["often", "some", "few"])
    def test_there_is_advice_for_every_place(self, recency, frequency):
        assert ADVICE[recency, frequency].description.endswith(".")
        assert ADVICE[recency, frequency].action.endswith(".")
