"""What the comparison of segmentations shows."""

from lgs_pipeline.pipelines.segmentation_comparison import takeaways
from tests import tables


def test_the_best_is_named_with_those_that_chance_cannot_tell_from_it():
    compared = tables.comparison(
        none=(0.9, 0.9, 0.9), rfm=(0.5, 0.4, 0.6), kmeans=(0.45, 0.35, 0.55), clv_tier=(0.39, 0.3, 0.5)
    )
    assert takeaways.best_segmentations(compared) == (
        "Who buys again is predicted best by segments (RFM) and clusters (KMeans); "
        "how much they buy is predicted best by segments (RFM) and clusters (KMeans)"
    )
