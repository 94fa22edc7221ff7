"""What counts as bought and as sold, and what lists hold: each rule on a few lines by hand."""

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lgs_pipeline.pipelines.customers.nodes import count_descriptions, list_purchase_days, name_products
from lgs_pipeline.pipelines.recommendations import evaluation, nodes
from lgs_pipeline.pipelines.recommendations.schemas import ProductRecommendations, RecommendationSelection
from lgs_pipeline.pipelines.recommendations.settings import RecommendationsSettings
from tests.building import customer, transactions
from tests.pipelines.recommendations.shop import CUT, END, SELECTION_CUT, SETTINGS, changed, shop

EVERYBODY = [customer(number) for number in range(1, 251)]


def sold(*rows: dict, moment: pd.Timestamp = END, settings: RecommendationsSettings = SETTINGS) -> list[str]:
    days = list_purchase_days(transactions(*rows))
    return nodes.find_products_sold(days, moment, settings).stock_code.tolist()


def recommended(lines: ibis.Table, *customers: str, settings: RecommendationsSettings = SETTINGS) -> pd.DataFrame:
    """product_recommendations of some customers, checked."""
    days = list_purchase_days(lines)
    products, before = (nodes.find_products_sold(days, moment, settings) for moment in (END, SELECTION_CUT))
    held_out = evaluation.list_held_out(days, SELECTION_CUT, CUT)
    selection = evaluation.choose_settings(days, before, held_out, SELECTION_CUT, settings)
    RecommendationSelection.validate(selection)
    rfm = pd.DataFrame({"customer_id": pd.Series(sorted(customers), dtype="str")})
    names = name_products(count_descriptions(lines))
    found = nodes.recommend_products(rfm, days, products, names, END, selection, settings)
    return ProductRecommendations.validate(found)


class TestKnownCustomers:
    def test_each_is_known_once_and_only_from_the_first_purchase_on(self):
        rows = [("2", "2011-03-01"), ("2", "2011-04-01"), ("1", "2011-03-01"), ("3", "2011-12-10")]
        days = list_purchase_days(
            transactions(*({"customer_id": customer, "invoice_date": day} for customer, day in rows))
        )
        assert nodes.draw_known_customers(days, END, SETTINGS).tolist() == ["1", "2"]

    def test_of_too_many_a_sample_is_drawn(self):
        days = list_purchase_days(shop(customers=150))
        drawn = nodes.draw_known_customers(days, END, changed(sample_customers=100))
        assert len(set(drawn.tolist())) == 100
        assert (drawn[1:] > drawn[:-1]).all()


class TestProductsSold:
    def test_a_product_is_still_sold_if_it_was_in_the_last_days(self):
        rows = [
            {"stock_code": name, "invoice_date": END - pd.Timedelta(days=age)}
            for name, age in [("LAST", 1), ("EDGE", 75), ("GONE", 76), ("FUTURE", 0)]
        ]
        assert sold(*rows) == ["EDGE", "LAST"]

    def test_of_too_many_those_with_most_customers_are_kept(self):
        buyers = {"A": "1", "B": "12", "C": "111", "D": "123"}
        rows = [
            {"stock_code": name, "customer_id": customer, "invoice_date": f"2011-12-0{number + 1}"}
            for name, customers in buyers.items()
            for number, customer in enumerate(customers)
        ]
        assert sold(*rows, settings=changed(most_products=3)) == ["A", "B", "D"]


class TestRecommendations:
    def test_the_companion_of_what_was_bought_is_suggested_first(self):
        newcomer = {"customer_id": "999", "stock_code": "P06", "invoice_date": "2011-11-20"}
        found = recommended(ibis.union(shop(customers=300), transactions(newcomer)), "999")
        assert found[found.kind == "new"].stock_code.iloc[0] == "P07"
        assert found[found.kind == "usual"].stock_code.tolist() == ["P06"]

    def test_a_product_is_called_as_most_of_its_lines_do(self):
        rows = [
            {"stock_code": "A", "description": name, "invoice_date": "2011-12-01"}
            for name in ("RED MUG", "RED MUG", "damaged")
        ]
        found = recommended(transactions(*rows), "12346")
        assert found.description.tolist() == ["RED MUG"]

    def test_lists_are_in_order_and_no_longer_than_asked_for(self):
        found = recommended(shop(), *EVERYBODY[:80], settings=changed(products=3))
        keys = found[["customer_id", "kind", "rank"]]
        assert keys.equals(keys.sort_values(["customer_id", "kind", "rank"], ignore_index=True))
        assert found.groupby(["customer_id", "kind"])["rank"].agg(list).map(lambda x: x == [1, 2, 3]).all()

    @pytest.mark.slow
    def test_customers_at_once_do_not_matter(self):
        whole = recommended(shop(customers=250), *EVERYBODY)
        few = recommended(shop(customers=250), *EVERYBODY, settings=changed(customers_at_once=100))
        pd.testing.assert_frame_equal(few, whole)

    def test_who_bought_nothing_that_is_still_sold_gets_what_the_average_customer_would(self):
        gone = {"customer_id": "999", "stock_code": "GONE", "invoice_date": "2011-01-05"}
        found = recommended(ibis.union(shop(), transactions(gone)), "999")
        assert set(found.kind) == {"new"}
        assert len(found) == SETTINGS.products

    @pytest.mark.slow
    @given(
        st.lists(
            st.tuples(st.sampled_from("1234"), st.sampled_from("ABCDE"), st.integers(1, 200)),
            min_size=1,
            max_size=25,
        )
    )
    @hypothesis_settings(max_examples=20)
    def test_only_what_is_sold_and_new_ones_never_bought_and_usual_ones_were(self, events):
        rows = [
            {"customer_id": c, "stock_code": p, "invoice_date": END - pd.Timedelta(days=age)} for c, p, age in events
        ]
        found = recommended(transactions(*rows), *"1234")
        bought = {(c, p) for c, p, _ in events}
        for row in found.itertuples():
            assert any(p == row.stock_code and age <= SETTINGS.sold_within_days for _, p, age in events)
            assert ((row.customer_id, row.stock_code) in bought) == (row.kind == "usual")

    def test_no_customers_get_no_products(self):
        assert recommended(shop()).empty
        assert recommended(transactions()).empty

    def test_it_is_the_same_in_every_run(self):
        first, second = (recommended(shop(), *EVERYBODY[:80]) for _ in range(2))
        pd.testing.assert_frame_equal(first, second, check_exact=True)
