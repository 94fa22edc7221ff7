"""From tables to what people look at: charts, findings, the report and the workbook."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from pydantic import BaseModel

from lgs_pipeline.charts.theme import Figure, to_svg


def with_drawing(draw: Callable[..., Figure]) -> Callable[..., tuple[Figure, str]]:
    """The chart as a figure, to be saved as a picture, and as the drawing (SVG) that the report shows."""

    @wraps(draw)
    def drawn(*tables: Any) -> tuple[Figure, str]:
        figure = draw(*tables)
        return figure, to_svg(figure)

    return drawn


def list_extracts(retail: ir.Table) -> pd.DataFrame:
    """What the lines came in: a row per file or sheet, with its lines and its first and last moment."""
    return (
        retail.group_by("extract")
        .agg(lines=retail.count(), first_line=retail.invoice_date.min(), last_line=retail.invoice_date.max())
        .order_by("extract")
        .to_pandas()
    )


def list_settings(**groups: Any) -> pd.DataFrame:
    """The settings of the run, by group: a row for each, with its name in full and its value as text."""
    rows: list[tuple[str, str]] = []
    for name, group in groups.items():
        values = group.model_dump() if isinstance(group, BaseModel) else group
        rows += _settings_in(values, name)
    return pd.DataFrame(rows, columns=["setting", "value"]).astype("str")


def _settings_in(value: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [row for key, inner in value.items() for row in _settings_in(inner, f"{name}.{key}")]
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return [
            (f"{name}.{item.get('name', number)}", _in_words({k: v for k, v in item.items() if k != "name"}))
            for number, item in enumerate(value, start=1)
        ]
    return [(name, _in_words(value))]


def _in_words(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_in_words(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_in_words(item) for item in value) or "none"
    return "not set" if value is None else str(value)


def value_segments(rfm_table: pd.DataFrame, customer_lifetime_value: pd.DataFrame) -> pd.DataFrame:
    """What each segment is expected to bring: segment, buyers (those with a lifetime value), clv (pounds)."""
    values = customer_lifetime_value[["customer_id", "clv"]].dropna()
    customers = rfm_table[["customer_id", "segment"]].merge(values, on="customer_id")
    return customers.groupby("segment").agg(buyers=("clv", "size"), clv=("clv", "sum")).reset_index()


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


def _principal_components(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
