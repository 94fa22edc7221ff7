"""The customers in two components: what distances, shares and meanings are worth."""

import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.pipelines.clustering.components import project_clusters


class _Doubled:
    """In place of a fitted pipeline: doubles what it is given, in the opposite order of columns."""

    feature_names_in_ = np.array(["recency", "frequency"])

    def __getitem__(self, steps: slice) -> "_Doubled":
        return self

    def transform(self, features: pd.DataFrame) -> np.ndarray:
        return 2 * features[["frequency", "recency"]].to_numpy()


class TestComponents:
    FEATURES = pd.DataFrame(
        {"customer_id": ["1", "2", "3", "4"], "recency": [9.0, 1.0, 8.0, 2.0], "frequency": [1.0, 90.0, 2.0, 70.0]}
    )
    CLUSTERS = pd.DataFrame(
        {"customer_id": ["1", "2", "3", "4"], "cluster": [1, 0, 1, 0], "cluster_name": list("baba")}
    )

    def test_components_keep_distances_and_add_up_to_all_variance(self):
        components, meanings = project_clusters(self.FEATURES, self.CLUSTERS, _Doubled())
        points = components[["component_1", "component_2"]].to_numpy()
        first, second = self.FEATURES[["recency", "frequency"]].to_numpy()[:2]
        assert np.linalg.norm(points[0] - points[1]) == pytest.approx(2 * np.linalg.norm(first - second))
        assert meanings.groupby("component").share_of_variance.first().sum() == pytest.approx(1)

    def test_meanings_belong_to_the_features_whatever_the_order_of_columns(self):
        _, meanings = project_clusters(self.FEATURES, self.CLUSTERS, _Doubled())
        correlation = meanings.set_index(["component", "feature"]).correlation
        assert correlation["component_1", "frequency"] == pytest.approx(1)
        assert correlation["component_1", "recency"] == pytest.approx(-1)

    def test_a_direction_does_not_depend_on_the_machine(self):
        components, _ = project_clusters(self.FEATURES, self.CLUSTERS, _Doubled())
        assert components.component_1[1] > components.component_1[0]

    def test_without_customers_there_are_empty_tables(self):
        components, meanings = project_clusters(self.FEATURES.head(0), self.CLUSTERS.head(0), None)
        assert components.empty
        assert meanings.empty
        assert list(components) == ["customer_id", "cluster", "cluster_name", "component_1", "component_2"]

    def test_one_feature_has_one_component(self):
        class OneFeature(_Doubled):
            feature_names_in_ = np.array(["frequency"])

            def transform(self, features: pd.DataFrame) -> np.ndarray:
                return features.to_numpy()

        components, meanings = project_clusters(self.FEATURES, self.CLUSTERS, OneFeature())
        assert components.component_2.tolist() == [0, 0, 0, 0]
        assert meanings.share_of_variance.tolist() == [1, 0]
