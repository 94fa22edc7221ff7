"""Shops in which most customers bought once, or all at one price, or from whose data customers vanish."""

import numpy as np
import pandas as pd
import pytest

from tests.end_to_end.project import Project

pytestmark = pytest.mark.slow

ERASED = "21-erased-after-launch"
ABOUT_LAUNCHES = ("--pipelines", "ingestion,cleaning,customers,campaign_effect")


@pytest.fixture(scope="module")
def shop(cases, tmp_path_factory):
    """The run on the shop in which 348 of 400 customers bought once."""
    project = Project.make(tmp_path_factory.mktemp("once") / "project")
    said = project.succeed(extract=cases / "13-one-time-buyers" / "shop.csv.gz")
    (project.folder / "run.log").write_text(said)
    return project


def log(project: Project) -> str:
    return (project.folder / "run.log").read_text()


@pytest.fixture(scope="module")
def values_of(tmp_path_factory):
    """From an extract to customer_lifetime_value and clv_tiers."""

    def run(extract):
        project = Project.make(tmp_path_factory.mktemp("price") / "project")
        said = project.succeed("--pipelines", "ingestion,cleaning,customers,lifetime_value", extract=extract)
        assert "too few customers" not in said
        return project.table("customer_lifetime_value"), project.table("clv_tiers")

    return run


@pytest.fixture(scope="module")
def launched(cases, tmp_path_factory):
    """A launch with the scores by rank."""
    project = Project.make(tmp_path_factory.mktemp("erased") / "project")
    settings = project.folder / "conf" / "local" / "parameters.yml"
    settings.write_text("rfm: {frequency: {method: rank}}\n")
    project.succeed(extract=cases / ERASED / "to_march.csv.gz")
    project.succeed("--pipelines", "launch_campaign", "--params", "campaign=reward_loyalty")
    return project


class TestMostBoughtOnce:
    def test_equal_customers_have_equal_scores(self, shop):
        rfm = shop.table("rfm")
        assert (rfm.frequency == 1).sum() == 348
        assert (rfm.groupby("frequency").f_score.nunique() == 1).all()

    def test_nobody_with_one_order_is_called_loyal(self, shop):
        segments = set(shop.table("rfm").query("frequency == 1").segment)
        assert segments <= {"New Customers", "Promising", "About to Sleep", "Hibernating"}

    def test_campaigns_without_customers_are_planned_and_warned_of(self, shop):
        plan = shop.table("campaign_plan").set_index("campaign")
        assert plan.audience["build_habit"] == 0
        assert "Campaign build_habit: no customer matches it" in log(shop)

    def test_models_that_do_not_converge_are_told_as_that_everywhere(self, shop):
        assert set(shop.table("clv_parameters").reason) == {"not_converged"}
        assert "too few customers" not in log(shop)
        words = "the models did not converge on this shop's customers"
        assert f"Lifetime value: there are no lifetime values: {words}" in log(shop)
        assert shop.table("findings").finding.str.contains(words).any()
        report = next(shop.folder.glob("data/08_reporting/report.html/*/report.html")).read_text()
        assert "the models did not converge on this shop" in report


def made_up(prices, orders_of=None) -> pd.DataFrame:
    """Lines of 200 customers, each order one box at a price that a function draws."""
    generator = np.random.default_rng(7)
    rows = []
    for customer in range(200):
        orders = orders_of or generator.geometric(0.35)
        days = np.sort(generator.choice(540, orders, replace=False))
        for day in days:
            moment = pd.Timestamp("2010-01-04 10:00") + pd.Timedelta(days=int(day))
            rows.append(
                (f"{500000 + len(rows)}", "BOX", "BOX", 1, moment, prices(generator, customer), 12000 + customer)
            )
    table = pd.DataFrame(
        rows,
        columns=["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID"],
    )
    return table.assign(Country="United Kingdom")


class TestOnePrice:
    def test_lifetime_value_is_the_orders_expected_at_that_price(self, values_of, cases):
        values, tiers = values_of(cases / "20-one-price" / "box.csv.gz")
        assert len(values) == 600
        assert values.expected_order_value.to_numpy() == pytest.approx(np.full(600, 25.0), abs=0.005)
        # Less the discount, of 1% for each month until it comes.
        share = values.clv / (25 * values.expected_orders)
        assert share.between(1.01**-12, 1).all()
        assert (values.clv_low <= values.clv).all()
        assert (values.clv <= values.clv_high).mean() > 0.9
        everybody = tiers.iloc[-1]
        assert 0.5 * everybody.clv < everybody.clv_low < everybody.clv < everybody.clv_high < 2 * everybody.clv

    @pytest.mark.parametrize(
        ("prices", "orders"),
        [
            pytest.param(lambda generator, _: generator.choice([24.99, 25, 25.01]), None, id="a penny of noise"),
            pytest.param(lambda generator, _: generator.choice([22, 28]), None, id="two prices"),
            pytest.param(lambda _, customer: (20, 40)[customer % 2], None, id="two prices, one for each customer"),
            pytest.param(lambda generator, customer: 25, 2, id="everybody ordered twice"),
        ],
    )
    def test_neighbours_have_values_too(self, values_of, tmp_path, prices, orders):
        made_up(prices, orders).to_csv(tmp_path / "shop.csv", index=False)
        values, _ = values_of(tmp_path / "shop.csv")
        assert values.expected_order_value.to_numpy() == pytest.approx(values.monetary, rel=0.13)
        assert values.clv.notna().all()


class TestErasedAfterALaunch:
    def effect(self, launched, extract, tmp_path):
        project = launched.copy(tmp_path / "copy")
        log = project.succeed(*ABOUT_LAUNCHES, extract=extract)
        return project.table("campaign_effect").iloc[0], log

    def test_with_everybody_there_nobody_is_left_out(self, launched, cases, tmp_path):
        found, _ = self.effect(launched, cases / ERASED / "all.csv.gz", tmp_path)
        assert (found.customers_treatment, found.customers_control, found.customers_left_out) == (78, 19, 0)
        assert found.conversion_treatment == pytest.approx(45 / 78)  # 57.7%
        assert found.incremental_sales == pytest.approx(-1377, abs=1)

    def test_who_vanished_is_left_out_and_counted(self, launched, cases, tmp_path):
        found, log = self.effect(launched, cases / ERASED / "all_some_erased.csv.gz", tmp_path)
        assert (found.customers_treatment, found.customers_control, found.customers_left_out) == (55, 19, 23)
        # Of the 55 who are left, as many ordered as did of the same customers before: 32.
        assert found.conversion_treatment == pytest.approx(32 / 55)
        assert found.incremental_sales == pytest.approx(-756, abs=1)
        assert "23 of its 97 customers are no longer in the data, and are left out" in log
        assert "left out: 23 customers no longer in the data" in log

    def test_customers_under_new_numbers_leave_nothing_to_measure(self, launched, cases, tmp_path):
        lines = pd.read_csv(cases / ERASED / "all.csv.gz", dtype=str)
        lines["Customer ID"] = "9" + lines["Customer ID"]
        lines.to_csv(tmp_path / "again.csv", index=False)
        found, log = self.effect(launched, tmp_path / "again.csv", tmp_path)
        assert (found.customers_treatment, found.customers_left_out) == (0, 97)
        assert pd.isna(found.incremental_sales)
        assert "none of its 97 customers is in the data" in log
