"""The public tables of recommendations."""

from typing import Any

from lgs_pipeline.tables import Table, count, days, flag, statistic, text

_QUESTIONS = ["new", "repeat"]
_FRACTION: dict[str, Any] = {"nullable": True, "ge": 0, "le": 1 + 1e-9}


class RecommendationSelection(Table):
    """A row per question and combination of settings; ndcg_at_10 is empty where the extract is short."""

    question: str = text("Question", "products new to a customer, or not", isin=_QUESTIONS)
    half_life_days: float = days("Half-life", "days in which a purchase loses half its weight", gt=0)
    ridge: float = statistic("Ridge", "penalty of the item model; for new", nullable=True, gt=0)
    blend: float = statistic("Blend", "weight of the item model beside own purchases; for repeat", nullable=True, ge=0)
    ndcg_at_10: float = statistic("NDCG@10", "on the months before the held-out ones", **_FRACTION)
    customers: int = count("Customers", "customers that it is the mean over")
    chosen: bool = flag("Chosen", "whether recommendations are made with these settings")


class ProductRecommendations(Table):
    """A row per customer, kind and rank."""

    customer_id: str = text("Customer", "the customer's number or code")
    kind: str = text("Kind", "never bought, or bought before", isin=["new", "usual"])
    rank: int = count("Rank", "place in the customer's list of this kind", ge=1)
    stock_code: str = text("Stock code", "stock code")
    description: str = text("Product", "usual description of the product", nullable=True)
    score: float = statistic("Score", "how strongly it is recommended; comparable within a list")


class RecommendationEvaluation(Table):
    """A row per question, model and measure; empty where the extract is too short to say."""

    question: str = text("Question", "products new to a customer, or not", isin=_QUESTIONS)
    model: str = text(
        "Model",
        "ours, or what it is compared with",
        isin=["recommender", "popularity", "recent_popularity", "bm25_neighbours", "own_most_frequent"],
    )
    measure: str = text(
        "Measure",
        "what is measured on lists of ten and the held-out months",
        isin=["ndcg_at_10", "recall_at_10", "hit_rate_at_10", "catalogue_coverage"],
    )
    value: float = statistic("Value", "mean over the customers; for coverage, of all lists", **_FRACTION)
    low: float = statistic("From", "lower end of its bootstrap interval", **_FRACTION)
    high: float = statistic("To", "upper end of its bootstrap interval", **_FRACTION)
