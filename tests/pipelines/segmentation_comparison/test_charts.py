"""What is drawn of the comparison is what is in its table."""

from lgs_pipeline.pipelines.segmentation_comparison import charts
from tests import tables
from tests.drawn import tick_names


def test_each_measure_shows_values_with_intervals_and_the_best_stands_out():
    compared = tables.comparison(none=(0.0, 0.0, 0.0), rfm=(0.3, 0.2, 0.4), kmeans=(0.5, 0.4, 0.6))
    panels = charts.draw_segmentation_comparison(compared).axes
    assert len(panels) == 4
    interval, value = panels[0].lines[4:6]
    assert interval.get_xdata().tolist() == [0.4, 0.6]
    assert value.get_xdata() == [0.5]
    assert interval.get_color() != panels[0].lines[2].get_color()
    assert tick_names(panels[0].yaxis) == ["no segments", "segments (RFM)", "clusters (KMeans)"]
