"""What the charts of predictions put to the test show, and say."""

import pytest

from lgs_pipeline.charts.lifetime_tests import draw_clv_coverage, draw_clv_errors
from tests.charts import tables


def test_each_bar_is_the_share_of_customers_in_a_tenth_beside_what_it_should_be():
    figure = draw_clv_coverage(tables.sureness(orders=0.8, sales=0.6))
    orders, sales = figure.axes
    assert [bar.get_height() for bar in orders.patches] == pytest.approx([0.1] * 10)
    assert [bar.get_height() for bar in sales.patches] == pytest.approx([0.2, *[0.075] * 8, 0.2])
    assert set(orders.lines[0].get_ydata()) == {0.1}


def test_the_title_tells_how_many_were_where_they_should_be():
    assert (
        "81% of the customers ended up in the middle 80%"
        in draw_clv_coverage(tables.sureness(orders=0.81, sales=0.7)).get_label()
    )


def test_the_errors_of_the_model_stand_first_and_out():
    figure = draw_clv_errors(
        tables.errors(average=(1.66, 3.29), last_period=(1.01, 1.87), model=(0.95, 1.77))
    )
    absolute, squared = figure.axes
    assert [bar.get_width() for bar in absolute.patches] == [0.95, 1.01, 1.66]
    assert [bar.get_width() for bar in squared.patches] == [1.77, 1.87, 3.29]
    assert [label.get_text() for label in absolute.get_yticklabels()][:2] == [
        "the model",
        "same as last period",
    ]
    assert absolute.patches[0].get_facecolor() != absolute.patches[1].get_facecolor()
    assert "0.95 on average; by “same as last period” to within 1.01" in figure.get_label()
