"""What the chapter says of the comparison."""

from lgs_pipeline.pipelines.segmentation_comparison.chapter import tell_segmentation_comparison
from tests import tables


def test_it_says_what_is_compared_and_which_predicts_best():
    compared = tables.comparison(none=(0.0, 0.0, 0.0), rfm=(0.3, 0.2, 0.4))
    (section,) = tell_segmentation_comparison(compared).sections
    about, best = section.sentences
    assert about.startswith("Segments come from rules. Clusters come from the data")
    assert best == (
        "Who buys again is predicted best by segments (RFM); how much they buy is predicted best by segments (RFM)."
    )


def test_values_are_shown_under_the_words_for_measures_and_groups():
    compared = tables.comparison(none=(0.0, 0.0, 0.0), rfm=(0.3, 0.2, 0.4))
    (table,) = tell_segmentation_comparison(compared).sections[0].tables
    shown = [
        [column.format_value(value) for column, value in zip(table.columns, row, strict=True)] for row in table.values
    ]
    assert [column.heading for column in table.columns] == ["Measure", "Groups", "Value", "From", "To"]
    assert ["Who buys again", "segments (RFM)", "0.30", "0.20", "0.40"] in shown
    assert ["Customers keep their group", "no segments", "0.00", "0.00", "0.00"] in shown


def test_where_nothing_was_measured_that_is_said():
    nothing = tables.comparison(rfm=(float("nan"),) * 3)
    (section,) = tell_segmentation_comparison(nothing).sections
    assert section.sentences[1] == "Segmentations cannot be compared on this data (the log says why)."
    assert section.tables[0].values[0][2:] == [None, None, None]
