"""What report, workbook and log say of the clusters."""

import pandas as pd

from lgs_pipeline.chapters import Chapter, Section, Sheet, rows_of
from lgs_pipeline.pipelines.clustering.schemas import KmeansProfile
from lgs_pipeline.tables import columns_of

_MOST_NAMED = 3
_TERMS = {
    "Cluster": "Customers whom the KMeans algorithm puts together because they are alike in measures named in the "
    "settings: "
    "by default recency, frequency and monetary."
}


def tell_clustering(kmeans_profile: pd.DataFrame) -> Chapter:
    """Which customers are alike."""
    columns = columns_of(
        KmeansProfile,
        *("cluster_name", "customers", "share", "sales", "share_of_sales"),
        *("recency_median", "frequency_median", "monetary_median"),
    )
    return Chapter(
        sections=[
            Section(
                anchor="clusters",
                question="Which customers are alike?",
                sentences=[
                    "KMeans puts customers who are alike into one cluster. No rule says beforehand what a cluster is. "
                    "A cluster's name says how its median customer compares with this shop's other customers."
                ],
                drawings=["segments_and_clusters", "cluster_profiles", "cluster_components", "kmeans_selection"],
                tables=[rows_of("The clusters in numbers", kmeans_profile, columns)],
            )
        ],
        sheets=[
            Sheet(
                name="Clusters",
                dataset="kmeans_profile",
                columns=[
                    *columns,
                    *columns_of(KmeansProfile, "average_order_value_median", "distinct_products_median"),
                ],
            )
        ],
        log=_log(kmeans_profile),
        terms=_TERMS,
    )


def _log(kmeans_profile: pd.DataFrame) -> str:
    most = kmeans_profile.sort_values("sales", ascending=False, kind="stable").head(_MOST_NAMED)
    named = "; ".join(
        f"{row.cluster_name} {row.customers:,} ({row.share_of_sales:.0%} of sales)" for row in most.itertuples()
    )
    return f"Clusters: {len(kmeans_profile)}; {named}" if named else "Clusters: none, there are no customers"
