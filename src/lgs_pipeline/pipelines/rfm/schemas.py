"""The public tables of RFM."""

from typing import Any

import pandas as pd

from lgs_pipeline.tables import Table, count, days, moment, number, pounds, share, text

SCORE: dict[str, Any] = {"ge": 1, "le": 5}


class Rfm(Table):
    """A row per scored customer."""

    customer_id: str = text("Customer", "the customer's number or code", unique=True)
    country: str = text("Country", "country of the latest order", nullable=True)
    first_order: pd.Timestamp = moment("First order", "when the first order was placed")
    last_order: pd.Timestamp = moment("Latest order", "when the latest order was placed")
    recency: int = count("Recency", "whole days from the latest order to the reference moment", "days")
    frequency: int = count("Frequency", "orders", "orders", ge=1)
    monetary: float = pounds("Monetary", "net amount")
    r_score: int = count("Recency score", "recency score, 5 is the most recent", **SCORE)
    f_score: int = count("Frequency score", "frequency score, 5 is the most frequent", **SCORE)
    m_score: int = count("Monetary score", "monetary score, 5 is the highest", **SCORE)
    rfm_score: str = text("RFM score", "the three scores as digits", str_matches=r"^[1-5]{3}$")
    segment: str = text("Segment", "segment of the recency and frequency scores")


class RfmThresholds(Table):
    """A row per measure and score."""

    measure: str = text("Measure", "what is scored", isin=["recency", "frequency", "monetary"])
    score: int = count("Score", "the score, 5 best", **SCORE)
    lower: float = number(
        "From",
        "values above this get the score (the lowest group: also this); of ranks, the lowest; empty where none can",
        nullable=True,
    )
    upper: float = number(
        "Up to", "values up to this get the score; of ranks, the highest (days, orders or pounds)", nullable=True
    )
    customers: int = count("Customers", "customers with the score")


class RfmSegments(Table):
    """A row per segment."""

    segment: str = text("Segment", "name of the segment", unique=True)
    customers: int = count("Customers", "customers in the segment")
    share_of_customers: float = share("Share of customers", "of all scored customers", nullable=True)
    recency_mean: float = days("Recency, mean", "mean recency", nullable=True)
    recency_median: float = days("Recency, median", "median recency", nullable=True)
    frequency_mean: float = number("Frequency, mean", "mean frequency", "orders", nullable=True)
    frequency_median: float = number("Frequency, median", "median frequency", "orders", nullable=True)
    monetary_mean: float = pounds("Monetary, mean", "mean monetary", nullable=True)
    monetary_median: float = pounds("Monetary, median", "median monetary", nullable=True)
    sales: float = pounds("Sales", "sum of monetary")
    share_of_sales: float = share("Share of sales", "of all scored customers' sales", ge=None, le=None, nullable=True)


class SegmentMigration(Table):
    """A row per pair of segments that customers moved between."""

    segment_before: str = text("Segment before", "segment at the earlier moment, or (new)")
    segment_after: str = text("Segment now", "segment at the reference moment, or (none)")
    customers: int = count("Customers", "customers who moved from the one to the other", ge=1)
    share: float = share("Share of the segment before", "of the customers of segment_before")


class SegmentPlaces(Table):
    """A row per segment of the map: where it lies, by the mean scores of its cells."""

    segment: str = text("Segment", "name of the segment", unique=True)
    recency: str = text("Recency", "how recently its customers ordered", isin=["recent", "quiet", "gone"])
    frequency: str = text("Frequency", "how often its customers order", isin=["often", "some", "few"])
    level: float = number("Level", "sum of the two mean scores; higher is better", ge=2, le=10)
