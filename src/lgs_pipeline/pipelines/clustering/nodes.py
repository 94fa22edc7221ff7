"""From what customers are known to have done to clusters of them, numbered by value and named.

scikit-learn takes a second and a half to import, so only the nodes that need it do so.
"""

import logging
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import MONEY
from lgs_pipeline.models.cluster_names import name_clusters
from lgs_pipeline.parameters import FEATURES, ClusteringSettings, RfmSettings
from lgs_pipeline.pipelines.rfm.nodes import set_reference_moments

if TYPE_CHECKING:
    from lgs_pipeline.models.clustering import Effort

Model = Any
"""A scikit-learn Pipeline; Kedro resolves the annotations of nodes, and would import scikit-learn for it."""

logger = logging.getLogger(__name__)


def set_clustering_moments(
    data_period: pd.DataFrame, rfm: RfmSettings, clustering: ClusteringSettings
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The moment at which customers are clustered, and the cut at which segmentations are put to the test.

    The one is that of ``rfm``; up to the other, some months before the data ends, a segmentation may look.
    """
    moment, _ = set_reference_moments(data_period, rfm)
    return moment, data_period.data_end.iloc[0] - pd.DateOffset(months=clustering.comparison.held_out_months)


def summarise_habits(scored_invoices: ir.Table, moment: pd.Timestamp) -> ir.Table:
    """A row per customer with an invoice before the moment, as known then.

    Columns: customer_id; order_days, the number of days with an order; purchases, the number of purchase
    invoices; lines, units and gross, what these add up to (pounds, cancellations not taken off); cancelled,
    what was paid back by cancellations (pounds, as a positive number).
    """
    known = scored_invoices.filter(scored_invoices.invoice_date < moment)
    is_purchase, is_paid_back = ~known.is_cancellation, known.is_cancellation & (known.amount < 0)
    return (
        known.group_by("customer_id")
        .agg(
            order_days=known.invoice_date.date().nunique(where=known.is_order),
            purchases=known.count(where=is_purchase),
            lines=known.lines.sum(where=is_purchase).fill_null(0).cast("int64"),
            units=known.units.sum(where=is_purchase).fill_null(0).cast("int64"),
            gross=known.amount.sum(where=is_purchase).fill_null(0).cast(MONEY),
            cancelled=(-known.amount.sum(where=is_paid_back)).fill_null(0).cast(MONEY),
        )
        .order_by("customer_id")
    )


def count_products(transactions: ir.Table, scored_invoices: ir.Table, moment: pd.Timestamp) -> ir.Table:
    """A row per customer and product that the customer ordered before the moment.

    Columns: customer_id, stock_code, lines (how many times it was ordered).
    """
    known = scored_invoices.filter(scored_invoices.invoice_date < moment, ~scored_invoices.is_cancellation)
    products = transactions.filter(transactions.line_type == "product").select("invoice_no", "stock_code")
    return (
        products.inner_join(known.select("invoice_no", "customer_id"), "invoice_no")
        .group_by("customer_id", "stock_code")
        .agg(lines=lambda lines: lines.count())
        .order_by("customer_id", "stock_code")
    )


def count_distinct_products(customer_products: ir.Table) -> ir.Table:
    """A row per customer who ordered a product: customer_id, distinct_products."""
    return (
        customer_products.group_by("customer_id")
        .agg(distinct_products=lambda products: products.count())
        .order_by("customer_id")
    )


def derive_features(
    rfm_table: pd.DataFrame, customer_habits: ir.Table, distinct_products: ir.Table, moment: pd.Timestamp
) -> pd.DataFrame:
    """Everything that customers can be clustered by.

    Returns
    -------
    pandas.DataFrame
        A row per customer of ``rfm``: customer_id; recency (days), frequency (orders) and monetary (pounds);
        tenure, days from the first order to the moment; average_order_value, pounds of a purchase invoice;
        distinct_products; share_cancelled, of gross sales, at most 1; days_between_orders, from one day with
        orders to the next, on average. The last four are empty where there is nothing to tell from.
    """
    habits = load_habits(customer_habits)
    customers = (
        rfm_table[["customer_id", "first_order", "last_order", "recency", "frequency", "monetary"]]
        .merge(habits, how="left", on="customer_id")
        .merge(distinct_products.to_pandas(), how="left", on="customer_id")
    )
    ordering_days = (customers.last_order.dt.normalize() - customers.first_order.dt.normalize()).dt.days
    features = pd.DataFrame(
        {
            "customer_id": customers.customer_id,
            "recency": customers.recency,
            "frequency": customers.frequency,
            "monetary": customers.monetary,
            "tenure": (moment - customers.first_order).dt.days,
            "average_order_value": _ratio(customers.gross, customers.purchases),
            "distinct_products": customers.distinct_products,
            "share_cancelled": _ratio(customers.cancelled, customers.gross).clip(0, 1),
            "days_between_orders": _ratio(ordering_days, customers.order_days - 1),
        }
    )
    return features.astype(dict.fromkeys(FEATURES, float))


def load_habits(customer_habits: ir.Table) -> pd.DataFrame:
    """The customers' habits, with pounds as floats: a million exact ones would take pandas long."""
    gross, cancelled = customer_habits.gross.cast("float64"), customer_habits.cancelled.cast("float64")
    return customer_habits.mutate(gross=gross, cancelled=cancelled).to_pandas()


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole.where(whole > 0)).astype(float)


def choose_number_of_clusters(
    customer_features: pd.DataFrame, clustering: ClusteringSettings
) -> tuple[pd.DataFrame, int]:
    """What speaks for each number of clusters, and the number to use.

    Returns
    -------
    kmeans_selection
        A row per number: k, inertia, silhouette, davies_bouldin, stability, smallest_share, chosen.
    number_of_clusters
        The number chosen; 0 where there are no customers.

    Raises
    ------
    InputError
        If the settings ask for more clusters than there are different customers.
    """
    from lgs_pipeline.models import clustering as model

    numbers = _candidates(clustering)
    if customer_features.empty:
        logger.warning("There are no customers to cluster")
        return _with_choice(model.evaluate_numbers(np.empty((0, 1)), numbers, _effort(clustering)), 0), 0
    _, points = transform_sample(customer_features, clustering)
    _refuse_more_than_differ(points, clustering)
    evaluation = model.evaluate_numbers(points, numbers, _effort(clustering))
    k = clustering.k or _choose(evaluation, clustering, "Clusters")
    return _with_choice(evaluation, k), k


def find_number_of_clusters(customer_features: pd.DataFrame, clustering: ClusteringSettings) -> int:
    """The number that :func:`choose_number_of_clusters` would choose, in less time.

    A number in the settings may be more than these customers allow; :func:`fit_clusters` makes as many as
    possible then.
    """
    from lgs_pipeline.models import clustering as model

    if clustering.k:
        return clustering.k
    _, points = transform_sample(customer_features, clustering)
    evaluation = model.evaluate_stability(
        points, _candidates(clustering), _effort(clustering), clustering.smallest_share
    )
    return _choose(evaluation, clustering, "Clusters to compare with")


def transform_sample(
    customer_features: pd.DataFrame, clustering: ClusteringSettings
) -> tuple[Model, np.ndarray]:
    """The transformation, fitted to a sample of the customers, and their points in its space.

    The sample is all customers where they are not more than ``sample_customers``.
    """
    from lgs_pipeline.models import clustering as model

    sample = customer_features.iloc[
        draw_customers(len(customer_features), clustering.sample_customers, clustering.seed)
    ]
    chosen = sample[clustering.features]
    transformation = model.make_transformation(clustering.features, clustering.log_features).fit(chosen)
    return transformation, model.transform(transformation, chosen)


def draw_customers(customers: int, most: int, seed: int) -> np.ndarray:
    """Positions of a random sample, in order; of all customers where they are not more."""
    if customers <= most:
        return np.arange(customers)
    return np.sort(np.random.default_rng([seed, customers]).choice(customers, size=most, replace=False))


def _candidates(clustering: ClusteringSettings) -> list[int]:
    numbers = set(range(clustering.fewest_clusters, clustering.most_clusters + 1))
    return sorted(numbers | ({clustering.k} if clustering.k else set()))


def _effort(clustering: ClusteringSettings) -> "Effort":
    from lgs_pipeline.models.clustering import Effort

    return Effort(clustering.seed, clustering.restarts, clustering.resamples, clustering.resample_restarts)


def _refuse_more_than_differ(points: np.ndarray, clustering: ClusteringSettings) -> None:
    from lgs_pipeline.models.clustering import count_distinct

    if clustering.k and clustering.k > (distinct := count_distinct(points)):
        raise InputError(
            f"Settings: clustering.k: found {clustering.k}, expected at most {distinct:,}, the number of "
            f"customers who differ in {', '.join(clustering.features)}; or by_evidence"
        )


def _choose(evaluation: pd.DataFrame, clustering: ClusteringSettings, clusters: str) -> int:
    from lgs_pipeline.models.clustering import choose_number

    choice = choose_number(
        evaluation,
        least_stability=clustering.least_stability,
        smallest_share=clustering.smallest_share,
        clear_silhouette=clustering.clear_silhouette,
    )
    level = logging.INFO if choice.is_convincing else logging.WARNING
    logger.log(level, "%s: %d, %s", clusters, choice.k, choice.reason)
    return choice.k


def _with_choice(evaluation: pd.DataFrame, k: int) -> pd.DataFrame:
    return evaluation.assign(chosen=evaluation.k == k)


def fit_clusters(
    customer_features: pd.DataFrame, number_of_clusters: int, clustering: ClusteringSettings
) -> Model:
    """Transformation and KMeans in one scikit-learn Pipeline; its cluster 0 has the highest median monetary.

    Fitted to a sample where there are very many customers; not fitted where there are none. Of fewer clusters
    than asked for if there are fewer customers who differ.
    """
    from sklearn.cluster import KMeans
    from sklearn.pipeline import Pipeline

    from lgs_pipeline.models import clustering as model

    if not number_of_clusters:
        unfitted = model.make_transformation(clustering.features, clustering.log_features)
        return Pipeline([*unfitted.steps, ("kmeans", KMeans())])
    transformation, points = transform_sample(customer_features, clustering)
    number_of_clusters = min(number_of_clusters, model.count_distinct(points))
    kmeans = model.fit_kmeans(points, number_of_clusters, seed=clustering.seed, restarts=clustering.restarts)
    fitted = Pipeline([*transformation.steps, ("kmeans", kmeans)])
    labels = model.label_customers(fitted, customer_features[clustering.features])
    model.renumber(kmeans, _by_value(customer_features, labels, number_of_clusters))
    return fitted


def _by_value(customer_features: pd.DataFrame, labels: np.ndarray, number: int) -> list[int]:
    """The clusters, highest median monetary first; ties by more orders, then by more recent ones."""
    medians = customer_features.groupby(labels)[["monetary", "frequency", "recency"]].median()
    medians = medians.reindex(range(number)).assign(recency=lambda table: -table.recency)
    order = medians.sort_values(["monetary", "frequency", "recency"], ascending=False, kind="stable")
    return order.index.tolist()


def assign_clusters(
    customer_features: pd.DataFrame, kmeans_model: Model, clustering: ClusteringSettings
) -> pd.DataFrame:
    """The cluster of every customer.

    Returns
    -------
    pandas.DataFrame
        A row per customer: customer_id, cluster, cluster_name, silhouette (empty if there is one cluster).
    """
    from lgs_pipeline.models import clustering as model

    if customer_features.empty:
        columns = {"cluster": "int64", "cluster_name": "str", "silhouette": float}
        return customer_features[["customer_id"]].assign(**dict.fromkeys(columns)).astype(columns)
    features = customer_features[clustering.features]
    labels = model.label_customers(kmeans_model, features)
    medians = customer_features.groupby(labels)[["recency", "frequency", "monetary"]].median()
    names = dict(zip(medians.index, name_clusters(medians, customer_features), strict=True))
    return pd.DataFrame(
        {
            "customer_id": customer_features.customer_id,
            "cluster": labels,
            "cluster_name": pd.array([names[label] for label in labels], dtype="str"),
            "silhouette": model.silhouettes(
                model.transform(kmeans_model[:-1], features),
                labels,
                draw_customers(len(labels), clustering.silhouette_customers, clustering.seed),
            ),
        }
    )


def profile_clusters(customer_features: pd.DataFrame, kmeans_clusters: pd.DataFrame) -> pd.DataFrame:
    """What each cluster is like.

    Returns
    -------
    pandas.DataFrame
        A row per cluster: cluster, cluster_name, customers, share (of all customers), the median of every
        feature, also of those that it was not made from, revenue (pounds) and share_of_revenue.
    """
    clustered = kmeans_clusters.merge(customer_features, on="customer_id", validate="one_to_one")
    groups = clustered.groupby("cluster")
    customers, revenue = groups.size(), groups.monetary.sum()
    return pd.DataFrame(
        {
            "cluster_name": groups.cluster_name.first(),
            "customers": customers,
            "share": customers / customers.sum(),
            **{f"{feature}_median": groups[feature].median() for feature in FEATURES},
            "revenue": revenue,
            "share_of_revenue": revenue / revenue.sum(),
        }
    ).reset_index()


def cross_segments_with_clusters(
    rfm_table: pd.DataFrame, kmeans_clusters: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How the rule-based segments and the clusters lie across each other.

    Returns
    -------
    segment_cluster_crosstab
        A row per segment, and a column ``cluster_<number>`` per cluster: customers in both.
    segment_cluster_agreement
        A row per measure: adjusted_rand_index (1 the same groups, 0 no more alike than by chance) and
        normalised_mutual_information (1 the one tells the other, 0 nothing about it).
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    both = rfm_table[["customer_id", "segment"]].merge(kmeans_clusters, on="customer_id")
    crosstab = both.groupby(["segment", "cluster"]).size().unstack(fill_value=0).add_prefix("cluster_")
    measures = {
        "adjusted_rand_index": adjusted_rand_score,
        "normalised_mutual_information": normalized_mutual_info_score,
    }
    segment = pd.factorize(both.segment)[0]
    values = [measure(segment, both.cluster) if len(both) else np.nan for measure in measures.values()]
    agreement = pd.DataFrame({"measure": list(measures), "value": values})
    return crosstab.rename_axis(columns=None).reset_index(), agreement
