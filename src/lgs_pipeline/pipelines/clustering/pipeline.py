from kedro.pipeline import Pipeline

from lgs_pipeline.moments import DATASET, REFERENCE, at
from lgs_pipeline.pipelines.clustering import chapter, charts, components, nodes
from lgs_pipeline.wiring import draw_charts, make_room, step, tell


def create_pipeline() -> Pipeline:
    """From what customers have done to named clusters, and how these lie across the segments."""
    return make_room(
        "clustering",
        step(nodes.count_distinct_products, "customer_products", "distinct_products"),
        step(
            at(nodes.derive_features, REFERENCE),
            ["rfm", "customer_habits", "distinct_products", DATASET],
            "customer_features",
        ),
        step(
            nodes.choose_number_of_clusters,
            ["customer_features", "params:clustering"],
            ["kmeans_selection", "number_of_clusters"],
        ),
        step(nodes.fit_clusters, ["customer_features", "number_of_clusters", "params:clustering"], "kmeans_model"),
        step(nodes.assign_clusters, ["customer_features", "kmeans_model", "params:clustering"], "kmeans_clusters"),
        step(nodes.profile_clusters, ["customer_features", "kmeans_clusters"], "kmeans_profile"),
        step(
            nodes.cross_segments_with_clusters,
            ["rfm", "kmeans_clusters"],
            ["segment_cluster_crosstab", "segment_cluster_agreement"],
        ),
        tell("clustering", chapter.tell_clustering, "kmeans_profile"),
    )


def create_charts() -> Pipeline:
    """The charts of the clusters, and the components that one of them shows."""
    return make_room(
        "clustering",
        step(
            components.project_clusters,
            ["customer_features", "kmeans_clusters", "kmeans_model"],
            ["cluster_components", "component_meanings"],
        ),
    ) + draw_charts(
        "clustering",
        {
            charts.draw_kmeans_selection: "kmeans_selection",
            charts.draw_cluster_profiles: "kmeans_profile",
            charts.draw_cluster_components: ["cluster_components", "component_meanings"],
            charts.draw_segments_and_clusters: ["segment_cluster_crosstab", "kmeans_profile", "rfm"],
        },
    )
