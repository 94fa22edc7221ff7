"""Who a customer is: one customer in many spellings, and the many words for nobody."""

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.customer_ids import read_customer, read_customers
from tests.building import settings_of

NOBODY = settings_of("base").ingestion.nobody


def read(*values: object, kind: str = "string") -> list[str | None]:
    """The customers of a column of this type."""
    column = ibis.memtable({"customer_id": list(values)}, schema={"customer_id": kind})
    return column.select(read=read_customer(column.customer_id, NOBODY)).to_pyarrow()["read"].to_pylist()


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        ("17850", "17850"),
        ("17850.0", "17850"),
        (" 17850.00 ", "17850"),
        ("17850.", "17850"),
        ("\u00a017850\t", "17850"),
        # As PostgreSQL and Java write reals.
        ("1.234567e+06", "1234567"),
        ("1e+06", "1000000"),
        ("1.2345678E7", "12345678"),
        ("12345678901234567890.0", "12345678901234567890"),
    ],
)
def test_a_whole_number_is_the_same_customer_in_all_spellings(text, customer):
    assert read(text) == [customer]


@pytest.mark.parametrize(
    "code",
    ["CG-12000", "00012000", "a17", "12E5", "1e5", "17850.5", "anna@example.com", "+44 20 7946 0958", "x.0", "null-ish",
     "1.2.0", "1,250", "1e+99", "5e-07"],
)  # fmt: skip
def test_what_is_no_whole_number_with_decimals_stays_as_it_is_delivered(code):
    assert read(code, f" {code} ") == [code, code]


def test_customers_who_differ_in_capitals_or_zeros_are_not_one():
    assert read("AB1", "ab1", "0012", "12") == ["AB1", "ab1", "0012", "12"]


@pytest.mark.parametrize(
    "text",
    [None, "", " ", "\u00a0", "0", "0.0", "000", "-0", "-1", "-1.0", "- 5", "-1e+06", "NULL", "Guest", " guest ", "NaN",
     "None", "N/A", "na", "#N/A", "<NA>", "nil", "UNKNOWN", "Anonymous", "-", "--", "?", "\\N", "Walk-In"],
)  # fmt: skip
def test_nobody_is_null(text):
    assert read(text, "17850") == [None, "17850"]


@pytest.mark.parametrize(
    ("kind", "value", "customer"),
    [
        ("int8", 5, "5"),
        ("int64", -5, None),
        ("int64", 0, None),
        ("uint64", 2**64 - 1, "18446744073709551615"),
        ("float32", 17850.0, "17850"),
        ("float32", 2.0**24 - 1, "16777215"),
        ("float32", 2.0**24, None),
        ("float64", 17850.0, "17850"),
        ("float64", 12.5, "12.5"),
        ("float64", -0.0, None),
        ("float64", float("nan"), None),
        ("float64", float("inf"), None),
        ("float64", 2.0**53 - 1, "9007199254740991"),
        ("float64", 2.0**53, None),
        ("boolean", True, None),
    ],
)
def test_numbers_of_any_type_are_text_as_long_as_they_are_exact(kind, value, customer):
    assert read(value, kind=kind) == [customer]


def test_decimals_are_whole_numbers_to_their_last_digit():
    column = ibis.literal("99999999999999999999999999999999.00").cast("decimal(38, 2)")
    assert ibis.memtable({"one": [1]}).select(read=read_customer(column, NOBODY)).to_pyarrow()["read"].to_pylist() == [
        "9" * 32
    ]


def test_a_column_in_memory_keeps_its_order_and_index():
    column = pd.Series(["12346.0", None, "b", "0"], index=[7, 5, 3, 1])
    found = read_customers(column)
    assert found.index.tolist() == [7, 5, 3, 1]
    assert found.fillna("").tolist() == ["12346", "", "b", ""]
    assert read_customers(column.head(0)).empty


@pytest.mark.slow
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=20))
def test_what_has_been_read_reads_the_same_again(texts):
    once = read(*texts)
    assert read(*once) == once
