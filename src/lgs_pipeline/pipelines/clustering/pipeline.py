from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.clustering import comparison, nodes, profiles
from lgs_pipeline.pipelines.rfm.nodes import score_customers, select_scored_invoices


def create_pipeline() -> Pipeline:
    """From invoices and ``rfm`` to named clusters, what segmentations tell, and segments from close up."""
    return _shared() + _clusters() + _comparison() + _profiles()


def _shared() -> Pipeline:
    """What all of the pipeline looks at."""
    return Pipeline(
        [
            node(
                nodes.set_clustering_moments,
                inputs=["data_period", "params:rfm", "params:clustering"],
                outputs=["clustering_moment", "cut_moment"],
                name="set_clustering_moments",
            ),
            node(
                select_scored_invoices,
                inputs=["transactions", "invoices", "params:rfm"],
                outputs="clustered_invoices",
                name="select_clustered_invoices",
            ),
            node(
                nodes.summarise_habits,
                inputs=["clustered_invoices", "clustering_moment"],
                outputs="customer_habits",
                name="summarise_habits",
            ),
            node(
                nodes.count_products,
                inputs=["transactions", "clustered_invoices", "clustering_moment"],
                outputs="customer_products",
                name="count_products",
            ),
            node(
                nodes.count_distinct_products,
                inputs="customer_products",
                outputs="distinct_products",
                name="count_distinct_products",
            ),
            node(
                nodes.derive_features,
                inputs=["rfm", "customer_habits", "distinct_products", "clustering_moment"],
                outputs="customer_features",
                name="derive_features",
            ),
        ]
    )


def _clusters() -> Pipeline:
    """The clusters, and how they lie across the segments."""
    return Pipeline(
        [
            node(
                nodes.choose_number_of_clusters,
                inputs=["customer_features", "params:clustering"],
                outputs=["kmeans_selection", "number_of_clusters"],
                name="choose_number_of_clusters",
            ),
            node(
                nodes.fit_clusters,
                inputs=["customer_features", "number_of_clusters", "params:clustering"],
                outputs="kmeans_model",
                name="fit_clusters",
            ),
            node(
                nodes.assign_clusters,
                inputs=["customer_features", "kmeans_model", "params:clustering"],
                outputs="kmeans_clusters",
                name="assign_clusters",
            ),
            node(
                nodes.profile_clusters,
                inputs=["customer_features", "kmeans_clusters"],
                outputs="kmeans_profile",
                name="profile_clusters",
            ),
            node(
                nodes.cross_segments_with_clusters,
                inputs=["rfm", "kmeans_clusters"],
                outputs=["segment_cluster_crosstab", "segment_cluster_agreement"],
                name="cross_segments_with_clusters",
            ),
        ]
    )


def _comparison() -> Pipeline:
    """Segmentations made at the cut, once with all orders and once without some, and what came after."""
    return Pipeline(
        [
            *_known_at_cut("clustered_invoices", suffix="at_cut"),
            node(
                comparison.remove_orders,
                inputs=["clustered_invoices", "params:clustering"],
                outputs="thinned_invoices",
                name="remove_orders",
            ),
            *_known_at_cut("thinned_invoices", suffix="thinned"),
            node(
                comparison.sum_up_held_out,
                inputs=["clustered_invoices", "cut_moment"],
                outputs="held_out_orders",
                name="sum_up_held_out",
            ),
            node(
                comparison.compare_segmentations,
                inputs={
                    "customers_at_cut": "customers_at_cut",
                    "customers_thinned": "customers_thinned",
                    "held_out_orders": "held_out_orders",
                    "clustering": "params:clustering",
                    "lifetime_value": "params:lifetime_value",
                },
                outputs="segmentation_comparison",
                name="compare_segmentations",
            ),
        ]
    )


def _known_at_cut(invoices: str, suffix: str) -> list:
    """The nodes from invoices to the customers known at the cut; their outputs end in the suffix."""
    return [
        node(
            comparison.summarise_known_customers,
            inputs=[invoices, "cut_moment"],
            outputs=f"customer_orders_{suffix}",
            name=f"summarise_customers_{suffix}",
        ),
        node(
            score_customers,
            inputs=[f"customer_orders_{suffix}", "cut_moment", "params:rfm"],
            outputs=f"rfm_{suffix}",
            name=f"score_customers_{suffix}",
        ),
        node(
            nodes.summarise_habits,
            inputs=[invoices, "cut_moment"],
            outputs=f"customer_habits_{suffix}",
            name=f"summarise_habits_{suffix}",
        ),
        node(
            comparison.count_products_known,
            inputs=["transactions", invoices, "cut_moment", "params:clustering"],
            outputs=f"distinct_products_{suffix}",
            name=f"count_products_{suffix}",
        ),
        node(
            comparison.gather_known_customers,
            inputs=[
                f"rfm_{suffix}",
                f"customer_habits_{suffix}",
                f"distinct_products_{suffix}",
                "cut_moment",
            ],
            outputs=f"customers_{suffix}",
            name=f"gather_customers_{suffix}",
        ),
    ]


def _profiles() -> Pipeline:
    """The rule-based segments from close up."""
    return Pipeline(
        [
            node(
                profiles.count_order_times,
                inputs=["clustered_invoices", "rfm", "clustering_moment"],
                outputs="segment_order_times",
                name="count_order_times",
            ),
            node(
                profiles.count_segment_products,
                inputs=["customer_products", "rfm"],
                outputs="segment_products",
                name="count_segment_products",
            ),
            node(
                profiles.count_descriptions,
                inputs="transactions",
                outputs="product_descriptions",
                name="count_descriptions",
            ),
            node(
                profiles.profile_segments,
                inputs=[
                    "rfm",
                    "customer_features",
                    "customer_habits",
                    "segment_order_times",
                    "segment_products",
                    "product_descriptions",
                    "params:clustering",
                ],
                outputs="segment_profiles",
                name="profile_segments",
            ),
        ]
    )
