"""One schema per public dataset: what a row is, what each column means, and which values it can hold.

The catalog attaches them with ``validator:``, so nothing else is saved under a public name. Tables of the
engine are checked for their columns and types; what their values must satisfy is computed in
``account_for_lines`` and checked in the bounded tables made from them.
"""

from typing import Any

import ibis.expr.datatypes as dt
import pandas as pd
import pandera.ibis as engine
import pandera.pandas as bounded

SCORE_RANGE = {"ge": 1, "le": 5}
SHARE_RANGE = {"ge": 0, "le": 1 + 1e-9}


def _column(description: str, **options: Any) -> Any:
    return engine.Field(description=description, nullable=True, **options)


def _money(description: str) -> Any:
    return _column(description, dtype_kwargs={"precision": 18, "scale": 3})


def _moment(description: str) -> Any:
    return _column(description, dtype_kwargs={"scale": 6})


class _EngineTable(engine.DataFrameModel):
    class Config:
        strict = True
        ordered = True


class _BoundedTable(bounded.DataFrameModel):
    class Config:
        strict = True
        ordered = True


class Retail(_EngineTable):
    """A row per line of the extract, typed; a value that is missing or cannot be read is null."""

    extract: str = _column("the file, or file and sheet, that the line came in")
    line_number: dt.Int64 = _column("the line's number within its extract, from 1")
    invoice_no: str = _column("invoice number; one that starts with C is a cancellation")
    stock_code: str = _column("stock code")
    description: str = _column("product description")
    quantity: dt.Int64 = _column("units; negative in cancellations and stock movements")
    invoice_date: dt.Timestamp = _moment("when the line was invoiced, to the second")
    unit_price: dt.Decimal = _money("price of one unit, pounds")
    customer_id: dt.Int64 = _column("customer number; empty for anonymous lines")
    country: str = _column("the customer's country")


class Transactions(Retail):
    """A row per line that counts; stock_code is upper-cased and trimmed, description trimmed."""

    line_type: str = _column("what the line is, by its stock code")
    is_cancellation: bool = _column("whether the line's invoice is a cancellation")
    amount: dt.Decimal = _money("quantity times unit price, pounds")


class ExcludedLines(Retail):
    """A row per line that does not count."""

    reason: str = _column("the first reason for exclusion that applies")


class Invoices(_EngineTable):
    """A row per invoice among the transactions."""

    invoice_no: str = _column("invoice number")
    invoice_date: dt.Timestamp = _moment("when the invoice's first line was invoiced")
    customer_id: dt.Int64 = _column("customer number; empty for anonymous invoices")
    country: str = _column("the customer's country")
    is_cancellation: bool = _column("whether the invoice is a cancellation")
    lines: dt.Int64 = _column("lines of the invoice")
    units: dt.Int64 = _column("units, net of negative quantities")
    amount: dt.Decimal = _money("net amount, pounds")


class InvalidValues(_BoundedTable):
    """A row per extract, column and problem with values that cannot be used."""

    extract: str = bounded.Field(description="the file, or file and sheet")
    column: str = bounded.Field(description="the column of retail")
    problem: str = bounded.Field(
        isin=["missing", "unreadable"], description="nothing there, or nothing of its kind"
    )
    lines: int = bounded.Field(ge=1, description="lines with the problem")
    first_line: int = bounded.Field(ge=1, description="number of the first of them within the extract")
    example: str = bounded.Field(nullable=True, description="what stands in the first of them")


class DataQuality(_BoundedTable):
    """A row for the transactions, one per reason for exclusion, and the total of the extract."""

    rule: str = bounded.Field(unique=True, description="transactions, a reason for exclusion, or total")
    lines: int = bounded.Field(ge=0, description="lines of the extract")
    amount: float = bounded.Field(description="what these lines amount to, pounds")
    share_of_lines: float = bounded.Field(description="of all lines of the extract", **SHARE_RANGE)

    @bounded.dataframe_check
    def total_is_last_and_reconciles(cls, table: pd.DataFrame) -> bool:  # noqa: N805
        """The rows before the last one add up to it, in lines and to the tenth of a penny."""
        parts, total = table.iloc[:-1], table.iloc[-1]
        return (
            total.rule == "total"
            and parts.lines.sum() == total.lines
            and abs(parts.amount.sum() - total.amount) < 5e-4
        )


class DataPeriod(_BoundedTable):
    """One row: the moments between which the transactions lie."""

    first_line: pd.Timestamp = bounded.Field(coerce=True, description="the earliest transaction")
    last_line: pd.Timestamp = bounded.Field(coerce=True, description="the latest transaction")
    data_end: pd.Timestamp = bounded.Field(coerce=True, description="the midnight that ends the last day")


class InvoiceAmountDistribution(_BoundedTable):
    """A row per population of invoices."""

    population: str = bounded.Field(
        isin=["all", "up_to_p85"], description="all invoices, or those up to the 85% cut"
    )
    invoices: int = bounded.Field(ge=0, description="invoices in the population")
    min: float = bounded.Field(nullable=True, description="smallest amount, pounds")
    q25: float = bounded.Field(nullable=True, description="lower quartile, pounds")
    median: float = bounded.Field(nullable=True, description="median, pounds")
    mean: float = bounded.Field(nullable=True, description="mean, pounds")
    mode: float = bounded.Field(nullable=True, description="most frequent amount, pounds")
    q75: float = bounded.Field(nullable=True, description="upper quartile, pounds")
    max: float = bounded.Field(nullable=True, description="largest amount, pounds")
    std: float = bounded.Field(nullable=True, description="standard deviation, pounds")
    p85: float = bounded.Field(nullable=True, description="0.85 quantile of the population, pounds")


class MonthlyMetrics(_BoundedTable):
    """A row per month of the data."""

    month: pd.Timestamp = bounded.Field(unique=True, coerce=True, description="first day of the month")
    invoices: int = bounded.Field(ge=0, description="distinct invoices, cancellations included")
    placed_orders: int = bounded.Field(description="orders placed")
    cancelled_orders: int = bounded.Field(ge=0, description="distinct cancellation invoices")
    sales: float = bounded.Field(description="net amount of all transactions, pounds")
    sales_growth: float = bounded.Field(
        nullable=True, description="change of sales over the month before, a fraction"
    )
    active_customers: int = bounded.Field(ge=0, description="customers with an order in the month")
    new_customers: int = bounded.Field(ge=0, description="of these, in their first such month")
    existing_customers: int = bounded.Field(ge=0, description="of these, active in an earlier month already")
    average_order_value: float = bounded.Field(nullable=True, description="amount of an order placed, pounds")
    is_partial: bool = bounded.Field(description="whether the data covers only a part of the month")

    @bounded.dataframe_check
    def active_are_new_or_existing(cls, table: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Every active customer is either new or existing."""
        return table.active_customers == table.new_customers + table.existing_customers


class CohortRetention(_BoundedTable):
    """A row per cohort and months since."""

    cohort: pd.Timestamp = bounded.Field(coerce=True, description="month of the customers' first order")
    months_since: int = bounded.Field(ge=0, description="months since then")
    customers: int = bounded.Field(ge=1, description="customers in the cohort")
    active: int = bounded.Field(ge=0, description="of these, customers with an order in this month")
    retention: float = bounded.Field(description="active of customers", **SHARE_RANGE)
    sales: float = bounded.Field(description="net amount of the cohort's invoices in this month, pounds")


class Rfm(_BoundedTable):
    """A row per scored customer."""

    customer_id: int = bounded.Field(unique=True, description="customer number")
    country: str = bounded.Field(nullable=True, description="country of the latest order")
    first_order: pd.Timestamp = bounded.Field(coerce=True, description="when the first order was placed")
    last_order: pd.Timestamp = bounded.Field(coerce=True, description="when the latest order was placed")
    recency: int = bounded.Field(ge=0, description="whole days from the latest order to the reference moment")
    frequency: int = bounded.Field(ge=1, description="orders")
    monetary: float = bounded.Field(description="net amount, pounds")
    r_score: int = bounded.Field(description="recency score, 5 is the most recent", **SCORE_RANGE)
    f_score: int = bounded.Field(description="frequency score, 5 is the most frequent", **SCORE_RANGE)
    m_score: int = bounded.Field(description="monetary score, 5 is the highest", **SCORE_RANGE)
    rfm_score: str = bounded.Field(str_matches=r"^[1-5]{3}$", description="the three scores as digits")
    segment: str = bounded.Field(description="segment of the recency and frequency scores")


class RfmThresholds(_BoundedTable):
    """A row per measure and score."""

    measure: str = bounded.Field(isin=["recency", "frequency", "monetary"], description="what is scored")
    score: int = bounded.Field(description="the score, 5 best", **SCORE_RANGE)
    lower: float = bounded.Field(
        nullable=True,
        description="values above this get the score (the lowest group: also this); of ranks, the lowest",
    )
    upper: float = bounded.Field(
        nullable=True,
        description="values up to this get the score; of ranks, the highest (days, orders or pounds)",
    )
    customers: int = bounded.Field(ge=0, description="customers with the score")


class RfmSegments(_BoundedTable):
    """A row per segment."""

    segment: str = bounded.Field(unique=True, description="name of the segment")
    customers: int = bounded.Field(ge=0, description="customers in the segment")
    share_of_customers: float = bounded.Field(
        nullable=True, description="of all scored customers", **SHARE_RANGE
    )
    recency_mean: float = bounded.Field(nullable=True, description="mean recency, days")
    recency_median: float = bounded.Field(nullable=True, description="median recency, days")
    frequency_mean: float = bounded.Field(nullable=True, description="mean frequency, orders")
    frequency_median: float = bounded.Field(nullable=True, description="median frequency, orders")
    monetary_mean: float = bounded.Field(nullable=True, description="mean monetary, pounds")
    monetary_median: float = bounded.Field(nullable=True, description="median monetary, pounds")
    revenue: float = bounded.Field(description="sum of monetary, pounds")
    share_of_revenue: float = bounded.Field(nullable=True, description="of all scored customers' revenue")


class SegmentMigration(_BoundedTable):
    """A row per pair of segments that customers moved between."""

    segment_before: str = bounded.Field(description="segment at the earlier moment, or (new)")
    segment_after: str = bounded.Field(description="segment at the reference moment, or (none)")
    customers: int = bounded.Field(ge=1, description="customers who moved from the one to the other")
    share: float = bounded.Field(description="of the customers of segment_before", **SHARE_RANGE)
