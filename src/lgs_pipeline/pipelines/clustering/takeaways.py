"""What the tables of clustering say, in a sentence or two: for the titles of charts and the chapter."""

import numpy as np
import pandas as pd

from lgs_pipeline.wording import fraction, percent, pluralise, shortened


def chosen_clusters(kmeans_selection: pd.DataFrame) -> str:
    """How many clusters there are, and what speaks for that number."""
    chosen = kmeans_selection[kmeans_selection.chosen.astype(bool)]
    if chosen.empty:
        return "There are no clusters"
    row = chosen.iloc[0]
    if not np.isfinite(row.stability):
        return pluralise(row.k, "cluster")
    return (
        f"{pluralise(row.k, 'cluster')}: stability {row.stability:.2f}, silhouette {row.silhouette:.2f}, "
        f"{percent(row.smallest_share)} of the customers in the smallest"
    )


def top_cluster(kmeans_profile: pd.DataFrame) -> str:
    """The cluster that brings most."""
    top = kmeans_profile.loc[kmeans_profile.sales.idxmax()]
    return (
        f"{shortened(top.cluster_name, 44)}: {percent(top.share)} of the customers, "
        f"{percent(top.share_of_sales)} of known customers' sales"
    )


def variance_shown(component_meanings: pd.DataFrame) -> str:
    """How much of the differences between customers two components show."""
    shown = component_meanings.groupby("component").share_of_variance.first().sum()
    return f"Two components show {percent(shown)} of the differences between customers"


def segments_in_one_cluster(segment_cluster_crosstab: pd.DataFrame) -> str:
    """How many customers are where most of their segment is."""
    customers = segment_cluster_crosstab.set_index("segment")
    together = fraction(customers.max(axis="columns").sum(), customers.to_numpy().sum())
    return f"{percent(together)} of customers are in the cluster that has the largest part of their segment"
