"""Lists for the sample's customers, whose companions are known, and for the real ones, whose future is."""

import pandas as pd
import pytest

from lgs_pipeline.pipelines.recommendations.schemas import ProductRecommendations
from lgs_pipeline.sample import generate
from tests.building import settings_of
from tests.end_to_end.project import Project

pytestmark = pytest.mark.slow

SETTINGS = settings_of("base").recommendations


def evaluation_of(project: Project) -> pd.DataFrame:
    """A column per model, a row per question and measure."""
    table = project.table("recommendation_evaluation")
    return table.pivot_table(values="value", index=["question", "measure"], columns="model")


class TestAnyRun:
    @pytest.fixture(params=["sample_run", "real_run"])
    def run(self, request) -> Project:
        return request.getfixturevalue(request.param)

    def test_new_products_were_never_bought_and_usual_ones_were(self, run):
        found = run.table("product_recommendations")
        bought = run.lines("purchase_days")[["customer_id", "stock_code"]].drop_duplicates()
        merged = found.merge(bought, how="left", indicator=True)
        assert ((merged["_merge"] == "both") == (merged.kind == "usual")).all()

    def test_only_products_that_are_still_sold(self, run):
        days = run.lines("purchase_days")
        end = pd.Timestamp(run.table("data_period").data_end.iloc[0])
        sold = days[days.day >= end - pd.Timedelta(days=SETTINGS.sold_within_days)].stock_code
        assert run.table("product_recommendations").stock_code.isin(set(sold)).all()

    def test_no_postage_or_vouchers_and_every_product_has_its_name(self, run):
        found = run.table("product_recommendations").drop_duplicates("stock_code")
        lines = run.lines("transactions")
        assert not found.stock_code.isin(lines.stock_code[lines.line_type != "product"]).any()
        assert found.description.notna().all()

    def test_nearly_every_customer_of_rfm_has_ten_new_products(self, run):
        found, rfm = run.table("product_recommendations"), run.table("rfm")
        assert found.customer_id.isin(rfm.customer_id).all()
        number = found[found.kind == "new"].groupby("customer_id").size()
        assert (number.reindex(rfm.customer_id, fill_value=0) == SETTINGS.products).mean() > 0.99

    def test_lists_are_sorted_and_numbered(self, run):
        found = ProductRecommendations.validate(run.table("product_recommendations"))
        keys = ["customer_id", "kind", "rank"]
        assert found[keys].equals(found[keys].drop_duplicates().sort_values(keys, ignore_index=True))
        assert not found.duplicated(["customer_id", "stock_code"]).any()
        assert (found["rank"] == found.groupby(keys[:2]).cumcount() + 1).all()


class TestSample:
    def test_companions_of_what_was_bought_are_suggested(self, sample_run):
        """Of two products that go together a customer has one: the other is suggested far above chance."""
        companions = generate().truth.companions
        pairs = pd.concat([companions, companions.set_axis(companions.columns[::-1], axis=1)])
        pairs = pairs.set_axis(["stock_code", "companion"], axis=1)
        found = sample_run.table("product_recommendations")
        of_kind = dict(iter(found.groupby("kind")))
        wanted = of_kind["usual"].merge(pairs, on="stock_code")[["customer_id", "companion"]]
        offered = of_kind["new"].rename(columns={"stock_code": "companion"})
        share = len(wanted.merge(offered).drop_duplicates()) / len(wanted)
        products = sample_run.lines("purchase_days").stock_code.nunique()
        assert share > 5 * SETTINGS.products / products

    def test_it_is_better_than_popular_products_and_own_habits(self, sample_run):
        ndcg = evaluation_of(sample_run).xs("ndcg_at_10", level="measure")
        assert ndcg.loc["repeat", "recommender"] >= ndcg.loc["repeat", "own_most_frequent"]
        assert ndcg.loc["new", "recommender"] > ndcg.loc["new", "popularity"]


class TestRealExtract:
    @pytest.fixture
    def found(self, real_run) -> pd.DataFrame:
        return evaluation_of(real_run)

    def test_new_products_are_found_a_quarter_better_than_by_bm25(self, found):
        ndcg = found.loc["new", "ndcg_at_10"]
        assert ndcg.recommender >= 0.1
        assert ndcg.recommender >= 1.25 * ndcg.bm25_neighbours
        assert ndcg.recommender > 2 * max(ndcg.popularity, ndcg.recent_popularity)

    def test_the_lead_over_bm25_is_no_chance(self, real_run):
        table = real_run.table("recommendation_evaluation").query("question == 'new'")
        ndcg = table[table.measure == "ndcg_at_10"].set_index("model")
        assert ndcg.low.recommender > ndcg.high.bm25_neighbours

    def test_repeats_are_found_better_than_by_own_habits(self, found):
        repeat = found.loc["repeat"]
        for measure in ("ndcg_at_10", "recall_at_10", "hit_rate_at_10"):
            assert repeat.recommender[measure] > repeat.own_most_frequent[measure]

    def test_benchmarks_are_as_they_were_when_first_measured(self, found):
        ndcg = found.xs("ndcg_at_10", level="measure")
        assert ndcg.loc["new", "bm25_neighbours"] == pytest.approx(0.0832, abs=5e-4)
        assert ndcg.loc["repeat", "own_most_frequent"] == pytest.approx(0.4424, abs=5e-4)
        assert ndcg.loc["new", "popularity"] == pytest.approx(0.0438, abs=5e-4)

    def test_lists_are_not_the_same_for_everybody(self, found):
        coverage = found.loc["new", "catalogue_coverage"]
        assert coverage.recommender > 5 * coverage.popularity

    def test_half_of_the_customers_buy_one_of_ten_new_products_suggested(self, found):
        assert found.loc[("new", "hit_rate_at_10"), "recommender"] > 0.48

    def test_two_runs_give_the_same_bytes(self, real_run, tmp_path):
        project = real_run.copy(tmp_path / "again")
        before = project.outputs()
        project.succeed("--pipelines", "recommendations")
        made = [path for path in before if "recommendation" in path]
        assert len(made) == 4
        after = project.outputs()
        assert [path for path in made if after[path] != before[path]] == []
