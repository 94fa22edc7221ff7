"""What the charts of lifetime values draw is what is in the tables."""

import numpy as np
import pytest

from lgs_pipeline.pipelines.lifetime_value.charts import (
    draw_clv_calibration,
    draw_clv_coverage,
    draw_clv_distribution,
    draw_clv_errors,
    draw_clv_tiers,
)
from tests import tables
from tests.drawn import series, texts, tick_names


def test_expected_and_actual_orders_stand_beside_each_other():
    left, right = draw_clv_calibration(tables.validation()).axes
    assert [bar.get_height() for bar in left.patches] == [100, 90]
    assert left.lines[0].get_ydata().tolist() == [110, 95]
    actual, expected = right.lines
    assert actual.get_ydata().tolist() == [0.5, 2.0]
    assert expected.get_ydata().tolist() == [0.6, 1.8]


def test_every_customer_is_in_a_bar_of_their_tier_and_the_legend_says_where_tiers_begin():
    values = tables.lifetime_values((10.0, "Bronze"), (20.0, "Bronze"), (500.0, "Gold"), (900.0, "Gold"))
    axes = draw_clv_distribution(values).axes[0]
    heights = {name: sum(bar.get_height() for bar in bars) for name, bars in series(axes).items()}
    assert heights == {"Gold: £500 or more": 2, "Bronze": 2}
    assert axes.get_xlabel() == "Lifetime value (£), logarithmic"


def test_tiers_show_shares_amounts_and_intervals_but_not_the_total():
    axes = draw_clv_tiers(tables.tiers(Gold=(10, 900.0), Bronze=(90, 100.0))).axes[0]
    bars = series(axes)
    assert [bar.get_width() for bar in bars["of the customers"]] == [0.1, 0.9]
    assert np.allclose([bar.get_width() for bar in bars["of their lifetime value"]], [0.9, 0.1])
    assert tick_names(axes.yaxis) == ["Gold", "Bronze"]
    assert "90%: £900 (£810 to £990)" in texts(axes)


def test_each_bar_is_the_share_of_customers_in_a_tenth_beside_what_it_should_be():
    orders, sales = draw_clv_coverage(tables.sureness(orders=0.8, sales=0.6)).axes
    assert [bar.get_height() for bar in orders.patches] == pytest.approx([0.1] * 10)
    assert [bar.get_height() for bar in sales.patches] == pytest.approx([0.2, *[0.075] * 8, 0.2])
    assert set(orders.lines[0].get_ydata()) == {0.1}


def test_the_title_says_how_many_were_where_they_should_be():
    figure = draw_clv_coverage(tables.sureness(orders=0.81, sales=0.7))
    assert "81% of the customers ended up in the middle 80%" in figure.get_label()


def test_the_errors_of_the_model_stand_first_and_out():
    figure = draw_clv_errors(tables.errors(average=(1.66, 3.29), last_period=(1.01, 1.87), model=(0.95, 1.77)))
    absolute, squared = figure.axes
    assert [bar.get_width() for bar in absolute.patches] == [0.95, 1.01, 1.66]
    assert [bar.get_width() for bar in squared.patches] == [1.77, 1.87, 3.29]
    assert tick_names(absolute.yaxis)[:2] == ["the model", "same as last period"]
    assert absolute.patches[0].get_facecolor() != absolute.patches[1].get_facecolor()
    assert "0.95 on average; by “same as last period” to within 1.01" in figure.get_label()
