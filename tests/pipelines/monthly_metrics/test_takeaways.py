"""What the tables of monthly metrics say: every sentence from figures that can be checked by eye."""

from lgs_pipeline.pipelines.monthly_metrics import takeaways
from tests import tables


class TestSales:
    def test_the_last_twelve_full_months_are_held_against_the_twelve_before(self):
        months = tables.months(*[100] * 12, *[110] * 12, 5, partial=(24,))
        assert takeaways.sales_development(months) == (
            "Sales were £1,320 in the 12 months to December 2011, 10% more than in the 12 months before"
        )

    def test_with_less_than_two_years_the_same_months_are_compared(self):
        months = tables.months(100, 100, *[1000] * 10, 80, 70)
        assert takeaways.sales_development(months) == (
            "Sales were £150 in the 2 months to February 2011, 25% less than a year earlier"
        )

    def test_a_single_month_can_be_compared(self):
        months = tables.months(100, *[1000] * 11, 100)
        assert takeaways.sales_development(months) == (
            "Sales were £100 in January 2011, about the same as a year earlier"
        )

    def test_within_a_year_nothing_is_compared(self):
        assert takeaways.sales_development(tables.months(100, 200)) == (
            "Sales were £300 in the 2 full months to February 2010"
        )

    def test_parts_of_months_are_called_that(self):
        assert takeaways.sales_development(tables.months(70, partial=(0,))) == (
            "Sales were £70 in the part of January 2010 that the data covers"
        )

    def test_where_there_was_nothing_before_there_is_no_percentage(self):
        assert takeaways.sales_development(tables.months(*[0] * 12, *[10] * 12)) == (
            "Sales were £120 in the 12 months to December 2011, with none in the 12 months before to compare with"
        )

    def test_a_month_is_compared_with_the_same_month_whatever_is_missing_between(self):
        # June 2010 is missing: July to December 2011 can be compared, and 2010's remaining months cannot stand in.
        months = tables.months(*[100] * 12, *[110] * 12, without_data=(5,))
        assert takeaways.sales_development(months) == (
            "Sales were £660 in the 6 months to December 2011, 10% more than a year earlier"
        )

    def test_a_year_without_data_is_compared_with_nothing(self):
        months = tables.months(*[0] * 12, *[100] * 12, without_data=tuple(range(12)))
        assert takeaways.compare_with_year_before(months) is None
        assert takeaways.sales_development(months) == "Sales were £1,200 in the 12 full months to December 2011"

    def test_a_date_far_beyond_the_data_leaves_the_headline_to_the_data(self):
        # Two years, nine without a single invoice, and a wrong date in October 2020.
        months = tables.months(
            *[100] * 12, *[110] * 12, *[0] * 105, 5, partial=(129,), without_data=tuple(range(24, 129))
        )
        assert takeaways.sales_development(months) == (
            "Sales were £1,320 in the 12 months to December 2011, 10% more than in the 12 months before"
        )

    def test_nothing_is_compared_where_the_latest_full_month_has_no_counterpart(self):
        months = tables.months(*[100] * 24, without_data=(11,))
        assert takeaways.sales_development(months) == "Sales were £2,300 in the 23 full months to December 2011"

    def test_growth_over_a_month_without_data_is_none(self):
        months = tables.months(100, 0, 120, 150, without_data=(1,))
        assert takeaways.growth_range(months) == "Sales of April 2010 were 25% more than those of the month before"

    def test_growth_names_the_strongest_rise_and_fall_of_full_months(self):
        months = tables.months(100, 150, 120, 10, partial=(3,))
        assert takeaways.growth_range(months) == (
            "From month to month, sales rose most in February 2010 (+50%) and fell most in March 2010 (−20%)"
        )

    def test_growth_over_a_part_of_a_month_is_none(self):
        months = tables.months(5, 100, 150, 120, partial=(0,))
        assert takeaways.growth_range(months).startswith("From month to month, sales rose most in March 2010")

    def test_where_nothing_changed_it_was_as_before(self):
        months = tables.months(100, 100)
        assert takeaways.growth_range(months) == (
            "Sales of February 2010 were about the same as those of the month before"
        )


class TestOrdersAndCustomers:
    def test_cancellations_are_given_per_hundred_orders(self):
        months = tables.months(1, 1, placed_orders=[100, 300], cancelled_orders=[20, 60])
        assert takeaways.orders_and_cancellations(months) == (
            "The most orders were placed in February 2010: 300. For every 100 orders there were 20 cancellations"
        )

    def test_few_cancellations_are_not_none(self):
        months = tables.months(1, placed_orders=[2000], cancelled_orders=[4])
        assert takeaways.orders_and_cancellations(months).endswith("there were 0.2 cancellations")

    def test_without_cancellations_that_is_said(self):
        months = tables.months(1, cancelled_orders=[0])
        assert takeaways.orders_and_cancellations(months).endswith("None was cancelled")

    def test_a_month_that_is_not_alone_is_not_more_than_any_other(self):
        months = tables.months(1, 1, active_customers=[9, 9])
        assert takeaways.most_active_month(months) == "9 customers ordered in January 2010"

    def test_a_partial_month_is_not_the_one_with_most(self):
        months = tables.months(1, 1, active_customers=[5, 9], partial=(1,))
        assert takeaways.most_active_month(months) == "5 customers ordered in January 2010"

    def test_new_customers_are_those_of_the_last_full_year(self):
        sentence = (
            "In the last 12 full months, 3 customers a month were new: 25% of those who ordered in a month, on average"
        )
        for months, caution in ((24, ""), (13, ". Early in the data, many only seem new")):
            before = [100] * (months - 12)
            table = tables.months(
                *[1] * months, new_customers=[*before, *[3] * 12], active_customers=[*before, *[12] * 12]
            )
            assert takeaways.new_customers(table) == sentence + caution

    def test_retention_is_that_of_the_middle_cohort(self):
        cohorts = tables.cohorts((100, [50]), (10, [2]), (10, [1]))
        assert takeaways.usual_retention(cohorts) == (
            "Of a month's new customers, usually 20% order again in the 1st month after"
        )

    def test_retention_is_given_after_one_six_and_twelve_months(self):
        cohorts = tables.cohorts((10, [3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1]))
        assert takeaways.usual_retention(cohorts) == (
            "Of a month's new customers, usually 30% order again in the 1st month after, 20% in the 6th "
            "and 10% in the 12th"
        )
