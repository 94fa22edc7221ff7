"""A segment from close up: every share by hand, every lift against all customers."""

from collections.abc import Sequence

import pandas as pd
import pytest

from lgs_pipeline.calendar import MONTHS, SEASONS, WEEKDAYS
from lgs_pipeline.pipelines.customers.nodes import (
    count_descriptions,
    count_products,
    name_products,
    select_scored_invoices,
    summarise_habits,
)
from lgs_pipeline.pipelines.segment_profiles import nodes
from lgs_pipeline.pipelines.segment_profiles.schemas import SegmentProfiles
from tests.building import invoices, lines_of, settings_of

SETTINGS = settings_of("base")
MOMENT = pd.Timestamp("2011-12-10")
ORDERS = (
    # A Tuesday in March and a Sunday in November.
    {"customer_id": "1", "invoice_date": "2011-03-01 09:10", "lines": 2, "units": 10, "amount": "100"},
    {"customer_id": "1", "invoice_date": "2011-11-06 13:00", "lines": 4, "units": 30, "amount": "300"},
    {"customer_id": "2", "invoice_date": "2011-03-01 13:30", "lines": 1, "units": 1, "amount": "100"},
    {"customer_id": "2", "invoice_date": "2011-03-02 13:30", "amount": "-25"},
    {"customer_id": "3", "invoice_date": "2011-12-09 13:30", "lines": 3, "units": 5, "amount": "50"},
)
LINES = (
    {"invoice_no": "500001", "stock_code": "A", "description": "APPLE"},
    {"invoice_no": "500001", "stock_code": "B", "description": "BEAR"},
    {"invoice_no": "500002", "stock_code": "A", "description": "APPLES"},
    {"invoice_no": "500003", "stock_code": "A", "description": "APPLE"},
    {"invoice_no": "500005", "stock_code": "C", "description": None},
)


def rfm_of(segments: Sequence[str]) -> pd.DataFrame:
    number = len(segments)
    return pd.DataFrame(
        {
            "customer_id": pd.array(["1", "2", "3"][:number], dtype="str"),
            "country": ["Malta", "Malta", "Spain"][:number],
            "m_score": [5, 3, 1][:number],
            "segment": pd.array(segments, dtype="str"),
        }
    )


def profile(*orders: dict, lines=LINES, segments=("Good", "Good", "Bad"), days=(250, None, None), **changes):
    """segment_profiles of some orders and lines, by segment, aspect and item."""
    built = lines_of(orders, *lines)
    scored = select_scored_invoices(built, invoices(*orders), SETTINGS.cleaning, SETTINGS.rfm)
    rfm = rfm_of(segments)
    found = nodes.profile_segments(
        rfm,
        pd.DataFrame({"customer_id": rfm.customer_id, "days_between_orders": pd.Series(days, dtype=float)}),
        summarise_habits(scored, MOMENT),
        nodes.count_order_times(scored, rfm, MOMENT),
        nodes.count_segment_products(count_products(built, scored, MOMENT, SETTINGS.cleaning), rfm),
        name_products(count_descriptions(built)),
        SETTINGS.segment_profiles.model_copy(update={"minimum_customers": 1, **changes}),
    )
    return SegmentProfiles.validate(found).set_index(["segment", "aspect", "item"])


def _on_the_day_of(order: dict) -> dict:
    """The order as an extract without times has it."""
    return {**order, "invoice_date": str(pd.Timestamp(order["invoice_date"]).date())}


class TestCustomers:
    def test_countries_are_shares_of_the_segment_s_customers(self):
        found = profile(*ORDERS)
        malta = found.loc["Good", "country", "Malta"]
        assert (malta.value, malta.share, malta.share_of_all) == (2, 1, pytest.approx(2 / 3))
        assert malta.lift == pytest.approx(1.5)
        assert ("Good", "country", "Spain") not in found.index

    def test_the_monetary_score_splits_it_into_five_also_where_there_is_nobody(self):
        split = profile(*ORDERS).loc["Good", "monetary_score"]
        assert split.index.tolist() == ["1", "2", "3", "4", "5"]
        assert split.share.tolist() == [0, 0, 0.5, 0, 0.5]


class TestOrderTimes:
    def test_orders_are_counted_by_month_season_weekday_and_hour(self):
        good = profile(*ORDERS).loc["Good"]
        assert good.value["month", "March"] == 2
        assert good.share["season", "spring (Mar-May)"] == pytest.approx(2 / 3)
        assert good.share["season", "autumn (Sep-Nov)"] == pytest.approx(1 / 3)
        assert good.value["weekday", "Tuesday"] == 2
        assert good.value["weekday", "Sunday"] == 1
        assert good.share_of_all["hour", "13:00"] == 0.75

    def test_orders_without_a_time_are_in_no_hour(self):
        with_time, *without = ORDERS[0], *(_on_the_day_of(order) for order in ORDERS[1:])
        hours = profile(with_time, *without).loc[:, "hour", :]
        assert set(hours.index.get_level_values("item")) == {f"{pd.Timestamp(with_time['invoice_date']):%H}:00"}
        assert hours.value.sum() == 1

    def test_without_any_time_there_is_no_hour_and_all_else_stays(self):
        profiles = [profile(*orders) for orders in (ORDERS, [_on_the_day_of(order) for order in ORDERS])]
        timed, untimed = (found.reset_index() for found in profiles)
        assert "hour" not in set(untimed.aspect)
        pd.testing.assert_frame_equal(timed[timed.aspect != "hour"].reset_index(drop=True), untimed)

    def test_every_month_weekday_and_season_is_there_in_its_order(self):
        good = profile(*ORDERS).loc["Good"]
        assert good.loc["month"].index.tolist() == list(MONTHS)
        assert good.loc["weekday"].index.tolist() == list(WEEKDAYS)
        assert good.loc["season"].index.tolist() == list(SEASONS)
        assert good.loc["month"]["rank"].tolist() == list(range(1, 13))

    def test_cancellations_are_no_orders_and_the_future_is_unknown(self):
        later = {"customer_id": "1", "invoice_date": "2011-12-10 00:00"}
        pd.testing.assert_frame_equal(profile(*ORDERS, later), profile(*ORDERS))


class TestBaskets:
    def test_it_is_the_median_customer_s_average(self):
        basket = profile(*ORDERS).loc["Good", "basket"]
        # Customer 1 has 3 lines, 20 units and £200 an order, customer 2 has 1, 1 and £100.
        assert basket.value.tolist() == [2, 10.5, 150]
        assert basket.unit.tolist() == ["lines", "units", "pounds"]
        assert basket.lift["pounds per order"] == 1.5

    def test_cancelled_sales_are_a_share_of_gross_sales(self):
        cancelled = profile(*ORDERS).loc["Good", "cancelled", "sales cancelled"]
        assert (cancelled.value, cancelled.share) == (25, 0.05)
        assert cancelled.share_of_all == pytest.approx(25 / 550)

    def test_no_more_than_all_of_them_are_cancelled(self):
        returned = {"customer_id": "3", "invoice_date": "2011-12-09 14:00", "amount": "-900"}
        cancelled = profile(*ORDERS, returned).loc["Bad", "cancelled", "sales cancelled"]
        assert (cancelled.value, cancelled.share, cancelled.share_of_all) == (900, 1, 1)

    def test_an_average_can_be_below_nothing(self):
        owing = {"customer_id": "3", "invoice_date": "2011-12-09 14:00", "amount": "-900"}
        rows = [*ORDERS, {**owing, "is_cancellation": False}]
        assert profile(*rows).loc["Bad", "basket", "pounds per order"].lift < 0

    def test_days_between_orders_are_of_those_who_have_any(self):
        found = profile(*ORDERS)
        assert found.loc["Good", "days_between_orders"].value.tolist() == [250, 250, 250]
        assert found.loc["Bad", "days_between_orders"].value.isna().all()


class TestProducts:
    def test_the_most_ordered_come_first_with_their_usual_description(self):
        top = profile(*ORDERS).loc["Good", "top_products"]
        assert top.index.tolist() == ["A", "B"]
        assert top.value.tolist() == [3, 1]
        assert top.description.tolist() == ["APPLE", "BEAR"]

    def test_a_product_without_a_description_has_none(self):
        assert profile(*ORDERS).loc["Bad", "top_products", "C"].isna().description

    def test_typical_products_are_ordered_by_lift_and_are_above_the_least(self):
        lines = [{"invoice_no": "500001", "stock_code": code} for code in "AAAB"]
        lines += [{"invoice_no": "500005", "stock_code": code} for code in "AAAC"]
        found = profile(*ORDERS, lines=lines)
        typical = found[found.index.get_level_values("aspect") == "typical_products"]
        assert [(segment, item) for segment, _, item in typical.index] == [("Bad", "C"), ("Good", "B")]
        assert typical.lift.tolist() == [2, 2]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("limits", "typical"),
        [
            ({"minimum_support": 0.5}, ["B"]),
            ({"minimum_support": 0.51}, []),
            ({"minimum_customers": 2}, []),
            ({"minimum_lift": 1.3}, []),
            ({"products": 1}, []),
        ],
    )
    def test_each_limit_can_keep_a_product_from_being_typical(self, limits, typical):
        # B is a quarter of the lines of Good and a fifth of all, so its lift is 1.25; one of two customers
        # ordered it. A has the same lift and more lines.
        found = profile(*ORDERS, **limits)
        found = found[found.index.get_level_values("aspect") == "typical_products"]
        assert [item for segment, _, item in found.index if segment == "Good" and item == "B"] == typical

    def test_no_more_are_shown_than_asked_for(self):
        lines = [{"invoice_no": "500001", "stock_code": code} for code in "ABCDEF"]
        assert len(profile(*ORDERS, lines=lines, products=4).loc["Good", "top_products"]) == 4


class TestWhole:
    def test_shares_add_up_and_all_lifts_of_one_segment_are_one(self):
        found = profile(*ORDERS, segments=["Only"] * 3)
        shares = found.share.drop(["cancelled"], level="aspect").groupby("aspect").sum()
        shares = shares.drop(["basket", "days_between_orders", "typical_products"], errors="ignore")
        assert shares.tolist() == pytest.approx([1] * len(shares))
        assert found.lift.dropna().tolist() == pytest.approx([1] * found.lift.notna().sum())

    def test_it_is_sorted_by_segment_aspect_and_rank(self):
        found = profile(*ORDERS).reset_index()
        keys = list(zip(found.segment, found.aspect, found["rank"], strict=True))
        assert keys == sorted(set(keys))

    def test_no_customers_make_an_empty_table(self):
        nobody = {"customer_id": None, "invoice_date": "2011-12-01"}
        assert profile(nobody, segments=[], days=[]).empty
