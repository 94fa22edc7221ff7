"""When the shop is closed, and what the data covers because of that: counted on a calendar by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.selling_days import SellingDaysSettings, closed_on, covered_period

NOWHERE = SellingDaysSettings(country=None, subdivision=None, closed_days=[])
ENGLAND = SellingDaysSettings(country="GB", subdivision="ENG", closed_days=["12-24 to 01-03"])
DAY = pd.Timedelta(days=1)

WEEKDAYS_ONLY = (0, 1, 2, 3, 4)
"""Monday to Friday."""


def orders(first: str, last: str, *closed: str, weekdays: tuple[int, ...] = tuple(range(7))) -> pd.Series:
    """An order on every day from the first to the last that is one of these weekdays and not named as closed."""
    days = pd.date_range(first, last)
    days = days[days.day_of_week.isin(weekdays) & ~days.isin(pd.to_datetime(list(closed)))]
    return pd.Series(1, index=days)


def closed(*days: str, sold: pd.Series, settings: SellingDaysSettings = NOWHERE) -> list[bool]:
    return closed_on(pd.DatetimeIndex(days), sold, settings).tolist()


def covered(sold: pd.Series, settings: SellingDaysSettings = NOWHERE) -> tuple[str, str]:
    """The first day and the last that the data covers."""
    covered_from, covered_until = covered_period(sold.index[0], sold.index[-1] + DAY, sold, settings)
    return str(covered_from.date()), str((covered_until - DAY).date())


class TestWeekdays:
    # In 2011, 1 March was a Tuesday, 30 April a Saturday.
    def test_a_weekday_that_sells_on_under_half_of_its_dates_is_closed(self):
        sold = orders("2011-03-01", "2011-04-29", weekdays=WEEKDAYS_ONLY)
        one_saturday = pd.concat([sold, pd.Series([1], index=[pd.Timestamp("2011-04-02")])]).sort_index()
        for known in (sold, one_saturday):
            assert closed("2011-04-30", "2011-05-01", "2011-05-02", sold=known) == [True, True, False]

    def test_one_that_sells_on_half_of_them_is_open(self):
        saturdays = pd.Series(1, index=pd.to_datetime(["2011-03-05", "2011-03-12", "2011-03-19", "2011-03-26"]))
        known = pd.concat([orders("2011-03-01", "2011-04-29", weekdays=WEEKDAYS_ONLY), saturdays]).sort_index()
        assert closed("2011-04-30", sold=known) == [False]

    def test_three_dates_are_too_few_to_tell(self):
        # Saturdays of these three weeks: 5, 12, 19 March.
        assert closed("2011-03-26", sold=orders("2011-03-01", "2011-03-25", weekdays=WEEKDAYS_ONLY)) == [False]

    def test_a_day_with_cancellations_alone_has_no_order(self):
        saturdays = pd.Series(0, index=pd.date_range("2011-03-05", "2011-04-23", freq="W-SAT"))
        known = pd.concat([orders("2011-03-01", "2011-04-29", weekdays=WEEKDAYS_ONLY), saturdays]).sort_index()
        assert closed("2011-04-30", sold=known) == [True]

    def test_a_shop_with_an_order_a_week_is_not_closed_on_all_days(self):
        weekly = pd.Series(1, index=pd.date_range("2010-01-15", periods=60, freq="8D"))
        assert closed(*pd.date_range("2012-01-02", periods=7).astype(str), sold=weekly) == [False] * 7
        assert covered(weekly) == (str(weekly.index[0].date()), str(weekly.index[-1].date()))

    def test_a_gap_in_the_data_says_nothing_of_weekdays(self):
        # Three years without data would make every weekday one that hardly sells.
        sold = pd.concat([orders("2011-03-01", "2011-04-30"), orders("2014-05-01", "2014-05-30")])
        assert closed("2014-05-31", sold=sold) == [False]


class TestHolidays:
    SOLD = orders("2011-03-01", "2011-04-28")

    def test_public_holidays_of_the_country_are_closed(self):
        # The royal wedding, a holiday of that year alone.
        assert closed("2011-04-29", sold=self.SOLD, settings=ENGLAND) == [True]
        assert closed("2011-04-29", sold=self.SOLD) == [False]

    def test_those_of_another_country_are_others(self):
        germany = SellingDaysSettings(country="DE", subdivision=None, closed_days=[])
        assert closed("2011-10-03", "2011-08-29", sold=self.SOLD, settings=germany) == [True, False]
        assert closed("2011-10-03", "2011-08-29", sold=self.SOLD, settings=ENGLAND) == [False, True]

    def test_those_of_a_part_of_the_country_are_its_own(self):
        scotland = SellingDaysSettings(country="GB", subdivision="SCT", closed_days=[])
        assert closed("2010-11-30", sold=self.SOLD, settings=scotland) == [True]
        assert closed("2010-11-30", sold=self.SOLD, settings=ENGLAND) == [False]

    def test_a_holiday_with_an_order_was_not_closed(self):
        assert closed("2011-04-22", sold=self.SOLD, settings=ENGLAND) == [False]


class TestDaysSet:
    SOLD = orders("2010-03-01", "2010-04-28")

    def test_a_range_goes_over_the_end_of_the_year(self):
        days = ("2010-12-23", "2010-12-24", "2010-12-31", "2011-01-01", "2011-01-03", "2011-01-04")
        settings = NOWHERE.model_copy(update={"closed_days": ["12-24 to 01-03"]})
        assert closed(*days, sold=self.SOLD, settings=settings) == [False, True, True, True, True, False]

    def test_a_single_day_and_a_range_within_a_year(self):
        settings = NOWHERE.model_copy(update={"closed_days": ["08-15", "02-28 to 02-29"]})
        days = ("2010-08-15", "2010-08-16", "2012-02-29", "2012-03-01")
        assert closed(*days, sold=self.SOLD, settings=settings) == [True, False, True, False]


class TestOtherYears:
    def test_a_day_on_which_nothing_was_sold_in_another_year_is_closed(self):
        # 30 April 2010, a Friday; in 2011, a Saturday.
        sold = orders("2010-03-01", "2011-04-29", "2010-04-30")
        assert closed("2011-04-30", "2011-05-01", sold=sold) == [True, False]

    def test_unless_something_was_sold_on_it_in_a_third(self):
        sold = orders("2009-03-01", "2011-04-29", "2010-04-30")
        assert closed("2011-04-30", sold=sold) == [False]

    def test_in_a_shop_that_sells_on_two_days_of_three_a_day_without_an_order_was_not_closed(self):
        days = pd.date_range("2009-03-01", "2011-04-29")
        sold = pd.Series(1, index=days[np.arange(len(days)) % 3 > 0])
        sold = sold.drop(pd.to_datetime(["2009-04-30", "2010-04-30"]), errors="ignore")
        assert closed("2011-04-30", sold=sold) == [False]

    def test_what_was_a_closed_weekday_or_a_holiday_then_says_nothing_of_now(self):
        # 1 May 2010 was a Saturday, 3 May 2010 a holiday; in 2011 the shop sells on the Sunday and the Tuesday.
        no_saturdays = orders("2010-03-01", "2011-04-30", "2010-05-03", weekdays=(0, 1, 2, 3, 4, 6))
        assert closed("2011-05-01", "2011-05-03", sold=no_saturdays, settings=ENGLAND) == [False, False]

    def test_a_gap_in_the_data_does_not_count_as_closed(self):
        sold = pd.concat([orders("2010-01-01", "2010-03-31"), orders("2010-06-01", "2011-04-29")])
        assert closed("2011-04-30", sold=sold) == [False]


class TestCoveredPeriod:
    def test_closed_days_around_the_data_are_covered_up_to_the_next_selling_day(self):
        # Good Friday to Easter Monday 2011 are 22 to 25 April; Sunday the 24th is an ordinary one, and sells.
        sold = orders("2011-01-04", "2011-04-21", weekdays=(0, 1, 2, 3, 4, 6))
        assert covered(sold, ENGLAND) == ("2010-12-24", "2011-04-23")

    def test_without_closed_days_it_is_that_of_the_data(self):
        assert covered(orders("2011-03-02", "2011-04-28")) == ("2011-03-02", "2011-04-28")

    def test_it_ends_even_where_every_day_is_set_as_closed(self):
        always = NOWHERE.model_copy(update={"closed_days": ["01-01 to 12-31"]})
        assert covered(orders("2011-03-02", "2011-04-28"), always) == ("2010-03-01", "2012-04-28")

    @given(
        st.dates(pd.Timestamp("2009-01-01").date(), pd.Timestamp("2009-12-31").date()),
        st.integers(60, 700),
        st.sets(st.integers(0, 6), min_size=1),
        st.integers(0, 2**32 - 1),
        st.sampled_from([NOWHERE, ENGLAND]),
    )
    def test_it_holds_the_data_and_no_open_day_beyond(self, first, length, weekdays, seed, settings):
        days = pd.date_range(first, periods=length)
        is_sold = days.day_of_week.isin(list(weekdays)) & (np.random.default_rng(seed).random(length) < 0.8)
        is_sold[[0, -1]] = True
        sold = pd.Series(1, index=days[is_sold])
        covered_from, covered_until = covered_period(days[0], days[-1] + DAY, sold, settings)
        assert covered_from <= days[0]
        assert days[-1] < covered_until
        around = pd.date_range(covered_from, covered_until, inclusive="left").difference(days)
        assert closed_on(around, sold, settings).all()
        beyond = pd.DatetimeIndex([covered_from - DAY, covered_until])
        assert not closed_on(beyond, sold, settings).any()


@pytest.mark.parametrize("country", ["GB", "DE", "US", "BR", "JP", "NO", None])
def test_countries_of_all_kinds_are_known(country):
    settings = SellingDaysSettings(country=country, subdivision=None, closed_days=[])
    assert closed("2011-01-01", sold=orders("2010-03-01", "2010-05-01"), settings=settings) == [country is not None]
