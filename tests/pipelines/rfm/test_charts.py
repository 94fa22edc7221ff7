"""What is drawn of the segments is what is in their tables."""

import pytest
from matplotlib.text import Text

from lgs_pipeline.pipelines.rfm import charts
from tests import tables
from tests.drawn import series, texts, tick_names


def test_the_grid_shows_name_customers_and_sales_of_each_cell():
    customers = tables.rfm((5, 5, 900, "Champions"), (5, 5, 100, "Champions"), (1, 2, 10, "Hibernating"))
    axes = charts.draw_rfm_grid(customers).axes[0]
    assert texts(axes) == ["Hibernating", "1 customer\n£10", "Champions", "2 customers\n£1,000"]


def test_neighbouring_cells_of_one_segment_have_no_border():
    customers = tables.rfm((5, 5, 1, "A"), (4, 5, 1, "A"), (3, 5, 1, "B"))
    lines = {tuple(line.get_xdata()) for line in charts.draw_rfm_grid(customers).axes[0].lines}
    assert (3.5, 3.5) in lines
    assert (4.5, 4.5) not in lines


def test_tiles_have_areas_by_customers_and_are_darker_where_customers_bring_more():
    axes = charts.draw_segment_treemap(tables.segments(Few=(10, 9000), Many=(30, 300))).axes[0]
    many, few = axes.patches
    assert many.get_width() * many.get_height() == pytest.approx(3 * few.get_width() * few.get_height())
    assert sum(few.get_facecolor()[:3]) < sum(many.get_facecolor()[:3])


def test_shares_stand_beside_each_other_those_that_bring_most_first():
    axes = charts.draw_segment_shares(tables.segments(Small=(30, 100), Large=(10, 900))).axes[0]
    bars = series(axes)
    assert [bar.get_width() for bar in bars["of the customers"]] == [0.25, 0.75]
    assert [bar.get_width() for bar in bars["of their sales"]] == [0.9, 0.1]
    assert tick_names(axes.yaxis) == ["Large", "Small"]
    assert {"90%", "25%"} <= set(texts(axes))


def test_bubbles_lie_at_recency_and_frequency_with_areas_by_sales():
    table = tables.segments(A=(10, 1000), B=(10, 500))
    axes = charts.draw_segment_map(table).axes[0]
    (bubbles,) = axes.collections
    assert bubbles.get_offsets().tolist() == [[20, 4], [60, 2]]
    first, second = bubbles.get_sizes() - 25
    assert first == pytest.approx(2 * second)
    assert axes.get_xlim()[0] > axes.get_xlim()[1]


def test_names_on_the_map_do_not_cover_each_other():
    crowded = tables.segments(**{f"Segment_number_{i}": (5, 100) for i in range(6)}).assign(
        recency_median=[10, 12, 14, 16, 18, 200], frequency_median=2.0
    )
    figure = charts.draw_segment_map(crowded)
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(name) for name in figure.axes[0].texts]  # without leader lines
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_moves_are_counts_in_the_order_of_the_segments():
    moves = tables.migration(("A", "A", 7), ("A", "B", 3), ("(new)", "A", 2), ("B", "(none)", 1))
    axes = charts.draw_segment_migration(moves, tables.segments(B=(1, 900), A=(1, 100))).axes[0]
    assert tick_names(axes.yaxis) == ["B", "A", "(new)"]
    assert tick_names(axes.xaxis) == ["B", "A", "(none)"]
    cells = {(text.get_position()): text.get_text() for text in axes.texts}
    assert cells == {(2, 0): "1", (0, 1): "3", (1, 1): "7", (1, 2): "2"}
