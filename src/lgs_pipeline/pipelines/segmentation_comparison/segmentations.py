"""The segmentations that ``segmentation_comparison`` puts to the test.

Another one is added by its line in ``SEGMENTATIONS``; nothing else has to know of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from lgs_pipeline.pipelines.clustering.nodes import find_number_of_clusters, fit_clusters
from lgs_pipeline.pipelines.clustering.settings import ClusteringSettings
from lgs_pipeline.pipelines.rfm.nodes import score
from lgs_pipeline.pipelines.rfm.settings import Scoring

Labels = Callable[[pd.DataFrame], pd.Series]
Segmentation = Callable[[pd.DataFrame, Mapping[str, Any]], Labels]
"""From the customers known at the cut to a way of segmenting customers, which returns one label per row.

Customers have the columns of ``rfm`` and of ``customer_features``, as known at the cut. What a segmentation
has to learn before it can label, such as the number of clusters, it learns from the customers that it is
given first. Its way of segmenting is then used twice: on these customers, and on the same customers without
some of their orders. The settings are those of rooms, by their names.
"""


def _none(customers: pd.DataFrame, settings: Mapping[str, Any]) -> Labels:
    """Everybody is in one segment: what can be had without segmenting."""
    return lambda base: pd.Series("everybody", index=base.index)


def _monetary_quintiles(customers: pd.DataFrame, settings: Mapping[str, Any]) -> Labels:
    """Five equal groups by sales alone: the plainest segmentation."""
    return lambda base: score(base.monetary, Scoring(method="quantile"))


def _rfm(customers: pd.DataFrame, settings: Mapping[str, Any]) -> Labels:
    """The rule-based segments."""
    return lambda base: base.segment


def _kmeans(customers: pd.DataFrame, settings: Mapping[str, Any]) -> Labels:
    """The clusters, as many as the evidence at the cut speaks for."""
    from lgs_pipeline.models.clustering import label_customers

    clustering = ClusteringSettings.model_validate(settings["clustering"])
    number = find_number_of_clusters(customers, clustering)

    def label(base: pd.DataFrame) -> pd.Series:
        if base.empty:
            return pd.Series(dtype="int64")
        model = fit_clusters(base, number, clustering)
        return pd.Series(label_customers(model, base[clustering.features]), index=base.index)

    return label


def _clv_tier(customers: pd.DataFrame, settings: Mapping[str, Any]) -> Labels:
    """Tiers of lifetime value, by models fitted at the cut."""
    from lgs_pipeline.pipelines.lifetime_value.segmentation import tier_customers

    return tier_customers(customers, settings)


SEGMENTATIONS: dict[str, Segmentation] = {
    "none": _none,
    "monetary_quintiles": _monetary_quintiles,
    "rfm": _rfm,
    "kmeans": _kmeans,
    "clv_tier": _clv_tier,
}
