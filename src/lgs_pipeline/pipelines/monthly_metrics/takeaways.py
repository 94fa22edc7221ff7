"""What the tables of monthly metrics say, in a sentence or two: for the titles of charts and the chapter."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lgs_pipeline.wording import change, count, decimal, exact_pounds, fraction, month, percent, pluralise, pounds

_YEAR = 12


@dataclass(frozen=True)
class YearOnYear:
    """The latest full months, beside the same months a year earlier; sales and purchases in pounds."""

    months: int
    last: pd.Timestamp
    sales: float
    sales_before: float
    orders: float
    orders_before: float
    purchases: float
    purchases_before: float

    @property
    def growth(self) -> float:
        """The change, a fraction; not a number where there is nothing to compare with."""
        return fraction(self.sales - self.sales_before, self.sales_before)


def full_months(monthly_metrics: pd.DataFrame) -> pd.DataFrame:
    """The months that the data covers whole."""
    return monthly_metrics[~monthly_metrics.is_partial.astype(bool)]


def months_without_data(monthly_metrics: pd.DataFrame) -> pd.Series:
    """Which months lie in a gap of the data: it has no invoice of them, although the shop sells in them."""
    return monthly_metrics.is_partial.astype(bool) & (monthly_metrics.invoices == 0)


def full_months_or_all(monthly_metrics: pd.DataFrame) -> pd.DataFrame:
    """The months that the data covers whole; all of them if there is none."""
    full = full_months(monthly_metrics)
    return monthly_metrics if full.empty else full


def compare_with_year_before(monthly_metrics: pd.DataFrame) -> YearOnYear | None:
    """The latest full months, at most twelve, beside the same months a year earlier; None without such.

    The months follow one another up to the latest full one. The comparison goes back only as far as every month is full
    in both years.
    """
    last, latest, before = _latest_beside_year_before(monthly_metrics)
    if latest.empty:
        return None
    return YearOnYear(
        months=len(latest),
        last=last,
        sales=latest.sales.sum(),
        sales_before=before.sales.sum(),
        orders=latest.placed_orders.sum(),
        orders_before=before.placed_orders.sum(),
        purchases=(latest.average_order_value * latest.placed_orders).sum(),
        purchases_before=(before.average_order_value * before.placed_orders).sum(),
    )


def _latest_beside_year_before(
    monthly_metrics: pd.DataFrame,
) -> tuple[pd.Timestamp | None, pd.DataFrame, pd.DataFrame]:
    """The latest full month; it and those before it that can be compared; and the same months a year earlier."""
    full = full_months(monthly_metrics).set_index("month")
    if full.empty:
        return None, full, full
    last = full.index[-1]
    months = pd.date_range(end=last, periods=_YEAR, freq="MS")[::-1]
    years_before = months - pd.DateOffset(months=_YEAR)
    is_compared = np.logical_and.accumulate(months.isin(full.index) & years_before.isin(full.index))
    return last, full.loc[months[is_compared][::-1]], full.loc[years_before[is_compared][::-1]]


def sales_development(monthly_metrics: pd.DataFrame) -> str:
    """How sales developed, compared with a year earlier where the data reaches back that far."""
    compared = compare_with_year_before(monthly_metrics)
    if compared is None:
        return _sales_so_far(monthly_metrics)
    before = "in the 12 months before" if compared.months == _YEAR else "a year earlier"
    span = f"the {compared.months} months to " if compared.months > 1 else ""
    sales = f"Sales were {pounds(compared.sales)} in {span}{month(compared.last)}"
    if not np.isfinite(compared.growth):
        return f"{sales}, with none {before} to compare with"
    growth = change(compared.growth)
    return f"{sales}, {growth} {'as' if growth.endswith('same') else 'than'} {before}"


def _sales_so_far(monthly_metrics: pd.DataFrame) -> str:
    full = full_months(monthly_metrics)
    if full.empty:
        first, last = monthly_metrics.month.iloc[0], monthly_metrics.month.iloc[-1]
        span = month(first) if first == last else f"{month(first)} and {month(last)}"
        return f"Sales were {pounds(monthly_metrics.sales.sum())} in the part of {span} that the data covers"
    span = (
        f"the {len(full)} full months to {month(full.month.iloc[-1])}" if len(full) > 1 else month(full.month.iloc[0])
    )
    return f"Sales were {pounds(full.sales.sum())} in {span}"


def growth_range(monthly_metrics: pd.DataFrame) -> str:
    """The strongest rise and fall from one full month to the next."""
    follows_part = monthly_metrics.is_partial.shift(fill_value=False)
    full = full_months(monthly_metrics[~follows_part]).dropna(subset="sales_growth")
    if full.empty:
        return "There is no full month to compare with the month before"
    best, worst = full.loc[full.sales_growth.idxmax()], full.loc[full.sales_growth.idxmin()]
    if best.month == worst.month or best.sales_growth <= 0 or worst.sales_growth >= 0:
        last = full.iloc[-1]
        growth = change(last.sales_growth)
        comparison = "as those" if growth.endswith("same") else "than those"
        return f"Sales of {month(last.month)} were {growth} {comparison} of the month before"
    return (
        f"From month to month, sales rose most in {month(best.month)} (+{percent(best.sales_growth)}) "
        f"and fell most in {month(worst.month)} ({percent(worst.sales_growth)})"
    )


def orders_and_cancellations(monthly_metrics: pd.DataFrame) -> str:
    """The month with most orders, and how many cancellations there are for a hundred orders."""
    table = full_months_or_all(monthly_metrics)
    most = table.loc[table.placed_orders.idxmax()]
    placed, cancelled = table.placed_orders.sum(), table.cancelled_orders.sum()
    peak = f"The most orders were placed in {month(most.month)}: {count(most.placed_orders)}"
    if placed <= 0:
        return "No orders were placed"
    if not cancelled:
        return f"{peak}. None was cancelled"
    of_hundred = 100 * cancelled / placed
    rate = decimal(of_hundred, digits=0 if of_hundred >= 10 else 1)
    return f"{peak}. For every 100 orders there were {rate} cancellations"


def most_active_month(monthly_metrics: pd.DataFrame) -> str:
    """The month in which most customers ordered."""
    full = full_months(monthly_metrics)
    table = full_months_or_all(monthly_metrics)
    most = table.loc[table.active_customers.idxmax()]
    if not most.active_customers:
        return "No order has a customer number"
    sentence = f"{pluralise(most.active_customers, 'customer')} ordered in {month(most.month)}"
    is_alone = (full.active_customers == most.active_customers).sum() == 1
    return f"{sentence}, more than in any other full month" if len(full) > 1 and is_alone else sentence


def new_customers(monthly_metrics: pd.DataFrame) -> str:
    """How many customers of a month are new, and what share of its active ones."""
    full = full_months(monthly_metrics)
    if len(full) <= _YEAR:
        table = full_months_or_all(monthly_metrics)
        return (
            f"{pluralise(table.new_customers.sum(), 'customer')} ordered for the first time. "
            "Early in the data nearly everybody seems new"
        )
    latest = full.tail(_YEAR)
    new, active = latest.new_customers.sum(), latest.active_customers.sum()
    sentence = (
        f"In the last 12 full months, {count(new / _YEAR)} customers a month were new: "
        f"{percent(fraction(new, active))} of those who ordered in a month, on average"
    )
    return sentence if len(full) >= 2 * _YEAR else f"{sentence}. Early in the data, many only seem new"


def usual_retention(cohort_retention: pd.DataFrame) -> str:
    """How many of a month's new customers order in later months: of cohorts, the median."""
    again = cohort_retention[cohort_retention.months_since > 0]
    if again.empty:
        return "The data is too short to see new customers come back"
    shares = again.groupby("months_since").retention.median()
    after = [since for since in (1, 6, 12) if since in shares.index] or [shares.index[0]]
    parts = [f"{percent(shares[since])} in the {_ordinal(since)} month after" for since in after]
    return f"Of a month's new customers, usually {parts[0].replace(' in', ' order again in', 1)}" + "".join(
        f"{' and' if part == parts[-1] else ','} {part.removesuffix(' month after')}" for part in parts[1:]
    )


def _ordinal(number: int) -> str:
    return f"{number}{'st' if number == 1 else 'th'}"


def usual_order(distribution: pd.Series) -> str:
    """What half of the orders come to, and the largest."""
    return (
        f"Half of all orders come to {exact_pounds(distribution['median'])} or less; "
        f"the largest is {exact_pounds(distribution['max'])}"
    )


def usual_order_up_to_cut(distribution: pd.Series) -> str:
    """The same, of the orders up to the 85% cut."""
    return (
        f"Without the largest 15%, an order comes to {exact_pounds(distribution['mean'])} on average; "
        f"the most frequent amount is {exact_pounds(distribution['mode'], pence=True)}"
    )
