"""The public tables of segment profiles."""

from lgs_pipeline import tables
from lgs_pipeline.tables import Table, count, number, statistic, text


class SegmentProfiles(Table):
    """A row per segment, aspect and item."""

    segment: str = text("Segment", "name of the segment")
    aspect: str = text(
        "Aspect",
        "what is looked at",
        isin=[
            "basket",
            "cancelled",
            "country",
            "days_between_orders",
            "hour",
            "monetary_score",
            "month",
            "season",
            "top_products",
            "typical_products",
            "weekday",
        ],
    )
    rank: int = count("Rank", "place of the item in its segment and aspect", ge=1)
    item: str = text("Item", "country, month, hour, stock code or whatever the aspect is made of")
    description: str = text("Product", "usual description of a product", nullable=True)
    unit: str = text("Unit", "what value counts")
    value: float = number("Value", "how much of it the segment has", nullable=True)
    share: float = tables.share("Share", "of the segment's total; empty for averages", 1, nullable=True)
    share_of_all: float = tables.share("Share of all customers", "the same share of all customers", 1, nullable=True)
    lift: float = statistic("Lift", "share, or for averages value, over that of all customers", 2, nullable=True)
