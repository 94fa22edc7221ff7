"""What report and charts are made from, beside the tables of other pipelines."""

import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.pipelines.reporting import nodes
from tests.building import retail, settings_of
from tests.charts import tables


class TestExtracts:
    def test_each_file_is_listed_with_its_lines_and_its_period(self):
        lines = retail(
            {"extract": "b.csv", "invoice_date": "2010-03-02 10:00"},
            {"extract": "a.csv", "invoice_date": "2010-03-01 09:00"},
            {"extract": "a.csv", "invoice_date": "2010-03-05 11:00"},
        )
        listed = nodes.list_extracts(lines)
        assert listed.extract.tolist() == ["a.csv", "b.csv"]
        assert listed.lines.tolist() == [2, 1]
        assert listed.first_line.iloc[0] == pd.Timestamp("2010-03-01 09:00")
        assert listed.last_line.iloc[0] == pd.Timestamp("2010-03-05 11:00")


class TestSettings:
    def test_every_setting_has_a_row_with_its_full_name(self):
        listed = nodes.list_settings(rfm=settings_of("base").rfm).set_index("setting").value
        assert listed["rfm.population"] == "buyers"
        assert listed["rfm.frequency.method"] == "rank"
        assert listed["rfm.recency.quantiles"] == "0.2, 0.4, 0.6, 0.8"
        assert listed["rfm.segments.Champions"] == "recency 5; frequency 4, 5"
        assert listed["rfm.reference_moment"] == "not set"

    def test_groups_without_a_model_are_as_good(self):
        listed = nodes.list_settings(own={"empty": [], "flag": True, "nested": {"deep": 1}})
        assert listed.to_numpy().tolist() == [
            ["own.empty", "none"], ["own.flag", "True"], ["own.nested.deep", "1"],
        ]  # fmt: skip

    def test_no_setting_makes_no_table_without_columns(self):
        assert list(nodes.list_settings()) == ["setting", "value"]


class TestSegmentValues:
    def test_lifetime_values_are_summed_by_segment(self):
        customers = tables.rfm((5, 5, 1, "A"), (5, 5, 1, "A"), (1, 1, 1, "B"), (1, 1, 1, "C"))
        values = tables.lifetime_values((10.0, "x"), (5.0, "x"), (2.0, "x"), (np.nan, None))
        assert nodes.value_segments(customers, values).to_numpy().tolist() == [["A", 2, 15.0], ["B", 1, 2.0]]


class _Doubled:
    """Stands for a fitted pipeline: doubles what it is given, in the opposite order of columns."""

    feature_names_in_ = np.array(["recency", "frequency"])

    def __getitem__(self, steps: slice) -> "_Doubled":
        return self

    def transform(self, features: pd.DataFrame) -> np.ndarray:
        return 2 * features[["frequency", "recency"]].to_numpy()


class TestComponents:
    FEATURES = pd.DataFrame(
        {"customer_id": [1, 2, 3, 4], "recency": [9.0, 1.0, 8.0, 2.0], "frequency": [1.0, 90.0, 2.0, 70.0]}
    )
    CLUSTERS = pd.DataFrame(
        {"customer_id": [1, 2, 3, 4], "cluster": [1, 0, 1, 0], "cluster_name": list("baba")}
    )

    def test_components_keep_distances_and_add_up_to_all_variance(self):
        components, meanings = nodes.project_clusters(self.FEATURES, self.CLUSTERS, _Doubled())
        points = components[["component_1", "component_2"]].to_numpy()
        first, second = self.FEATURES[["recency", "frequency"]].to_numpy()[:2]
        assert np.linalg.norm(points[0] - points[1]) == pytest.approx(2 * np.linalg.norm(first - second))
        assert meanings.groupby("component").share_of_variance.first().sum() == pytest.approx(1)

    def test_meanings_belong_to_the_features_whatever_the_order_of_columns(self):
        _, meanings = nodes.project_clusters(self.FEATURES, self.CLUSTERS, _Doubled())
        told = meanings.set_index(["component", "feature"]).correlation
        assert told["component_1", "frequency"] == pytest.approx(1)
        assert told["component_1", "recency"] == pytest.approx(-1)

    def test_a_direction_does_not_depend_on_the_machine(self):
        components, _ = nodes.project_clusters(self.FEATURES, self.CLUSTERS, _Doubled())
        assert components.component_1[1] > components.component_1[0]

    def test_without_customers_there_are_empty_tables(self):
        components, meanings = nodes.project_clusters(self.FEATURES.head(0), self.CLUSTERS.head(0), None)
        assert components.empty
        assert meanings.empty
        assert list(components) == ["customer_id", "cluster", "cluster_name", "component_1", "component_2"]

    def test_one_feature_has_one_component(self):
        class OneFeature(_Doubled):
            feature_names_in_ = np.array(["frequency"])

            def transform(self, features: pd.DataFrame) -> np.ndarray:
                return features.to_numpy()

        components, meanings = nodes.project_clusters(self.FEATURES, self.CLUSTERS, OneFeature())
        assert components.component_2.tolist() == [0, 0, 0, 0]
        assert meanings.share_of_variance.tolist() == [1, 0]
