"""What is drawn is what is in the tables."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from lgs_pipeline.charts import amounts, clusters, cohorts, lifetime_values, months, segments
from tests.charts import tables


def series(axes) -> dict[str, list]:
    """The heights (or widths) of bars by their label in the legend."""
    return {bars.get_label(): list(bars) for bars in axes.containers}


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def hatched(bars) -> list[bool]:
    return [bool(bar.get_hatch()) for bar in bars]


def tick_names(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


class TestMonths:
    def test_sales_are_bars_and_a_partial_month_is_hatched(self):
        figure = months.draw_monthly_sales(tables.months(100, 250, 30, partial=(2,)))
        bars = series(figure.axes[0])["sales"]
        assert [bar.get_height() for bar in bars] == [100, 250, 30]
        assert hatched(bars) == [False, False, True]

    def test_the_same_month_a_year_earlier_is_marked(self):
        figure = months.draw_monthly_sales(tables.months(*range(100, 113)))
        (marks,) = figure.axes[0].collections
        assert [line[:, 1].tolist() for line in marks.get_segments() if len(line)][-1] == [100, 100]

    def test_without_a_year_earlier_there_is_no_mark(self):
        assert not months.draw_monthly_sales(tables.months(1, 2)).axes[0].collections

    def test_placed_and_cancelled_orders_stand_side_by_side(self):
        table = tables.months(1, 1, placed_orders=[30, 40], cancelled_orders=[3, 4])
        bars = series(months.draw_monthly_orders(table).axes[0])
        assert [bar.get_height() for bar in bars["placed"]] == [30, 40]
        assert [bar.get_height() for bar in bars["cancelled"]] == [3, 4]
        for placed, cancelled in zip(bars["placed"], bars["cancelled"], strict=True):
            assert placed.get_x() + placed.get_width() <= cancelled.get_x() + 0.03

    def test_growth_up_and_down_differ_in_colour(self):
        bars = series(months.draw_sales_growth(tables.months(100, 150, 75)).axes[0])
        assert [bar.get_height() for bar in bars["rise over the month before"]] == [0, 0.5, 0]
        assert [bar.get_height() for bar in bars["fall"]] == [0, 0, -0.5]

    def test_new_customers_stand_on_top_of_the_existing_ones(self):
        table = tables.months(1, new_customers=[3], existing_customers=[5], active_customers=[8])
        bars = series(months.draw_new_customers(table).axes[0])
        assert (bars["new"][0].get_y(), bars["new"][0].get_height()) == (5, 3)

    def test_with_many_months_the_last_is_still_named(self):
        axes = months.draw_active_customers(tables.months(*[1] * 30)).axes[0]
        assert tick_names(axes.xaxis)[-1] == "Jun\n2012"
        assert len(tick_names(axes.xaxis)) <= 13

    def test_pounds_have_units_and_thousands_have_separators(self):
        sales = months.draw_monthly_sales(tables.months(5_000_000)).axes[0]
        orders = months.draw_monthly_orders(tables.months(1, placed_orders=[5000])).axes[0]
        assert "£" in sales.get_ylabel()
        assert "£2m" in tick_names(sales.yaxis)
        assert "4,000" in tick_names(orders.yaxis)


class TestAmounts:
    COUNTS = tables.amounts((0.0, 2), (10.0, 5), (100.0, 20), (1000.0, 3))

    def test_every_order_above_zero_is_in_a_bar(self):
        upper, lower = amounts.draw_invoice_amounts(self.COUNTS, tables.distribution(self.COUNTS)).axes
        assert sum(bar.get_height() for bar in upper.patches) == 28
        assert "without 2 orders of £0 or less" in lower.get_xlabel()

    def test_five_values_are_marked_in_both_parts_with_their_amounts(self):
        distribution = tables.distribution(self.COUNTS)
        upper, lower = amounts.draw_usual_invoice_amounts(self.COUNTS, distribution).axes
        told = distribution.iloc[0]
        marks = {line.get_label().split()[0]: line.get_xdata()[0] for line in upper.lines}
        assert marks == {name: told[name] for name in ("min", "mode", "median", "mean", "max")}
        assert {"min £0.00", "max £1,000"} <= {text.get_text() for text in upper.get_legend().get_texts()}
        assert set(marks) <= {line.get_label().split()[0] for line in lower.lines}

    def test_amounts_beyond_the_cut_are_left_out(self):
        distribution = tables.distribution(self.COUNTS).assign(max=100.0)
        upper, _ = amounts.draw_usual_invoice_amounts(self.COUNTS, distribution).axes
        assert sum(bar.get_height() for bar in upper.patches) == 27


class TestCohorts:
    def test_a_cell_says_the_percentage_and_month_zero_says_nothing(self):
        cohort_retention = tables.cohorts((10, [5, 2]), (20, [4]))
        axes = cohorts.draw_cohort_retention(cohort_retention, tables.months(1, 1, 1)).axes[0]
        assert sorted(texts(axes)) == ["20", "20", "50"]
        assert tick_names(axes.yaxis) == ["Jan 2010 (10)", "Feb 2010 (20)"]

    def test_a_higher_share_is_darker_and_a_partial_month_grey(self):
        cohort_retention = tables.cohorts((10, [5, 2]), (20, [4]))
        axes = cohorts.draw_cohort_retention(cohort_retention, tables.months(1, 1, 1, partial=(2,))).axes[0]
        light = {
            (round(cell.get_x() + 0.5), round(cell.get_y() + 0.5)): cell.get_facecolor()[:3]
            for cell in axes.patches
        }
        grey = to_rgb("#D9D9D9")
        assert light[2, 0] == light[1, 1] == light[0, 0] == grey
        assert light[1, 0] != grey


class TestSegments:
    def test_the_grid_shows_name_customers_and_sales_of_each_cell(self):
        customers = tables.rfm((5, 5, 900, "Champions"), (5, 5, 100, "Champions"), (1, 2, 10, "Hibernating"))
        axes = segments.draw_rfm_grid(customers).axes[0]
        assert texts(axes) == ["Hibernating", "1 customer\n£10", "Champions", "2 customers\n£1,000"]

    def test_neighbouring_cells_of_one_segment_have_no_border(self):
        customers = tables.rfm((5, 5, 1, "A"), (4, 5, 1, "A"), (3, 5, 1, "B"))
        lines = {tuple(line.get_xdata()) for line in segments.draw_rfm_grid(customers).axes[0].lines}
        assert (3.5, 3.5) in lines
        assert (4.5, 4.5) not in lines

    def test_tiles_have_areas_by_customers_and_are_darker_where_customers_bring_more(self):
        axes = segments.draw_segment_treemap(tables.segments(Few=(10, 9000), Many=(30, 300))).axes[0]
        many, few = axes.patches
        assert many.get_width() * many.get_height() == pytest.approx(3 * few.get_width() * few.get_height())
        assert sum(few.get_facecolor()[:3]) < sum(many.get_facecolor()[:3])

    def test_shares_stand_beside_each_other_those_that_bring_most_first(self):
        axes = segments.draw_segment_shares(tables.segments(Small=(30, 100), Large=(10, 900))).axes[0]
        bars = series(axes)
        assert [bar.get_width() for bar in bars["of the customers"]] == [0.25, 0.75]
        assert [bar.get_width() for bar in bars["of their sales"]] == [0.9, 0.1]
        assert tick_names(axes.yaxis) == ["Large", "Small"]
        assert {"90%", "25%"} <= set(texts(axes))

    def test_bubbles_lie_at_recency_and_frequency_with_areas_by_sales(self):
        table = tables.segments(A=(10, 1000), B=(10, 500))
        axes = segments.draw_segment_map(table).axes[0]
        (bubbles,) = axes.collections
        assert bubbles.get_offsets().tolist() == [[20, 4], [60, 2]]
        first, second = bubbles.get_sizes() - 25
        assert first == pytest.approx(2 * second)
        assert axes.get_xlim()[0] > axes.get_xlim()[1]

    def test_names_on_the_map_do_not_cover_each_other(self):
        crowded = tables.segments(**{f"Segment_number_{i}": (5, 100) for i in range(6)}).assign(
            recency_median=[10, 12, 14, 16, 18, 200], frequency_median=2.0
        )
        figure = segments.draw_segment_map(crowded)
        figure.draw_without_rendering()
        boxes = [Text.get_window_extent(name) for name in figure.axes[0].texts]  # without leader lines
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])

    def test_moves_are_counts_in_the_order_of_the_segments(self):
        moves = tables.migration(("A", "A", 7), ("A", "B", 3), ("(new)", "A", 2), ("B", "(none)", 1))
        axes = segments.draw_segment_migration(moves, tables.segments(B=(1, 900), A=(1, 100))).axes[0]
        assert tick_names(axes.yaxis) == ["B", "A", "(new)"]
        assert tick_names(axes.xaxis) == ["B", "A", "(none)"]
        cells = {(text.get_position()): text.get_text() for text in axes.texts}
        assert cells == {(2, 0): "1", (0, 1): "3", (1, 1): "7", (1, 2): "2"}


class TestClusters:
    def test_the_chosen_number_is_marked_on_every_curve(self):
        panels = clusters.draw_kmeans_selection(tables.selection(0.4, 0.5, 0.3, chosen=3)).axes
        assert len(panels) == 5
        for axes in panels:
            curve, mark = axes.lines
            assert curve.get_xdata().tolist() == [2, 3, 4]
            assert mark.get_xdata().tolist() == [3]

    def test_profiles_show_the_medians_with_their_units(self):
        axes = clusters.draw_cluster_profiles(tables.clusters(Best=(5, 5000), Others=(20, 400))).axes[0]
        assert {"£1,000", "£20", "5", "2"} <= set(texts(axes))
        assert tick_names(axes.yaxis) == ["Best\n5 customers", "Others\n20 customers"]

    def test_every_customer_is_a_point_of_its_cluster(self):
        axes = clusters.draw_cluster_components(*tables.components((0, 1, 2), (0, 3, 4), (1, -1, 0))).axes[0]
        assert [points.get_offsets().tolist() for points in axes.collections] == [[[1, 2], [3, 4]], [[-1, 0]]]
        assert axes.get_xlabel() == "Component 1: more orders, fewer days since the latest order (70%)"

    def test_very_many_customers_are_thinned_out(self):
        many = tables.components(*((0, i, i) for i in range(9000)))
        (points,) = clusters.draw_cluster_components(*many).axes[0].collections
        assert 2500 < len(points.get_offsets()) <= 4000

    def test_each_cell_counts_the_customers_of_segment_and_cluster(self):
        crossed = tables.crosstab(A=[4, 1], B=[0, 20])
        profiles = tables.clusters(Best=(5, 500), Others=(20, 400))
        axes = clusters.draw_segments_and_clusters(
            crossed, profiles, tables.segments(B=(1, 2), A=(1, 1))
        ).axes[0]
        assert tick_names(axes.yaxis) == ["B", "A"]
        assert {text.get_position(): text.get_text() for text in axes.texts} == {
            (1, 0): "20", (0, 1): "4", (1, 1): "1",
        }  # fmt: skip

    def test_each_measure_shows_values_with_intervals_and_the_best_stands_out(self):
        compared = tables.comparison(none=(0.0, 0.0, 0.0), rfm=(0.3, 0.2, 0.4), kmeans=(0.5, 0.4, 0.6))
        panels = clusters.draw_segmentation_comparison(compared).axes
        assert len(panels) == 4
        interval, value = panels[0].lines[4:6]
        assert interval.get_xdata().tolist() == [0.4, 0.6]
        assert value.get_xdata() == [0.5]
        assert interval.get_color() != panels[0].lines[2].get_color()
        assert tick_names(panels[0].yaxis) == ["no segments", "segments (RFM)", "clusters (KMeans)"]


class TestLifetimeValues:
    def test_expected_and_actual_orders_stand_beside_each_other(self):
        left, right = lifetime_values.draw_clv_calibration(tables.validation()).axes
        assert [bar.get_height() for bar in left.patches] == [100, 90]
        assert left.lines[0].get_ydata().tolist() == [110, 95]
        actual, expected = right.lines
        assert actual.get_ydata().tolist() == [0.5, 2.0]
        assert expected.get_ydata().tolist() == [0.6, 1.8]

    def test_every_customer_is_in_a_bar_of_their_tier_and_the_legend_tells_where_tiers_begin(self):
        values = tables.lifetime_values((10.0, "Bronze"), (20.0, "Bronze"), (500.0, "Gold"), (900.0, "Gold"))
        axes = lifetime_values.draw_clv_distribution(values).axes[0]
        heights = {name: sum(bar.get_height() for bar in bars) for name, bars in series(axes).items()}
        assert heights == {"Gold: £500 or more": 2, "Bronze": 2}

    def test_tiers_show_shares_amounts_and_intervals_but_not_the_total(self):
        axes = lifetime_values.draw_clv_tiers(tables.tiers(Gold=(10, 900.0), Bronze=(90, 100.0))).axes[0]
        bars = series(axes)
        assert [bar.get_width() for bar in bars["of the customers"]] == [0.1, 0.9]
        assert np.allclose([bar.get_width() for bar in bars["of their lifetime value"]], [0.9, 0.1])
        assert tick_names(axes.yaxis) == ["Gold", "Bronze"]
        assert "90%: £900 (£810 to £990)" in texts(axes)
