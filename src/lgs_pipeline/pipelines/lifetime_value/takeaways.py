"""What the tables of lifetime value say, in a sentence or two: for the titles of charts and the chapter."""

import pandas as pd

from lgs_pipeline.pipelines.lifetime_value.schemas import NO_MEAN, NOT_CONVERGED, TOO_FEW_CUSTOMERS
from lgs_pipeline.wording import count, percent, pluralise, pounds, shortened

_REASONS = {
    TOO_FEW_CUSTOMERS: "There are no lifetime values: too few customers came back to tell",
    NOT_CONVERGED: "There are no lifetime values: the models did not converge on this shop's customers (see the log)",
    NO_MEAN: "There are no lifetime values: customers' orders differ so much in value that they have no mean "
    "(see the log)",
}

ALL_TIERS = "all"
"""The row of ``clv_tiers`` for all customers together."""


def measures_of(clv_validation: pd.DataFrame, part: str, *measures: str) -> pd.DataFrame:
    """A row per item of a part that has all of these measures, a column per measure."""
    rows = clv_validation[(clv_validation.part == part) & clv_validation.measure.isin(measures)]
    table = rows.drop_duplicates(["item", "measure"]).pivot(index="item", columns="measure", values="value")
    return table.reindex(columns=list(measures)).astype(float).dropna()


def held_out_orders(clv_validation: pd.DataFrame) -> str:
    """How many orders were expected in months that the models had not seen, and how many came."""
    totals = measures_of(clv_validation, "totals", "expected", "actual")
    if "orders" not in totals.index:
        return "Nothing could be predicted to put to the test"
    expected, actual = totals.loc["orders"]
    return (
        f"In months that the model had not seen, it expected {pluralise(expected, 'order')} from the "
        f"customers known before those months; {count(actual)} were placed"
    )


def usual_lifetime_value(customer_lifetime_value: pd.DataFrame) -> str:
    """What half of the customers are worth at most, and the best tenth at least."""
    middle, high = customer_lifetime_value.clv.quantile([0.5, 0.9])
    return (
        f"Half of the customers are expected to bring {pounds(middle)} or less, the best tenth {pounds(high)} or more"
    )


def top_tier(clv_tiers: pd.DataFrame) -> str:
    """The tier worth most per customer: its shares of customers and of lifetime value."""
    tiers = clv_tiers[(clv_tiers.clv_tier != ALL_TIERS) & (clv_tiers.customers > 0)].dropna(subset="clv")
    if tiers.empty:
        return "There are no lifetime values"
    top = tiers.iloc[0]
    return (
        f"{shortened(top.clv_tier)}: {percent(top.share_of_customers)} of the customers, "
        f"{percent(top.share_of_clv)} of the lifetime value of all customers"
    )


def why_nothing_is_predicted(clv_parameters: pd.DataFrame) -> str | None:
    """Why there are no lifetime values; None where there are."""
    reasons = clv_parameters.reason.dropna().unique()
    return next((_REASONS[reason] for reason in reasons if reason in _REASONS), None)
