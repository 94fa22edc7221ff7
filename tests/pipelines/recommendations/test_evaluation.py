"""What was held out, which settings are chosen on what, and that short extracts are no error."""

import logging

import ibis
import pandas as pd
import pytest

from lgs_pipeline.models.recommendation_evaluation import MEASURES
from lgs_pipeline.pipelines.customers.nodes import list_purchase_days
from lgs_pipeline.pipelines.recommendations import evaluation, nodes
from lgs_pipeline.pipelines.recommendations.schemas import RecommendationEvaluation, RecommendationSelection
from lgs_pipeline.pipelines.recommendations.settings import RecommendationsSettings
from tests.building import transactions
from tests.pipelines.recommendations.shop import CUT, END, SELECTION_CUT, SETTINGS, changed, shop


def held_out_of(*rows: dict) -> dict[tuple[str, str], bool]:
    """is_repeat by customer and product."""
    days = list_purchase_days(transactions(*rows))
    found = evaluation.list_held_out(days, CUT, END).to_pandas()
    return {(row.customer_id, row.stock_code): row.is_repeat for row in found.itertuples()}


def put_to_the_test(
    lines: ibis.Table, settings: RecommendationsSettings = SETTINGS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """recommendation_selection and recommendation_evaluation of some lines, checked."""
    days = list_purchase_days(lines)
    at_cut, before = (nodes.find_products_sold(days, moment, settings) for moment in (CUT, SELECTION_CUT))
    earlier = evaluation.list_held_out(days, SELECTION_CUT, CUT)
    selection = evaluation.choose_settings(days, before, earlier, SELECTION_CUT, settings)
    later = evaluation.list_held_out(days, CUT, END)
    found = evaluation.evaluate_recommendations(days, at_cut, later, CUT, selection, settings)
    return RecommendationSelection.validate(selection), RecommendationEvaluation.validate(found)


class TestHeldOut:
    def test_what_was_bought_before_the_cut_too_is_a_repeat(self):
        found = held_out_of(
            {"customer_id": "1", "stock_code": "A", "invoice_date": "2011-09-09 23:59"},
            {"customer_id": "1", "stock_code": "A", "invoice_date": "2011-09-10 00:00"},
            {"customer_id": "1", "stock_code": "B", "invoice_date": "2011-10-10"},
            {"customer_id": "1", "stock_code": "B", "invoice_date": "2011-11-10"},
            {"customer_id": "2", "stock_code": "A", "invoice_date": "2011-11-10"},
            {"customer_id": "2", "stock_code": "C", "invoice_date": "2011-03-10"},
        )
        assert found == {("1", "A"): True, ("1", "B"): False, ("2", "A"): False}

    def test_what_comes_after_the_held_out_months_is_not_looked_at(self):
        assert held_out_of({"invoice_date": "2011-12-10 00:00"}) == {}


class TestSelection:
    def test_every_combination_is_tried_and_the_best_is_chosen(self):
        selection, _ = put_to_the_test(shop())
        assert selection.question.value_counts().to_dict() == {
            "new": len(SETTINGS.half_lives) * len(SETTINGS.ridges),
            "repeat": len(SETTINGS.repeat_half_lives) * len(SETTINGS.blends),
        }
        for _, tried in selection.groupby("question"):
            assert tried[tried.chosen].ndcg_at_10.tolist() == [tried.ndcg_at_10.max()]

    @pytest.mark.slow
    def test_the_last_months_have_no_say_in_it(self):
        lines = shop()
        known = lines.filter(lines.invoice_date < CUT)
        whole, blind = (put_to_the_test(table)[0] for table in (lines, known))
        pd.testing.assert_frame_equal(whole, blind)

    def test_without_customers_to_choose_on_the_first_values_are_taken(self):
        late = [{"invoice_date": f"2011-1{month}-05", "stock_code": "A"} for month in (0, 1)]
        selection, _ = put_to_the_test(transactions(*late))
        chosen = selection[selection.chosen].set_index("question")
        assert chosen.half_life_days.to_dict() == {
            "new": SETTINGS.half_lives[0],
            "repeat": SETTINGS.repeat_half_lives[0],
        }
        assert selection.ndcg_at_10.isna().all()


class TestEvaluation:
    def test_every_model_is_measured_on_its_questions(self):
        _, found = put_to_the_test(shop())
        expected = [
            (question, model, measure)
            for question, models in evaluation.MODELS.items()
            for model in models
            for measure in MEASURES
        ]
        assert found.set_index(["question", "model", "measure"]).index.tolist() == expected
        assert found.value.notna().all()

    @pytest.mark.slow
    def test_where_products_go_together_the_item_model_knows_and_popularity_does_not(self):
        _, found = put_to_the_test(shop(customers=200, pairs=15))
        ndcg = found[found.measure == "ndcg_at_10"].set_index(["question", "model"]).value
        assert ndcg["new", "recommender"] > 2 * ndcg["new", "popularity"]

    def test_measures_by_hand(self):
        """Two customers know A and B at the cut; one then buys the other product that is sold, C."""
        rows = [
            {"customer_id": c, "stock_code": p, "invoice_date": "2011-09-01"}
            for c, p in [("1", "A"), ("1", "B"), ("2", "A"), ("2", "B"), ("3", "A"), ("3", "C")]
        ]
        later = [
            {"customer_id": "1", "stock_code": "C", "invoice_date": "2011-10-01"},
            {"customer_id": "2", "stock_code": "LATER", "invoice_date": "2011-10-01"},
            {"customer_id": "4", "stock_code": "A", "invoice_date": "2011-10-01"},
        ]
        _, found = put_to_the_test(transactions(*rows, *later))
        value = found.set_index(["question", "model", "measure"]).value
        assert value["new", "popularity", "ndcg_at_10"] == 0.5
        assert value["new", "popularity", "hit_rate_at_10"] == 0.5
        assert value["new", "popularity", "catalogue_coverage"] == pytest.approx(1 / 3)
        assert value["repeat"].isna().all()

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "lines",
        [
            transactions(),
            transactions({"invoice_date": "2011-12-01"}),
            transactions({"invoice_date": "2011-01-01"}),
            transactions({"invoice_date": "2011-08-01"}, {"invoice_date": "2011-12-01"}),
        ],
        ids=["no lines", "one line", "one line long ago", "one product"],
    )
    def test_an_extract_too_short_to_say_is_answered_with_empty_values_and_one_warning(self, lines, caplog):
        with caplog.at_level(logging.WARNING, logger="lgs_pipeline"):
            _, found = put_to_the_test(lines)
        assert found[found.question == "new"].value.isna().all()
        [warning] = caplog.messages
        assert warning.startswith("Recommendations cannot be tested (new")

    def test_many_customers_are_tested_on_a_sample_of_them(self):
        sampled = changed(sample_customers=100)
        selection, found = put_to_the_test(shop(customers=300), sampled)
        assert 0 < selection.customers.max() <= 100
        assert found.value.notna().all()
