"""Features by hand, clusters that can be read, and the customers that break other tools."""

import logging

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.clustering import nodes
from lgs_pipeline.pipelines.clustering.schemas import (
    CustomerFeatures,
    KmeansClusters,
    KmeansProfile,
    KmeansSelection,
    SegmentClusterAgreement,
    SegmentClusterCrosstab,
)
from lgs_pipeline.pipelines.clustering.settings import FEATURES, ClusteringSettings
from lgs_pipeline.pipelines.customers.nodes import count_products, select_scored_invoices, summarise_habits
from lgs_pipeline.pipelines.rfm.nodes import score_customers, summarise_customers
from tests.building import customer, invoices, lines_of, settings_of

SETTINGS = settings_of("base")
CLEANING = SETTINGS.cleaning
MOMENT = pd.Timestamp("2011-12-10")
QUICK = {"most_clusters": 5, "restarts": 5, "resamples": 5, "resample_restarts": 2}


def clustering(**changes: object) -> ClusteringSettings:
    """The base settings, with less effort, and changes."""
    return ClusteringSettings.model_validate({**SETTINGS.clustering.model_dump(), **QUICK, **changes})


def features_of(*rows: dict, lines: tuple[dict, ...] = ({},), rfm=SETTINGS.rfm) -> pd.DataFrame:
    """customer_features of some invoices and lines, by customer."""
    built = lines_of(rows, *lines)
    scored = select_scored_invoices(built, invoices(*rows), CLEANING, rfm)
    scores = score_customers(summarise_customers(scored, MOMENT), MOMENT, rfm)
    habits = summarise_habits(scored, MOMENT)
    products = nodes.count_distinct_products(count_products(built, scored, MOMENT, CLEANING))
    features = nodes.derive_features(scores, habits, products, MOMENT)
    return CustomerFeatures.validate(features).set_index("customer_id")


def customers(recency: list, frequency: list, monetary: list) -> pd.DataFrame:
    """customer_features of customers 1, 2, 3 ..., whose other features say nothing."""
    table = pd.DataFrame({"recency": recency, "frequency": frequency, "monetary": monetary}, dtype=float)
    table = table.reindex(columns=["customer_id", *FEATURES], fill_value=1.0)
    return table.assign(customer_id=[customer(number) for number in range(1, len(table) + 1)]).astype(
        {"customer_id": "str"}
    )


def three_kinds(each: int = 40) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers who are plainly of three kinds, in the order of their worth, mixed up; and their kind."""
    generator = np.random.default_rng(1)
    kind = generator.permutation(np.repeat([0, 1, 2], each))
    recency = np.choose(kind, [5, 200, 600]) + generator.integers(0, 5, len(kind))
    frequency = np.choose(kind, [40, 6, 1]) + (kind < 2) * generator.integers(0, 2, len(kind))
    monetary = np.choose(kind, [9000, 900, 90]) * generator.uniform(0.9, 1.1, len(kind))
    return customers(recency, frequency, monetary), kind


def clustered(table: pd.DataFrame, settings: ClusteringSettings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """kmeans_selection and kmeans_clusters, checked as they are when they are saved."""
    selection, number = nodes.choose_number_of_clusters(table, settings)
    clusters = nodes.assign_clusters(table, nodes.fit_clusters(table, number, settings), settings)
    return KmeansSelection.validate(selection), KmeansClusters.validate(clusters)


class TestFeatures:
    ROWS = (
        {"invoice_date": "2011-11-20 10:00", "amount": "100", "units": 30, "lines": 3},
        {"invoice_date": "2011-11-20 16:00", "amount": "50", "units": 10, "lines": 1},
        {"invoice_date": "2011-11-30 10:00", "amount": "150", "units": 20, "lines": 2},
        {"invoice_date": "2011-12-02 10:00", "amount": "-30"},
    )

    def test_they_are_counted_by_hand(self):
        found = features_of(*self.ROWS).loc["12346"]
        assert (found.recency, found.frequency, found.monetary) == (9, 3, 270)
        assert found.tenure == 19
        assert found.average_order_value == 100
        assert found.share_cancelled == pytest.approx(0.1)

    def test_orders_of_one_day_count_as_one_between_days(self):
        assert features_of(*self.ROWS).days_between_orders["12346"] == 10

    def test_one_day_of_orders_has_no_days_between(self):
        assert np.isnan(features_of(*self.ROWS[:2]).days_between_orders["12346"])

    def test_where_every_invoice_is_an_order_days_are_counted_alike(self):
        poc = settings_of("base", "poc").rfm
        assert features_of(*self.ROWS, rfm=poc).days_between_orders["12346"] == 6

    def test_more_cancelled_than_ordered_is_all_of_it(self):
        rows = (
            {"invoice_date": "2011-11-20", "amount": "10"},
            {"invoice_date": "2011-11-21", "amount": "-90"},
        )
        found = features_of(*rows).loc["12346"]
        assert (found.share_cancelled, found.monetary) == (1, -80)

    def test_distinct_products_are_products_that_were_ordered(self):
        lines = (
            {"stock_code": "A"}, {"stock_code": "A"}, {"stock_code": "B"},
            {"stock_code": "C", "invoice_no": "C500004", "quantity": -1},
        )  # fmt: skip
        assert features_of(*self.ROWS, lines=lines).distinct_products["12346"] == 2

    def test_what_happens_after_the_moment_is_not_known_yet(self):
        later = {"invoice_date": "2011-12-10 00:00", "amount": "5000"}
        pd.testing.assert_frame_equal(features_of(*self.ROWS), features_of(*self.ROWS, later))

    def test_customers_without_an_order_are_not_among_them(self):
        rows = (*self.ROWS, {"customer_id": "2", "invoice_date": "2011-12-01", "amount": "-5"})
        assert features_of(*rows).index.tolist() == ["12346"]

    def test_no_customers_make_an_empty_table(self):
        assert features_of({"customer_id": None, "invoice_date": "2011-12-01"}).empty


class TestClusters:
    def test_three_kinds_are_found_and_numbered_by_worth(self):
        table, kind = three_kinds()
        selection, clusters = clustered(table, clustering())
        assert selection.k[selection.chosen].tolist() == [3]
        assert clusters.cluster.tolist() == kind.tolist()
        assert clusters.silhouette.min() > 0.5

    def test_their_numbers_do_not_depend_on_the_seed_or_the_order_of_customers(self):
        table, kind = three_kinds()
        shuffled = table.sample(frac=1, random_state=1)
        for seed in range(3):
            _, clusters = clustered(shuffled, clustering(seed=seed, k=3))
            assert clusters.set_index("customer_id").cluster.sort_index().tolist() == kind.tolist()

    def test_the_model_gives_the_same_numbers(self):
        table, kind = three_kinds()
        model = nodes.fit_clusters(table, 3, clustering())
        assert model.predict(table[["recency", "frequency", "monetary"]]).tolist() == kind.tolist()

    def test_a_number_set_by_the_user_is_used_and_stands_beside_the_evidence(self):
        table, _ = three_kinds()
        selection, clusters = clustered(table, clustering(k=7))
        assert selection.k.tolist() == [2, 3, 4, 5, 7]
        assert selection.k[selection.chosen].tolist() == [7]
        assert selection.stability.notna().all()
        assert clusters.cluster.nunique() == 7

    def test_other_features_can_be_clustered_by(self):
        table, kind = three_kinds()
        table = table.assign(distinct_products=np.choose(kind, [10, 100, 1]))
        settings = clustering(features=["distinct_products"], k=3)
        model = nodes.fit_clusters(table, 3, settings)
        assert model.feature_names_in_.tolist() == ["distinct_products"]
        assert adjusted_rand_score(nodes.assign_clusters(table, model, settings).cluster, kind) == 1

    def test_a_sample_is_enough_to_fit_and_all_are_labelled(self):
        table, kind = three_kinds(each=500)
        _, clusters = clustered(table, clustering(sample_customers=150, silhouette_customers=100))
        assert clusters.cluster.tolist() == kind.tolist()
        assert clusters.silhouette.between(0.5, 1).all()

    def test_why_a_number_was_chosen_is_in_the_log(self, caplog):
        caplog.set_level(logging.INFO, logger="lgs_pipeline")
        nodes.choose_number_of_clusters(three_kinds()[0], clustering())
        assert "Clusters: 3, which lie clearly apart (silhouette 0.9" in caplog.text

    def test_a_number_that_does_not_convince_is_a_warning(self, caplog):
        nodes.choose_number_of_clusters(three_kinds()[0], clustering(smallest_share=0.6))
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "every number leaves a cluster under 60%" in caplog.text


class TestEdges:
    def test_more_clusters_than_customers_are_refused_in_one_line(self):
        table = customers([1, 2, 3], [1, 1, 1], [10, 20, 30])
        message = r"clustering\.k: found 5, expected at most 3, .* differ in recency, frequency, monetary"
        with pytest.raises(InputError, match=message) as error:
            nodes.choose_number_of_clusters(table, clustering(k=5))
        assert "\n" not in str(error.value)

    def test_as_many_clusters_as_customers_are_fine(self):
        _, clusters = clustered(customers([1, 2, 3], [1, 1, 1], [10, 20, 30]), clustering(k=3))
        assert clusters.cluster.tolist() == [2, 1, 0]
        assert clusters.silhouette.tolist() == [0, 0, 0]

    @pytest.mark.parametrize("number", [1, 2])
    def test_too_few_customers_to_part_are_one_cluster(self, number):
        table = customers([1, 9][:number], [2, 1][:number], [10, 99][:number])
        selection, clusters = clustered(table, clustering())
        assert not selection.chosen.any()
        assert clusters.cluster.tolist() == [0] * number
        assert clusters.cluster_name.unique().tolist() == ["All customers"]
        assert clusters.silhouette.isna().all()

    def test_identical_customers_are_one_cluster(self):
        table = customers([30] * 50, [2] * 50, [100] * 50)
        selection, clusters = clustered(table, clustering())
        assert selection.stability.isna().all()
        assert clusters.cluster.unique().tolist() == [0]
        with pytest.raises(InputError, match="found 2, expected at most 1"):
            nodes.choose_number_of_clusters(table, clustering(k=2))

    def test_customers_of_two_kinds_only_are_two_clusters_if_asked_for(self):
        table = customers([30] * 50 + [90] * 50, [2] * 100, [100] * 50 + [20] * 50)
        assert clustered(table, clustering(k=2))[1].cluster.tolist() == [0] * 50 + [1] * 50

    def test_a_constant_feature_changes_nothing(self):
        table, kind = three_kinds()
        _, clusters = clustered(table.assign(frequency=4.0), clustering(k=3))
        assert clusters.cluster.tolist() == kind.tolist()

    def test_a_missing_value_does_not_keep_a_customer_out(self):
        table, kind = three_kinds()
        table.loc[0, "recency"] = np.nan
        _, clusters = clustered(table, clustering(k=3))
        assert len(clusters) == len(table)
        assert clusters.cluster.tolist()[1:] == kind.tolist()[1:]

    def test_a_feature_that_nobody_has_changes_nothing(self):
        table, kind = three_kinds()
        features = ["recency", "frequency", "monetary", "days_between_orders"]
        _, clusters = clustered(table.assign(days_between_orders=np.nan), clustering(features=features, k=3))
        assert clusters.cluster.tolist() == kind.tolist()

    def test_no_customers_give_empty_tables_and_a_model_that_is_not_fitted(self, caplog):
        table = customers([], [], [])
        selection, clusters = clustered(table, clustering())
        assert "There are no customers to cluster" in caplog.text
        assert not selection.chosen.any()
        assert clusters.empty
        assert KmeansProfile.validate(nodes.profile_clusters(table, clusters)).empty
        scores = pd.DataFrame({"customer_id": [], "segment": []}, dtype="str")
        crosstab, agreement = nodes.cross_segments_with_clusters(scores, clusters)
        assert SegmentClusterCrosstab.validate(crosstab).empty
        assert SegmentClusterAgreement.validate(agreement).value.isna().all()


class TestProfile:
    def test_it_is_counted_by_hand(self):
        table = customers([10, 20, 400], [9, 7, 1], [500, 300, 200])
        clusters = pd.DataFrame(
            {"customer_id": table.customer_id, "cluster": [0, 0, 1], "cluster_name": ["A", "A", "B"]}
        )
        profile = KmeansProfile.validate(nodes.profile_clusters(table, clusters)).set_index("cluster")
        assert profile.customers.tolist() == [2, 1]
        assert profile.share.tolist() == pytest.approx([2 / 3, 1 / 3])
        assert (profile.recency_median[0], profile.frequency_median[0], profile.monetary_median[0]) == (
            15,
            8,
            400,
        )
        assert profile.sales.tolist() == [800, 200]
        assert profile.share_of_sales.tolist() == [0.8, 0.2]

    def test_every_cluster_has_a_name_of_its_own_and_the_first_is_worth_most(self):
        table, _ = three_kinds()
        _, clusters = clustered(table, clustering(k=6))
        profile = KmeansProfile.validate(nodes.profile_clusters(table, clusters))
        assert profile.cluster.tolist() == list(range(6))
        assert profile.cluster_name.is_unique
        assert profile.monetary_median.is_monotonic_decreasing
        assert profile.customers.sum() == len(table)


class TestCrosstab:
    CLUSTERS = pd.DataFrame({"customer_id": ["1", "2", "3", "4"], "cluster": [0, 0, 1, 1]})

    def test_customers_in_both_are_counted(self):
        scores = pd.DataFrame({"customer_id": ["1", "2", "3", "4"], "segment": ["B", "B", "B", "A"]})
        crosstab, _ = nodes.cross_segments_with_clusters(scores, self.CLUSTERS)
        assert SegmentClusterCrosstab.validate(crosstab).to_dict("list") == {
            "segment": ["A", "B"], "cluster_0": [0, 2], "cluster_1": [1, 1],
        }  # fmt: skip

    def test_the_same_groups_agree_wholly(self):
        scores = pd.DataFrame({"customer_id": ["1", "2", "3", "4"], "segment": ["B", "B", "A", "A"]})
        _, agreement = nodes.cross_segments_with_clusters(scores, self.CLUSTERS)
        assert SegmentClusterAgreement.validate(agreement).value.tolist() == pytest.approx([1, 1])
