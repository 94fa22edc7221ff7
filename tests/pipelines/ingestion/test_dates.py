"""Dates: any usual spelling, in the order that all dates of an extract tell; what is none is null."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.ingestion import nodes
from tests.building import RETAIL_TYPES, settings_of, table
from tests.pipelines.ingestion.lines import BASE, ORDINARY, read, read_or_refuse


def moments(*texts: str, **settings: object) -> list[str | None]:
    dates = read(*[{"invoice_date": text} for text in texts], **settings)[0].invoice_date
    return [None if pd.isna(moment) else str(moment) for moment in dates]


SPELLINGS: dict[str, str | None] = {
    "2010-12-01 08:26:00": "2010-12-01 08:26:00",
    "2010-12-01T08:26:00": "2010-12-01 08:26:00",
    "2010-12-01T08:26": "2010-12-01 08:26:00",
    "2010-12-01 08:26:07.9": "2010-12-01 08:26:07",
    "2010-12-01T08:26:07.123456Z": "2010-12-01 08:26:07",
    "2010-12-01": "2010-12-01 00:00:00",
    "2010/12/1 8:26": "2010-12-01 08:26:00",
    "2010.12.01": "2010-12-01 00:00:00",
    "20101201": "2010-12-01 00:00:00",
    "20101201T0826": "2010-12-01 08:26:00",
    "20101201 082607": "2010-12-01 08:26:07",
    "1 Dec 2010": "2010-12-01 00:00:00",
    "1 december 2010 8:26": "2010-12-01 08:26:00",
    "Dec 1, 2010": "2010-12-01 00:00:00",
    "December 1st, 2010, 8:26 PM": "2010-12-01 20:26:00",
    "01-DEC-10": "2010-12-01 00:00:00",
    "01-Dec-2010 12:23": "2010-12-01 12:23:00",
    "01-DEC-99": "1999-12-01 00:00:00",
    "2010-Dec-01": "2010-12-01 00:00:00",
    "Sept 5 2010": "2010-09-05 00:00:00",
    "Wed, 1 Dec 2010 08:26:00 +0000": "2010-12-01 08:26:00",
    "Wednesday 1 December 2010": "2010-12-01 00:00:00",
    "2010-12-01 08:26 AM": "2010-12-01 08:26:00",
    "2010-12-01 12:26AM": "2010-12-01 00:26:00",
    "2010-12-01 12:26 p.m.": "2010-12-01 12:26:00",
    "2010-12-01 8:26:07 pm": "2010-12-01 20:26:07",
    "2010-12-01 8 PM": "2010-12-01 20:00:00",
    "2010-12-01\u00a008:26": "2010-12-01 08:26:00",
    "40148.322916667": "2009-12-01 07:45:00",
    "40148,5": "2009-12-01 12:00:00",
    "40148": "2009-12-01 00:00:00",
    "2010-02-31 08:26:00": None,
    "31 Feb 2010": None,
    "30 Nov 2010 25:00": None,
    "2010-12-01 13:00 PM": None,
    "2010-12-01 08:61": None,
    "08:26": None,
    "Dec 2010": None,
    "1 Smarch 2010": None,
    "yesterday": None,
    "1000": None,
    "infinity": None,
    "0010-12-01": None,
}


@pytest.fixture(scope="module")
def read_at_once() -> dict[str, str | None]:
    """All spellings in one extract: none of them tells anything of another."""
    return dict(zip(SPELLINGS, moments(*SPELLINGS), strict=True))


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_date_is(text, read_at_once):
    assert read_at_once[text] == SPELLINGS[text]


@pytest.mark.parametrize(
    "offset", ["+0100", " +0100", "+01:00", " +01:00", "+01", " GMT+01:00", " UTC+0100", " \u221201:00"]
)
def test_a_date_with_an_offset_is_the_wall_clock_as_written_or_that_of_the_zone_set(offset):
    winter, summer = f"2010-12-31 23:30:00{offset}", f"2011-07-01 00:15:00{offset}"
    assert moments(winter, summer) == ["2010-12-31 23:30:00", "2011-07-01 00:15:00"]
    ahead = ["2011-01-01 00:30:00", "2011-07-01 02:15:00"]
    behind = ["2010-12-31 22:30:00", "2011-07-01 00:15:00"]
    in_london = moments(winter, summer, time_zone="Europe/London")
    assert in_london == (ahead if "\u2212" in offset else behind)


@pytest.mark.parametrize("offset", ["Z", " UTC", " GMT", "+00", "+0000", "-00:00"])
def test_summer_time_is_that_of_the_zone(offset):
    texts = [f"2011-03-27 00:59:59{offset}", f"2011-03-27 01:00:00{offset}", "2011-03-27 01:00:00"]
    assert moments(*texts, time_zone="Europe/London") == [
        "2011-03-27 00:59:59", "2011-03-27 02:00:00", "2011-03-27 01:00:00",
    ]  # fmt: skip


def test_a_time_zone_that_nobody_knows_is_refused():
    with pytest.raises(InputError, match="time_zone: found 'Europe/Londno', expected the name of a time zone such as"):
        settings_of("base", ingestion={"time_zone": "Europe/Londno"})


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (("13/1/2010", "1/2/2010"), ("2010-01-13", "2010-02-01")),
        (("1/13/2010", "1/2/2010"), ("2010-01-13", "2010-01-02")),
        (("13.1.10", "1.2.10"), ("2010-01-13", "2010-02-01")),
        (("1-13-70", "1-2-10"), (None, "2010-01-02")),
        (("99/01/13", "99/01/02"), ("1999-01-13", "1999-01-02")),
        (("1/1/2010", "2/2/2010"), ("2010-01-01", "2010-02-02")),
        (("31/2/2010", "13/1/2010"), (None, "2010-01-13")),
        (("13/13/2010", "13/1/2010"), (None, "2010-01-13")),
        (("13/1/2010", "2010-01-02", "2 Feb 2010"), ("2010-01-13", "2010-01-02", "2010-02-02")),
    ],
)
def test_one_date_tells_the_order_of_all(texts, days):
    assert moments(*texts) == [day and f"{day} 00:00:00" for day in days]


def test_each_extract_has_its_own_order():
    rows = [
        (extract, day)
        for extract, days in {"a": ("13/1/2010", "1/2/2010"), "b": ("1/13/2010", "1/2/2010")}.items()
        for day in days
    ]
    lines, _ = read(*[{"extract": extract, "invoice_date": day} for extract, day in rows])
    assert lines.invoice_date.dt.strftime("%d %b").tolist() == ["13 Jan", "01 Feb", "13 Jan", "02 Jan"]


@pytest.mark.parametrize(("order", "day"), [("dmy", "2011-10-09"), ("mdy", "2011-09-10"), ("ymd", "2009-10-11")])
def test_an_order_that_is_set_needs_no_proof(order, day):
    assert moments("09/10/11", date_order=order) == [f"{day} 00:00:00"]


def test_with_the_year_first_by_setting_no_other_date_of_numbers_is_read():
    assert moments("12/9/2011", "2011/9/12", date_order="ymd") == [None, "2011-09-12 00:00:00"]


def test_dates_that_do_not_tell_their_order_are_refused():
    with pytest.raises(InputError) as error:
        moments("2010-01-13 10:00:00", "12/9/2011 8:26")
    assert str(error.value) == (
        "retail.csv: data line 2, column invoice_date: found '12/9/2011 8:26', and no date that tells which of its "
        "numbers is the day; set ingestion.date_order to dmy, mdy or ymd"
    )


def test_dates_that_contradict_each_other_are_refused_with_an_example_of_each():
    with pytest.raises(InputError) as error:
        moments("1/2/2010", "1/13/2010", "13/1/2010")
    assert str(error.value) == (
        "retail.csv: column invoice_date: found '13/1/2010' (data line 3, the day first) and '1/13/2010' (data line 2, "
        "the month first), expected one order; set ingestion.date_order"
    )


def test_short_years_that_may_come_first_are_not_taken_for_days():
    texts = [f"13-{month:02d}-{day:02d}" for month in (1, 2) for day in range(1, 29)]
    with pytest.raises(InputError, match="found '13-01-01', and no date that tells which of its numbers is the day"):
        moments(*texts)
    assert moments(*texts, date_order="ymd")[-1] == "2013-02-28 00:00:00"


@pytest.mark.parametrize(("epoch", "moment"), [(1900, "2009-12-01 07:45:00"), (1904, "2013-12-02 07:45:00")])
def test_day_numbers_count_from_the_epoch_that_is_set(epoch, moment):
    assert moments("40148.322916667", excel_epoch=epoch) == [moment]


@pytest.mark.parametrize(
    ("kind", "number", "moment"),
    [
        ("float64", 40148.322916667, "2009-12-01 07:45:00"),
        ("int64", 40148, "2009-12-01 00:00:00"),
        ("int32", 20091201, "2009-12-01 00:00:00"),
        ("float64", 20091201.0, "2009-12-01 00:00:00"),
        ("float64", 1.5, None),
    ],
)
def test_a_column_of_numbers_may_hold_dates(kind, number, moment):
    line = {"line_number": 1, **ORDINARY, "invoice_date": number}
    types = {**dict.fromkeys(RETAIL_TYPES, "string"), "line_number": "int64", "invoice_date": kind}
    lenient = settings_of("base", ingestion={"largest_invalid_share": 1}).ingestion
    retail, _ = nodes.read_lines(table([line], types), lenient)
    found = retail.to_pandas().invoice_date[0]
    assert (None if pd.isna(found) else str(found)) == moment


@pytest.mark.parametrize("kind", ["float64", "int64"])
def test_every_line_of_a_column_of_numbers_keeps_its_own_date(kind):
    numbers = [40148, 40149, 40149, 40213]
    lines = [{"line_number": at, **ORDINARY, "invoice_date": number} for at, number in enumerate(numbers, start=1)]
    types = {**dict.fromkeys(RETAIL_TYPES, "string"), "line_number": "int64", "invoice_date": kind}
    retail, _ = nodes.read_lines(table(lines, types), BASE)
    found = retail.to_pandas()
    assert found.line_number.tolist() == [1, 2, 3, 4]
    assert found.invoice_date.dt.strftime("%d/%m/%y").tolist() == ["01/12/09", "02/12/09", "02/12/09", "04/02/10"]


DAYS = {
    "%Y-%m-%d": 4, "%Y/%m/%d": 4, "%d/%m/%Y": 4, "%m/%d/%Y": 4, "%d.%m.%Y": 4, "%d-%m-%y": 2, "%m/%d/%y": 2,
    "%d %b %Y": 4, "%B %d, %Y": 4, "%d-%b-%y": 2, "%a, %d %b %Y": 4, "%Y%m%d": 4,
}  # fmt: skip
CLOCKS = [
    "",
    " %H:%M",
    "T%H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S%p",
    ", %H:%M",
    " %H:%M:%S.%f",
    " %H:%M +0100",
    " %H:%M:%SZ",
]


@pytest.mark.slow
@settings(max_examples=15)
@given(
    written=st.lists(
        st.datetimes(datetime(2000, 1, 1), datetime(2067, 12, 31)).map(
            lambda moment: moment.replace(second=0, microsecond=0)
        ),
        min_size=1,
        max_size=8,
    ),
    day=st.sampled_from(sorted(DAYS)),
    clock=st.sampled_from(CLOCKS),
)
def test_a_column_written_in_any_format_reads_back_or_is_refused(written, day, clock):
    expected = [moment if clock else datetime.combine(moment, datetime.min.time()) for moment in written]
    texts = [moment.strftime(day + clock) for moment in written]
    lines, complaint = read_or_refuse(*[{"invoice_date": text} for text in texts])
    assert "ingestion.date_order" in complaint or lines.invoice_date.tolist() == expected


def test_all_days_of_five_years_survive_day_numbers_and_names():
    days = [date(2008, 1, 1) + timedelta(days=number) for number in range(5 * 366)]
    for spelling in ("%d %B %Y", "%b %d %Y", "%d/%m/%Y"):
        assert moments(*[day.strftime(spelling) for day in days]) == [f"{day} 00:00:00" for day in days]
    assert moments(*[str((day - date(1899, 12, 30)).days) for day in days]) == [f"{day} 00:00:00" for day in days]
