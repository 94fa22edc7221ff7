"""One schema per public dataset: what a row is, what each column means, and which values it can hold.

The catalog attaches them with ``validator:``, so nothing else is saved under a public name. Tables of the
engine are checked for their columns and types; what their values must satisfy is computed in
``account_for_lines`` and checked in the bounded tables made from them.
"""

from typing import Any, Optional

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


class CustomerFeatures(_BoundedTable):
    """A row per scored customer: everything to cluster by."""

    customer_id: int = bounded.Field(unique=True, description="customer number")
    recency: float = bounded.Field(ge=0, description="days from the latest order to the reference moment")
    frequency: float = bounded.Field(ge=1, description="orders")
    monetary: float = bounded.Field(description="net amount, pounds")
    tenure: float = bounded.Field(ge=0, description="days from the first order to the reference moment")
    average_order_value: float = bounded.Field(
        nullable=True, description="amount of a purchase invoice, pounds"
    )
    distinct_products: float = bounded.Field(nullable=True, ge=1, description="different products ordered")
    share_cancelled: float = bounded.Field(
        nullable=True, description="cancelled amount, of gross sales, at most 1", **SHARE_RANGE
    )
    days_between_orders: float = bounded.Field(
        nullable=True, ge=0, description="days from one day with orders to the next, on average"
    )


class KmeansSelection(_BoundedTable):
    """A row per number of clusters; measures are empty where there are too few different customers."""

    k: int = bounded.Field(unique=True, ge=1, description="number of clusters")
    inertia: float = bounded.Field(
        nullable=True, ge=0, description="sum of squared distances to the centres, scaled features"
    )
    silhouette: float = bounded.Field(
        nullable=True, ge=-1, le=1, description="mean silhouette, higher is better"
    )
    davies_bouldin: float = bounded.Field(
        nullable=True, ge=0, description="Davies-Bouldin index, lower is better"
    )
    stability: float = bounded.Field(
        nullable=True, ge=-1, le=1 + 1e-9, description="mean adjusted Rand index over bootstrap resamples"
    )
    smallest_share: float = bounded.Field(
        nullable=True, description="of the customers, in the smallest cluster", **SHARE_RANGE
    )
    chosen: bool = bounded.Field(description="whether this number is used")


class KmeansClusters(_BoundedTable):
    """A row per scored customer: the cluster."""

    customer_id: int = bounded.Field(unique=True, description="customer number")
    cluster: int = bounded.Field(ge=0, description="number of the cluster, 0 has the highest median monetary")
    cluster_name: str = bounded.Field(description="name of the cluster, from its profile")
    silhouette: float = bounded.Field(
        nullable=True, ge=-1, le=1, description="how much nearer the own cluster is than the next one"
    )


class KmeansProfile(_BoundedTable):
    """A row per cluster."""

    cluster: int = bounded.Field(unique=True, ge=0, description="number, 0 has the highest median monetary")
    cluster_name: str = bounded.Field(
        unique=True, description="name, from how it compares with all customers"
    )
    customers: int = bounded.Field(ge=1, description="customers in the cluster")
    share: float = bounded.Field(description="of all scored customers", **SHARE_RANGE)
    recency_median: float = bounded.Field(description="median recency, days")
    frequency_median: float = bounded.Field(description="median frequency, orders")
    monetary_median: float = bounded.Field(description="median monetary, pounds")
    tenure_median: float = bounded.Field(description="median tenure, days")
    average_order_value_median: float = bounded.Field(
        nullable=True, description="median average order value, pounds"
    )
    distinct_products_median: float = bounded.Field(nullable=True, description="median distinct products")
    share_cancelled_median: float = bounded.Field(
        nullable=True, description="median share of gross sales cancelled"
    )
    days_between_orders_median: float = bounded.Field(
        nullable=True, description="median days between orders, of customers with more than one day of orders"
    )
    revenue: float = bounded.Field(description="sum of monetary, pounds")
    share_of_revenue: float = bounded.Field(nullable=True, description="of all scored customers' revenue")


class SegmentClusterCrosstab(_BoundedTable):
    """A row per segment with customers, a column per cluster: customers in both."""

    segment: str = bounded.Field(unique=True, description="name of the segment")
    clusters: Optional[int] = bounded.Field(  # noqa: UP045 (pandera knows optional columns by this form)
        alias=r"^cluster_\d+$", regex=True, ge=0, description="customers of the segment in this cluster"
    )


class SegmentClusterAgreement(_BoundedTable):
    """A row per measure of how alike segments and clusters are."""

    measure: str = bounded.Field(
        isin=["adjusted_rand_index", "normalised_mutual_information"], description="what is measured"
    )
    value: float = bounded.Field(nullable=True, ge=-1, le=1 + 1e-9, description="1 is the same groups")


class SegmentationComparison(_BoundedTable):
    """A row per segmentation and measure; empty where the extract is too short to say."""

    segmentation: str = bounded.Field(description="how customers were segmented at the cut")
    measure: str = bounded.Field(
        isin=[
            "log_sales_variance_explained",
            "auc_buying_again",
            "sales_share_of_top_fifth",
            "membership_kept",
        ],
        description="what is measured on the months after, or on fewer orders",
    )
    value: float = bounded.Field(nullable=True, description="the measure, higher is better")
    low: float = bounded.Field(nullable=True, description="lower end of its bootstrap interval")
    high: float = bounded.Field(nullable=True, description="upper end of its bootstrap interval")


class SegmentProfiles(_BoundedTable):
    """A row per segment, aspect and item."""

    segment: str = bounded.Field(description="name of the segment")
    aspect: str = bounded.Field(
        isin=[
            "basket",
            "cancelled",
            "country",
            "days_between_orders",
            "hour",
            "monetary_score",
            "month",
            "season",
            "top_products",
            "typical_products",
            "weekday",
        ],
        description="what is looked at",
    )
    rank: int = bounded.Field(ge=1, description="place of the item in its segment and aspect")
    item: str = bounded.Field(
        description="country, month, hour, stock code or whatever the aspect is made of"
    )
    description: str = bounded.Field(nullable=True, description="usual description of a product")
    unit: str = bounded.Field(description="what value counts")
    value: float = bounded.Field(nullable=True, description="how much of it the segment has")
    share: float = bounded.Field(
        nullable=True, description="of the segment's total; empty for averages", **SHARE_RANGE
    )
    share_of_all: float = bounded.Field(
        nullable=True, description="the same share of all customers", **SHARE_RANGE
    )
    lift: float = bounded.Field(
        nullable=True, description="share, or for averages value, over that of all customers"
    )


class ClvParameters(_BoundedTable):
    """A row per parameter of the models of lifetime value; empty where they could not be fitted."""

    model: str = bounded.Field(
        isin=["clock", "bg_nbd", "gamma_gamma"], description="seasons and trend, orders, or order values"
    )
    population: str = bounded.Field(
        isin=["all", "established", "newer"],
        description="customers that it holds for: all, those seen in the data's first months, or the others",
    )
    parameter: str = bounded.Field(description="name of the parameter")
    estimate: float = bounded.Field(nullable=True, gt=0, description="the estimate")
    low: float = bounded.Field(
        nullable=True, ge=0, description="lower end of its 95% interval; empty where it was not estimated"
    )
    high: float = bounded.Field(
        nullable=True, gt=0, description="upper end of its 95% interval; empty where it was not estimated"
    )
    unit: str = bounded.Field(description="unit of the estimate; empty where it has none")


class CustomerLifetimeValue(_BoundedTable):
    """A row per buyer; what is predicted is empty where the models could not be fitted."""

    customer_id: int = bounded.Field(unique=True, description="customer number")
    frequency: int = bounded.Field(ge=0, description="orders after the first; those of one day count once")
    recency_days: int = bounded.Field(ge=0, description="days from the first order to the latest")
    age_days: int = bounded.Field(ge=0, description="days from the first order to the last day of the data")
    monetary: float = bounded.Field(
        gt=0, description="mean net value of an order (all orders of a day), first included, pounds"
    )
    p_alive: float = bounded.Field(
        nullable=True, description="probability that the customer still orders", **SHARE_RANGE
    )
    expected_orders: float = bounded.Field(nullable=True, ge=0, description="orders over the months ahead")
    expected_order_value: float = bounded.Field(
        nullable=True, gt=0, description="mean value of these, pounds"
    )
    clv: float = bounded.Field(
        nullable=True,
        ge=0,
        description="expected net sales over the months ahead, discounted, times margin, pounds",
    )
    clv_low: float = bounded.Field(nullable=True, ge=0, description="lower end of its predictive interval")
    clv_high: float = bounded.Field(nullable=True, ge=0, description="upper end of its predictive interval")
    clv_tier: str = bounded.Field(nullable=True, description="tier by clv, among all buyers")

    @bounded.dataframe_check
    def low_is_at_most_high(cls, table: pd.DataFrame) -> pd.Series:  # noqa: N805
        """An interval begins before it ends, and no customer lapsed before coming."""
        return ~(table.clv_low > table.clv_high) & (table.recency_days <= table.age_days)


class ClvTiers(_BoundedTable):
    """A row per tier, best first, and the last for all customers together."""

    clv_tier: str = bounded.Field(unique=True, description="name of the tier, or all")
    customers: int = bounded.Field(ge=0, description="customers in the tier")
    share_of_customers: float = bounded.Field(nullable=True, description="of all buyers", **SHARE_RANGE)
    expected_orders: float = bounded.Field(
        nullable=True, ge=0, description="their orders over the months ahead"
    )
    clv: float = bounded.Field(nullable=True, ge=0, description="sum of their lifetime values, pounds")
    clv_low: float = bounded.Field(
        nullable=True, ge=0, description="lower end of its interval: chance, and the error on held-out months"
    )
    clv_high: float = bounded.Field(nullable=True, ge=0, description="upper end of its interval")
    share_of_clv: float = bounded.Field(
        nullable=True, description="of all buyers' lifetime value", **SHARE_RANGE
    )


class ClvValidation(_BoundedTable):
    """A row per part, item and measure; docs/methods/lifetime_value.md says what each of them is."""

    part: str = bounded.Field(
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
        description="what is looked at",
    )
    item: str = bounded.Field(
        description="of which orders, sales, month, number of past orders or prediction"
    )
    measure: str = bounded.Field(description="what is measured")
    value: float = bounded.Field(nullable=True, description="the measure, in orders, pounds or shares")


class RecommendationSelection(_BoundedTable):
    """A row per question and combination of settings; ndcg_at_10 is empty where the extract is short."""

    question: str = bounded.Field(isin=["new", "repeat"], description="products new to a customer, or not")
    half_life_days: float = bounded.Field(gt=0, description="days in which a purchase loses half its weight")
    ridge: float = bounded.Field(nullable=True, gt=0, description="penalty of the item model; for new")
    blend: float = bounded.Field(
        nullable=True, ge=0, description="weight of the item model beside own purchases; for repeat"
    )
    ndcg_at_10: float = bounded.Field(
        nullable=True, description="on the months before the held-out ones", **SHARE_RANGE
    )
    customers: int = bounded.Field(ge=0, description="customers that it is the mean over")
    chosen: bool = bounded.Field(description="whether recommendations are made with these settings")


class ProductRecommendations(_BoundedTable):
    """A row per customer, kind and rank."""

    customer_id: int = bounded.Field(description="customer number")
    kind: str = bounded.Field(isin=["new", "usual"], description="never bought, or bought before")
    rank: int = bounded.Field(ge=1, description="place in the customer's list of this kind")
    stock_code: str = bounded.Field(description="stock code")
    description: str = bounded.Field(nullable=True, description="usual description of the product")
    score: float = bounded.Field(description="how much speaks for it; to compare within a list")


class RecommendationEvaluation(_BoundedTable):
    """A row per question, model and measure; empty where the extract is too short to say."""

    question: str = bounded.Field(isin=["new", "repeat"], description="products new to a customer, or not")
    model: str = bounded.Field(
        isin=["recommender", "popularity", "recent_popularity", "bm25_neighbours", "own_most_frequent"],
        description="ours, or what it is compared with",
    )
    measure: str = bounded.Field(
        isin=["ndcg_at_10", "recall_at_10", "hit_rate_at_10", "catalogue_coverage"],
        description="what is measured on lists of ten and the held-out months",
    )
    value: float = bounded.Field(
        nullable=True, description="mean over the customers; for coverage, of all lists", **SHARE_RANGE
    )
    low: float = bounded.Field(
        nullable=True, description="lower end of its bootstrap interval", **SHARE_RANGE
    )
    high: float = bounded.Field(
        nullable=True, description="upper end of its bootstrap interval", **SHARE_RANGE
    )


class Findings(_BoundedTable):
    """A row per finding."""

    topic: str = bounded.Field(unique=True, description="what the finding is about")
    figure: str = bounded.Field(description="the figure, as it is written")
    finding: str = bounded.Field(description="the sentence or sentences that it stands in")
    segment: str = bounded.Field(description="the segment that a campaign is for; empty for other findings")


class CampaignTargets(_BoundedTable):
    """A row per customer who is in a campaign, by customer; nobody is in two."""

    customer_id: int = bounded.Field(unique=True, description="customer number")
    campaign: str = bounded.Field(description="name of the campaign")
    segment: str = bounded.Field(description="the customer's segment")
    arm: str = bounded.Field(
        isin=["treatment", "control"], description="treatment is contacted, control is not, for comparison"
    )
    priority: int = bounded.Field(ge=1, description="rank in the campaign, 1 has most at stake")
    value_at_stake: float = bounded.Field(
        ge=0,
        description="what a lapsed customer would bring at their former rate, else lifetime value; pounds",
    )
    clv: float = bounded.Field(nullable=True, ge=0, description="lifetime value, pounds")
    p_alive: float = bounded.Field(
        nullable=True, description="probability that the customer still orders", **SHARE_RANGE
    )
    last_order: pd.Timestamp = bounded.Field(coerce=True, description="when the latest order was placed")
    usual_products: str = bounded.Field(
        nullable=True, description="what the customer usually orders, best first, with semicolons between"
    )
    suggested_products: str = bounded.Field(
        nullable=True,
        description="products that are new to the customer, best first, with semicolons between",
    )
    best_weekday: str = bounded.Field(
        nullable=True, description="weekday of most orders, of the customer or else of the segment"
    )
    best_hour: pd.Int64Dtype = bounded.Field(
        nullable=True, ge=0, le=23, description="the same, hour of the day"
    )
    season: str = bounded.Field(nullable=True, description="the same, season")

    @bounded.dataframe_check
    def priorities_are_ranks(cls, table: pd.DataFrame) -> bool:  # noqa: N805
        """Each campaign's priorities go from 1 to its number of customers."""
        ranks = table.groupby("campaign").priority.agg(["min", "max", "nunique", "size"])
        return bool(
            (
                (ranks["min"] == 1) & (ranks["max"] == ranks["size"]) & (ranks["nunique"] == ranks["size"])
            ).all()
        )


class CampaignPlan(_BoundedTable):
    """A row per campaign, in the order in which they choose their customers."""

    campaign: str = bounded.Field(unique=True, description="name of the campaign")
    segment: str = bounded.Field(
        description="the segments, clusters or tiers that it addresses, with semicolons between"
    )
    audience: int = bounded.Field(ge=0, description="customers in the campaign")
    treatment: int = bounded.Field(ge=0, description="of these, to be contacted")
    control: int = bounded.Field(ge=0, description="of these, not to be contacted, for comparison")
    offer: str = bounded.Field(description="what the customer gets")
    rationale: str = bounded.Field(description="why this, for them")
    value_at_stake: float = bounded.Field(ge=0, description="at stake with the audience together, pounds")

    @bounded.dataframe_check
    def arms_add_up(cls, table: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Everybody in the audience is in one arm."""
        return table.audience == table.treatment + table.control


class CampaignLedger(_BoundedTable):
    """A row per launch and customer, as they were at the launch; rows are added, never changed."""

    campaign: str = bounded.Field(description="name of the campaign")
    launched_on: pd.Timestamp = bounded.Field(
        coerce=True, description="the day from which on the effect counts"
    )
    customer_id: int = bounded.Field(description="customer number")
    arm: str = bounded.Field(
        isin=["treatment", "control"], description="treatment was contacted, control was not"
    )
    segment: str = bounded.Field(description="the customer's segment")
    priority: int = bounded.Field(ge=1, description="rank in the campaign, 1 has most at stake")
    value_at_stake: float = bounded.Field(ge=0, description="as in campaign_targets, pounds")

    class Config(_BoundedTable.Config):
        """A customer is in a launch once."""

        unique = ("campaign", "launched_on", "customer_id")


class CampaignEffect(_BoundedTable):
    """A row per launched campaign and past mailing; measures are empty as long as the data cannot say."""

    campaign: str = bounded.Field(description="name of the campaign")
    launched_on: pd.Timestamp = bounded.Field(
        coerce=True, description="the day from which on the effect counts"
    )
    method: str = bounded.Field(
        isin=["randomised", "matched"],
        description="the control arm: drawn by lot before, or looked for after (weaker evidence)",
    )
    days: int = bounded.Field(ge=0, description="days after the launch that the data holds, of the window")
    is_complete: bool = bounded.Field(description="whether that is the whole window")
    customers_treatment: int = bounded.Field(ge=0, description="customers contacted")
    customers_control: int = bounded.Field(ge=0, description="customers compared with")
    customers_left_out: int = bounded.Field(
        ge=0, description="customers contacted with nobody to compare with; matched only"
    )
    conversion_treatment: float = bounded.Field(
        nullable=True, description="of the customers contacted, with an order", **SHARE_RANGE
    )
    conversion_control: float = bounded.Field(
        nullable=True, description="of the customers compared with, with an order", **SHARE_RANGE
    )
    conversion_difference: float = bounded.Field(nullable=True, description="treatment less control")
    conversion_low: float = bounded.Field(nullable=True, description="lower end of its interval")
    conversion_high: float = bounded.Field(nullable=True, description="upper end of its interval")
    conversion_p_value: float = bounded.Field(
        nullable=True,
        description="chance of a difference so large if the campaign did nothing",
        **SHARE_RANGE,
    )
    sales_treatment: float = bounded.Field(
        nullable=True, description="net sales per customer contacted, pounds"
    )
    sales_control: float = bounded.Field(
        nullable=True, description="net sales per customer compared with, pounds"
    )
    sales_difference: float = bounded.Field(nullable=True, description="treatment less control, pounds")
    sales_low: float = bounded.Field(nullable=True, description="lower end of its interval, pounds")
    sales_high: float = bounded.Field(nullable=True, description="upper end of its interval, pounds")
    sales_p_value: float = bounded.Field(
        nullable=True,
        description="chance of a difference so large if the campaign did nothing",
        **SHARE_RANGE,
    )
    incremental_sales: float = bounded.Field(
        nullable=True, description="sales_difference times the customers contacted, pounds"
    )
    incremental_low: float = bounded.Field(nullable=True, description="lower end of its interval, pounds")
    incremental_high: float = bounded.Field(nullable=True, description="upper end of its interval, pounds")
    customers_needed: float = bounded.Field(
        nullable=True, ge=0, description="customers in both arms that show the conversion hoped for"
    )
    detectable_conversion: float = bounded.Field(
        nullable=True, ge=0, description="smallest difference in conversion that these arms show"
    )
    detectable_sales: float = bounded.Field(
        nullable=True,
        ge=0,
        description="smallest difference in sales per customer that these arms show, pounds",
    )
