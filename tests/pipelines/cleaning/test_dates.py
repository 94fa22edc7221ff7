"""Which dates are taken for typing errors."""

from datetime import date

import pandas as pd
import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.cleaning.dates import find_implausible_dates, judge_days
from tests.building import retail, settings_of

BASE = settings_of("base").cleaning.dates
"""What is far: 90 days. What may be isolated: 5% of the lines."""


def judged(*spans: tuple[str, str, int], run_day: str = "2020-01-01", step: int = 1, **changes: object) -> list[str]:
    """The implausible days, each with its problem, of lines on the days of the spans: first, last, lines a day."""
    days = [
        {"day": day, "lines": lines}
        for first, last, lines in spans
        for day in pd.date_range(first, last, freq=f"{step}D")
    ]
    dates = BASE.model_copy(update={"run_day": date.fromisoformat(run_day), **changes})
    found = judge_days(pd.DataFrame(days, columns=["day", "lines"]).astype({"day": "datetime64[us]"}), dates)
    return [f"{row.day:%Y-%m-%d} {row.problem}" for row in found.itertuples()]


YEAR = ("2010-01-01", "2010-12-31", 10)
NEXT = ("2011-01-01", "2011-12-31", 10)


def test_dates_of_every_day_are_plausible():
    assert judged(YEAR, NEXT) == []


class TestFuture:
    def test_a_day_later_than_that_of_the_run_is_implausible(self):
        assert judged(("2010-12-29", "2010-12-31", 10), run_day="2010-12-30") == ["2010-12-31 future"]

    def test_the_day_of_the_run_is_not(self):
        assert judged(YEAR, run_day="2010-12-31") == []

    def test_however_many_lines_it_has(self):
        found = judged(("2010-01-01", "2010-01-02", 1), ("2071-01-01", "2071-01-01", 99))
        assert found == ["2071-01-01 future"]

    def test_the_gap_to_the_future_isolates_nothing(self):
        assert judged(YEAR, ("2071-01-01", "2071-01-03", 1)) == [f"2071-01-0{day} future" for day in (1, 2, 3)]


class TestIsolated:
    def test_a_day_long_before_all_others(self):
        assert judged(("2001-06-01", "2001-06-01", 3), YEAR) == ["2001-06-01 isolated"]

    def test_a_day_long_after_all_others(self):
        assert judged(YEAR, ("2012-06-01", "2012-06-01", 3)) == ["2012-06-01 isolated"]

    def test_a_day_amid_a_gap(self):
        later = ("2014-01-01", "2014-12-31", 10)
        assert judged(YEAR, ("2012-06-01", "2012-06-01", 3), later) == ["2012-06-01 isolated"]

    def test_several_days_each_by_itself_and_two_that_are_near_each_other(self):
        typed = [(day, day, 1) for day in ("1999-05-01", "2005-05-01", "2005-05-03")]
        assert judged(*typed, YEAR) == ["1999-05-01 isolated", "2005-05-01 isolated", "2005-05-03 isolated"]

    def test_beside_a_day_in_the_future(self):
        found = judged(("2001-06-01", "2001-06-01", 3), YEAR, ("2071-01-01", "2071-01-01", 1))
        assert found == ["2001-06-01 isolated", "2071-01-01 future"]

    def test_further_away_than_the_setting_says(self):
        after_90, after_91 = (("2011-03-31",) * 2 + (1,), ("2011-04-01",) * 2 + (1,))
        assert judged(YEAR, after_90) == []
        assert judged(YEAR, after_91) == ["2011-04-01 isolated"]
        assert judged(YEAR, after_91, isolated_by_days=91) == []

    def test_no_more_of_the_lines_than_the_setting_says(self):
        # 3,650 lines of a year; 192 are 5.0% of all, 193 are more.
        assert judged(YEAR, ("2012-06-01", "2012-06-01", 192)) == ["2012-06-01 isolated"]
        assert judged(YEAR, ("2012-06-01", "2012-06-01", 193)) == []


class TestDataWithGaps:
    """Real ones: what lies between them is no error."""

    def test_two_halves(self):
        assert judged(YEAR, ("2013-01-01", "2013-12-31", 10)) == []

    def test_seasons(self):
        assert judged(*[(f"{year}-11-20", f"{year}-12-24", 10) for year in (2009, 2010, 2011, 2012)]) == []

    def test_a_shop_that_sells_once_a_quarter(self):
        assert judged(("2009-01-01", "2011-12-31", 10), step=91) == []

    def test_many_small_groups_that_hold_more_than_the_setting_says_together(self):
        typed = [(f"{year}-05-01", f"{year}-05-01", 50) for year in (1999, 2002, 2005, 2008)]
        assert judged(*typed, YEAR) == []

    @pytest.mark.parametrize("spans", [(), (("2010-01-01", "2010-01-01", 1),), (("2071-01-01", "2071-01-01", 1),)])
    def test_hardly_any_data(self, spans):
        assert [found for found in judged(*spans) if "isolated" in found] == []


class TestNamed:
    def test_each_day_with_its_first_line(self):
        lines = retail(
            *({"invoice_no": str(number)} for number in range(2)),
            {"invoice_date": "2071-03-01 23:59", "invoice_no": "8", "extract": "b"},
            {"invoice_date": "2071-03-01 10:00", "invoice_no": "7", "extract": "a"},
            {"invoice_date": "2072-03-01 00:00", "invoice_no": "9", "extract": "a"},
        )
        (first, second) = find_implausible_dates(lines, settings_of("base").cleaning).to_dict("records")
        assert first == {
            "day": pd.Timestamp("2071-03-01"), "problem": "future", "lines": 2,
            "extract": "a", "line_number": 4, "invoice_no": "7",
        }  # fmt: skip
        assert (second["day"], second["invoice_no"]) == (pd.Timestamp("2072-03-01"), "9")

    def test_but_not_those_of_lines_that_cannot_be_read(self):
        lines = retail({}, {"invoice_date": "2071-03-01 10:00", "quantity": None}, {"invoice_date": None})
        assert find_implausible_dates(lines, settings_of("base").cleaning).empty


class TestRunDay:
    @staticmethod
    def run_day(value: object) -> date:
        dates = {**settings_of("base").cleaning.dates.model_dump(), "run_day": value}
        return settings_of("base", cleaning={"dates": dates}).cleaning.dates.run_day

    def test_is_today_or_a_day(self):
        assert self.run_day("today") == date.today()
        assert self.run_day("2011-12-31") == self.run_day(date(2011, 12, 31)) == date(2011, 12, 31)

    @pytest.mark.parametrize("value", ["tomorrow", "31/12/2011", 20111231, None])
    def test_and_nothing_else(self, value):
        with pytest.raises(InputError, match=r"cleaning\.dates\.run_day"):
            self.run_day(value)
