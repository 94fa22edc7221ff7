"""The public tables of cleaning."""

import ibis.expr.datatypes as dt
import pandas as pd
import pandera.pandas as bounded

from lgs_pipeline.pipelines.ingestion.schemas import Retail
from lgs_pipeline.tables import (
    EngineTable,
    Table,
    count,
    exact_moment,
    exact_pounds,
    flag,
    identifier,
    moment,
    number,
    pounds,
    share,
    text,
)

RULES = {
    "transactions": "counted",
    "invalid": "a value that is missing or cannot be read",
    "repeated_invoice": "an invoice that was delivered more than once",
    "implausible_date": "a date that cannot be right",
    "superseded": "a copy of an invoice that another copy replaces",
    "test": "a test entry",
    "zero_price": "a price of zero (gifts, stock movements)",
    "adjustment": "a correction of the books",
    "fee": "a fee (bank, marketplace)",
    "sample": "a sample",
    "total": "all of the extract",
}
"""What happens to lines, or why they do not count, in words."""


class Transactions(Retail):
    """A row per line that counts; codes in capitals, texts trimmed, the customer that of the line's invoice."""

    line_type: str = text("Line type", "what the line is, by its stock code")
    is_cancellation: bool = flag("Cancellation", "whether the line's invoice is a cancellation")
    amount: dt.Decimal = exact_pounds("Amount", "quantity times unit price")


class ExcludedLines(Retail):
    """A row per line that does not count."""

    reason: str = text("Reason", "the first reason for exclusion that applies", labels=RULES)


class Invoices(EngineTable):
    """A row per invoice among the transactions; number, date and customer together are its key."""

    invoice_no: str = text("Invoice", "invoice number")
    invoice_date: dt.Timestamp = exact_moment("Invoiced", "when the invoice's first line was invoiced")
    customer_id: str = text("Customer", "the customer's number or code; empty where the invoice names nobody")
    country: str = text("Country", "the customer's country")
    is_cancellation: bool = flag("Cancellation", "whether the invoice is a cancellation")
    lines: dt.Int64 = number("Lines", "lines of the invoice")
    units: dt.Int64 = number("Units", "units, net of negative quantities")
    amount: dt.Decimal = exact_pounds("Amount", "net amount")


class DataQuality(Table):
    """A row for the transactions, one per reason for exclusion, and the total of the extract."""

    rule: str = text("Lines", "transactions, a reason for exclusion, or total", unique=True, labels=RULES)
    lines: int = count("Number of lines", "lines of the extract")
    amount: float = pounds("Amount", "what these lines amount to; empty where that is not known", nullable=True)
    share_of_lines: float = share("Share of lines", "of all lines of the extract", digits=2)

    @bounded.dataframe_check
    @classmethod
    def total_is_last_and_reconciles(cls, table: pd.DataFrame) -> bool:
        """The rows before the last one add up to it, in lines and to the tenth of a penny."""
        parts, total = table.iloc[:-1], table.iloc[-1]
        return (
            total.rule == "total" and parts.lines.sum() == total.lines and abs(parts.amount.sum() - total.amount) < 5e-4
        )


class DataPeriod(Table):
    """One row: the moments between which the transactions lie."""

    first_line: pd.Timestamp = moment("First line", "the earliest transaction")
    last_line: pd.Timestamp = moment("Latest line", "the latest transaction")
    data_end: pd.Timestamp = moment("End of the data", "the midnight that ends the last day")
    covered_from: pd.Timestamp = moment(
        "Covered from", "the midnight that begins the first day, or the closed days right before it"
    )
    covered_until: pd.Timestamp = moment(
        "Covered until", "the midnight that ends the last day, or the closed days right after it"
    )


class ImplausibleDates(Table):
    """A row per day that lines are dated to, and cannot have been invoiced on."""

    day: pd.Timestamp = moment("Day", "the day as it was delivered", unique=True)
    problem: str = text(
        "Problem", "later than the day of the run, or far from all other dates", isin=["future", "isolated"]
    )
    lines: int = count("Lines", "lines dated to the day", ge=1)
    extract: str = text("Extract", "the file, or file and sheet, of the first of them")
    line_number: int = identifier("Line", "the number of the first of them within its extract", ge=1)
    invoice_no: str = text("Invoice", "the invoice of the first of them")


class DataDoubts(Table):
    """A row per doubt about the data: what should be looked at before the figures are believed."""

    doubt: str = text("About", "the rule that leaves out many lines or pounds, `order`, `date` or `customer`")
    statement: str = text("Doubt", "what was found")
    setting: str = text("Setting", "the setting that mends it, if it is an error")
