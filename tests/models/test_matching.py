"""Who is compared with whom: pairs found by hand."""

import pandas as pd

from lgs_pipeline.models.matching import match_pairs


def pairs(*customers: tuple[str, float, bool], largest_distance: float = 0.5) -> list[list[str]]:
    """The pairs among customers a, b, c ... of (segment, value, whether treated)."""
    table = pd.DataFrame(customers, columns=["segment", "value", "is_treated"], index=list("abcdef"[: len(customers)]))
    return match_pairs(table, "segment", ["value"], largest_distance).to_numpy().tolist()


def test_each_is_compared_with_the_nearest():
    assert pairs(("X", 0, True), ("X", 10, False), ("X", 1, False)) == [["a", "c"]]


def test_nobody_is_compared_with_another_segment():
    assert pairs(("X", 0, True), ("Y", 0, False), ("X", 100, False), largest_distance=9) == [["a", "c"]]


def test_nobody_is_compared_with_twice():
    found = pairs(("X", 0, True), ("X", 1, True), ("X", 2, False), ("X", 9, False), largest_distance=9)
    assert found == [["a", "d"], ["b", "c"]]


def test_who_has_nobody_near_is_left_out():
    assert pairs(("X", 0, True), ("X", 50, False), ("X", 51, True)) == [["c", "b"]]


def test_without_others_or_treated_there_are_no_pairs():
    assert pairs(("X", 0, True), ("X", 1, True)) == []
    assert pairs(("X", 0, False)) == []
    assert pairs() == []
