"""On which days the shop is closed, and which days the data covers because of that.

A closed day has no sales, whether or not the data covers it. So even if the data ends before the end of a month, the
month is whole if the shop is closed on all the days that are missing.
"""

import re
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationInfo, field_validator

from lgs_pipeline.arrays import BoolArray, IntArray
from lgs_pipeline.typed_settings import Settings, nearest

_RANGE = re.compile(r"(\d\d-\d\d)(?: to (\d\d-\d\d))?")
_SELLING_SHARE = 0.5  # of its dates; on a weekday with sales on fewer, the shop is closed
_NEARLY_ALWAYS = 0.9  # of its dates; if a weekday has sales on fewer, a day without an order says nothing
_FEWEST_DATES = 4  # of a weekday, to judge it by
_DAYS_AROUND = 366  # how far before and after the data closed days are looked for


class SellingDaysSettings(Settings):
    """Where the shop is, and when it is closed."""

    country: str | None
    subdivision: str | None
    closed_days: list[str]

    @field_validator("country", mode="before")
    @classmethod
    def _is_a_country(cls, country: Any) -> Any:
        if country is None:
            return None
        import holidays
        from holidays.registry import COUNTRIES

        if country in holidays.list_supported_countries():
            return country
        if country is False:
            raise ValueError('found False, which is what YAML makes of NO; write "NO" in quotes for Norway')
        codes = {name: code for name, (_, code, *_) in COUNTRIES.items()}
        codes |= {code.lower(): code for code in codes.values()}
        close = get_close_matches(str(country).lower().replace(" ", "_"), codes, n=1)
        advice = f"did you mean {codes[close[0]]}?" if close else "or null for no public holidays"
        raise ValueError(f"found {country!r}, expected the code of a country, such as GB, DE or US; {advice}")

    @field_validator("subdivision")
    @classmethod
    def _is_in_the_country(cls, subdivision: str | None, others: ValidationInfo) -> str | None:
        # Without a country that is known, its own message is enough.
        if subdivision is None or "country" not in others.data:
            return subdivision
        import holidays

        country = others.data["country"]
        codes = holidays.list_supported_countries().get(country, [])
        if not codes:
            raise ValueError(f"found {subdivision!r}, expected null, as country is {country or 'null'}")
        if subdivision not in codes:
            raise ValueError(f"found {subdivision!r}, which is no part of {country}; {nearest(subdivision, codes)}")
        return subdivision

    @field_validator("closed_days")
    @classmethod
    def _are_ranges(cls, closed_days: list[str]) -> list[str]:
        for text in closed_days:
            _read_range(text)
        return closed_days


def closed_on(days: pd.DatetimeIndex, orders_by_day: pd.Series, settings: SellingDaysSettings) -> BoolArray:
    """Whether the shop is closed on each of the days, in the data or around it.

    It is closed on the days set, on public holidays, on weekdays with sales on fewer than half of their dates, and on
    the days of the year on which it was closed in the data's other years; but not on a day with an order. In those
    years it was closed on a day if nothing was sold, although that weekday nearly always has sales.

    Parameters
    ----------
    days
        The days asked about.
    orders_by_day
        The number of orders of every day with an invoice, by day. Months without invoices say nothing about
        the shop: the data has a gap there.
    settings
        The shop's country, and the days set.
    """
    sold = _ordinary_days(orders_by_day, settings)
    weekdays = sold.groupby(sold.index.day_of_week).agg(["mean", "size"])
    weekdays = weekdays[weekdays["size"] >= _FEWEST_DATES]
    sells, always_sells = (weekdays.index[weekdays["mean"] >= share] for share in (_SELLING_SHARE, _NEARLY_ALWAYS))
    # A shop that sells on few days of any weekday has too few orders to tell when it is closed.
    closed_weekdays = weekdays.index.difference(sells) if len(sells) else sells
    has_order = days.isin(orders_by_day.index[orders_by_day > 0])
    return ~has_order & (
        _is_set(days, settings)
        | _is_holiday(days, settings)
        | days.day_of_week.isin(closed_weekdays)
        | _is_closed_in_other_years(days, sold[sold.index.day_of_week.isin(always_sells)])
    )


def covered_period(
    first_day: pd.Timestamp, data_end: pd.Timestamp, orders_by_day: pd.Series, settings: SellingDaysSettings
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first day and the end (a midnight) of what the data covers: its own days, and closed days next to them.

    A period is whole if it lies between the two: only closed days of it can be missing.
    """
    after = pd.date_range(data_end, periods=_DAYS_AROUND)
    before = pd.date_range(end=first_day - pd.Timedelta(days=1), periods=_DAYS_AROUND)[::-1]
    days_before, days_after = (_run(closed_on(days, orders_by_day, settings)) for days in (before, after))
    return first_day - pd.Timedelta(days=days_before), data_end + pd.Timedelta(days=days_after)


def _run(closed: BoolArray) -> int:
    """How many days in a row are closed, from the first on."""
    return int(np.logical_and.accumulate(closed).sum())


def _ordinary_days(orders_by_day: pd.Series, settings: SellingDaysSettings) -> pd.Series:
    """Whether anything was sold, for each day of the data that is neither set as closed nor a public holiday."""
    days = pd.date_range(orders_by_day.index.min(), orders_by_day.index.max())
    in_gap = ~days.to_period("M").isin(orders_by_day.index.to_period("M"))
    days = days[~in_gap & ~_is_set(days, settings) & ~_is_holiday(days, settings)]
    return (orders_by_day > 0).reindex(days, fill_value=False)


def _is_closed_in_other_years(days: pd.DatetimeIndex, sold: pd.Series) -> BoolArray:
    """Whether nothing was sold on the same day of other years, as far as is known of them."""
    known = pd.DataFrame({"day": _day_of_year(sold.index), "year": sold.index.year, "sold": sold.to_numpy()})
    asked = pd.DataFrame({"day": _day_of_year(days), "year": days.year, "place": range(len(days))})
    others = asked.merge(known, on="day", suffixes=("", "_known"))
    others = others[others.year != others.year_known]
    unsold, sold_on = (others.place[others.sold == is_sold] for is_sold in (False, True))
    return np.isin(asked.place, unsold) & ~np.isin(asked.place, sold_on)


def _is_set(days: pd.DatetimeIndex, settings: SellingDaysSettings) -> BoolArray:
    day, is_set = _day_of_year(days), np.zeros(len(days), dtype=bool)
    for first, last in map(_read_range, settings.closed_days):
        # A range such as 12-24 to 01-03 goes over the end of the year.
        is_set |= (day >= first) & (day <= last) if first <= last else (day >= first) | (day <= last)
    return is_set


def _is_holiday(days: pd.DatetimeIndex, settings: SellingDaysSettings) -> BoolArray:
    if settings.country is None or days.empty:
        return np.zeros(len(days), dtype=bool)
    # Takes a sixth of a second to import, and only this needs it.
    import holidays

    found = holidays.country_holidays(settings.country, settings.subdivision, years=sorted(set(days.year)))
    return days.isin(pd.DatetimeIndex(list(found)))


def _read_range(text: str) -> tuple[int, int]:
    """The first and the last day of a range of days of the year."""
    match = _RANGE.fullmatch(text)
    ends = [end for end in match.groups() if end] if match else []
    try:
        # 2000 has a 29 February.
        days = [pd.Timestamp(f"2000-{end}") for end in ends]
    except ValueError:
        days = []
    if not days:
        raise ValueError(f"found {text!r}, expected a month and a day, as 08-15, or two, as 12-24 to 01-03")
    first, *_, last = _day_of_year(pd.DatetimeIndex([days[0], days[-1]])).tolist()
    return first, last


def _day_of_year(days: pd.DatetimeIndex) -> IntArray:
    """Month and day as a number, such as 1224 for 24 December."""
    return np.asarray(days.month * 100 + days.day, dtype=np.int64)
