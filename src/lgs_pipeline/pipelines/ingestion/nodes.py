"""From the lines as delivered to typed lines: exact prices, whole quantities, moments in time."""

from datetime import timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.customer_ids import is_lost, read_customer
from lgs_pipeline.lines import MOMENT, PRICE, REQUIRED_COLUMNS
from lgs_pipeline.pipelines.ingestion.currencies import find_currencies
from lgs_pipeline.pipelines.ingestion.dates import PLAIN
from lgs_pipeline.pipelines.ingestion.formats import DATE, NUMBERS, plainest, rewrite_by_format
from lgs_pipeline.pipelines.ingestion.refusals import refuse_untrustworthy
from lgs_pipeline.pipelines.ingestion.settings import IngestionSettings

NOISE = 1e-8
"""A number as close as this to one that can be held is meant to be that one: 2.0999999999999996 is 2.1."""

LARGEST = {"int64": 9e18, PRICE: 1e12}
"""A number as large as this cannot be held by the type."""


def read_lines(extract: ir.Table, settings: IngestionSettings) -> tuple[ir.Table, pd.DataFrame]:
    """The extract's lines with typed values, and what could not be read.

    Parameters
    ----------
    extract
        A row per line, in the columns of ``retail``, each as it was delivered: text, or the type of its file.
        Perhaps a column ``currency`` besides.
    settings
        How dates and numbers are written, and the share of invalid lines at which the run stops.

    Returns
    -------
    retail
        A row per line: quantity whole numbers, customer_id text, invoice_date to the second, unit_price
        in pounds with up to six decimals. A value that cannot be read is null.
    invalid_values
        A row per extract, column and problem: how many lines, the first of them, and its value.

    Raises
    ------
    InputError
        If the text of a column can be read in several ways, the lines are in several currencies, or a larger share
        of them is invalid than the settings allow.
    """
    readings = read_columns(extract, settings)
    lacking = find_lacking(extract, readings)
    unread = [column for column in (*NUMBERS, DATE) if _needs_format(extract[column], column in lacking, settings)]
    faults = find_currencies(extract, has_signs=bool({*unread} & {*NUMBERS}) and extract.unit_price.type().is_string())
    if unread:
        extract, more = rewrite_by_format(extract, unread, settings)
        faults += more
        readings = read_columns(extract, settings)
        lacking = find_lacking(extract, readings)
    retail = extract.select("extract", "line_number", **readings)
    if unread:
        # Rewriting has left the lines in an order that may differ from one run to the next.
        retail = retail.order_by("extract", "line_number")
    invalid_values = find_invalid_values(extract, lacking)
    refuse_untrustworthy(retail, invalid_values, faults, settings.largest_invalid_share)
    return retail, invalid_values


def read_columns(extract: ir.Table, settings: IngestionSettings) -> dict[str, ir.Column]:
    """The columns of ``retail`` as values."""
    stock_code = _or_nothing(read_text(extract.stock_code))
    if settings.stock_code_from_description:
        stock_code = ibis.coalesce(stock_code, _or_nothing(read_text(extract.description)))
    return {
        "invoice_no": read_text(extract.invoice_no).strip().nullif(""),
        "stock_code": stock_code,
        "description": read_text(extract.description),
        "quantity": read_whole_number(plainest(extract, "quantity")),
        "invoice_date": read_moment(plainest(extract, "invoice_date"), settings),
        "unit_price": read_price(plainest(extract, "unit_price")),
        "customer_id": read_customer(extract.customer_id, settings.nobody),
        "country": read_text(extract.country),
    }


def _needs_format(column: ir.Column, is_lacking: bool, settings: IngestionSettings) -> bool:
    """Whether the column holds text, or numbers that may be dates, which is not all written plainly."""
    kind = column.type()
    is_date = column.get_name() == DATE
    has_commas = settings.decimal_separator == "comma" and not is_date
    return (kind.is_string() or (is_date and kind.is_numeric())) and (is_lacking or has_commas)


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
    """The column as pounds with up to six decimals, null where it holds no number or a finer one."""
    return _exactly(column, PRICE)


def read_moment(column: ir.Column, settings: IngestionSettings) -> ir.TimestampColumn:
    """The column as a moment to the second, null where it holds none, or one outside of the plausible dates.

    Of text only what is written plainly is read: 2011-12-09 12:50:00.
    """
    kind = column.type()
    if kind.is_string():
        column = ibis.ifelse(column.like(PLAIN), column, ibis.null("string")).try_cast(MOMENT)
    elif not (kind.is_timestamp() or kind.is_date()):
        return ibis.null(MOMENT)
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
        shortest = column.cast("string") if kind == dt.float32 and target == PRICE else column
        approximate = shortest.cast("float64")
        is_held = approximate.abs() < LARGEST[target]
        number = ibis.ifelse(is_held, shortest, ibis.null(shortest.type())).cast(target)
    loss = (number.cast("float64") - approximate).abs()
    return ibis.ifelse(loss <= NOISE, number, ibis.null(target))


def find_lacking(extract: ir.Table, readings: dict[str, ir.Column]) -> dict[str, ir.BooleanColumn]:
    """The columns that are checked and in which some line lacks a value, each with which lines do."""
    lacks: dict[str, ir.BooleanColumn] = {column: readings[column].isnull() for column in REQUIRED_COLUMNS}
    lacks["customer_id"] = is_lost(extract.customer_id)
    counted = extract.agg(**{column: extract.count(where=lacks[column]) for column in lacks}).to_pandas()
    return {column: lacks[column] for column in lacks if counted[column].iloc[0]}


def find_invalid_values(extract: ir.Table, lacking: dict[str, ir.BooleanColumn]) -> pd.DataFrame:
    """A row per extract, column and problem (missing, unreadable) of the values that make a line invalid.

    Only the columns that lack values are searched. A customer_id that its type has rounded is listed too, although its
    line counts: the customer is lost.
    """
    findings = [
        _find_in_column(extract.mutate(delivered=extract[column].cast("string"), lacks=lacks), column)
        for column, lacks in lacking.items()
    ]
    if not findings:
        texts = ["extract", "column", "problem", "example"]
        kinds = {**dict.fromkeys(texts, "str"), "lines": "int64", "first_line": "int64"}
        columns = ["extract", "column", "problem", "lines", "first_line", "example"]
        return pd.DataFrame(columns=columns).astype(kinds)
    found = (findings[0] if len(findings) == 1 else ibis.union(*findings)).to_pandas()
    return found.sort_values(["extract", "column", "problem"], ignore_index=True)


def _find_in_column(lines: ir.Table, column: str) -> ir.Table:
    """The findings in one column, from its values as delivered and whether the line lacks one."""
    is_blank = lines.delivered.strip().fill_null("") == ""
    return (
        lines.filter(lines.lacks)
        .mutate(column=ibis.literal(column), problem=ibis.ifelse(is_blank, "missing", "unreadable"))
        .group_by("extract", "column", "problem")
        .agg(
            lines=lambda found: found.count(),
            first_line=lambda found: found.line_number.min(),
            example=lambda found: found.delivered.argmin(found.line_number),
        )
    )


def list_invoice_types(extract: ir.Table) -> ir.Table:
    """What type of invoice lines were delivered with, where the extract says so: extract, line_number, invoice_type."""
    if "invoice_type" not in extract.columns:
        extract = extract.mutate(invoice_type=ibis.null("string"))
    typed = extract.filter(extract.invoice_type.notnull())
    return typed.select("extract", "line_number", "invoice_type").order_by("extract", "line_number")


def list_extracts(retail: ir.Table) -> pd.DataFrame:
    """What the lines came in: a row per file or sheet, with its lines and its first and last moment."""
    return (
        retail.group_by("extract")
        .agg(lines=retail.count(), first_line=retail.invoice_date.min(), last_line=retail.invoice_date.max())
        .order_by("extract")
        .to_pandas()
    )
