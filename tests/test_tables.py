"""What a schema says of a column is what is shown of it, wherever it is shown."""

import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from lgs_pipeline import tables as described
from lgs_pipeline.tables import Column, Table, column_of, columns_of, heading, with_headings


class Sweets(Table):
    """A row per sweet."""

    sweet: str = described.text("Sweet", "what it is called", unique=True)
    price: float = described.pounds("Price", "what one costs", nullable=True)
    eaten: int = described.count("Eaten", "how many were eaten", "sweets")
    share: float = described.share("Share", "of all sweets")
    mood: str = described.text("Mood", "how one feels", labels={"ok": "not bad"})


SWEETS = pd.DataFrame({"sweet": ["fudge"], "price": [1200.4], "eaten": [5], "share": [0.125], "mood": ["ok"]})


def test_a_heading_has_the_unit_of_its_column():
    assert [column.heading for column in columns_of(Sweets)] == [
        "Sweet", "Price (£)", "Eaten (sweets)", "Share", "Mood",
    ]  # fmt: skip
    assert heading(Sweets, "price") == "Price (£)"


def test_columns_are_those_named_in_the_order_given():
    assert [column.name for column in columns_of(Sweets, "eaten", "sweet")] == ["eaten", "sweet"]


def test_a_place_can_have_a_heading_of_its_own():
    assert column_of(Sweets, "mood", heading="Now").heading == "Now"


def test_a_frame_can_be_shown_under_its_headings():
    shown = with_headings(SWEETS, Sweets, ["sweet", "price"])
    assert shown.to_dict("records") == [{"Sweet": "fudge", "Price (£)": 1200.4}]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("price", 1200.4, "1,200"),
        ("price", float("nan"), "–"),
        ("eaten", 5000, "5,000"),
        ("share", 0.125, "12%"),
        ("mood", "ok", "not bad"),
        ("mood", "sick", "sick"),
    ],
)
def test_a_value_is_formatted_by_its_kind_or_shown_by_its_label(column, value, text):
    assert column_of(Sweets, column).format_value(value) == text


@pytest.mark.parametrize(
    ("kind", "digits", "value", "text"),
    [
        ("number", 0, 4.0, "4"),
        ("number", 0, 4.5, "4.5"),
        ("statistic", 3, 0.01234, "0.012"),
        ("share", 2, 0.97293, "97.29%"),
        ("identifier", 0, 12346, "12346"),
        ("name", 0, "win_back", "Win back"),
        ("day", 0, "2011-12-09", "9 December 2011"),
        ("month", 0, "2011-12-01", "December 2011"),
        ("flag", 0, True, "yes"),
        ("flag", 0, False, ""),
    ],
)
def test_every_kind_has_its_format(kind, digits, value, text):
    assert Column(name="x", heading="X", kind=kind, digits=digits).format_value(value) == text


def test_the_schema_still_guards_the_table():
    Sweets.validate(SWEETS)
    for broken in (
        SWEETS.assign(share=1.2), SWEETS.assign(eaten=-1), SWEETS.assign(more=1), SWEETS.drop(columns="mood"),
        pd.concat([SWEETS, SWEETS]), SWEETS[["price", "sweet", "eaten", "share", "mood"]],
    ):  # fmt: skip
        with pytest.raises((SchemaError, SchemaErrors)):
            Sweets.validate(broken)
