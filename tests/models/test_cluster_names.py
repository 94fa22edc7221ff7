"""Clusters get names that a marketer would give them, and never the same one twice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.models.cluster_names import name_clusters

MEASURES = ["recency", "frequency", "monetary"]


def base(number: int = 100) -> pd.DataFrame:
    """Customers 1 to number: recency in days, orders and pounds all grow with the number."""
    numbers = np.arange(1.0, number + 1)
    return pd.DataFrame({"recency": numbers, "frequency": numbers, "monetary": numbers * 10})


def named(*medians: tuple[float, float, float]) -> list[str]:
    return name_clusters(pd.DataFrame(medians, columns=MEASURES), base())


@pytest.mark.parametrize(
    ("medians", "name"),
    [
        ((5, 95, 950), "Frequent big spenders, very recent"),
        ((30, 70, 700), "Regular good spenders, recent"),
        ((50, 50, 500), "Occasional average spenders, cooling off"),
        ((70, 30, 300), "Occasional modest spenders, lapsed"),
        ((95, 1, 100), "One-time small spenders, long gone"),
        ((95, 1, 0), "One-time refunded buyers, long gone"),
        ((95, 9, -20), "Occasional refunded buyers, long gone"),
    ],
)
def test_each_word_says_where_among_all_customers_the_cluster_lies(medians, name):
    assert named(medians, (1, 1, 11))[0] == name


def test_clusters_of_one_name_are_told_apart_by_what_they_spend():
    assert named((5, 95, 950), (6, 96, 920), (95, 1, 100)) == [
        "Frequent big spenders, very recent (about £950)",
        "Frequent big spenders, very recent (about £920)",
        "One-time small spenders, long gone",
    ]


def test_and_if_that_is_the_same_by_their_number():
    assert named((5, 95, 950), (6, 96, 950)) == [
        "Frequent big spenders, very recent (about £950) (cluster 0)",
        "Frequent big spenders, very recent (about £950) (cluster 1)",
    ]


def test_one_cluster_is_all_customers():
    assert named((5, 95, 950)) == ["All customers"]


def test_where_all_customers_are_alike_they_are_average():
    alike = pd.DataFrame([[30.0, 4.0, 100.0]] * 5, columns=MEASURES)
    assert name_clusters(alike.head(2), alike)[0].startswith("Occasional average spenders, cooling off")


@given(st.lists(st.tuples(*[st.integers(-3, 110)] * 3), max_size=12))
def test_no_name_is_given_twice(medians):
    names = named(*medians)
    assert len(set(names)) == len(medians)
