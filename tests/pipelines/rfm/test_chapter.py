"""What the chapter says of the segments: each from figures that can be checked by eye."""

import pandas as pd

from lgs_pipeline.chapters import Chapter
from lgs_pipeline.pipelines.rfm.chapter import tell_rfm
from lgs_pipeline.pipelines.rfm.nodes import place_segments
from tests import tables
from tests.building import settings_of

RFM = settings_of("base").rfm
SEGMENTS = tables.segments(Champions=(2, 900), At_Risk=(1, 90), Hibernating=(0, 0))
MOVES = tables.migration(("Champions", "Champions", 1), ("At Risk", "Champions", 1))
THRESHOLDS = pd.DataFrame({"measure": ["recency"], "score": [1], "lower": [409.0], "upper": [738.0], "customers": [3]})


def chapter(segments=SEGMENTS, moves=MOVES) -> Chapter:
    return tell_rfm(segments, THRESHOLDS, moves, place_segments(RFM), RFM)


def found(**changes) -> dict[str, tuple[str, str]]:
    return {finding.topic: (finding.figure, finding.sentence) for finding in chapter(**changes).findings}


def test_who_brings_the_sales_is_named_with_shares_and_pounds():
    assert found()["top_segment"] == (
        "91%",
        "Champions, 67% of the customers, bring 91% of known customers' sales: £900 from 2 customers.",
    )


def test_changes_say_who_fell_who_rose_and_who_is_new():
    moves = tables.migration(
        ("Champions", "At Risk", 5), ("Champions", "Loyal Customers", 9), ("At Risk", "Champions", 4),
        ("(new)", "New Customers", 7), ("Champions", "Champions", 50),
    )  # fmt: skip
    assert found(moves=moves)["changes"] == (
        "14",
        "In the last 3 months, 14 customers fell to a worse segment, 4 rose to a better one, and 7 ordered "
        "for the first time. The largest fall: 9 from Champions to Loyal Customers. Segments compare "
        "customers with each other, so their limits move with the season.",
    )


def test_without_customers_there_is_no_finding():
    nobody = tables.segments(Champions=(0, 0), At_Risk=(0, 0))
    assert found(segments=nobody, moves=MOVES.head(0)) == {}


def test_the_log_names_the_segments_that_bring_most():
    segments = tables.segments(A=(1, 10), B=(2, 70), C=(0, 0), D=(3, 20))
    assert chapter(segments=segments).log == (
        "Customers: 6 in 3 segments; B 2 (70% of sales), D 3 (20% of sales), A 1 (10% of sales)"
    )


def test_the_log_has_no_shares_where_there_are_no_customers():
    assert chapter(segments=tables.segments(A=(0, 0))).log == "Customers: 0 in 0 segments"


def test_the_segments_that_bring_most_come_first_in_report_and_workbook():
    made = chapter(segments=tables.segments(Small=(5, 10), Large=(1, 900)))
    assert [row[0] for row in made.sections[0].tables[0].values] == ["Large", "Small"]
    assert (made.sheets[0].sort_by, made.sheets[0].descending) == ("sales", True)


def test_headings_carry_the_units_of_the_schema():
    headings = [column.heading for column in chapter().sections[0].tables[0].columns]
    assert {"Sales (£)", "Recency, median (days)", "Frequency, median (orders)"} <= set(headings)
