"""What the chapter says of the clusters."""

import pandas as pd

from lgs_pipeline.chapters import Chapter
from lgs_pipeline.pipelines.clustering.chapter import tell_clustering
from tests import tables

PROFILES = tables.clusters(Frequent_spenders=(5, 4600), Rare_spenders=(20, 400))
CROSSTAB = tables.crosstab(Champions=[4, 1], At_Risk=[0, 20])


def chapter(profile: pd.DataFrame = PROFILES, crosstab: pd.DataFrame = CROSSTAB) -> Chapter:
    return tell_clustering(profile, crosstab)


def test_it_says_what_clusters_are_and_how_they_lie_across_the_segments():
    assert chapter().sections[0].sentences == [
        "KMeans puts customers who are alike into one cluster. No rule says beforehand what a cluster is.",
        "Frequent spenders: 20% of the customers, 92% of known customers' sales.",
        "96% of customers are in the cluster that holds most of their segment.",
    ]


def test_without_customers_it_only_says_what_clusters_are():
    nobody = chapter(PROFILES.head(0), CROSSTAB.head(0)[["segment"]])
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
