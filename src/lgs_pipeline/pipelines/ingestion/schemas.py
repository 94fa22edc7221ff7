"""The public tables of ingestion."""

import ibis.expr.datatypes as dt
import pandas as pd

from lgs_pipeline.tables import EngineTable, Table, count, exact_moment, exact_price, identifier, moment, number, text


class Retail(EngineTable):
    """A row per line of the extract, typed; a value that is missing or cannot be read is null."""

    extract: str = text("Extract", "the file, or file and sheet, that the line came in")
    line_number: dt.Int64 = identifier("Line", "the line's number within its extract, from 1")
    invoice_no: str = text("Invoice", "invoice number")
    stock_code: str = text("Stock code", "stock code")
    description: str = text("Product", "product description")
    quantity: dt.Int64 = number("Quantity", "units; negative in cancellations and stock movements", "units")
    invoice_date: dt.Timestamp = exact_moment("Invoiced", "when the line was invoiced, to the second")
    unit_price: dt.Decimal = exact_price("Unit price", "price of one unit")
    customer_id: str = text("Customer", "the customer's number or code; empty where the line names nobody")
    country: str = text("Country", "the customer's country")


class Extracts(Table):
    """A row per file, or file and sheet, that lines came in."""

    extract: str = text("Extract", "the file, or file and sheet", unique=True)
    lines: int = count("Lines", "lines in it")
    first_line: pd.Timestamp = moment("First line", "the earliest readable moment of a line", nullable=True)
    last_line: pd.Timestamp = moment("Latest line", "the latest readable moment of a line", nullable=True)


class InvalidValues(Table):
    """A row per extract, column and problem with values that cannot be used."""

    extract: str = text("Extract", "the file, or file and sheet")
    column: str = text("Column", "the column of retail")
    problem: str = text("Problem", "nothing there, or nothing of its kind", isin=["missing", "unreadable"])
    lines: int = count("Lines", "lines with the problem", ge=1)
    first_line: int = identifier("First line", "number of the first of them within the extract", ge=1)
    # pandera has a method of this name, which makes up a table; nobody calls it here.
    example: str = text("Example", "the value in the first of them", nullable=True)  # type: ignore[assignment]
