"""What holds for every invoice line: its columns, when it can be counted, what it amounts to."""

import string

import ibis
import ibis.expr.types as ir
import pandas as pd

DELIVERED_COLUMNS = (
    "invoice_no",
    "stock_code",
    "description",
    "quantity",
    "invoice_date",
    "unit_price",
    "customer_id",
    "country",
)
"""What an extract says of a line, in order."""

OPTIONAL_COLUMNS = ("currency", "invoice_type")
"""What an extract may say of a line beside that, in order, as text; null where the extract has no such column."""

EXTRACT_COLUMNS = (*DELIVERED_COLUMNS, *OPTIONAL_COLUMNS)
"""What is read of a line from any extract."""

RETAIL_COLUMNS = ("extract", "line_number", *DELIVERED_COLUMNS)
"""The columns of a line: where it was delivered, and what was delivered."""

REQUIRED_COLUMNS = ("invoice_no", "stock_code", "quantity", "invoice_date", "unit_price")
"""Without each of these a line is invalid: it cannot be counted."""

PRICE = "decimal(18, 6)"
"""Unit prices in pounds, with up to six decimals: small parts cost fractions of a penny."""

MONEY = "decimal(18, 3)"
"""Amounts in pounds, to the tenth of a penny."""

MOMENT = "timestamp(6)"
"""A moment without time zone, as the shop's clock showed it; held to the microsecond, meant to the second."""

_LOWER, _UPPER = string.ascii_lowercase, string.ascii_uppercase

_LARGEST_AMOUNT = 1e11
"""Pounds. A line that amounts to more is a typing error, and would not fit into ``MONEY``."""


def as_code(text: ir.StringColumn) -> ir.StringColumn:
    """The text as codes are compared: trimmed, and a to z in upper case.

    What upper case is beyond those letters depends on the engine, and in databases on the locale.
    """
    return text.strip().translate(_LOWER, _UPPER)


def is_invalid(lines: ir.Table) -> ir.BooleanColumn:
    """Whether a line lacks a value that it needs, or has an impossible amount."""
    return ibis.or_(*(lines[column].isnull() for column in REQUIRED_COLUMNS), ~_is_possible(lines))


def line_amount(lines: ir.Table) -> ir.DecimalColumn:
    """The amount of each line in pounds: quantity times unit price, rounded to the tenth of a penny.

    Exactly half of a tenth is rounded away from zero. The amount is null where it is impossible, or where
    quantity or price are unknown.
    """
    quantity = ibis.ifelse(_is_possible(lines), lines.quantity, ibis.null("int64"))
    # Rounding takes engines ten times as long as multiplying, and few prices need it.
    price = lines.unit_price.cast(MONEY)
    return ibis.ifelse(
        price == lines.unit_price, (quantity * price).cast(MONEY), (quantity * lines.unit_price).cast(MONEY)
    )


def known_hour(moment: ir.TimestampColumn) -> ir.IntegerColumn:
    """The hour of each moment; null at midnight sharp, which is what a day without a time is read as."""
    return ibis.ifelse(moment == moment.truncate("D"), ibis.null("int64"), moment.hour().cast("int64"))


def to_frame(table: ir.Table) -> pd.DataFrame:
    """An engine table in memory, exact amounts as floats: a million exact ones would take pandas long."""
    exact = [name for name, kind in table.schema().items() if kind.is_decimal()]
    return table.mutate(**{name: table[name].cast("float64") for name in exact}).to_pandas()


def _is_possible(lines: ir.Table) -> ir.BooleanColumn:
    return (lines.quantity.cast("float64") * lines.unit_price.cast("float64")).abs() < _LARGEST_AMOUNT
