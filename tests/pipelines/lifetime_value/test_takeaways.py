"""What the tables of lifetime value say: every sentence from figures that can be checked by eye."""

from lgs_pipeline.pipelines.lifetime_value import takeaways
from tests import tables


def test_held_out_orders_are_stated_as_expected_and_as_they_came():
    validation = tables.validation().replace({205.0: 7975.6, 190.0: 7784.0})
    assert takeaways.held_out_orders(validation) == (
        "In months that the model had not seen, it expected 7,976 orders from the customers known before those months; "
        "7,784 were placed"
    )


def test_where_nothing_was_predicted_that_is_said():
    assert takeaways.held_out_orders(tables.validation().head(0)) == ("Nothing could be predicted to put to the test")


def test_a_measure_counts_for_an_item_only_if_the_others_are_there_too():
    validation = tables.validation().query("item != 'sales' or measure != 'actual'")
    found = takeaways.measures_of(validation, "totals", "expected", "actual")
    assert found.to_dict("index") == {"orders": {"expected": 205.0, "actual": 190.0}}
