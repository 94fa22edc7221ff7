"""Lifetime values of the sample's customers, whose truth is known, and of the real ones, whose future is."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from lgs_pipeline.models.seasonality import MONTHS, month_of
from lgs_pipeline.sample import SampleSettings, generate, write
from lgs_pipeline.sample.calendar import TradingCalendar
from tests.end_to_end.project import Project

PIPELINES = ("--pipelines", "ingestion,cleaning,customers,lifetime_value")


def assert_all_or_none_valued(project: Project) -> None:
    """The lifetime values of a short extract."""
    values = project.table("customer_lifetime_value")
    assert len(values) > 0
    assert values.clv.isna().all() or values.clv.notna().all()


def validation_of(project: Project) -> pd.DataFrame:
    table = project.table("clv_validation", dtype={"item": str})
    return table.set_index(["part", "item", "measure"]).value


def season_of(project: Project) -> tuple[pd.DataFrame, pd.Series]:
    clock = project.table("clv_parameters").query("model == 'clock'").set_index("parameter")
    return clock.loc[list(MONTHS)], clock.loc["trend"]


class TestSample:
    @pytest.fixture
    def customers(self, sample_run) -> pd.DataFrame:
        truth = generate().truth.customers.astype({"customer_id": "str"})
        return sample_run.table("customer_lifetime_value").merge(truth, on="customer_id", validate="1:1")

    def test_probabilities_alive_tell_who_is_alive(self, customers):
        came_back = customers[customers.frequency > 0]
        assert roc_auc_score(came_back.alive_at_end, came_back.p_alive) > 0.9

    def test_of_those_believed_alive_as_many_are(self, customers):
        often = customers[customers.frequency >= 3]
        believed = pd.cut(often.p_alive, [0, 0.2, 0.8, 0.95, 1], include_lowest=True)
        groups = often.groupby(believed, observed=True).agg(
            expected=("p_alive", "mean"), alive=("alive_at_end", "mean"), customers=("p_alive", "size")
        )
        error = np.sqrt(groups.expected * (1 - groups.expected) / groups.customers)
        assert (np.abs(groups.alive - groups.expected) < 3 * error + 0.05).all()

    def test_who_orders_faster_is_expected_to_order_more(self, customers):
        alive = customers[customers.alive_at_end & (customers.frequency >= 3)]
        assert alive.expected_orders.corr(alive.order_rate, method="spearman") > 0.7

    def test_who_places_larger_orders_is_expected_to(self, customers):
        often = customers[customers.frequency >= 3]
        assert often.expected_order_value.corr(often.order_value, method="spearman") > 0.8

    def test_tiers_are_of_those_who_are_worth_most(self, customers):
        worth = customers.alive_at_end * customers.order_rate * customers.order_value
        by_tier = worth.groupby(customers.clv_tier).mean()
        assert by_tier["Platinum"] > by_tier["Gold"] > by_tier["Silver"] > by_tier["Bronze"]

    def test_the_planted_season_is_found_and_no_trend(self, sample_run):
        season, trend = season_of(sample_run)
        settings = SampleSettings()
        demand = TradingCalendar.of(settings).demand[:366]
        days = np.datetime64(settings.first_day) + np.arange(366)
        planted = np.bincount(month_of(days), weights=demand) / np.bincount(month_of(days))
        assert np.corrcoef(season.estimate, planted)[0, 1] > 0.9
        assert ((season.low < planted) & (planted < season.high)).sum() >= 10
        assert trend.low < 1 < trend.high

    def test_the_held_out_months_are_predicted(self, sample_run):
        found = validation_of(sample_run)
        assert abs(found["totals", "orders", "error"]) < 0.1
        assert abs(found["totals", "sales", "error"]) < 0.12
        assert 0.75 < found["coverage", "orders", "randomised"] < 0.85
        for measure in ("mean_absolute_error", "root_mean_square_error"):
            assert found["errors", :, measure].idxmin() == "model"

    def test_the_story_tells_the_value_of_the_base(self, sample_run):
        assert "Lifetime value: £" in (sample_run.folder / "run.log").read_text()


@pytest.mark.slow
def test_a_year_and_few_customers_stop_no_run(project):
    """Still shorter ones are in the tests of campaigns."""
    extract = generate(SampleSettings(customers=150, months=14, seed=3))
    write(extract, f"{project.folder}/small.sql.gz")
    project.succeed(*PIPELINES, extract=project.folder / "small.sql.gz")
    assert_all_or_none_valued(project)


@pytest.mark.slow
class TestRealExtract:
    """Six months held out: orders within 5%, sales within 12%, customers better than by any baseline."""

    @pytest.fixture
    def found(self, real_run) -> pd.DataFrame:
        return validation_of(real_run)

    def test_total_orders_and_sales(self, found):
        assert found["totals", "orders", "actual"] == 7784
        assert abs(found["totals", "orders", "error"]) < 0.05
        assert abs(found["totals", "sales", "error"]) < 0.12

    def test_the_error_per_customer_is_below_all_baselines(self, found):
        absolute, squared = (
            found["errors", :, measure] for measure in ("mean_absolute_error", "root_mean_square_error")
        )
        assert absolute["model"] < 0.95 < 1.01 < absolute["last_period"]
        assert squared["model"] < 1.78 < 1.86 < squared["last_period"]
        assert absolute.idxmin() == squared.idxmin() == "model"

    def test_four_fifths_of_the_customers_are_in_the_middle_of_their_predictions(self, found):
        for item in ("orders", "sales"):
            assert 0.75 < found["coverage", item, "randomised"] < 0.85
            assert found["coverage", item, "plain"] > 0.88
            histogram = found[f"transform_of_{item}"]
            assert histogram.between(0.07, 0.13).all()

    def test_orders_by_past_orders_are_as_expected(self, found):
        past = found["orders_by_past_orders"].unstack()
        assert (past.expected / past.actual).between(0.85, 1.2).all()

    def test_a_model_blind_to_seasons_misses_them(self, real_run, found):
        season, trend = season_of(real_run)
        assert season.estimate.idxmax() == "november"
        assert season.estimate["november"] > 1.5
        assert trend.high < 1
        months = found["orders_by_month"].unstack().loc["2011-07":"2011-11"]
        assert np.corrcoef(months.expected, months.actual)[0, 1] > 0.9

    def test_the_assumption_of_gamma_gamma_holds(self, found):
        item = "correlation_of_frequency_and_order_value"
        assert abs(found["assumptions", item, "value"]) < found["assumptions", item, "limit"]

    def test_the_base_is_worth_what_it_spent_lately_give_or_take(self, real_run):
        everyone = real_run.table("clv_tiers").set_index("clv_tier").loc["all"]
        assert everyone.customers == 5835
        assert everyone.clv_low < 7_000_000 < everyone.clv_high
        invoices = real_run.lines("invoices")
        last_year = invoices[invoices.customer_id.notna() & (invoices.invoice_date >= "2010-12-10")]
        assert everyone.clv_low < float(last_year.amount.sum()) < everyone.clv_high * 1.1

    def test_customers_without_a_net_purchase_are_not_valued(self, real_run):
        values = real_run.table("customer_lifetime_value")
        assert "12346" not in set(values.customer_id)
        assert (values.monetary > 0).all()
