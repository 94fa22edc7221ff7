"""The customer of a line: a number or a code, as text; null where there is none.

Extracts and files write one customer's number in many ways. All are read alike, wherever they come from, so that
customers can be compared.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

_NO_BREAK_SPACE = "\u00a0"

_ORDINARY = r"^[1-9]\d*$"

_WHOLE_WITH_DECIMALS = r"^(\d+)\.0*$"

_SCIENTIFIC = r"^\s*\d(\.\d+[eE]\+?|[eE]\+)(0?[6-9]|1[0-5])\s*$"
"""How databases and Java write whole numbers from a million on: 1.234567e+06, 1.2345678E7. 12E5 is a code."""

_NO_NUMBER = r"^[-+]?0+(\.0*)?$|^-\s*[\d.]+([eE][-+]?\d+)?$"
"""Zero, and what is negative."""

_EXACT = {dt.float32: 2**24, dt.float64: 2**53}
"""From here on floating numbers are rounded, and the numbers of two customers may become one."""


def read_customer(column: ir.Column, nobody: Sequence[str]) -> ir.StringColumn:
    """The customers as text without blanks around it, null where there is none.

    A whole number has no decimals, whatever its type and spelling: 17850.0 is 17850. All else stays as it is
    delivered, with leading zeros. There is no customer where the value is empty, zero, negative, or one of the texts
    given, in capitals or not. A value that its type has made useless (see :func:`is_lost`) is null, too.
    """
    delivered = _as_text(column)
    # Most are ordinary numbers, for which a single look is enough.
    text = ibis.cases(
        (delivered.re_search(_ORDINARY), delivered),
        (delivered.re_search(_SCIENTIFIC), delivered.cast("float64").cast("decimal(38, 0)").cast("string")),
        else_=delivered.replace(_NO_BREAK_SPACE, " ")
        .strip()
        .re_replace(_WHOLE_WITH_DECIMALS, r"\1")
        .re_replace(_NO_NUMBER, ""),
    )
    # Not isin(): DuckDB joins on many values, after which lines are no longer in their order.
    names = ibis.array(["", *(name.strip().lower() for name in nobody)])
    is_nobody = names.contains(text.lower())
    return ibis.ifelse(is_nobody, ibis.null("string"), text)


def _as_text(column: ir.Column) -> ir.StringColumn:
    kind = column.type()
    if kind.is_boolean():
        return ibis.null("string")
    if not kind.is_floating():
        return column.cast("string")
    # A comparison with NaN is true on some engines.
    known = ibis.ifelse(is_lost(column) | column.isnan(), ibis.null(kind), column)
    whole = known.cast("int64")
    return ibis.ifelse(whole.cast(kind) == known, whole.cast("string"), known.cast("string"))


def is_lost(column: ir.Column) -> ir.BooleanColumn:
    """Whether a value is there, but its type cannot say which customer: yes and no, and numbers it has rounded."""
    kind = column.type()
    if kind.is_boolean():
        return column.notnull()
    if kind.is_floating():
        return ~column.isnan() & (column.abs() >= _EXACT[kind.copy(nullable=True)])
    return ibis.literal(False)


def read_customers(column: pd.Series, nobody: Sequence[str] = ()) -> pd.Series:
    """As :func:`read_customer`, for a column in memory."""
    texts = pd.DataFrame({"place": range(len(column)), "customer_id": column.astype("str").array})
    table = ibis.memtable(texts, schema={"place": "int64", "customer_id": "string"})
    read = table.mutate(customer_id=read_customer(table.customer_id, nobody)).order_by("place").to_pandas()
    return read.customer_id.set_axis(column.index).astype("str")
