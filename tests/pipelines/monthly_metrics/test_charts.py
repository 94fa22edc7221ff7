"""What is drawn of months, amounts and cohorts is what is in their tables."""

import ibis
import pytest
from matplotlib.colors import to_rgb

from lgs_pipeline.pipelines.monthly_metrics import charts
from lgs_pipeline.theme import to_svg
from tests import tables
from tests.drawn import hatched, series, texts, tick_names
from tests.pipelines.monthly_metrics.examples import EXAMPLES


class TestMonths:
    def test_sales_are_bars_and_a_partial_month_is_hatched(self):
        figure = charts.draw_monthly_sales(tables.months(100, 250, 30, partial=(2,)))
        bars = series(figure.axes[0])["sales"]
        assert [bar.get_height() for bar in bars] == [100, 250, 30]
        assert hatched(bars) == [False, False, True]

    def test_the_same_month_a_year_earlier_is_marked(self):
        figure = charts.draw_monthly_sales(tables.months(*range(100, 113)))
        (marks,) = figure.axes[0].collections
        assert [line[:, 1].tolist() for line in marks.get_segments() if len(line)][-1] == [100, 100]

    def test_without_a_year_earlier_there_is_no_mark(self):
        assert not charts.draw_monthly_sales(tables.months(1, 2)).axes[0].collections

    def test_placed_and_cancelled_orders_stand_side_by_side(self):
        table = tables.months(1, 1, placed_orders=[30, 40], cancelled_orders=[3, 4])
        bars = series(charts.draw_monthly_orders(table).axes[0])
        assert [bar.get_height() for bar in bars["placed"]] == [30, 40]
        assert [bar.get_height() for bar in bars["cancelled"]] == [3, 4]
        for placed, cancelled in zip(bars["placed"], bars["cancelled"], strict=True):
            assert placed.get_x() + placed.get_width() <= cancelled.get_x() + 0.03

    def test_growth_up_and_down_differ_in_colour(self):
        bars = series(charts.draw_sales_growth(tables.months(100, 150, 75)).axes[0])
        assert [bar.get_height() for bar in bars["rise over the month before"]] == [0, 0.5, 0]
        assert [bar.get_height() for bar in bars["fall"]] == [0, 0, -0.5]
        rise, fall = bars["rise over the month before"][0], bars["fall"][0]
        assert rise.get_facecolor() != fall.get_facecolor()

    def test_new_customers_stand_on_top_of_the_existing_ones(self):
        table = tables.months(1, new_customers=[3], existing_customers=[5], active_customers=[8])
        bars = series(charts.draw_new_customers(table).axes[0])
        assert (bars["new"][0].get_y(), bars["new"][0].get_height()) == (5, 3)

    def test_with_many_months_the_last_is_still_named(self):
        axes = charts.draw_active_customers(tables.months(*[1] * 30)).axes[0]
        assert tick_names(axes.xaxis)[-1] == "Jun\n2012"
        assert len(tick_names(axes.xaxis)) <= 13

    def test_pounds_have_units_and_thousands_have_separators(self):
        sales = charts.draw_monthly_sales(tables.months(5_000_000)).axes[0]
        orders = charts.draw_monthly_orders(tables.months(1, placed_orders=[5000])).axes[0]
        assert sales.get_ylabel() == "Sales (£)"
        assert "£2m" in tick_names(sales.yaxis)
        assert "4,000" in tick_names(orders.yaxis)


class TestAmounts:
    COUNTS = tables.amounts((0.0, 2), (10.0, 5), (100.0, 20), (1000.0, 3))

    def test_every_order_above_zero_is_in_a_bar(self):
        upper, lower = charts.draw_invoice_amounts(self.COUNTS, tables.distribution(self.COUNTS)).axes
        assert sum(bar.get_height() for bar in upper.patches) == 28
        assert "without 2 orders of £0 or less" in lower.get_xlabel()

    def test_five_values_are_marked_in_both_parts_with_their_amounts(self):
        distribution = tables.distribution(self.COUNTS)
        upper, lower = charts.draw_usual_invoice_amounts(self.COUNTS, distribution).axes
        expected = distribution.iloc[0]
        marks = {line.get_label().split()[0]: line.get_xdata()[0] for line in upper.lines}
        assert marks == {name: expected[name] for name in ("min", "mode", "median", "mean", "max")}
        assert {"min £0.00", "max £1,000"} <= {text.get_text() for text in upper.get_legend().get_texts()}
        assert set(marks) <= {line.get_label().split()[0] for line in lower.lines}

    def test_amounts_beyond_the_cut_are_left_out(self):
        distribution = tables.distribution(self.COUNTS).assign(max=100.0)
        upper, _ = charts.draw_usual_invoice_amounts(self.COUNTS, distribution).axes
        assert sum(bar.get_height() for bar in upper.patches) == 27

    @pytest.mark.parametrize("draw", [charts.draw_invoice_amounts, charts.draw_usual_invoice_amounts])
    def test_tables_of_the_engine_are_as_good_as_frames(self, draw):
        counts, distribution = EXAMPLES[draw]
        exact = ibis.memtable(counts).cast({"amount": "decimal(18, 3)"})
        assert to_svg(draw(exact, distribution)) == to_svg(draw(counts, distribution))


class TestCohorts:
    RETENTION = tables.cohorts((10, [5, 2]), (20, [4]))

    def test_a_cell_says_the_percentage_and_month_zero_says_nothing(self):
        axes = charts.draw_cohort_retention(self.RETENTION, tables.months(1, 1, 1)).axes[0]
        assert sorted(texts(axes)) == ["20", "20", "50"]
        assert tick_names(axes.yaxis) == ["Jan 2010 (10)", "Feb 2010 (20)"]

    def test_a_higher_share_is_darker_and_a_partial_month_grey(self):
        axes = charts.draw_cohort_retention(self.RETENTION, tables.months(1, 1, 1, partial=(2,))).axes[0]
        colours = {
            (round(cell.get_x() + 0.5), round(cell.get_y() + 0.5)): cell.get_facecolor()[:3] for cell in axes.patches
        }
        grey = to_rgb("#D9D9D9")
        assert colours[2, 0] == colours[1, 1] == colours[0, 0] == grey
        assert colours[1, 0] != grey
        whole = charts.draw_cohort_retention(self.RETENTION, tables.months(1, 1, 1)).axes[0].patches
        lightness = {round(cell.get_x() + 0.5): sum(cell.get_facecolor()[:3]) for cell in whole[:3]}
        assert lightness[1] < lightness[2]
