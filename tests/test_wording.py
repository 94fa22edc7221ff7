"""How numbers and names are written."""

import math

import pandas as pd
import pytest

from lgs_pipeline import wording


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "£0"), (0.19, "£0.19"), (15.0, "£15"), (9.5, "£9.50"), (303.6, "£304"), (3842.4, "£3,842"),
        (10_228.8, "£10.2k"), (933_841, "£934k"), (999_499, "£999k"), (999_600, "£1.00m"),
        (8_714_933, "£8.71m"), (1_234_567_890, "£1,235m"), (-64.68, "−£65"), (math.nan, "–"), (math.inf, "–"),
    ],
)  # fmt: skip
def test_an_amount_is_written_in_three_digits_or_so(value, written):
    assert wording.pounds(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "£0"), (0.1, "£0.1"), (200, "£200"), (10_000, "£10k"), (100_000, "£100k"), (1_400_000, "£1.4m"),
     (2_000_000, "£2m"), (-500, "−£500")],
)  # fmt: skip
def test_an_amount_on_an_axis_has_no_needless_zeros(value, written):
    assert wording.round_pounds(value) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.531, "53%"), (0, "0%"), (0.001, "under 1%"), (0.9999, "over 99%"), (1, "100%"), (-0.25, "−25%"),
     (2.5, "250%"), (math.nan, "–")],
)  # fmt: skip
def test_a_share_that_is_not_nothing_and_not_all_does_not_look_so(share, written):
    assert wording.percent(share) == written


def test_shares_can_have_more_digits():
    assert wording.percent(0.97292, digits=1) == "97.3%"
    assert wording.percent(0.00001, digits=2) == "under 0.01%"


@pytest.mark.parametrize(
    ("fraction", "written", "signed"),
    [
        (0.023, "2.3% more", "+2.3%"), (-0.14, "14% less", "−14%"), (0.0001, "about the same", "±0%"),
        (math.nan, "–", "–"),
    ],
)  # fmt: skip
def test_a_change_has_its_direction(fraction, written, signed):
    assert wording.change(fraction) == written
    assert wording.signed_percent(fraction) == signed


def test_amounts_can_be_exact():
    assert wording.exact_pounds(8_714_933.4) == "£8,714,933"
    assert wording.exact_pounds(-0.004, pence=True) == "£0.00"
    assert wording.exact_pounds(-15, pence=True) == "−£15.00"


def test_one_thing_has_the_name_of_one():
    assert wording.pluralise(1, "customer") == "1 customer"
    assert wording.pluralise(5869, "customer") == "5,869 customers"


def test_names_stand_in_a_sentence():
    assert wording.listed([]) == ""
    assert wording.listed(["A"]) == "A"
    assert wording.listed(["A", "B", "C"]) == "A, B and C"


def test_days_and_months_are_written_out():
    moment = pd.Timestamp("2011-12-09 12:50")
    assert (wording.day(moment), wording.month(moment)) == ("9 December 2011", "December 2011")


def test_months_that_follow_each_other_are_a_span():
    months = pd.to_datetime(["2010-11-01", "2010-12-01", "2011-01-01", "2011-03-01"])
    assert wording.month_spans(months) == ["November 2010 to January 2011", "March 2011"]
    assert wording.month_spans([]) == []


def test_text_becomes_one_line_without_marks_that_turn_it_round():
    assert wording.plain("a\n\u202eb\x00\t c\u200f") == "a b c"
    assert wording.shortened("x" * 4000, 10) == "x" * 9 + "…"
    assert wording.shortened("short") == "short"


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (0, 0), (1, -2), (1, float("nan"))])
def test_there_is_no_ratio_to_nothing(part, whole):
    assert pd.isna(wording.fraction(part, whole))
