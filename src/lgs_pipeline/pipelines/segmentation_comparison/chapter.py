"""What the report says of how segmentations compare."""

import pandas as pd

from lgs_pipeline.chapters import Chapter, Section, rows_of
from lgs_pipeline.pipelines.segmentation_comparison import takeaways
from lgs_pipeline.pipelines.segmentation_comparison.schemas import SegmentationComparison
from lgs_pipeline.tables import columns_of


def tell_segmentation_comparison(segmentation_comparison: pd.DataFrame) -> Chapter:
    """Whether segments say anything about later months, beside other ways to group customers."""
    section = Section(
        anchor="comparison",
        question="Which way of grouping customers predicts best?",
        sentences=[
            "Segments come from rules. Clusters come from the data: KMeans puts customers who are alike "
            "together. Which of them predicts best what customers do next is tested on months that none of "
            "them has seen.",
            f"{takeaways.best_segmentations(segmentation_comparison)}.",
        ],
        drawings=["segmentation_comparison"],
        tables=[
            rows_of(
                "How well each way of grouping predicts later months (higher is better)",
                segmentation_comparison,
                columns_of(SegmentationComparison, "measure", "segmentation", "value", "low", "high"),
            )
        ],
    )
    return Chapter(sections=[section])
