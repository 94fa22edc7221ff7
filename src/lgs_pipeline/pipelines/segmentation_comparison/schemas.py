"""The public tables of segmentation comparison."""

from lgs_pipeline.tables import Table, statistic, text

SEGMENTATION_NAMES = {
    "none": "no segments",
    "monetary_quintiles": "five groups by sales",
    "rfm": "segments (RFM)",
    "kmeans": "clusters (KMeans)",
    "clv_tier": "tiers (lifetime value)",
}
"""What segmentations are called."""

MEASURES = {
    "auc_buying_again": "Who buys again",
    "log_sales_variance_explained": "How much they buy",
    "sales_share_of_top_fifth": "Who buys most",
    "membership_kept": "Customers keep their group",
}
"""What segmentations are judged by, in words."""


class SegmentationComparison(Table):
    """A row per segmentation and measure; empty where the extract is too short to say."""

    segmentation: str = text("Groups", "how customers were segmented at the cut", labels=SEGMENTATION_NAMES)
    measure: str = text(
        "Measure", "what is measured on the months after, or on fewer orders", isin=list(MEASURES), labels=MEASURES
    )
    value: float = statistic("Value", "the measure, higher is better", 2, nullable=True)
    low: float = statistic("From", "lower end of its bootstrap interval", 2, nullable=True)
    high: float = statistic("To", "upper end of its bootstrap interval", 2, nullable=True)
