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
        question="Do the segments hold?",
        sentences=[
            "Segments come from rules. Clusters come from the data: KMeans puts customers together who are "
            "alike. Which of them says most about what customers do next is tested on months that none of "
            "them has seen.",
            f"{takeaways.best_segmentations(segmentation_comparison)}.",
        ],
        drawings=["segmentation_comparison"],
        tables=[
            rows_of(
                "What each way of grouping says about later months: higher is better",
                segmentation_comparison,
                columns_of(SegmentationComparison, "measure", "segmentation", "value", "low", "high"),
            )
        ],
    )
    return Chapter(sections=[section])
