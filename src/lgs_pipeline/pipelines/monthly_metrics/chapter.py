"""What report, workbook and log say of months, and of customers who come back."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lgs_pipeline.chapters import Chapter, Finding, Section, Sheet, rows_of
from lgs_pipeline.pipelines.monthly_metrics import takeaways
from lgs_pipeline.pipelines.monthly_metrics.schemas import MonthlyMetrics
from lgs_pipeline.tables import columns_of
from lgs_pipeline.wording import count, listed, month, month_spans, pluralise, pounds, signed_percent

_TERMS = {
    "Active customer": (
        "A customer with an order in the month. New: with the first order in it. Existing: all others."
    ),
    "Average order value": (
        "What the month's orders come to, divided by their number; cancellations are not deducted."
    ),
    "Cohort": "The customers who placed their first order in the same month.",
    "Full month": (
        "A month of which the data has all days on which the shop sells. Days on which it is closed, such as public "
        "holidays, may be missing."
    ),
    "Growth": "The change of a month's sales over the month before.",
    "Order": "An invoice that is not a cancellation.",
    "Part of a month": (
        "A month of which the data lacks days on which the shop sells. It does not compare with full months."
    ),
    "Sales": "The amounts of all lines that count, in pounds, less cancellations.",
}


def tell_monthly_metrics(monthly_metrics: pd.DataFrame) -> Chapter:
    """How sales have developed, and who orders."""
    orders = ("sales", "sales_growth", "placed_orders", "cancelled_orders", "average_order_value")
    customers = ("active_customers", "new_customers")
    in_report = columns_of(MonthlyMetrics, "month", *orders, *customers, "is_partial")
    in_sheet = columns_of(MonthlyMetrics, "month", "is_partial", *orders, *customers, "existing_customers")
    return Chapter(
        findings=[_sales(monthly_metrics), *_customers(monthly_metrics), *_partial_months(monthly_metrics)],
        sections=[
            Section(
                anchor="sales",
                question="How have sales developed?",
                drawings=[
                    "monthly_sales",
                    "sales_growth",
                    "monthly_orders",
                    "invoice_amounts",
                    "usual_invoice_amounts",
                ],
                tables=[rows_of("Every month in numbers", monthly_metrics, in_report)],
            ),
            Section(
                anchor="customers",
                question="Who orders, and do they come back?",
                drawings=["active_customers", "new_customers", "cohort_retention"],
            ),
        ],
        sheets=[Sheet(name="Months", dataset="monthly_metrics", columns=in_sheet)],
        log=_log(monthly_metrics),
        terms=_TERMS,
    )


def _sales(monthly_metrics: pd.DataFrame) -> Finding:
    compared = takeaways.compare_with_year_before(monthly_metrics)
    if compared and np.isfinite(compared.growth):
        figure = signed_percent(compared.growth)
    elif compared:
        figure = pounds(compared.sales)
    else:
        figure = pounds(takeaways.full_months_or_all(monthly_metrics).sales.sum())
    sentences = [takeaways.sales_development(monthly_metrics), *_orders_behind(compared)]
    return Finding(
        topic="sales", section="sales", figure=figure, sentence=" ".join(f"{sentence}." for sentence in sentences)
    )


def _orders_behind(compared: takeaways.YearOnYear | None) -> Iterator[str]:
    """Whether it was more orders or larger ones."""
    if compared is None or not min(compared.orders, compared.orders_before) > 0:
        return
    orders = compared.orders / compared.orders_before - 1
    size, size_before = (compared.purchases / compared.orders, compared.purchases_before / compared.orders_before)
    if size_before > 0:
        yield (
            f"There were {count(compared.orders)} orders ({signed_percent(orders)}) "
            f"of {pounds(size)} on average ({signed_percent(size / size_before - 1)}), before cancellations"
        )


def _customers(monthly_metrics: pd.DataFrame) -> Iterator[Finding]:
    last = takeaways.full_months_or_all(monthly_metrics).iloc[-1]
    if monthly_metrics.active_customers.sum():
        active = f"{pluralise(last.active_customers, 'customer')} ordered in {month(last.month)}"
        yield Finding(
            topic="customers",
            section="customers",
            figure=count(last.active_customers),
            sentence=f"{active}. {takeaways.new_customers(monthly_metrics)}.",
        )


def _partial_months(monthly_metrics: pd.DataFrame) -> Iterator[Finding]:
    without_data = takeaways.months_without_data(monthly_metrics)
    partial = monthly_metrics.month[monthly_metrics.is_partial.astype(bool) & ~without_data]
    if len(partial):
        named = listed([month(moment) for moment in partial])
        yield Finding(topic="trust", section="trust", sentence=f"The data covers only a part of {named}.")
    if without_data.any():
        named = listed(month_spans(monthly_metrics.month[without_data]))
        yield Finding(
            topic="trust",
            section="trust",
            sentence=f"The data has not a single invoice of {named}. The sales of that time are taken to be unknown, "
            "not £0, and nothing is compared with them. If the shop was closed, the setting "
            "monthly_metrics.closed_days can say so.",
        )


def _log(monthly_metrics: pd.DataFrame) -> str:
    first, last = monthly_metrics.month.iloc[0], monthly_metrics.month.iloc[-1]
    partial = " (partial)" if monthly_metrics.is_partial.iloc[-1] else ""
    return (
        f"Months: {len(monthly_metrics)}, {month(first)} to {month(last)}{partial}; "
        f"net sales £{monthly_metrics.sales.sum():,.0f} in {monthly_metrics.placed_orders.sum():,} orders"
    )
