"""From the lines as delivered to typed lines: exact prices, whole quantities, moments in time."""

from datetime import timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.customer_ids import is_lost, read_customer
from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import MOMENT, MONEY, REQUIRED_COLUMNS, is_invalid
from lgs_pipeline.pipelines.ingestion.settings import IngestionSettings

EXPECTED = {
    "invoice_no": "an invoice number",
    "stock_code": "a stock code",
    "quantity": "a whole number",
    "invoice_date": "a date and time such as 2011-12-09 12:50:00",
    "unit_price": "a price with up to 3 decimals",
    "customer_id": "a customer's number or code, as text or an exact number",
}
"""What each column that is checked should hold."""

NOISE = 1e-8
"""A number as close as this to one that can be held is meant to be that one: 2.0999999999999996 is 2.1."""

LARGEST = {"int64": 9e18, MONEY: 1e15}
"""A number as large as this cannot be held by the type."""

_DAY_FIRST = r"^\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})"


def read_lines(extract: ir.Table, settings: IngestionSettings) -> tuple[ir.Table, pd.DataFrame]:
    """The extract's lines with typed values, and what could not be read.

    Parameters
    ----------
    extract
        A row per line, in the columns of ``retail``, each as it was delivered: text, or the type of its file.
    settings
        How dates are written, and the share of invalid lines at which the run stops.

    Returns
    -------
    retail
        A row per line: quantity whole numbers, customer_id text, invoice_date to the second, unit_price
        in pounds to the tenth of a penny. A value that cannot be read is null.
    invalid_values
        A row per extract, column and problem: how many lines, the first of them, and its value.

    Raises
    ------
    InputError
        If a larger share of the lines is invalid than the settings allow.
    """
    readings = {
        "invoice_no": read_text(extract.invoice_no).strip().nullif(""),
        "stock_code": _or_nothing(read_text(extract.stock_code)),
        "description": read_text(extract.description),
        "quantity": read_whole_number(extract.quantity),
        "invoice_date": read_moment(extract.invoice_date, settings),
        "unit_price": read_price(extract.unit_price),
        "customer_id": read_customer(extract.customer_id, settings.nobody),
        "country": read_text(extract.country),
    }
    retail = extract.select("extract", "line_number", **readings)
    invalid_values = find_invalid_values(extract, readings)
    refuse_invalid_extract(retail, invalid_values, settings.largest_invalid_share)
    return retail, invalid_values


def read_text(column: ir.Column) -> ir.StringColumn:
    """The column as text; a number that stands for a code (489434.0) without its decimals."""
    if column.type().is_floating():
        column = _exactly(column, "int64")
    return column.cast("string")


def _or_nothing(text: ir.StringColumn) -> ir.StringColumn:
    """The text as it is, null where it is blank."""
    return ibis.ifelse(text.strip() == "", ibis.null("string"), text)


def read_whole_number(column: ir.Column) -> ir.IntegerColumn:
    """The column as whole numbers, null where it holds none (``12`` and ``12.0`` do, ``12.5`` does not)."""
    return _exactly(column, "int64")


def read_price(column: ir.Column) -> ir.DecimalColumn:
    """The column as pounds to the tenth of a penny, null where it holds no number or a finer one."""
    return _exactly(column, MONEY)


def read_moment(column: ir.Column, settings: IngestionSettings) -> ir.TimestampColumn:
    """The column as a moment to the second, null where it holds none, or one outside of the plausible dates.

    What is neither text nor a date, such as the number 20091201, is no moment.
    """
    kind = column.type()
    if not (kind.is_string() or kind.is_timestamp() or kind.is_date()):
        return ibis.null(MOMENT)
    if kind.is_string():
        if settings.date_order != "ymd":
            order = r"\3-\2-\1" if settings.date_order == "dmy" else r"\3-\1-\2"
            column = column.re_replace(_DAY_FIRST, order)
        column = column.try_cast(MOMENT)
    moment = column.cast(MOMENT).truncate("s").cast(MOMENT)
    first = ibis.literal(str(settings.earliest_date), type=MOMENT)
    after = ibis.literal(str(settings.latest_date + timedelta(days=1)), type=MOMENT)
    return ibis.ifelse((moment >= first) & (moment < after), moment, ibis.null(MOMENT))


def _exactly(column: ir.Column, target: str) -> ir.Column:
    """The numbers in the column as the target type, null where the type would lose something of them.

    Only text is tried: what has a number's type can be cast, by its type and size. Not every engine can try.
    """
    kind = column.type()
    if kind.is_boolean():
        return ibis.null(target)
    if kind == dt.dtype(target) or (kind.is_integer() and target == "int64"):
        return column.cast(target)
    if kind.is_string():
        number, approximate = column.strip().try_cast(target), column.strip().try_cast("float64")
    else:
        # A real is a price by its shortest text: as a double, 2.1 would be 2.0999999046325684.
        shortest = column.cast("string") if kind == dt.float32 and target == MONEY else column
        approximate = shortest.cast("float64")
        is_held = approximate.abs() < LARGEST[target]
        number = ibis.ifelse(is_held, shortest, ibis.null(shortest.type())).cast(target)
    loss = (number.cast("float64") - approximate).abs()
    return ibis.ifelse(loss <= NOISE, number, ibis.null(target))


def find_invalid_values(extract: ir.Table, readings: dict[str, ir.Column]) -> pd.DataFrame:
    """A row per extract, column and problem (missing, unreadable) of the values that make a line invalid.

    A customer_id that its type has rounded is listed too, although its line counts: the customer is lost.
    """
    findings = [
        _find_in_column(extract.mutate(delivered=extract[column].cast("string"), read=readings[column]), column)
        for column in REQUIRED_COLUMNS
    ]
    customers = extract.mutate(delivered=extract.customer_id.cast("string"), read=readings["customer_id"])
    findings.append(_find_in_column(customers.filter(is_lost(extract.customer_id)), "customer_id"))
    found = ibis.union(*findings).to_pandas()
    return found.sort_values(["extract", "column", "problem"], ignore_index=True)


def _find_in_column(lines: ir.Table, column: str) -> ir.Table:
    """The findings in one column, from its values as delivered and as read."""
    is_blank = lines.delivered.strip().fill_null("") == ""
    return (
        lines.filter(lines.read.isnull())
        .mutate(column=ibis.literal(column), problem=ibis.ifelse(is_blank, "missing", "unreadable"))
        .group_by("extract", "column", "problem")
        .agg(
            lines=lambda found: found.count(),
            first_line=lambda found: found.line_number.min(),
            example=lambda found: found.delivered.argmin(found.line_number),
        )
    )


def refuse_invalid_extract(retail: ir.Table, invalid_values: pd.DataFrame, largest_share: float) -> None:
    """Stop where too many lines are invalid, or too many customers lost, for the rest to be trusted.

    Raises
    ------
    InputError
        Naming the column that most lines fail in, the first such line and its value.
    """
    if invalid_values.empty:
        return
    worst = invalid_values.sort_values("lines", kind="stable").iloc[-1]
    lines = retail.count().execute()
    unusable = max(retail.filter(is_invalid(retail)).count().execute(), worst.lines)
    if unusable > largest_share * lines:
        found = "nothing" if worst.problem == "missing" else repr(worst.example)
        is_date = worst.column == "invoice_date" and worst.problem == "unreadable"
        raise InputError(
            f"{worst.extract}: data line {worst.first_line}, column {worst.column}: found {found}, "
            f"expected {EXPECTED[worst.column]}{'; see ingestion.date_order' if is_date else ''}. "
            f"{unusable:,} of {lines:,} lines are unusable, more than the {largest_share:.1%} that "
            "ingestion.largest_invalid_share allows"
        )


def list_extracts(retail: ir.Table) -> pd.DataFrame:
    """What the lines came in: a row per file or sheet, with its lines and its first and last moment."""
    return (
        retail.group_by("extract")
        .agg(lines=retail.count(), first_line=retail.invoice_date.min(), last_line=retail.invoice_date.max())
        .order_by("extract")
        .to_pandas()
    )
