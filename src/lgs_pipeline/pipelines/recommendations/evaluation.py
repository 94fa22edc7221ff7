"""From lists of products made at a cut to how much of what was bought after it they had.

The customers who count are those who bought something before the cut and, in the held-out months, at least
one product that the question is about: for ``new`` one that they had never bought, for ``repeat`` one that
they had. A product bought then counts whether or not it was on offer at the cut, when no list could have it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.pipelines.recommendations.nodes import (
    draw_known_customers,
    number_customers,
    number_products,
    read_purchases,
    recommender_of,
)
from lgs_pipeline.pipelines.recommendations.settings import RecommendationsSettings

if TYPE_CHECKING:
    from lgs_pipeline.models.recommendation_evaluation import Bought
    from lgs_pipeline.models.recommender import Purchases, Ranking, Scorer

logger = logging.getLogger(__name__)

MODELS = {
    "new": ["recommender", "popularity", "recent_popularity", "bm25_neighbours"],
    "repeat": ["recommender", "popularity", "recent_popularity", "bm25_neighbours", "own_most_frequent"],
}
"""What is compared on each question, ours first."""

_SELECTION = ["question", "half_life_days", "ridge", "blend", "ndcg_at_10", "customers", "chosen"]


def list_held_out(purchase_days: ir.Table, cut: pd.Timestamp, until: pd.Timestamp) -> ir.Table:
    """A row per customer and product bought from the cut on: customer_id, stock_code, is_repeat.

    is_repeat says whether the customer had also bought it before the cut.
    """
    known = purchase_days.filter(purchase_days.day < until)
    is_before = known.day < cut
    return (
        known.group_by("customer_id", "stock_code")
        .agg(is_repeat=is_before.any(), is_held_out=(~is_before).any())
        .filter(lambda pairs: pairs.is_held_out)
        .select("customer_id", "stock_code", "is_repeat")
        .order_by("customer_id", "stock_code")
    )


@dataclass(frozen=True)
class _Trial:
    """What some customers had bought at the cut, and what they bought then of what a question is about."""

    learned: "Purchases"
    known: "Purchases"
    bought: "Bought"
    question: str

    @property
    def customers(self) -> int:
        return self.known.customers

    def rank(self, scorer: "Scorer") -> "Ranking":
        from lgs_pipeline.models.recommendation_evaluation import LENGTH
        from lgs_pipeline.models.recommender import rank_products

        return rank_products(self.known, scorer, self.question, LENGTH)


def choose_settings(
    purchase_days: ir.Table,
    products_sold: pd.DataFrame,
    held_out: ir.Table,
    cut: pd.Timestamp,
    settings: RecommendationsSettings,
) -> pd.DataFrame:
    """The settings that were best on the months before those that recommendations are put to the test on.

    Returns
    -------
    pandas.DataFrame
        A row per question and combination of settings, the public columns of ``recommendation_selection``.
        For ``repeat`` the item model is the one chosen for ``new``. Where the extract is too short to say,
        the first combination is chosen.
    """
    from lgs_pipeline.models.recommender import Recommender

    trials = _prepare(purchase_days, products_sold, held_out, cut, settings)
    new = _grid(settings.half_lives, settings.ridges, ["half_life_days", "ridge"])
    repeat = _grid(settings.repeat_half_lives, settings.blends, ["half_life_days", "blend"])
    first_repeat = settings.repeat_half_lives[0], settings.blends[0]
    trends = settings.trend, settings.repeat_trend
    fitted = [
        Recommender(row.half_life_days, row.ridge, *first_repeat, *trends).fit(trials["new"].learned)
        for row in new.itertuples()
    ]
    new["ndcg_at_10"] = [_ndcg(trials["new"], candidate.score_new) for candidate in fitted]
    best = fitted[_best(new)]
    repeat["ndcg_at_10"] = [
        _ndcg(trials["repeat"], best.with_repeats(row.half_life_days, row.blend).score_repeat)
        for row in repeat.itertuples()
    ]
    parts = [
        grid.assign(question=question, customers=trials[question].customers, chosen=grid.index == _best(grid))
        for question, grid in {"new": new, "repeat": repeat}.items()
    ]
    return pd.concat(parts, ignore_index=True)[_SELECTION]


def _grid(first: list[float], second: list[float], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(list(product(first, second)), columns=names, dtype=float)


def _best(grid: pd.DataFrame) -> int:
    """The first row with the highest value, or the first row if there are no values."""
    return int(grid.ndcg_at_10.fillna(-1).argmax())


def _ndcg(trial: _Trial, scorer: "Scorer") -> float:
    from lgs_pipeline.models.recommendation_evaluation import measure_customers

    if not trial.customers:
        return np.nan
    return round(measure_customers(trial.rank(scorer), trial.bought)[:, 0].mean(), 12)


def evaluate_recommendations(
    purchase_days: ir.Table,
    products_sold: pd.DataFrame,
    held_out: ir.Table,
    cut: pd.Timestamp,
    recommendation_selection: pd.DataFrame,
    settings: RecommendationsSettings,
) -> pd.DataFrame:
    """How much of what customers bought after the cut was in the lists that each model makes at it.

    Returns
    -------
    pandas.DataFrame
        A row per question, model and measure, the public columns of ``recommendation_evaluation``. Without
        values, and with the reason in the log, where the extract is too short to say.
    """
    from lgs_pipeline.models.recommendation_evaluation import undefined

    trials = _prepare(purchase_days, products_sold, held_out, cut, settings)
    scorers = _learn(trials["new"].learned, recommendation_selection, settings)
    unanswered = [question for question, trial in trials.items() if not trial.customers]
    if unanswered:
        logger.warning(
            "Recommendations cannot be tested (%s): none of the customers known on %s bought such "
            "products in the %d months after it",
            ", ".join(unanswered), cut.date(), settings.held_out_months,
        )  # fmt: skip
    parts = [
        (
            undefined(MODELS[question]) if question in unanswered else _compare(trial, scorers[question], settings)
        ).assign(question=question)
        for question, trial in trials.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[["question", "model", "measure", "value", "low", "high"]]


def _learn(
    purchases: "Purchases", recommendation_selection: pd.DataFrame, settings: RecommendationsSettings
) -> dict[str, dict[str, "Scorer"]]:
    """The scorer of each model, by question."""
    from lgs_pipeline.models import recommendation_baselines as baselines

    fitted = recommender_of(recommendation_selection, settings).fit(purchases)
    of_both = {
        "popularity": baselines.popularity(purchases),
        "recent_popularity": baselines.popularity(purchases, settings.recent_days),
        "bm25_neighbours": baselines.bm25_neighbours(purchases),
        "own_most_frequent": baselines.own_most_frequent(purchases),
    }
    ours = {"new": fitted.score_new, "repeat": fitted.score_repeat}
    return {
        question: {model: {"recommender": ours[question], **of_both}[model] for model in models}
        for question, models in MODELS.items()
    }


def _compare(trial: _Trial, scorers: Mapping[str, "Scorer"], settings: RecommendationsSettings) -> pd.DataFrame:
    from lgs_pipeline.models import recommendation_evaluation as evaluation

    rankings = {model: trial.rank(scorer) for model, scorer in scorers.items()}
    return evaluation.summarise(
        {model: evaluation.measure_customers(ranking, trial.bought) for model, ranking in rankings.items()},
        {model: evaluation.measure_coverage(ranking, trial.known.products) for model, ranking in rankings.items()},
        resamples=settings.bootstrap_samples,
        interval=settings.interval,
        seed=settings.seed,
    )


def _prepare(
    purchase_days: ir.Table,
    products_sold: pd.DataFrame,
    held_out: ir.Table,
    cut: pd.Timestamp,
    settings: RecommendationsSettings,
) -> dict[str, _Trial]:
    """The trial of each question, on the customers known at the cut or a random sample of them."""
    customers = draw_known_customers(purchase_days, cut, settings)
    learned = read_purchases(purchase_days, products_sold, cut, customers)
    pairs = (
        held_out.inner_join(number_customers(customers), "customer_id")
        .left_join(number_products(products_sold), "stock_code")
        .select("customer", "is_repeat", product=ibis._["product"].fill_null(-1))
        .to_pandas()
    )
    is_asked = {"new": ~pairs.is_repeat.astype(bool), "repeat": pairs.is_repeat.astype(bool)}
    return {question: _trial(learned, pairs[asked], question) for question, asked in is_asked.items()}


def _trial(learned: "Purchases", pairs: pd.DataFrame, question: str) -> _Trial:
    from scipy import sparse

    from lgs_pipeline.models.recommendation_evaluation import Bought

    customers, number = np.unique(pairs.customer, return_counts=True)
    offered = pairs[pairs["product"] >= 0]
    entries = np.ones(len(offered)), (np.searchsorted(customers, offered.customer), offered["product"])
    products = sparse.csr_array(entries, shape=(len(customers), learned.products))
    return _Trial(learned, learned.of(customers), Bought(products, number), question)
