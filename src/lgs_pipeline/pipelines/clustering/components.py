"""The customers in the two directions in which they differ most, for the chart of the clusters."""

from typing import Any

import numpy as np
import pandas as pd

from lgs_pipeline.arrays import FloatArray


def project_clusters(
    customer_features: pd.DataFrame, kmeans_clusters: pd.DataFrame, kmeans_model: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The customers in the two directions in which they differ most, among what clusters are made from.

    Returns
    -------
    cluster_components
        A row per customer: customer_id, cluster, cluster_name, component_1, component_2.
    component_meanings
        A row per component and feature that clusters are made from: component, share_of_variance, feature,
        correlation (of ranks).
    """
    names = ["component_1", "component_2"]
    customers = kmeans_clusters.merge(customer_features, on="customer_id", validate="one_to_one")
    features, points, shares = [], np.zeros((len(customers), 2)), np.zeros(2)
    if len(customers):
        features = list(kmeans_model.feature_names_in_)
        points, shares = _principal_components(kmeans_model[:-1].transform(customers[features]))
    components = pd.DataFrame(points, columns=names)
    ranks = customers[features].rank()
    meanings = [
        (name, share, feature, ranks[feature].corr(components[name].rank()))
        for name, share in zip(names, shares, strict=True)
        for feature in features
    ]
    return (
        customers[["customer_id", "cluster", "cluster_name"]].join(components),
        pd.DataFrame(meanings, columns=["component", "share_of_variance", "feature", "correlation"]),
    )


def _principal_components(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The points in their two principal components, and the components' shares of the variance."""
    centred = points - points.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred)
    order = variances.argsort()[::-1][:2]
    chosen = directions[:, order]
    # A direction and its opposite are as good; the same one is taken on every machine.
    chosen = chosen * np.where(chosen[np.abs(chosen).argmax(axis=0), range(chosen.shape[1])] < 0, -1, 1)
    missing = 2 - chosen.shape[1]
    shares = variances[order] / (variances.sum() or 1)
    return np.pad(centred @ chosen, ((0, 0), (0, missing))), np.pad(shares, (0, missing))
