"""What a run says at its end."""

import pandas as pd
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node

from lgs_pipeline.headlines import headlines


def said_of(**tables: pd.DataFrame) -> list[str]:
    pipeline = Pipeline([node(lambda: None, None, name, name=f"make_{name}") for name in tables])
    return list(
        headlines(pipeline, DataCatalog({name: MemoryDataset(table) for name, table in tables.items()}))
    )


def test_excluded_lines_are_told_by_reason():
    quality = pd.DataFrame(
        {"rule": ["transactions", "invalid", "test", "total"], "lines": [1000, 0, 7, 1007]}
    )
    assert said_of(data_quality=quality) == ["Lines: 1,007 read, 1,000 count, 7 excluded: 7 test"]


def test_where_nothing_is_excluded_no_reason_is_told():
    quality = pd.DataFrame({"rule": ["transactions", "invalid", "total"], "lines": [5, 0, 5]})
    assert said_of(data_quality=quality) == ["Lines: 5 read, 5 count, 0 excluded"]


def test_months_are_told_from_first_to_last():
    months = pd.DataFrame(
        {
            "month": pd.to_datetime(["2011-11-01", "2011-12-01"]),
            "sales": [1000.4, 200.0],
            "placed_orders": [10, 2],
            "is_partial": [False, True],
        }
    )
    assert said_of(monthly_metrics=months) == [
        "Months: 2, November 2011 to December 2011 (partial); net sales £1,200 in 12 orders"
    ]


def test_the_segments_that_bring_most_are_named():
    segments = pd.DataFrame(
        {
            "segment": ["A", "B", "C", "D"],
            "customers": [1, 2, 0, 3],
            "revenue": [10.0, 70.0, 0.0, 20.0],
            "share_of_revenue": [0.1, 0.7, 0.0, 0.2],
        }
    )
    assert said_of(rfm_segments=segments) == [
        "Customers: 6 in 3 segments; B 2 (70% of revenue), D 3 (20% of revenue), A 1 (10% of revenue)"
    ]


def test_no_customers_are_told_without_shares():
    segments = pd.DataFrame(
        {"segment": ["A"], "customers": [0], "revenue": [0.0], "share_of_revenue": [float("nan")]}
    )
    assert said_of(rfm_segments=segments) == ["Customers: 0 in 0 segments"]


def test_campaigns_are_told_by_what_is_at_stake():
    plan = pd.DataFrame(
        {
            "campaign": ["a", "b", "c"],
            "audience": [10, 2000, 0],
            "treatment": [8, 1600, 0],
            "control": [2, 400, 0],
            "value_at_stake": [50_000.0, 1_000.4, 0.0],
        }
    )
    assert said_of(campaign_plan=plan) == [
        "Campaigns: 3; 1,608 customers to contact, 402 held back; "
        "a 10 (£50,000 at stake), b 2,000 (£1,000 at stake)"
    ]
    assert said_of(campaign_plan=plan.tail(1)) == ["Campaigns: 1; 0 customers to contact, 0 held back"]


def test_the_effect_of_the_newest_campaign_is_told():
    effects = pd.DataFrame(
        {
            "campaign": ["b", "a"],
            "launched_on": pd.to_datetime(["2011-12-10", "2011-06-01"]),
            "method": ["randomised", "matched"],
            "days": [31, 60],
            "incremental_sales": [12_345.6, 1.0],
            "incremental_low": [-100.0, 0.0],
            "incremental_high": [25_000.0, 2.0],
        }
    )
    assert said_of(campaign_effect=effects) == [
        "Effects: 2 launched; b of 10 December 2011 (randomised): £12,346 of incremental sales "
        "(−£100 to £25,000) after 31 days"
    ]
    too_early = effects.assign(incremental_low=float("nan"))
    assert said_of(campaign_effect=too_early) == [
        "Effects: 2 launched; b of 10 December 2011 (randomised): too early to tell"
    ]
    assert said_of(campaign_effect=effects.head(0)) == ["Effects: no campaign has been launched"]


def evaluated(**ndcg: float) -> pd.DataFrame:
    """recommendation_evaluation with NDCG@10 by question_model."""
    models = {"new": ("recommender", "bm25_neighbours"), "repeat": ("recommender", "own_most_frequent")}
    rows = [
        (question, model, "ndcg_at_10", ndcg.get(f"{question}_{model}"))
        for question, asked in models.items()
        for model in asked
    ]
    return pd.DataFrame(rows, columns=["question", "model", "measure", "value"]).astype({"value": float})


def test_recommendations_are_told_beside_what_can_be_had_without():
    table = evaluated(
        new_recommender=0.11, new_bm25_neighbours=0.08, repeat_recommender=0.49, repeat_own_most_frequent=0.44
    )
    assert said_of(recommendation_evaluation=table) == [
        "Recommendations: NDCG@10 new products 0.110 (0.080 by BM25 neighbours), "
        "usual ones 0.490 (0.440 by own habits)"
    ]


def test_recommendations_that_were_not_tested_are_told_as_such():
    assert said_of(recommendation_evaluation=evaluated()) == [
        "Recommendations: NDCG@10 could not be measured"
    ]
