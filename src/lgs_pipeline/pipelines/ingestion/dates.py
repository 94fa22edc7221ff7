"""Dates in other formats than 2011-12-09 12:50:00: the order of day and month, offsets, Excel's day numbers."""

from datetime import datetime

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.lines import MOMENT
from lgs_pipeline.pipelines.ingestion.faults import Fault
from lgs_pipeline.pipelines.ingestion.settings import IngestionSettings

PLAIN = "____-__-_____:__:__"
"""How 2011-12-09 12:50:00 looks to SQL's LIKE; with a T between day and time, too."""

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_FIRST_LETTERS = "janfebmaraprmayjunjulaugsepoctnovdec"

_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[.,]* ?)?"

_YEAR = r"'?(?:\d{4}|\d{2})"
_DAY = "|".join(
    (
        r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}",
        r"\d{8}",
        rf"\d{{1,2}}[-/.] ?\d{{1,2}}[-/.] ?{_YEAR}",
        rf"\d{{1,2}}[-/. ]{{0,2}}(?:{_MONTHS})[-/., ]{{0,2}}{_YEAR}",
        rf"(?:{_MONTHS})[-/. ]{{0,2}}\d{{1,2}}(?:, ?|[-/ ]){_YEAR}",
        rf"\d{{4}}[-/. ]?(?:{_MONTHS})[-/. ]{{0,2}}\d{{1,2}}",
    )
)
_CLOCK = r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[:.,]\d+)?)?"
_MERIDIEM = r" ?([ap])\.?(?: ?m\.?)?"
_OFFSET = r" ?(z|(?:utc|gmt)?[-+]\d{2}(?::?\d{2})?|utc|gmt)"

_DATE = rf"^{_WEEKDAY}({_DAY})(?:(?:t|,? at |, ?| ){_CLOCK}(?:{_MERIDIEM})?(?:{_OFFSET})?)?$"
_PARTS = ("day", "hour", "minute", "second", "meridiem", "offset")
"""The groups of a date; meridiem is a for AM, p for PM."""

_NUMBERS = r"^(\d{1,2})[-/.] ?(\d{1,2})[-/.] ?'?(\d+)$"
"""A day of three numbers that does not begin with the four digits of a year."""

_ORDERS = {"dmy": r"\3-\2-\1", "mdy": r"\3-\1-\2", "ymd": r"\1-\2-\3"}

_DAY_NUMBER = r"^\d{5}(?:[.,]\d+)?$"
"""A day as Excel counts them; those of five digits are of 1927 to 2173."""

_EPOCHS = {1900: "1899-12-30 00:00:00", 1904: "1904-01-01 00:00:00"}
"""Day 0 of Excel. With 1900 it is a day early, as Excel counts a 29 February 1900 that never was."""


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.timestamp), dt.Timestamp(timezone="UTC")))
def _instant(zone: str, moment: datetime) -> datetime:
    """The instant at which a clock in the zone showed this."""
    raise NotImplementedError("DuckDB has it")


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp))
def _wall_clock(zone: str, instant: datetime) -> datetime:
    """What a clock in the zone showed at this instant."""
    raise NotImplementedError("DuckDB has it")


def take_apart(written: ir.Table) -> ir.Table:
    """The parts of each date: the columns of ``written``, ``tidied``, ``day``, ``hour`` and so on.

    If the text is not a date, or is a day number, its parts are null.
    """
    tidied = written.mutate(tidied=_tidied(written.written))
    # One expression takes all parts out; one for each would take six times as long.
    bar = "|"
    replaced = tidied.tidied.re_replace(_DATE, bar.join(rf"\{number}" for number, _ in enumerate(_PARTS, start=1)))
    apart = tidied.mutate(parts=replaced.split(bar))
    is_date = apart.parts.length() == len(_PARTS)
    return apart.mutate(
        **{part: ibis.ifelse(is_date, apart.parts[place], ibis.null("string")) for place, part in enumerate(_PARTS)}
    ).drop("parts")


def _tidied(text: ir.StringValue) -> ir.StringValue:
    """The text in small letters, its blanks single ones, compact times with colons, 1st as 1 and 8 pm as 8:00 pm."""
    return (
        text.translate("\u00a0\u202f\u2009\t\u2212\u2010\u2011\u2013", "    ----")
        .re_replace(" +", " ")
        .strip()
        .lower()
        .re_replace(r"^(\d{8})[t ]?(\d{2})(\d{2})(\d{2})", r"\1 \2:\3:\4")
        .re_replace(r"^(\d{8})[t ]?(\d{2})(\d{2})", r"\1 \2:\3")
        .re_replace(r"^(\d+)\.0+$", r"\1")
        .re_replace(r"\b(\d{1,2})(?:st|nd|rd|th)\b", r"\1")
        .re_replace(r" (\d{1,2}) ?([ap]\.? ?m)", r" \1:00 \2")
    )


def find_date_orders(dates: ir.Table) -> tuple[dict[str, str], list[Fault]]:
    """The order in which each extract writes the numbers of its dates, worked out from all of them.

    A number above 12 cannot be a month, so one date with such a number shows the order of all.

    Parameters
    ----------
    dates
        As :func:`take_apart` gives them, with the ``first_line`` of each.

    Returns
    -------
    orders
        ``dmy``, ``mdy`` or ``ymd`` by extract, where it has dates of three numbers.
    faults
        The extracts whose dates leave the order open, or contradict each other.
    """
    numbers = dates.filter(dates.day.re_search(_NUMBERS))
    numbers = numbers.mutate(
        first=numbers.day.re_extract(_NUMBERS, 1).cast("int64"),
        second=numbers.day.re_extract(_NUMBERS, 2).cast("int64"),
        third=numbers.day.re_extract(_NUMBERS, 3).cast("int64"),
        has_short_year=numbers.day.re_extract(_NUMBERS, 3).length() == 2,
    )
    first, second, third = numbers["first"], numbers.second, numbers.third
    may_begin_with_year = numbers.has_short_year & second.between(1, 12) & third.between(1, 31)
    told = ibis.cases(
        (first.between(13, 31) & second.between(1, 12), "dmy"),
        (first.between(1, 12) & second.between(13, 31), "mdy"),
        (~first.between(1, 31) & may_begin_with_year, "ymd"),
        (first.between(1, 12) & second.between(1, 12) & (first != second), "either"),
        else_="nothing",
    )
    evidence = (
        numbers.mutate(told=told, may_begin_with_year=may_begin_with_year)
        .group_by("extract", "told")
        .agg(
            first_line=lambda group: group.first_line.min(),
            example=lambda group: group.written.argmin(group.first_line),
        )
        .to_pandas()
    )
    years = (
        numbers.mutate(may_begin_with_year=may_begin_with_year)
        .group_by("extract")
        .agg(
            may_begin_with_year=lambda group: group.may_begin_with_year.all(),
            firsts=lambda group: group["first"].nunique(),
            thirds=lambda group: group.third.nunique(),
        )
        .to_pandas()
        .set_index("extract")
    )
    orders, faults = {}, []
    for extract, group in evidence.groupby("extract"):
        found = group.set_index("told")
        proven = [order for order in _ORDERS if order in found.index]
        # In 10-12-31 days change more often than years: then they are last.
        begins_with_year = years.may_begin_with_year[extract] and years.thirds[extract] > years.firsts[extract]
        if len(proven) > 1:
            faults.append(Fault(extract, "invoice_date", _contradiction(found.loc[proven])))
        elif begins_with_year and proven != ["ymd"]:
            faults.append(Fault(extract, "invoice_date", _doubt(found.sort_values("first_line"))))
        elif "either" in found.index and not proven:
            faults.append(Fault(extract, "invoice_date", _doubt(found.loc[["either"]])))
        orders[extract] = proven[0] if proven else "dmy"
    return orders, faults


def _contradiction(found: pd.DataFrame) -> str:
    words = {"dmy": "the day first", "mdy": "the month first", "ymd": "the year first"}
    examples = [f"{row.example!r} (data line {row.first_line}, {words[row.Index]})" for row in found.itertuples()]
    return f"column invoice_date: found {' and '.join(examples)}, expected one order; set ingestion.date_order"


def _doubt(found: pd.DataFrame) -> str:
    row = next(found.itertuples())
    return (
        f"data line {row.first_line}, column invoice_date: found {row.example!r}, and no date that tells which of its "
        "numbers is the day; set ingestion.date_order to dmy, mdy or ymd"
    )


def put_together(dates: ir.Table, order: ir.StringValue, settings: IngestionSettings) -> ir.Table:
    """Each date as a moment.

    Parameters
    ----------
    dates
        As :func:`take_apart` gives them.
    order
        The order of each date's numbers: ``dmy``, ``mdy`` or ``ymd``.
    settings
        The zone of the shop, and Excel's epoch.

    Returns
    -------
    ibis.Table
        A row per date: extract, written, and read, which is null if the text is not a date.
    """
    written = dates.mutate(day=_year_first(dates.day, order), clock=_clock(dates))
    timed = written.mutate(moment=(written.day + " " + written.clock).try_cast(MOMENT))
    moment = timed.moment
    if settings.time_zone:
        instant = _instant("UTC", moment - _minutes_ahead(timed.offset).as_interval("m"))
        moment = ibis.ifelse(timed.offset == "", moment, _wall_clock(settings.time_zone, instant).cast(MOMENT))
    is_day_number = timed.tidied.re_search(_DAY_NUMBER)
    read = ibis.ifelse(is_day_number, _read_day_number(timed.tidied, settings.excel_epoch), moment)
    return timed.select("extract", "written", read=read)


def _year_first(day: ir.StringValue, order: ir.StringValue) -> ir.StringValue:
    """The day as year, month and day, such as 2011-12-9; null where its numbers are in another order."""
    month_name = day.re_extract("[a-z]+", 0)
    month = ((ibis.literal(_FIRST_LETTERS).find(month_name[0:3]) / 3).cast("int64") + 1).cast("string")
    named = (
        day.re_replace(r"^(\d{1,2})[^a-z0-9]*[a-z]+[^0-9]*(\d+)$", r"\2-@-\1")
        .re_replace(r"^[a-z]+[^0-9]*(\d+)[^0-9]+(\d+)$", r"\2-@-\1")
        .re_replace(r"^(\d{4})[^a-z0-9]*[a-z]+[^0-9]*(\d+)$", r"\1-@-\2")
        .replace("@", month)
    )
    ordered = [(order == name, day.re_replace(_NUMBERS, places)) for name, places in _ORDERS.items()]
    year_first = ibis.cases(
        (day.re_search(r"^\d{8}$"), day.re_replace(r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3")),
        (month_name != "", named),
        (day.re_search(r"^\d{4}"), day.re_replace("[/.]", "-")),
        *ordered,
    )
    # 69 to 99 are years of the last century.
    full = year_first.re_replace(r"^([0-6]\d)-", r"20\1-").re_replace(r"^(\d\d)-", r"19\1-")
    return ibis.ifelse(full.re_search(r"^\d{4}-\d{1,2}-\d{1,2}$"), full, ibis.null("string"))


def _clock(dates: ir.Table) -> ir.StringValue:
    """The time as 14:05:00, midnight where there is none; null where there is no such hour, as in 13 PM."""
    number = dates.hour.try_cast("int64")
    of_twelve = ibis.ifelse(number.between(1, 12), number % 12, ibis.null("int64"))
    hour = ibis.cases((dates.meridiem == "a", of_twelve), (dates.meridiem == "p", of_twelve + 12), else_=number)
    second = ibis.ifelse(dates.second == "", "00", dates.second)
    return ibis.ifelse(dates.hour == "", "00:00:00", hour.cast("string") + ":" + dates.minute + ":" + second)


def _minutes_ahead(offset: ir.StringValue) -> ir.IntegerValue:
    """By how many minutes the clock is ahead of UTC: 60 for +0100, 0 for Z."""
    digits = offset.re_replace(r"[^0-9]", "").rpad(4, "0")
    minutes = digits[0:2].try_cast("int64") * 60 + digits[2:4].try_cast("int64")
    return ibis.ifelse(offset.contains("-"), -minutes, minutes)


def _read_day_number(text: ir.StringValue, epoch: int) -> ir.TimestampValue:
    seconds = (text.replace(",", ".").try_cast("float64") * 86400).round().cast("int64")
    return ibis.literal(_EPOCHS[epoch], type=MOMENT) + seconds.as_interval("s")
