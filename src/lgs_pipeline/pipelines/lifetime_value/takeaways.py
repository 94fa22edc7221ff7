"""What the tables of lifetime value say, in a sentence or two: for the titles of charts and the chapter."""

import pandas as pd

from lgs_pipeline.wording import count, percent, pluralise, pounds, shortened

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
