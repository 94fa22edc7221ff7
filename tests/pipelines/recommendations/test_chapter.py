"""What the log says of recommendations."""

import pandas as pd

from lgs_pipeline.pipelines.recommendations.chapter import tell_recommendations


def evaluated(**ndcg: float) -> pd.DataFrame:
    """recommendation_evaluation with NDCG@10 by question_model."""
    models = {"new": ("recommender", "bm25_neighbours"), "repeat": ("recommender", "own_most_frequent")}
    rows = [
        (question, model, "ndcg_at_10", ndcg.get(f"{question}_{model}"))
        for question, asked in models.items()
        for model in asked
    ]
    return pd.DataFrame(rows, columns=["question", "model", "measure", "value"]).astype({"value": float})


def test_recommendations_are_compared_with_what_can_be_had_without_them():
    table = evaluated(
        new_recommender=0.11, new_bm25_neighbours=0.08, repeat_recommender=0.49, repeat_own_most_frequent=0.44
    )
    assert tell_recommendations(table).log == (
        "Recommendations: NDCG@10 new products 0.110 (0.080 by BM25 neighbours), usual ones 0.490 (0.440 by own habits)"
    )


def test_recommendations_that_were_not_tested_are_said_to_be_that():
    assert tell_recommendations(evaluated()).log == "Recommendations: NDCG@10 could not be measured"


def test_only_the_log_speaks_of_recommendations():
    chapter = tell_recommendations(evaluated())
    assert not chapter.findings + chapter.sections + chapter.sheets
