"""The public tables of lifetime value."""

import pandas as pd
import pandera.pandas as bounded

from lgs_pipeline.tables import Table, count, number, pounds, share, statistic, text

TOO_FEW_CUSTOMERS, NOT_CONVERGED, NO_MEAN = "too_few_customers", "not_converged", "no_mean_order_value"
"""Why nothing is predicted."""


class ClvParameters(Table):
    """A row per parameter of the models of lifetime value; empty where they could not be fitted."""

    model: str = text("Model", "seasons and trend, orders, or order values", isin=["clock", "bg_nbd", "gamma_gamma"])
    population: str = text(
        "Population",
        "customers that it holds for: all, those seen in the data's first months, or the others",
        isin=["all", "established", "newer"],
    )
    parameter: str = text("Parameter", "name of the parameter")
    estimate: float = statistic("Estimate", "the estimate", nullable=True, gt=0)
    low: float = statistic(
        "From",
        "lower end of its 95% interval; empty where it was not estimated, or is at its limit",
        nullable=True,
        ge=0,
    )
    high: float = statistic(
        "To", "upper end of its 95% interval; empty where it was not estimated, or is at its limit", nullable=True, gt=0
    )
    unit: str = text("Unit", "unit of the estimate; empty where it has none")
    reason: str = text(
        "Why not estimated",
        "why there are no estimates: too few customers came back, the models did not converge, or orders differ so "
        "much in value that they have no mean; empty where there are estimates",
        isin=["", TOO_FEW_CUSTOMERS, NOT_CONVERGED, NO_MEAN],
    )


class CustomerLifetimeValue(Table):
    """A row per buyer; what is predicted is empty where the models could not be fitted."""

    customer_id: str = text("Customer", "the customer's number or code", unique=True)
    frequency: int = count("Repeat orders", "orders after the first; those of one day count once")
    recency_days: int = count("First to latest order", "days from the first order to the latest", "days")
    age_days: int = count("Time since first order", "days from the first order to the last day of the data", "days")
    monetary: float = pounds(
        "Average order value", "mean net value of an order (all orders of a day), first included", gt=0
    )
    p_alive: float = share("Probability of still ordering", "probability that the customer still orders", nullable=True)
    expected_orders: float = number("Orders expected", "orders over the months ahead", nullable=True, ge=0)
    expected_order_value: float = pounds("Average order value expected", "mean value of these", nullable=True, gt=0)
    clv: float = pounds(
        "Lifetime value", "expected net sales over the months ahead, discounted, times margin", nullable=True, ge=0
    )
    clv_low: float = pounds("From", "lower end of its predictive interval", nullable=True, ge=0)
    clv_high: float = pounds("To", "upper end of its predictive interval", nullable=True, ge=0)
    clv_tier: str = text("Tier", "tier by clv, among all buyers", nullable=True)

    @bounded.dataframe_check
    @classmethod
    def low_is_at_most_high(cls, table: pd.DataFrame) -> pd.Series:
        """An interval begins before it ends, and no customer lapsed before coming."""
        return ~(table.clv_low > table.clv_high) & (table.recency_days <= table.age_days)


class ClvTiers(Table):
    """A row per tier, best first, and the last for all customers together."""

    clv_tier: str = text("Tier", "name of the tier, or all", unique=True)
    customers: int = count("Customers", "customers in the tier")
    share_of_customers: float = share("Share of customers", "of all buyers", nullable=True)
    expected_orders: float = count("Orders expected", "their orders over the months ahead", nullable=True)
    clv: float = pounds("Lifetime value", "sum of their lifetime values", nullable=True, ge=0)
    clv_low: float = pounds(
        "From", "lower end of its interval: chance, and the error on held-out months", nullable=True, ge=0
    )
    clv_high: float = pounds("To", "upper end of its interval", nullable=True, ge=0)
    share_of_clv: float = share("Share of lifetime value", "of all buyers' lifetime value", nullable=True)


class ClvValidation(Table):
    """A row per part, item and measure; docs/methods/lifetime_value.md says what each of them is."""

    part: str = text(
        "Part",
        "what is looked at",
        isin=[
            "assumptions",
            "coverage",
            "errors",
            "not_known_at_cut",
            "orders_by_month",
            "orders_by_past_orders",
            "totals",
            "transform_of_orders",
            "transform_of_sales",
        ],
    )
    item: str = text("Item", "of which orders, sales, month, number of past orders or prediction")
    measure: str = text("Measure", "what is measured")
    value: float = statistic("Value", "the measure, in orders, pounds or shares", nullable=True)
