"""What holds for every invoice line: its columns, when it can be counted, what it amounts to."""

import string

import ibis
import ibis.expr.types as ir

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

RETAIL_COLUMNS = ("extract", "line_number", *DELIVERED_COLUMNS)
"""The columns of a line: where it was delivered, and what was delivered."""

REQUIRED_COLUMNS = ("invoice_no", "stock_code", "quantity", "invoice_date", "unit_price")
"""Without each of these a line is invalid: it cannot be counted."""

MONEY = "decimal(18, 3)"
"""Pounds to the tenth of a penny: unit prices, and the amounts that they make."""

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
    """The amount of each line in pounds, quantity times unit price, exact; null where it is impossible."""
    quantity = ibis.ifelse(_is_possible(lines), lines.quantity, ibis.null("int64"))
    return (quantity * lines.unit_price).cast(MONEY)


def _is_possible(lines: ir.Table) -> ir.BooleanColumn:
    return (lines.quantity.cast("float64") * lines.unit_price.cast("float64")).abs() < _LARGEST_AMOUNT
