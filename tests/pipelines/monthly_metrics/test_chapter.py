"""What the chapter says of months and customers: each from figures that can be checked by eye."""

import pandas as pd
import pytest

from lgs_pipeline.pipelines.monthly_metrics.chapter import tell_monthly_metrics
from tests import tables


def found(months: pd.DataFrame) -> dict[str, tuple[str, str]]:
    chapter = tell_monthly_metrics(months)
    # The first of each topic.
    return {finding.topic: (finding.figure, finding.sentence) for finding in reversed(chapter.findings)}


class TestFindings:
    def test_sales_are_held_against_a_year_earlier_with_orders_and_their_size(self):
        assert found(tables.months(*[1000] * 12, *[1100] * 12))["sales"] == (
            "+10%",
            "Sales were £13.2k in the 12 months to December 2011, 10% more than in the 12 months before. "
            "There were 120 orders (±0%) of £110 on average (+10%), before cancellations.",
        )

    def test_without_a_year_earlier_sales_stand_alone(self):
        assert found(tables.months(1000, 1100))["sales"] == (
            "£2,100", "Sales were £2,100 in the 2 full months to February 2010.",
        )  # fmt: skip

    def test_where_there_was_nothing_a_year_earlier_the_figure_is_sales(self):
        assert found(tables.months(*[0] * 12, *[10] * 12))["sales"][0] == "£120"

    def test_one_month_is_enough(self):
        assert found(tables.months(83.4, partial=(0,)))["sales"] == (
            "£83", "Sales were £83 in the part of January 2010 that the data covers.",
        )  # fmt: skip

    def test_the_customers_of_the_last_full_month_are_counted(self):
        months = tables.months(1, 1, 1, active_customers=[5, 9, 2], partial=(2,))
        assert found(months)["customers"] == (
            "9",
            "9 customers ordered in February 2010. 4 customers ordered for the first time. Early in the data "
            "nearly everybody seems new.",
        )

    def test_partial_months_are_named_without_a_figure_of_their_own(self):
        months = tables.months(1, 1, 1, partial=(0, 2))
        assert found(months)["trust"] == (
            "", "The data covers only a part of January 2010 and March 2010.",
        )  # fmt: skip

    def test_where_all_months_are_whole_none_is_called_partial(self):
        assert "trust" not in found(tables.months(1, 1))

    def test_months_without_data_are_named_and_not_told_as_none_sold(self):
        months = tables.months(1, 0, 0, 1, 0, 1, 1, partial=(6,), without_data=(1, 2, 4))
        assert found(months)["trust"] == ("", "The data covers only a part of July 2010.")
        findings = [finding.sentence for finding in tell_monthly_metrics(months).findings if finding.topic == "trust"]
        assert findings[1] == (
            "The data has not a single invoice of February 2010 to March 2010 and May 2010. The sales of that time are "
            "taken to be unknown, not £0, and nothing is compared with them. If the shop was closed, the setting "
            "monthly_metrics.closed_days can say so."
        )

    def test_the_words_used_for_months_are_explained(self):
        assert {"Full month", "Part of a month"} <= set(tell_monthly_metrics(tables.months(1)).terms)

    def test_without_known_customers_nothing_is_said_of_them(self):
        assert set(found(tables.months(100, active_customers=[0]))) == {"sales"}

    @pytest.mark.parametrize("months", [1, 2, 13, 24])
    def test_no_sentence_has_a_gap(self, months):
        for figure, sentence in found(tables.months(*[1] * months)).values():
            assert "nan" not in figure + sentence
            assert "None" not in figure + sentence


class TestSections:
    MONTHS = tables.months(1000, 1100, partial=(1,))

    def test_every_month_is_in_the_table_under_the_headings_of_the_schema(self):
        (table,) = tell_monthly_metrics(self.MONTHS).sections[0].tables
        headings = [column.heading for column in table.columns]
        assert headings == [
            "Month", "Sales (£)", "Growth over the month before", "Orders placed", "Orders cancelled",
            "Average order value (£)", "Active customers", "New customers", "Part of a month",
        ]  # fmt: skip
        first, second = (
            [column.format_value(value) for column, value in zip(table.columns, row, strict=True)]
            for row in table.values
        )
        assert first == ["January 2010", "1,000", "–", "10", "2", "100", "8", "2", ""]
        assert second == ["February 2010", "1,100", "10.0%", "10", "2", "110", "8", "2", "yes"]

    def test_the_sheet_has_the_existing_customers_too(self):
        (sheet,) = tell_monthly_metrics(self.MONTHS).sheets
        assert (sheet.name, sheet.dataset) == ("Months", "monthly_metrics")
        assert [column.name for column in sheet.columns] == [
            "month", "is_partial", "sales", "sales_growth", "placed_orders", "cancelled_orders",
            "average_order_value", "active_customers", "new_customers", "existing_customers",
        ]  # fmt: skip


class TestLog:
    def test_it_spans_the_first_month_to_the_last(self):
        months = tables.months(1000.4, 200.0, start="2011-11-01", partial=(1,), placed_orders=[10, 2])
        assert tell_monthly_metrics(months).log == (
            "Months: 2, November 2011 to December 2011 (partial); net sales £1,200 in 12 orders"
        )
