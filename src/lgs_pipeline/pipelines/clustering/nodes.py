"""From what customers are known to have done to clusters of them, numbered by value and named.

scikit-learn takes a second and a half to import, so only the nodes that need it do so.
"""

import logging
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import to_frame
from lgs_pipeline.models.cluster_names import name_clusters
from lgs_pipeline.models.sampling import draw_customers
from lgs_pipeline.pipelines.clustering.settings import FEATURES, ClusteringSettings

if TYPE_CHECKING:
    from lgs_pipeline.models.clustering import Effort

Model = Any
"""A scikit-learn Pipeline; Kedro resolves the annotations of nodes, and would import scikit-learn for it."""

logger = logging.getLogger(__name__)


def count_distinct_products(customer_products: ir.Table) -> ir.Table:
    """A row per customer who ordered a product: customer_id, distinct_products."""
    return (
        customer_products.group_by("customer_id")
        .agg(distinct_products=lambda products: products.count())
        .order_by("customer_id")
    )


def derive_features(
    rfm: pd.DataFrame, customer_habits: ir.Table, distinct_products: ir.Table, moment: pd.Timestamp
) -> pd.DataFrame:
    """Everything that customers can be clustered by.

    Returns
    -------
    pandas.DataFrame
        A row per customer of ``rfm``: customer_id; recency (days), frequency (orders) and monetary (pounds);
        tenure, days from the first order to the moment; average_order_value, pounds of a purchase invoice;
        distinct_products; share_cancelled, of gross sales, at most 1; days_between_orders, from one day with
        orders to the next, on average. The last four are empty where they cannot be known.
    """
    customers = (
        rfm[["customer_id", "first_order", "last_order", "recency", "frequency", "monetary"]]
        .merge(to_frame(customer_habits), how="left", on="customer_id")
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


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole.where(whole > 0)).astype(float)


def choose_number_of_clusters(
    customer_features: pd.DataFrame, settings: ClusteringSettings
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

    numbers = _candidates(settings)
    if customer_features.empty:
        logger.warning("There are no customers to cluster")
        return _with_choice(model.evaluate_numbers(np.empty((0, 1)), numbers, _effort(settings)), 0), 0
    _, points = transform_sample(customer_features, settings)
    _refuse_more_than_differ(points, settings)
    evaluation = model.evaluate_numbers(points, numbers, _effort(settings))
    k = settings.k or _choose(evaluation, settings, "Clusters")
    return _with_choice(evaluation, k), k


def find_number_of_clusters(customer_features: pd.DataFrame, settings: ClusteringSettings) -> int:
    """The number that :func:`choose_number_of_clusters` would choose, in less time.

    A number in the settings may be more than these customers allow; :func:`fit_clusters` makes as many as
    possible then.
    """
    from lgs_pipeline.models import clustering as model

    if settings.k:
        return settings.k
    _, points = transform_sample(customer_features, settings)
    evaluation = model.evaluate_stability(points, _candidates(settings), _effort(settings), settings.smallest_share)
    return _choose(evaluation, settings, "Clusters to compare with")


def transform_sample(customer_features: pd.DataFrame, settings: ClusteringSettings) -> tuple[Model, FloatArray]:
    """The transformation, fitted to a sample of the customers, and their points in its space.

    The sample is all customers where they are not more than ``sample_customers``.
    """
    from lgs_pipeline.models import clustering as model

    sample = customer_features.iloc[draw_customers(len(customer_features), settings.sample_customers, settings.seed)]
    chosen = sample[settings.features]
    transformation = model.make_transformation(settings.features, settings.log_features).fit(chosen)
    return transformation, model.transform(transformation, chosen)


def _candidates(settings: ClusteringSettings) -> list[int]:
    numbers = set(range(settings.fewest_clusters, settings.most_clusters + 1))
    return sorted(numbers | ({settings.k} if settings.k else set()))


def _effort(settings: ClusteringSettings) -> "Effort":
    from lgs_pipeline.models.clustering import Effort

    return Effort(settings.seed, settings.restarts, settings.resamples, settings.resample_restarts)


def _refuse_more_than_differ(points: FloatArray, settings: ClusteringSettings) -> None:
    from lgs_pipeline.models.clustering import count_distinct

    if settings.k and settings.k > (distinct := count_distinct(points)):
        raise InputError(
            f"Settings: clustering.k: found {settings.k}, expected at most {distinct:,}, the number of "
            f"customers who differ in {', '.join(settings.features)}; or by_evidence"
        )


def _choose(evaluation: pd.DataFrame, settings: ClusteringSettings, clusters: str) -> int:
    from lgs_pipeline.models.clustering import choose_number

    choice = choose_number(
        evaluation,
        least_stability=settings.least_stability,
        smallest_share=settings.smallest_share,
        clear_silhouette=settings.clear_silhouette,
    )
    level = logging.INFO if choice.is_convincing else logging.WARNING
    logger.log(level, "%s: %d, %s", clusters, choice.k, choice.reason)
    return choice.k


def _with_choice(evaluation: pd.DataFrame, k: int) -> pd.DataFrame:
    return evaluation.assign(chosen=evaluation.k == k)


def fit_clusters(customer_features: pd.DataFrame, number_of_clusters: int, settings: ClusteringSettings) -> Model:
    """Transformation and KMeans in one scikit-learn Pipeline; its cluster 0 has the highest median monetary.

    Fitted to a sample where there are very many customers; not fitted where there are none. Of fewer clusters
    than asked for if there are fewer customers who differ.
    """
    from sklearn.cluster import KMeans
    from sklearn.pipeline import Pipeline

    from lgs_pipeline.models import clustering as model

    if not number_of_clusters:
        unfitted = model.make_transformation(settings.features, settings.log_features)
        return Pipeline([*unfitted.steps, ("kmeans", KMeans())])
    transformation, points = transform_sample(customer_features, settings)
    number_of_clusters = min(number_of_clusters, model.count_distinct(points))
    kmeans = model.fit_kmeans(points, number_of_clusters, seed=settings.seed, restarts=settings.restarts)
    fitted = Pipeline([*transformation.steps, ("kmeans", kmeans)])
    labels = model.label_customers(fitted, customer_features[settings.features])
    model.renumber(kmeans, _by_value(customer_features, labels, number_of_clusters))
    return fitted


def _by_value(customer_features: pd.DataFrame, labels: IntArray, number: int) -> list[int]:
    """The clusters, highest median monetary first; ties by more orders, then by more recent ones."""
    medians = customer_features.groupby(labels)[["monetary", "frequency", "recency"]].median()
    medians = medians.reindex(range(number)).assign(recency=lambda table: -table.recency)
    order = medians.sort_values(["monetary", "frequency", "recency"], ascending=False, kind="stable")
    return order.index.tolist()


def assign_clusters(customer_features: pd.DataFrame, kmeans_model: Model, settings: ClusteringSettings) -> pd.DataFrame:
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
    features = customer_features[settings.features]
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
                draw_customers(len(labels), settings.silhouette_customers, settings.seed),
            ),
        }
    )


def profile_clusters(customer_features: pd.DataFrame, kmeans_clusters: pd.DataFrame) -> pd.DataFrame:
    """What each cluster is like.

    Returns
    -------
    pandas.DataFrame
        A row per cluster: cluster, cluster_name, customers, share (of all customers), the median of every
        feature, also of those that it was not made from, sales (pounds) and share_of_sales.
    """
    clustered = kmeans_clusters.merge(customer_features, on="customer_id", validate="one_to_one")
    groups = clustered.groupby("cluster")
    customers, sales = groups.size(), groups.monetary.sum()
    return pd.DataFrame(
        {
            "cluster_name": groups.cluster_name.first(),
            "customers": customers,
            "share": customers / customers.sum(),
            **{f"{feature}_median": groups[feature].median() for feature in FEATURES},
            "sales": sales,
            "share_of_sales": sales / sales.sum(),
        }
    ).reset_index()


def cross_segments_with_clusters(rfm: pd.DataFrame, kmeans_clusters: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How the rule-based segments and the clusters lie across each other.

    Returns
    -------
    segment_cluster_crosstab
        A row per segment, and a column ``cluster_<number>`` per cluster: customers in both.
    segment_cluster_agreement
        A row per measure: adjusted_rand_index (1 the same groups, 0 no more alike than by chance) and
        normalised_mutual_information (1 the one determines the other, 0 it says nothing about it).
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    both = rfm[["customer_id", "segment"]].merge(kmeans_clusters, on="customer_id")
    crosstab = both.groupby(["segment", "cluster"]).size().unstack(fill_value=0).add_prefix("cluster_")
    measures = {
        "adjusted_rand_index": adjusted_rand_score,
        "normalised_mutual_information": normalized_mutual_info_score,
    }
    segment = pd.factorize(both.segment)[0]
    values = [measure(segment, both.cluster) if len(both) else np.nan for measure in measures.values()]
    agreement = pd.DataFrame({"measure": list(measures), "value": values})
    return crosstab.rename_axis(columns=None).reset_index(), agreement
