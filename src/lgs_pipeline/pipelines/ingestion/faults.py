"""What is wrong with an extract, in words for the person who sent it."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd


class Fault(NamedTuple):
    """A column of an extract that cannot be trusted, and what to do about it."""

    extract: str
    column: str
    complaint: str


EXPECTED = {
    "invoice_no": "an invoice number",
    "stock_code": "a stock code",
    "quantity": "a whole number",
    "invoice_date": "a date and time such as 2011-12-09 12:50:00",
    "unit_price": "a price with up to 6 decimals",
    "customer_id": "a customer's number or code, as text or an exact number",
}
"""What each column that is checked should hold."""

_ADVICE = (
    ("stock_code", "missing", "", "ingestion.stock_code_from_description"),
    ("quantity", "unreadable", r"\d[.,]\d", "ingestion.decimal_separator"),
    ("unit_price", "unreadable", r"\d[.,]\d", "ingestion.decimal_separator"),
    ("invoice_date", "unreadable", r"^\s*\d{4}\D|\d{5}([.,]\d+)?$", "ingestion.earliest_date and latest_date"),
    ("invoice_date", "unreadable", r"^\s*\d{1,3}\D", "ingestion.date_order"),
)
"""The setting that may help, by column, problem, and what the value looks like."""


def faults_of_values(invalid_values: pd.DataFrame, known: Sequence[Fault]) -> list[Fault]:
    """A fault for each column and problem of the values that cannot be used, that of the extract with most lines.

    Columns whose format is a fault already are left out: until it is known, no value of theirs can be judged.
    """
    explained = {fault.column for fault in known}
    findings = invalid_values.sort_values("lines", kind="stable", ascending=False)
    worst = findings.drop_duplicates(["column", "problem"])
    return [
        Fault(row.extract, row.column, _complaint(row)) for row in worst.itertuples() if row.column not in explained
    ]


def _complaint(row: Any) -> str:
    found = "nothing" if row.problem == "missing" else repr(row.example)
    setting = next(
        (
            setting
            for column, problem, shape, setting in _ADVICE
            if (column, problem) == (row.column, row.problem) and re.search(shape, str(row.example))
        ),
        "",
    )
    place = f"data line {row.first_line}, column {row.column}"
    return f"{place}: found {found}, expected {EXPECTED[row.column]}{f'; see {setting}' if setting else ''}"


def in_one_line(faults: Iterable[Fault]) -> str:
    """All faults, each extract named once."""
    by_extract = groupby(faults, key=lambda fault: fault.extract)
    return "; ".join(f"{extract}: {'; '.join(fault.complaint for fault in group)}" for extract, group in by_extract)
