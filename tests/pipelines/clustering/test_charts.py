"""What is drawn of the clusters is what is in their tables."""

from lgs_pipeline.pipelines.clustering import charts
from tests import tables
from tests.drawn import texts, tick_names


def test_the_chosen_number_is_marked_on_every_curve():
    panels = charts.draw_kmeans_selection(tables.selection(0.4, 0.5, 0.3, chosen=3)).axes
    assert len(panels) == 5
    for axes in panels:
        curve, mark = axes.lines
        assert curve.get_xdata().tolist() == [2, 3, 4]
        assert mark.get_xdata().tolist() == [3]


def test_profiles_show_the_medians_with_their_units():
    axes = charts.draw_cluster_profiles(tables.clusters(Best=(5, 5000), Others=(20, 400))).axes[0]
    assert {"£1,000", "£20", "5", "2"} <= set(texts(axes))
    assert tick_names(axes.yaxis) == ["Best\n5 customers", "Others\n20 customers"]


def test_every_customer_is_a_point_of_its_cluster():
    axes = charts.draw_cluster_components(*tables.components((0, 1, 2), (0, 3, 4), (1, -1, 0))).axes[0]
    assert [points.get_offsets().tolist() for points in axes.collections] == [[[1, 2], [3, 4]], [[-1, 0]]]
    assert axes.get_xlabel() == "Component 1: more orders, fewer days since the latest order (70%)"


def test_very_many_customers_are_thinned_out():
    many = tables.components(*((0, i, i) for i in range(9000)))
    (points,) = charts.draw_cluster_components(*many).axes[0].collections
    assert 2500 < len(points.get_offsets()) <= 4000


def test_each_cell_counts_the_customers_of_segment_and_cluster():
    crossed = tables.crosstab(A=[4, 1], B=[0, 20])
    profiles = tables.clusters(Best=(5, 500), Others=(20, 400))
    axes = charts.draw_segments_and_clusters(crossed, profiles, tables.rfm((5, 5, 2.0, "B"), (1, 1, 1.0, "A"))).axes[0]
    assert tick_names(axes.yaxis) == ["B", "A"]
    assert {text.get_position(): text.get_text() for text in axes.texts} == {
        (1, 0): "20", (0, 1): "4", (1, 1): "1",
    }  # fmt: skip


def test_columns_are_called_as_everywhere():
    profile = charts.draw_cluster_profiles(tables.clusters(Best=(5, 5000))).axes[0]
    assert tick_names(profile.xaxis)[:4] == [
        "Recency\n(days)", "Frequency\n(orders)", "Monetary\n(£)", "Average\norder\nvalue (£)",
    ]  # fmt: skip
    selection = charts.draw_kmeans_selection(tables.selection(0.4, 0.5, 0.3)).axes
    assert selection[0].get_title(loc="left") == "Stability\n(higher is better)"
