"""What the segments' tables say: every sentence from figures that can be checked by eye."""

from lgs_pipeline.pipelines.rfm import takeaways
from tests import tables

SEGMENTS = tables.segments(Champions=(15, 530), At_Risk=(85, 470), Nobody=(0, 0))


def test_the_segment_that_brings_most_is_named_with_its_shares():
    assert takeaways.who_brings_the_sales(SEGMENTS) == (
        "Champions are 15% of the customers and bring 53% of known customers' sales"
    )


def test_without_sales_there_are_no_shares_of_them():
    nothing = tables.segments(Champions=(2, -10), At_Risk=(1, 5))
    assert takeaways.who_brings_the_sales(nothing) == ("Known customers were paid back as much as they paid, or more")


def test_a_customer_of_the_best_segment_is_held_against_one_of_the_least():
    assert takeaways.worth_of_a_customer(SEGMENTS) == (
        "A customer in Champions has brought £35 on average, one in At Risk £5.53"
    )


def test_the_largest_segment_is_named_with_its_recency():
    assert takeaways.largest_segment(SEGMENTS) == (
        "The largest segment is At Risk: 85 customers, whose latest order was 60 days ago (median)"
    )


def test_moves_of_known_customers_are_counted():
    moves = tables.migration(
        ("Champions", "Champions", 6), ("Champions", "At Risk", 3), ("At Risk", "Champions", 1),
        ("(new)", "Champions", 50),
    )  # fmt: skip
    assert takeaways.largest_move(moves) == (
        "60% kept their segment. The largest move: 3 customers from Champions to At Risk"
    )


def test_without_earlier_customers_there_is_nothing_to_compare():
    moves = tables.migration(("(new)", "Champions", 50))
    assert takeaways.largest_move(moves) == "There are no earlier segments to compare with"
