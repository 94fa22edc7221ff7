"""The public tables of clustering."""

from typing import Optional

from lgs_pipeline.tables import Table, change, count, days, flag, identifier, number, pounds, share, statistic, text

_NUMBER = "number of the cluster, 0 has the highest median monetary"


class CustomerFeatures(Table):
    """A row per scored customer: everything to cluster by."""

    customer_id: str = text("Customer", "the customer's number or code", unique=True)
    recency: float = days("Recency", "days from the latest order to the reference moment", ge=0)
    frequency: float = number("Frequency", "orders", "orders", ge=1)
    monetary: float = pounds("Monetary", "net amount")
    tenure: float = days("Tenure", "days from the first order to the reference moment", ge=0)
    average_order_value: float = pounds("Average order value", "amount of a purchase invoice", nullable=True)
    distinct_products: float = number("Products", "different products ordered", nullable=True, ge=1)
    share_cancelled: float = share("Share cancelled", "cancelled amount, of gross sales, at most 1", 1, nullable=True)
    days_between_orders: float = number(
        "Days between orders", "days from one day with orders to the next, on average", nullable=True, ge=0
    )


class KmeansSelection(Table):
    """A row per number of clusters; measures are empty where there are too few different customers."""

    k: int = count("Clusters", "number of clusters", unique=True, ge=1)
    inertia: float = number("Inertia", "sum of squared distances to the centres, scaled features", nullable=True, ge=0)
    silhouette: float = statistic("Silhouette", "mean silhouette, higher is better", nullable=True, ge=-1, le=1)
    davies_bouldin: float = statistic(
        "Davies-Bouldin index", "Davies-Bouldin index, lower is better", nullable=True, ge=0
    )
    stability: float = statistic(
        "Stability", "mean adjusted Rand index over bootstrap resamples", nullable=True, ge=-1, le=1 + 1e-9
    )
    smallest_share: float = share("Smallest cluster", "of the customers, in the smallest cluster", nullable=True)
    chosen: bool = flag("Chosen", "whether this number is used")


class KmeansClusters(Table):
    """A row per scored customer: the cluster."""

    customer_id: str = text("Customer", "the customer's number or code", unique=True)
    cluster: int = identifier("Number", _NUMBER, ge=0)
    cluster_name: str = text("Cluster", "name of the cluster, from its profile")
    silhouette: float = statistic(
        "Silhouette", "how much nearer the own cluster is than the next one", nullable=True, ge=-1, le=1
    )


class KmeansProfile(Table):
    """A row per cluster."""

    cluster: int = identifier("Number", _NUMBER, unique=True, ge=0)
    cluster_name: str = text("Cluster", "name, from how it compares with all customers", unique=True)
    customers: int = count("Customers", "customers in the cluster", ge=1)
    share: float = share("Share of customers", "of all scored customers")
    recency_median: float = days("Recency, median", "median recency")
    frequency_median: float = number("Frequency, median", "median frequency", "orders")
    monetary_median: float = pounds("Monetary, median", "median monetary")
    tenure_median: float = days("Tenure, median", "median tenure")
    average_order_value_median: float = pounds(
        "Average order value, median", "median average order value", nullable=True
    )
    distinct_products_median: float = number("Products, median", "median distinct products", nullable=True)
    share_cancelled_median: float = change(
        "Share cancelled, median", "median share of gross sales cancelled", nullable=True
    )
    days_between_orders_median: float = number(
        "Days between orders, median",
        "median days between orders, of customers with more than one day of orders",
        nullable=True,
    )
    sales: float = pounds("Sales", "sum of monetary")
    share_of_sales: float = change("Share of sales", "of all scored customers' sales", 0, nullable=True)


class SegmentClusterCrosstab(Table):
    """A row per segment with customers, a column per cluster: customers in both."""

    segment: str = text("Segment", "name of the segment", unique=True)
    clusters: Optional[int] = count(  # noqa: UP045 (pandera knows optional columns by this form)
        "Customers in the cluster", "customers of the segment in this cluster", alias=r"^cluster_\d+$", regex=True
    )


class SegmentClusterAgreement(Table):
    """A row per measure of how alike segments and clusters are."""

    measure: str = text(
        "Measure",
        "what is measured",
        isin=["adjusted_rand_index", "normalised_mutual_information"],
        labels={
            "adjusted_rand_index": "adjusted Rand index",
            "normalised_mutual_information": "normalised mutual information",
        },
    )
    value: float = statistic("Value", "1 is the same groups", nullable=True, ge=-1, le=1 + 1e-9)
