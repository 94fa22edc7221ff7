"""What the chapter says of the clusters."""

import pandas as pd

from lgs_pipeline.chapters import Chapter
from lgs_pipeline.pipelines.clustering import charts
from lgs_pipeline.pipelines.clustering.chapter import tell_clustering
from tests import tables

PROFILES = tables.clusters(Frequent_spenders=(5, 4600), Rare_spenders=(20, 400))
CROSSTAB = tables.crosstab(Champions=[4, 1], At_Risk=[0, 20])


def chapter(profile: pd.DataFrame = PROFILES) -> Chapter:
    return tell_clustering(profile)


def test_it_says_what_clusters_are():
    assert chapter().sections[0].sentences == [
        "KMeans puts customers who are alike into one cluster. No rule says beforehand what a cluster is. "
        "A cluster's name says how its median customer compares with this shop's other customers."
    ]
    assert "KMeans" in chapter().terms["Cluster"]


def test_its_charts_say_who_brings_most_and_how_clusters_lie_across_the_segments():
    assert {"cluster_profiles", "segments_and_clusters"} <= set(chapter().sections[0].drawings)
    profiles = charts.draw_cluster_profiles(PROFILES).get_label()
    assert profiles.endswith(": Frequent spenders: 20% of the customers, 92% of known customers' sales")
    crossed = charts.draw_segments_and_clusters(CROSSTAB, PROFILES, tables.rfm((5, 5, 2.0, "Champions"))).get_label()
    assert crossed.endswith(": 96% of customers are in the cluster that has the largest part of their segment")


def test_without_customers_it_only_says_what_clusters_are():
    nobody = chapter(PROFILES.head(0))
    assert len(nobody.sections[0].sentences) == 1
    assert nobody.sections[0].tables[0].values == []
    assert nobody.log == "Clusters: none, there are no customers"


def test_the_table_shows_who_the_clusters_are_and_what_they_bring():
    (table,) = chapter().sections[0].tables
    assert table.values[0] == ["Frequent spenders", 5, 0.2, 4600, 0.92, 10, 5, 920]
    assert [column.heading for column in table.columns] == [
        "Cluster", "Customers", "Share of customers", "Sales (£)", "Share of sales",
        "Recency, median (days)", "Frequency, median (orders)", "Monetary, median (£)",
    ]  # fmt: skip


def test_the_sheet_shows_more_of_the_same_table():
    (sheet,) = chapter().sheets
    assert (sheet.name, sheet.dataset) == ("Clusters", "kmeans_profile")
    assert [column.heading for column in sheet.columns[-2:]] == [
        "Average order value, median (£)", "Products, median",
    ]  # fmt: skip


def test_the_log_names_the_three_clusters_that_bring_most():
    profile = tables.clusters(A=(1, 10), B=(2, 70), C=(3, 5), D=(4, 15))
    assert chapter(profile).log == ("Clusters: 4; B 2 (70% of sales); D 4 (15% of sales); A 1 (10% of sales)")
