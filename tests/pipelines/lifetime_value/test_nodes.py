"""Who is a buyer, what is known of them, and what they are worth: each rule on a few invoices by hand."""

import logging
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lgs_pipeline.pipelines.lifetime_value import nodes
from lgs_pipeline.pipelines.lifetime_value.schemas import ClvParameters, ClvTiers, CustomerLifetimeValue
from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings
from tests.building import customer, data_period, invoices
from tests.pipelines.lifetime_value.shop import END, PERIOD, SETTINGS, changed, shop_of


def histories(*rows: dict, moment: pd.Timestamp = END) -> pd.DataFrame:
    """purchase_histories of some invoices, by customer."""
    table = nodes.summarise_purchases(nodes.sum_up_days(invoices(*rows)), moment)
    return table.to_pandas().set_index("customer_id")


def valued(
    *rows: dict,
    settings: LifetimeValueSettings = SETTINGS,
    period: pd.DataFrame = PERIOD,
    error: float = 0.0,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """clv_parameters, customer_lifetime_value and clv_tiers of some invoices."""
    days = nodes.sum_up_days(invoices(*rows))
    known = nodes.summarise_purchases(days, END)
    orders = nodes.count_repeat_orders(days, known)
    parameters = nodes.fit_lifetime_models(known, orders, END, period, settings)
    values, draws = nodes.predict_lifetime_values(known, parameters, END, period, settings)
    tiers = nodes.sum_up_tiers(values, draws, validation_with(error), settings)
    return parameters, values, tiers


def validation_with(error: float) -> pd.DataFrame:
    """clv_validation of held-out sales that came out higher than expected by a factor of exp(error)."""
    totals = {"expected": 100.0, "actual": 100.0 * np.exp(error)}
    rows = [("totals", "sales", measure, value) for measure, value in totals.items()]
    return pd.DataFrame(rows, columns=["part", "item", "measure", "value"])


class TestDays:
    def test_the_orders_of_a_day_count_once(self):
        found = histories(
            {"invoice_date": "2011-03-01 09:00"}, {"invoice_date": "2011-03-01 17:00"},
            {"invoice_date": "2011-03-02 00:00"},
        )  # fmt: skip
        assert found.orders.tolist() == [2]
        assert found.amount.astype(float).tolist() == [30]

    def test_a_day_with_cancellations_only_is_no_order(self):
        found = histories(
            {"invoice_date": "2011-03-01", "amount": "50"}, {"invoice_date": "2011-04-01", "amount": "-20"}
        )
        assert found.orders.tolist() == [1]
        assert found.last_order.tolist() == [pd.Timestamp("2011-03-01")]

    def test_anonymous_invoices_are_nobodys(self):
        assert histories({"customer_id": None, "invoice_date": "2011-03-01"}).empty

    def test_what_happens_after_the_moment_is_not_known_yet(self):
        rows = ({"invoice_date": "2011-03-01"}, {"invoice_date": "2011-05-01"})
        assert histories(*rows, moment=pd.Timestamp("2011-05-01")).orders.tolist() == [1]
        assert histories(*rows, moment=pd.Timestamp("2011-03-01")).empty

    def test_repeat_orders_are_those_after_each_buyers_first_day(self):
        days = nodes.sum_up_days(
            invoices(
                {"customer_id": "1", "invoice_date": "2011-03-01 09:00"},
                {"customer_id": "1", "invoice_date": "2011-03-01 15:00"},
                {"customer_id": "1", "invoice_date": "2011-03-05"},
                {"customer_id": "2", "invoice_date": "2011-03-05"},
                {"customer_id": "2", "invoice_date": "2011-03-09"},
                {"customer_id": "1", "invoice_date": "2011-03-09"},
                {"customer_id": "1", "invoice_date": "2011-03-10", "amount": "-1"},
            )
        )
        orders = nodes.count_repeat_orders(days, nodes.summarise_purchases(days, END)).to_pandas()
        assert orders.day.tolist() == [pd.Timestamp("2011-03-05"), pd.Timestamp("2011-03-09")]
        assert orders.orders.tolist() == [1, 2]


class TestBuyers:
    def test_cancellations_net_out_of_what_was_paid(self):
        found = histories(
            {"invoice_date": "2011-03-01", "amount": "100"}, {"invoice_date": "2011-04-01", "amount": "60"},
            {"invoice_date": "2011-04-10", "amount": "-40"},
        )  # fmt: skip
        assert found.amount.astype(float).tolist() == [120]

    def test_a_customer_whose_orders_were_all_cancelled_is_no_buyer(self):
        assert histories(
            {"invoice_date": "2011-03-01", "amount": "77183.60"},
            {"invoice_date": "2011-03-01 10:16", "amount": "-77183.60"},
        ).empty

    def test_a_customer_who_was_paid_back_more_than_paid_is_no_buyer(self):
        rows = [{"invoice_date": f"2011-0{month}-01", "amount": "20"} for month in range(1, 6)]
        assert histories(*rows, {"invoice_date": "2011-07-01", "amount": "-100.01"}).empty

    def test_a_cancellation_before_the_first_order_is_of_something_older(self):
        found = histories(
            {"invoice_date": "2011-01-05", "amount": "-500"}, {"invoice_date": "2011-03-01", "amount": "20"}
        )
        assert found.amount.astype(float).tolist() == [20]
        assert found.first_order.tolist() == [pd.Timestamp("2011-03-01")]

    def test_cancellations_alone_make_no_buyer(self):
        assert histories({"invoice_date": "2011-01-05", "amount": "-500"}).empty

    def test_an_order_that_is_cancelled_later_is_still_an_order_if_others_are_not(self):
        found = histories(
            {"invoice_date": "2011-03-01", "amount": "100"}, {"invoice_date": "2011-04-01", "amount": "60"},
            {"invoice_date": "2011-04-10", "amount": "-60"},
        )  # fmt: skip
        assert (found.orders.tolist(), found.amount.astype(float).tolist()) == ([2], [100])

    @pytest.mark.slow
    @given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 20), st.integers(-50, 50).filter(bool)), min_size=1))
    @hypothesis_settings(max_examples=25, deadline=None)
    def test_every_buyer_is_as_counted_by_hand(self, events):
        rows = [
            {"customer_id": str(c), "invoice_date": END - pd.Timedelta(days=30 - day), "amount": str(amount)}
            for c, day, amount in events
        ]
        found = histories(*rows)
        for number in {c for c, _, _ in events}:
            mine = [(day, amount) for c, day, amount in events if c == number]
            days = {day for day, amount in mine if amount > 0}
            paid = sum(amount for day, amount in mine if days and day >= min(days))
            assert (str(number) in found.index) == (bool(days) and paid > 0)
            if str(number) in found.index:
                assert found.orders[str(number)] == len(days)
                assert float(found.amount[str(number)]) == paid


class TestPopulations:
    def test_customers_first_seen_in_the_first_three_months_are_established(self):
        buyers = pd.DataFrame({"first_order": pd.to_datetime(["2010-02-28", "2010-03-01"])})
        boundary = nodes.established_until(PERIOD, SETTINGS)
        assert nodes.populations(buyers, boundary).tolist() == ["established", "newer"]
        assert nodes.populations(buyers, None).tolist() == ["all", "all"]


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return valued(*shop_of(600))


class TestValues:
    def test_a_row_per_buyer_with_the_public_columns(self, shop):
        parameters, values, tiers = shop
        ClvParameters.validate(parameters)
        CustomerLifetimeValue.validate(values)
        ClvTiers.validate(tiers)
        assert values.customer_id.tolist() == [customer(number) for number in range(1, 601)]

    @pytest.mark.slow
    def test_what_is_known_by_hand(self):
        _, values, _ = valued(
            *shop_of(300),
            {"customer_id": "9001", "invoice_date": "2011-12-01 10:00", "amount": "30"},
            {"customer_id": "9001", "invoice_date": "2011-12-05 18:00", "amount": "50"},
            {"customer_id": "9001", "invoice_date": "2011-12-05 19:00", "amount": "10"},
            {"customer_id": "9001", "invoice_date": "2011-12-06", "amount": "-20"},
            {"customer_id": "9002", "invoice_date": "2011-12-09 12:00", "amount": "30"},
        )
        known = values.set_index("customer_id")[["frequency", "recency_days", "age_days", "monetary"]]
        assert known.loc["9001"].tolist() == [1, 4, 8, 35]
        assert known.loc["9002"].tolist() == [0, 0, 0, 30]

    def test_a_one_time_buyer_is_taken_for_alive_and_for_an_average_returner(self, shop):
        _, values, _ = shop
        once = values[values.frequency == 0]
        assert (once.p_alive == 1).all()
        # The longer nothing came, the lower the rate that the customer may still have.
        by_age = once.sort_values("age_days")
        assert by_age.expected_orders.is_monotonic_decreasing
        assert (once.clv_low == 0).all()

    def test_who_was_regular_and_fell_silent_is_less_alive_than_who_was_not(self):
        regular = [{"customer_id": "9001", "invoice_date": END - pd.Timedelta(days=400 - 7 * n)} for n in range(20)]
        active = [{"customer_id": "9002", "invoice_date": END - pd.Timedelta(days=400 - 20 * n)} for n in range(20)]
        _, values, _ = valued(*shop_of(300), *regular, *active)
        alive = values.set_index("customer_id").p_alive
        assert alive["9001"] < 0.05 < 0.8 < alive["9002"]

    def test_intervals_hold_what_is_expected_for_customers_who_surely_order(self, shop):
        _, values, _ = shop
        often = values[values.expected_orders > 5]
        assert len(often) > 10
        assert ((often.clv_low < often.clv) & (often.clv < often.clv_high)).all()

    @pytest.mark.slow
    def test_the_settings_of_the_valuation_do_what_they_say(self):
        rows = shop_of(200)
        _, values, _ = valued(*rows)
        _, at_half, _ = valued(*rows, settings=changed(margin=0.5))
        assert (values.clv / 2).tolist() == pytest.approx(at_half.clv.tolist())
        assert (values.clv_high / 2).tolist() == pytest.approx(at_half.clv_high.tolist())
        _, shorter, _ = valued(*rows, settings=changed(horizon_months=6))
        assert (shorter.expected_orders < values.expected_orders).all()
        _, undiscounted, _ = valued(*rows, settings=changed(monthly_discount_rate=0.0))
        product = undiscounted.expected_orders * undiscounted.expected_order_value
        assert undiscounted.clv.tolist() == pytest.approx(product.tolist())
        _, wider, _ = valued(*rows, settings=changed(interval=0.95))
        assert (wider.clv_high >= values.clv_high).all()
        assert (wider.clv_low <= values.clv_low).all()

    def test_two_runs_are_identical(self, shop):
        for first, second in zip(shop, valued(*shop_of(600)), strict=True):
            pd.testing.assert_frame_equal(first, second, check_exact=True)

    @pytest.mark.slow
    def test_models_fitted_on_a_sample_are_nearly_those_fitted_on_all(self):
        rows = shop_of(600)
        everyone, _, of_all = valued(*rows)
        sampled, _, of_sample = valued(*rows, settings=changed(sample_customers=400))
        assert sampled.estimate.tolist() != everyone.estimate.tolist()
        assert of_sample.clv.iloc[-1] == pytest.approx(of_all.clv.iloc[-1], rel=0.1)
        assert of_sample.customers.iloc[-1] == of_all.customers.iloc[-1] == 600


class TestModels:
    @pytest.mark.slow
    def test_a_long_extract_gets_season_trend_and_two_populations(self):
        parameters, _, _ = valued(*shop_of(1200))
        assert set(parameters.population) == {"all", "established", "newer"}
        assert parameters[parameters.model == "clock"].low.notna().all()

    @pytest.mark.slow
    def test_a_year_is_too_short_for_a_trend_and_less_for_a_season(self):
        for months, has_season in ((13, True), (9, False)):
            period = data_period(str(END - pd.DateOffset(months=months)), "2011-12-09 12:50")
            rows = shop_of(600, months=months - 1)
            clock = valued(*rows, period=period)[0].query("model == 'clock'").set_index("parameter")
            assert np.isnan(clock.low["trend"])
            assert clock.low.drop("trend").notna().all() == has_season

    def test_closed_days_before_the_data_count_towards_its_length(self):
        # A calendar year whose first days are holidays is a year: of data alone, a few days would be missing.
        period = data_period("2011-01-04", "2011-12-31 12:50").assign(covered_from=pd.Timestamp("2011-01-01"))
        assert nodes.established_until(period, changed(established_months=3)) == pd.Timestamp("2011-04-01")

    def test_few_returning_customers_make_one_population(self):
        parameters, _, _ = valued(*shop_of(600), settings=changed(fewest_repeat_customers=5000))
        assert set(parameters.population) == {"all"}

    def test_established_months_of_none_make_one_population(self):
        parameters, _, _ = valued(*shop_of(1200), settings=changed(established_months=0))
        assert set(parameters.population) == {"all"}


class TestTooFew:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        "rows",
        [
            pytest.param([], id="no customers"),
            pytest.param([{"invoice_date": "2011-03-01"}], id="one order"),
            pytest.param(
                [{"customer_id": str(c), "invoice_date": f"2011-03-{c:02d}"} for c in range(1, 29)],
                id="all bought once",
            ),
            pytest.param(
                [{"invoice_date": "2011-03-01"}, {"invoice_date": "2011-05-01"}],
                id="one customer, two orders",
            ),
            pytest.param([{"invoice_date": "2011-03-01", "amount": "-5"}], id="a cancellation"),
        ],
    )
    def test_too_few_customers_have_no_values_and_stop_no_run(self, rows, caplog):
        with caplog.at_level(logging.WARNING, logger="lgs_pipeline"):
            parameters, values, tiers = valued(*rows)
        assert "There are no lifetime values as of 2011-12-10" in caplog.text
        ClvParameters.validate(parameters)
        CustomerLifetimeValue.validate(values)
        ClvTiers.validate(tiers)
        assert parameters.estimate.isna().all()
        assert values[["p_alive", "clv", "clv_low", "clv_high", "clv_tier"]].isna().all(axis=None)
        assert tiers[["clv", "clv_low", "clv_high"]].isna().all(axis=None)
        assert tiers.customers.iloc[-1] == len(values)

    def test_the_warning_names_the_reason(self, caplog):
        valued({"invoice_date": "2011-03-01"})
        assert "0 of 1 customers came back, expected at least 20" in caplog.text

    def test_what_the_best_model_cannot_be_fitted_to_gets_a_simpler_one(self, monkeypatch, caplog):
        from lgs_pipeline.errors import InputError
        from lgs_pipeline.models import lifetime_value as model

        def refuse_seasons(customers, orders, now, seasonal_model, level):
            if seasonal_model.with_season:
                raise InputError("no season today.")
            return estimate(customers, orders, now, seasonal_model, level)

        estimate = model.estimate_parameters
        monkeypatch.setattr(model, "estimate_parameters", refuse_seasons)
        with caplog.at_level(logging.INFO, logger="lgs_pipeline"):
            parameters, values, _ = valued(*shop_of(1200))
        assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]
        assert set(parameters.population) == {"all"}
        assert values.clv.notna().all()


class TestTiers:
    def test_shares_of_customers_best_first(self):
        _, values, tiers = valued(*shop_of(600))
        by_tier = values.groupby("clv_tier").clv
        assert tiers.clv_tier.tolist() == ["Platinum", "Gold", "Silver", "Bronze", "all"]
        assert tiers.customers.tolist() == [30, 90, 180, 300, 600]
        for better, worse in pairwise(tiers.clv_tier[:-1]):
            assert by_tier.min()[better] >= by_tier.max()[worse]

    def test_parts_add_up_to_all(self):
        _, values, tiers = valued(*shop_of(300))
        parts, everyone = tiers.iloc[:-1], tiers.iloc[-1]
        for column in ("customers", "expected_orders", "clv", "share_of_customers", "share_of_clv"):
            assert parts[column].sum() == pytest.approx(everyone[column])
        assert everyone.clv == pytest.approx(values.clv.sum())

    def test_a_total_is_surer_than_its_customers(self):
        _, values, tiers = valued(*shop_of(600))
        everyone = tiers.iloc[-1]
        assert everyone.clv_low < everyone.clv < everyone.clv_high
        of_all = (everyone.clv_high - everyone.clv_low) / everyone.clv
        of_each = ((values.clv_high - values.clv_low) / values.clv).median()
        assert of_all < of_each / 4

    @pytest.mark.slow
    def test_the_interval_of_a_total_is_widened_by_the_held_out_error_by_hand(self):
        rows = shop_of(300)
        narrow, wide = (valued(*rows, error=error)[2].iloc[-1] for error in (0.0, 0.2))
        chance = np.log(narrow.clv_high / narrow.clv)
        assert np.log(wide.clv_high / wide.clv) == pytest.approx(np.hypot(chance, 1.2815516 * 0.2))
        chance = np.log(narrow.clv / narrow.clv_low)
        assert np.log(wide.clv / wide.clv_low) == pytest.approx(np.hypot(chance, 1.2815516 * 0.2))

    @pytest.mark.slow
    def test_an_error_of_either_sign_widens_alike(self):
        rows = shop_of(300)
        up, down = (valued(*rows, error=error)[2].iloc[-1] for error in (0.2, -0.2))
        assert up.tolist()[1:] == pytest.approx(down.tolist()[1:])

    def test_names_and_shares_are_settings(self):
        two = changed(tiers=[{"name": "A", "share": 0.5}, {"name": "B", "share": 0.5}])
        _, _, tiers = valued(*shop_of(300), settings=two)
        assert tiers.set_index("clv_tier").customers.to_dict() == {"A": 150, "B": 150, "all": 300}
