"""The public tables of monthly metrics."""

import pandas as pd
import pandera.pandas as bounded

from lgs_pipeline.tables import Table, change, count, flag, month, pounds, share, text


class InvoiceAmountDistribution(Table):
    """A row per population of invoices."""

    population: str = text("Population", "all invoices, or those up to the 85% cut", isin=["all", "up_to_p85"])
    invoices: int = count("Invoices", "invoices in the population")
    min: float = pounds("Smallest", "smallest amount", nullable=True)
    q25: float = pounds("Lower quartile", "lower quartile", nullable=True)
    median: float = pounds("Median", "median", nullable=True)
    mean: float = pounds("Mean", "mean", nullable=True)
    mode: float = pounds("Most frequent", "most frequent amount", nullable=True)
    q75: float = pounds("Upper quartile", "upper quartile", nullable=True)
    max: float = pounds("Largest", "largest amount", nullable=True)
    std: float = pounds("Standard deviation", "standard deviation", nullable=True)
    p85: float = pounds("85% cut", "0.85 quantile of the population", nullable=True)


class MonthlyMetrics(Table):
    """A row per month of the data."""

    month: pd.Timestamp = month("Month", "first day of the month", unique=True)
    invoices: int = count("Invoices", "distinct invoices, cancellations included")
    # Orders less cancellations can be below zero.
    placed_orders: int = count("Orders placed", "orders placed in the month", ge=None)
    cancelled_orders: int = count("Orders cancelled", "distinct cancellation invoices")
    sales: float = pounds("Sales", "net amount of all transactions")
    sales_growth: float = change(
        "Growth over the month before", "change of sales over the month before, a fraction", nullable=True
    )
    active_customers: int = count("Active customers", "customers with an order in the month")
    new_customers: int = count("New customers", "of these, in their first such month")
    existing_customers: int = count("Existing customers", "of these, active in an earlier month already")
    average_order_value: float = pounds("Average order value", "mean amount of the orders placed", nullable=True)
    is_partial: bool = flag(
        "Part of a month", "whether the data lacks selling days of the month; without any invoice, it lacks them all"
    )

    @bounded.dataframe_check
    @classmethod
    def active_are_new_or_existing(cls, table: pd.DataFrame) -> pd.Series:
        """Every active customer is either new or existing."""
        return table.active_customers == table.new_customers + table.existing_customers


class CohortRetention(Table):
    """A row per cohort and months since."""

    cohort: pd.Timestamp = month("Cohort", "month of the customers' first order")
    months_since: int = count("Months since", "months since then")
    customers: int = count("Customers", "customers in the cohort", ge=1)
    active: int = count("Active customers", "of these, customers with an order in this month")
    retention: float = share("Retention", "active of customers")
    sales: float = pounds("Sales", "net amount of the cohort's invoices in this month")
