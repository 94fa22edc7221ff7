"""A function of any moment becomes a node for one of those that the dataset ``moments`` holds."""

import pandas as pd

from lgs_pipeline.moments import LIFETIME_CUT, REFERENCE, at, moment_of

MOMENTS = pd.DataFrame({"moment": [REFERENCE, LIFETIME_CUT], "at": pd.to_datetime(["2011-12-10", "2011-06-10"])})


def since(table: pd.DataFrame, moment: pd.Timestamp, cut: pd.Timestamp, days: int) -> tuple:
    """What it was given."""
    return len(table), moment, cut, days


def test_a_moment_is_found_by_its_name():
    assert moment_of(MOMENTS, LIFETIME_CUT) == pd.Timestamp("2011-06-10")


def test_each_place_of_the_dataset_gets_its_moment_and_all_else_stays():
    node = at(since, REFERENCE, LIFETIME_CUT)
    table = pd.DataFrame({"x": [1, 2]})
    expected = (2, pd.Timestamp("2011-12-10"), pd.Timestamp("2011-06-10"), 7)
    assert node(table, MOMENTS, MOMENTS, 7) == expected


def test_the_node_keeps_the_name_and_the_explanation_of_its_function():
    node = at(since, REFERENCE, LIFETIME_CUT)
    assert (node.__name__, node.__doc__) == ("since", "What it was given.")
