"""Whole runs: the clusters of the real extract, planted customers found again, the same bytes every time."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import adjusted_rand_score

from lgs_pipeline.datasets import model_file
from lgs_pipeline.models import clustering as model
from lgs_pipeline.pipelines.clustering import nodes
from lgs_pipeline.sample import SampleSettings, generate, write
from tests.building import settings_of
from tests.end_to_end.project import SAMPLE, Project

pytestmark = pytest.mark.slow

PIPELINES = (
    "--pipelines",
    "ingestion,cleaning,customers,rfm,clustering,segment_profiles,segmentation_comparison",
)
CLUSTERING = settings_of("base").clustering
MEASURES = ["recency", "frequency", "monetary"]


@pytest.fixture(scope="module")
def features(real_run: Project) -> pd.DataFrame:
    return real_run.table("customer_features")


class TestNumberOfClusters:
    def test_it_is_five_by_the_evidence(self, real_run):
        selection = real_run.table("kmeans_selection").set_index("k")
        assert selection.index.tolist() == list(range(2, 11))
        assert selection.index[selection.chosen].tolist() == [5]
        assert selection.stability[5] >= 0.85 > selection.stability[6]
        assert selection.smallest_share[5] >= 0.05 > selection.smallest_share[7]
        # Customers form a continuum: no number of clusters lies clearly apart.
        assert selection.silhouette.max() < 0.5

    def test_the_silhouette_alone_would_take_two_of_which_one_is_tiny(self, features):
        raw = CLUSTERING.model_copy(update={"log_features": []})
        _, points = nodes.transform_sample(features, raw)
        fits = {k: model.fit_kmeans(points, k, seed=1, restarts=10) for k in (2, 3, 4, 5)}
        silhouettes = model.mean_silhouettes(points, {k: fit.labels_ for k, fit in fits.items()})
        assert max(silhouettes, key=silhouettes.get) == 2
        assert silhouettes[2] > 0.9
        assert np.bincount(fits[2].labels_).min() < 30

    def test_five_seeds_agree_on_the_number_and_on_the_clusters(self, features):
        labels = []
        for seed in range(5):
            settings = CLUSTERING.model_copy(update={"seed": seed})
            number = nodes.find_number_of_clusters(features, settings)
            assert number == 5
            fitted = nodes.fit_clusters(features, number, settings)
            labels.append(model.label_customers(fitted, features[settings.features]))
        agreements = [adjusted_rand_score(one, other) for one in labels for other in labels]
        assert min(agreements) >= 0.95


class TestClusters:
    def test_every_customer_has_one_and_the_first_are_the_most_valuable(self, real_run):
        clusters, profile = real_run.table("kmeans_clusters"), real_run.table("kmeans_profile")
        assert clusters.customer_id.tolist() == real_run.table("rfm").customer_id.tolist()
        assert profile.customers.sum() == len(clusters) == 5869
        assert profile.monetary_median.is_monotonic_decreasing
        assert profile.share_of_sales.sum() == pytest.approx(1)
        assert profile.share_of_sales[0] > 0.5

    def test_their_names_are_those_that_a_marketer_would_give(self, real_run):
        assert real_run.table("kmeans_profile").cluster_name.tolist() == [
            "Frequent big spenders, very recent",
            "Regular good spenders, recent",
            "Occasional average spenders, lapsed",
            "Occasional modest spenders, cooling off",
            "One-time small spenders, long gone",
        ]

    def test_the_saved_model_gives_the_same_labels(self, real_run, features):
        place = next((real_run.folder / "data" / "06_models" / "kmeans_model.skops").glob("*/kmeans_model.skops"))
        with place.open("rb") as file:
            loaded = model_file.load(file, trusted=["numpy.clip", "numpy.dtype"])
        assert loaded.predict(features[MEASURES]).tolist() == real_run.table("kmeans_clusters").cluster.tolist()

    def test_the_crosstab_counts_every_customer_once(self, real_run):
        crosstab = real_run.table("segment_cluster_crosstab").set_index("segment")
        segments = real_run.table("rfm").segment.value_counts()
        assert crosstab.sum(axis=1).to_dict() == segments.to_dict()
        agreement = real_run.table("segment_cluster_agreement").set_index("measure").value
        assert agreement.between(0.2, 0.7).all()


class TestComparison:
    def test_every_segmentation_tells_more_than_none_and_no_more_than_is_possible(self, real_run):
        table = real_run.table("segmentation_comparison").set_index(["segmentation", "measure"])
        assert (table.low <= table.value).all()
        assert (table.value <= table.high).all()
        for name in ("monetary_quintiles", "rfm", "kmeans"):
            assert table.low[name, "log_sales_variance_explained"] > 0.2
            assert table.high[name, "log_sales_variance_explained"] < 0.5
            assert table.low[name, "auc_buying_again"] > 0.7
            assert table.low[name, "sales_share_of_top_fifth"] > 0.5
            assert 0.8 < table.value[name, "membership_kept"] < 1
        assert table.value["none"].tolist() == [0, 0.5, 0.2, 1]


class TestProfiles:
    def test_every_segment_is_shown_in_every_aspect(self, real_run):
        profiles = real_run.table("segment_profiles")
        # Only typical products are not to be had everywhere.
        everywhere = profiles[profiles.aspect != "typical_products"].groupby("segment").aspect.nunique()
        assert set(everywhere.index) == set(real_run.table("rfm").segment)
        assert (everywhere == profiles.aspect.nunique() - 1).all()

    def test_orders_customers_and_lines_are_those_of_the_other_tables(self, real_run):
        profiles, rfm = real_run.table("segment_profiles"), real_run.table("rfm")
        values = profiles.groupby("aspect").value.sum()
        for aspect in ("country", "monetary_score"):
            assert values[aspect] == len(rfm)
        for aspect in ("month", "season", "weekday", "hour"):
            assert values[aspect] == rfm.frequency.sum()


def test_planted_customers_are_found_in_a_sample_and_their_number_with_them(tmp_path):
    settings = SampleSettings(
        customers=200, wholesalers=0.3, order_rate_mean=1 / 40, order_rate_shape=60, order_value_spread=60,
        lapse_alpha=0.001, lapse_beta=10, established=1.0, established_wait=10, returners=0, seed=1,
    )  # fmt: skip
    extract = generate(settings)
    project = Project.make(tmp_path / "project")
    # Wholesalers order more often and for more; when they last did so is left to chance.
    (project.folder / "conf" / "local" / "parameters.yml").write_text(
        yaml.safe_dump({"clustering": {"features": ["frequency", "monetary"]}})
    )
    project.succeed(*PIPELINES, extract=write(extract, tmp_path / "planted.sql.gz")[0])
    clusters = project.table("kmeans_clusters").merge(
        extract.truth.customers.astype({"customer_id": "str"}), on="customer_id"
    )
    assert len(clusters) == 200
    assert clusters.cluster.nunique() == 2
    assert adjusted_rand_score(clusters.cluster, clusters.wholesaler) >= 0.95
    assert clusters.wholesaler[clusters.cluster == 0].mean() > 0.95


def test_a_short_extract_is_clustered_and_only_the_comparison_is_empty(tmp_path):
    extract = generate(SampleSettings(customers=40, months=3))
    project = Project.make(tmp_path / "project")
    log = project.succeed(*PIPELINES, extract=write(extract, tmp_path / "short.sql.gz")[0])
    assert "Segmentations cannot be compared: 0 customers had ordered 6 months before the data ends" in log
    assert project.table("segmentation_comparison").value.isna().all()
    assert len(project.table("kmeans_clusters")) == len(project.table("rfm"))


def test_more_clusters_than_customers_are_refused_and_nothing_is_saved(tmp_path):
    extract = write(generate(SampleSettings(customers=30, months=18)), tmp_path / "few.sql.gz")[0]
    project = Project.make(tmp_path / "project")
    (project.folder / "conf" / "local" / "parameters.yml").write_text(yaml.safe_dump({"clustering": {"k": 99}}))
    assert "clustering.k: found 99, expected at most" in project.refuse(*PIPELINES, extract=extract)
    assert not any(project.outputs().values())


def test_start_up_does_not_pay_for_scikit_learn(tmp_path):
    project = Project.make(tmp_path / "project")
    code = (
        "import sys; from pathlib import Path; from kedro.framework.startup import bootstrap_project\n"
        "bootstrap_project(Path.cwd()); from lgs_pipeline.cli import cli\n"
        "try: cli(['run', '--pipelines', 'ingestion,cleaning,customers,rfm', '--params', "
        f"'extract={SAMPLE}'])\n"
        "except SystemExit as end: sys.exit(end.code or ('sklearn' in sys.modules and 9))"
    )
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    finished = subprocess.run([sys.executable, "-c", code], cwd=project.folder, env=environment, check=False)
    assert finished.returncode == 0
