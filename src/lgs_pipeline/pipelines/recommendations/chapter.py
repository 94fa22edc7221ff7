"""What the log says of recommendations."""

import pandas as pd

from lgs_pipeline.chapters import Chapter


def tell_recommendations(recommendation_evaluation: pd.DataFrame) -> Chapter:
    """How good recommendations were, beside what can be had without them."""
    measured = recommendation_evaluation.set_index(["question", "measure", "model"]).value
    compared = [
        f"{name} {measured[question, 'ndcg_at_10', 'recommender']:.3f} "
        f"({measured[question, 'ndcg_at_10', other]:.3f} {without})"
        for question, name, other, without in [
            ("new", "new products", "bm25_neighbours", "by BM25 neighbours"),
            ("repeat", "usual ones", "own_most_frequent", "by own habits"),
        ]
        if not pd.isna(measured[question, "ndcg_at_10", "recommender"])
    ]
    return Chapter(log=f"Recommendations: NDCG@10 {', '.join(compared) or 'could not be measured'}")
