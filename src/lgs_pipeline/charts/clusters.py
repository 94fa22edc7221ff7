"""Charts of the clusters: how many, what they are like, and how they compare with other segmentations."""

import numpy as np
import pandas as pd

from lgs_pipeline.charts import takeaways
from lgs_pipeline.charts.segments import in_order
from lgs_pipeline.charts.theme import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SERIES,
    Figure,
    NothingToShow,
    chart,
    draw_counts,
    drawable,
    format_axis,
    label_ticks,
    new_chart,
    new_panels,
    put_legend_above,
    rows_with,
    shade,
)
from lgs_pipeline.charts.wording import count, decimal, percent, pounds, shortened

_SELECTION = {
    "stability": ("Stability\n(higher is better)", decimal),
    "smallest_share": ("Smallest cluster\n(share of customers)", percent),
    "silhouette": ("Silhouette\n(higher is better)", decimal),
    "davies_bouldin": ("Davies-Bouldin index\n(lower is better)", decimal),
    "inertia": ("Inertia\n(where the curve bends)", count),
}
_FEATURES = {
    "recency_median": ("recency\n(days)", count),
    "frequency_median": ("frequency\n(orders)", count),
    "monetary_median": ("monetary\n(£)", pounds),
    "average_order_value_median": ("average\norder (£)", pounds),
    "tenure_median": ("tenure\n(days)", count),
    "distinct_products_median": ("products", count),
    "days_between_orders_median": ("days\nbetween\norders", count),
    "share_cancelled_median": ("cancelled\n(%)", lambda share: percent(share, digits=1)),
}
_COUNTED = {
    "recency": "days since the latest order",
    "frequency": "orders",
    "monetary": "pounds",
    "tenure": "days since the first order",
    "average_order_value": "pounds per order",
    "distinct_products": "products",
    "share_cancelled": "cancellations",
    "days_between_orders": "days between orders",
}
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
_MOST_POINTS = 4_000
_STRONG = 0.4


@chart("Numbers of clusters")
def draw_kmeans_selection(kmeans_selection: pd.DataFrame) -> Figure:
    """What speaks for each number of clusters, with the number chosen marked."""
    numbers = rows_with(kmeans_selection, "k", "inertia")
    figure, panels = new_panels(takeaways.chosen_clusters(numbers), rows=2, columns=3, height=1.15, left=0.5)
    panels[-1].remove()
    chosen = numbers[numbers.chosen.astype(bool)]
    for axes, (measure, (name, written)) in zip(panels, _SELECTION.items(), strict=False):
        axes.plot(numbers.k, numbers[measure], color=BLUE, marker="o", markersize=3, linewidth=1.2)
        axes.plot(chosen.k, chosen[measure], "o", color=ORANGE, markeredgecolor=INK, markersize=7)
        axes.set_title(name, fontsize=8.5, loc="left")
        axes.set_xticks(numbers.k.iloc[:: -(-len(numbers) // 10)])
        format_axis(axes.yaxis, lambda value, written=written: _short(value, written))
        axes.tick_params(labelsize=7.5)
        axes.grid(axis="y")
        axes.set_xlabel("clusters (orange: chosen)", fontsize=7.5)
    return figure


def _short(value: float, written) -> str:  # noqa: ANN001
    return decimal(value, digits=2) if written is decimal else written(value)


@chart("What the clusters are like")
def draw_cluster_profiles(kmeans_profile: pd.DataFrame) -> Figure:
    """The median customer of each cluster: each column coloured from its lowest to its highest value."""
    clusters = rows_with(kmeans_profile, "customers", "revenue")
    shown = [feature for feature in _FEATURES if clusters[feature].notna().any()]
    if not shown:
        raise NothingToShow
    figure, axes = new_chart(
        takeaways.top_cluster(clusters),
        height=max(0.7, 0.42 * len(clusters)),
        left=1.7,
        bottom=0.75,
        above=0.04,
    )
    from matplotlib.patches import Rectangle

    for x, feature in enumerate(shown):
        values = clusters[feature].astype(float)
        size = np.log1p(values.clip(lower=0))
        part = (size - size.min()) / ((size.max() - size.min()) or 1)
        for y, (value, share) in enumerate(zip(values, part, strict=True)):
            background, ink = shade(0 if np.isnan(share) else share)
            cell = Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=background, edgecolor="white", lw=0.5)
            axes.add_patch(cell)
            text = _FEATURES[feature][1](value)
            axes.text(x, y, text, ha="center", va="center", color=ink, fontsize=7.5)
    axes.set_xlim(-0.5, len(shown) - 0.5)
    axes.set_ylim(len(clusters) - 0.5, -0.5)
    axes.set_xticks(range(len(shown)), [_FEATURES[feature][0] for feature in shown], fontsize=7)
    names = [
        f"{_wrapped(row.cluster_name)}\n{count(row.customers)} customers" for row in clusters.itertuples()
    ]
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xlabel("Median customer; darker is more, within each column")
    return figure


def _wrapped(name: str) -> str:
    import textwrap

    return drawable("\n".join(textwrap.wrap(shortened(name, 56), 28)))


@chart("Clusters in two components")
def draw_cluster_components(cluster_components: pd.DataFrame, component_meanings: pd.DataFrame) -> Figure:
    """Customers as points, in the two directions in which they differ most, coloured by their cluster."""
    points = rows_with(cluster_components, "component_1", "component_2", "cluster")
    if points[["component_1", "component_2"]].nunique().max() == 1:
        raise NothingToShow
    names = points.drop_duplicates("cluster").sort_values("cluster").set_index("cluster").cluster_name
    figure, axes = new_chart(
        takeaways.variance_shown(component_meanings), height=3.6, bottom=0.65, above=0.05 + 0.17 * len(names)
    )
    for position, (cluster, name) in enumerate(names.items()):
        members = points[points.cluster == cluster]
        drawn = members.iloc[:: -(-len(points) // _MOST_POINTS)]
        axes.scatter(
            drawn.component_1, drawn.component_2, s=7, alpha=0.55, linewidths=0,
            color=SERIES[position % len(SERIES)], marker=_MARKERS[position % len(_MARKERS)],
            label=f"{drawable(shortened(name, 50))} ({count(len(members))})", rasterized=True,
        )  # fmt: skip
    for axis, component in ((axes.xaxis, "component_1"), (axes.yaxis, "component_2")):
        axis.set_label_text(_told_by(component_meanings, component), fontsize=8)
    put_legend_above(axes, ncols=1, markerscale=2.2, labelspacing=0.15)
    return figure


def _told_by(meanings: pd.DataFrame, component: str) -> str:
    """What a component means: the features that rise and fall along it."""
    rows = meanings[meanings.component == component]
    strong = rows[rows.correlation.abs() >= _STRONG].sort_values("correlation", key=abs, ascending=False)
    made_of = ", ".join(
        f"{'more' if row.correlation > 0 else 'fewer'} {_COUNTED.get(row.feature, row.feature)}"
        for row in strong.itertuples()
    )
    share = rows.share_of_variance.iloc[0] if len(rows) else float("nan")
    return f"{component.replace('_', ' ').capitalize()}: {made_of} ({percent(share)})"


@chart("Segments and clusters")
def draw_segments_and_clusters(
    segment_cluster_crosstab: pd.DataFrame, kmeans_profile: pd.DataFrame, rfm_segments: pd.DataFrame
) -> Figure:
    """Which clusters the customers of each segment are in."""
    if segment_cluster_crosstab.empty or kmeans_profile.empty:
        raise NothingToShow
    customers = segment_cluster_crosstab.set_index("segment").fillna(0).astype("int64")
    if not customers.to_numpy().sum():
        raise NothingToShow
    order = rfm_segments.sort_values("revenue", ascending=False, kind="stable").segment
    customers = customers.loc[in_order(customers.index, order)]
    figure, axes = new_chart(
        takeaways.segments_in_one_cluster(segment_cluster_crosstab),
        height=max(0.6, 0.3 * len(customers)), left=1.75, bottom=1.0, above=0.04,
    )  # fmt: skip
    draw_counts(axes, customers, framed=lambda row, column: False)
    names = kmeans_profile.set_index("cluster").cluster_name
    clusters = [int(column.removeprefix("cluster_")) for column in customers.columns]
    labels = [_stacked(names.get(cluster, f"cluster {cluster}")) for cluster in clusters]
    axes.set_xticks(range(len(labels)), labels, fontsize=6.5 if len(labels) > 5 else 7)
    label_ticks(axes.yaxis, customers.index)
    axes.tick_params(length=0)
    axes.set_xlabel("Cluster (cells: customers; darker: a larger share of the row)")
    axes.set_ylabel("Segment")
    return figure


def _stacked(name: str) -> str:
    import textwrap

    return drawable("\n".join(textwrap.wrap(shortened(name, 48), 13, max_lines=4, placeholder="…")))


@chart("Which segmentation predicts")
def draw_segmentation_comparison(segmentation_comparison: pd.DataFrame) -> Figure:
    """What each segmentation told of the months held out, with intervals: further right is better."""
    rows = rows_with(segmentation_comparison, "value")
    names = [name for name in takeaways.SEGMENTATIONS if name in set(rows.segmentation)]
    names += sorted(set(rows.segmentation) - set(names))
    figure, panels = new_panels(
        takeaways.best_segmentations(rows),
        rows=2,
        columns=2,
        height=max(0.6, 0.24 * len(names)),
        left=1.5,
        gap=0.3,
    )
    for position, (axes, (measure, name)) in enumerate(zip(panels, takeaways.MEASURES.items(), strict=True)):
        found = rows[rows.measure == measure].set_index("segmentation").reindex(names)
        places = np.arange(len(names))
        contest = found.value.drop("none", errors="ignore").dropna()
        best = contest.idxmax() if len(contest) else None
        for place, (segmentation, row) in zip(places, found.iterrows(), strict=True):
            colour = {best: ORANGE, "none": GREY}.get(segmentation, BLUE)
            axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2)
            axes.plot(row.value, place, "o", color=colour, markeredgecolor=INK, markersize=5)
        axes.set_title(f"{name}\n{_UNITS[measure]}", fontsize=8, loc="left")
        labels = [takeaways.SEGMENTATIONS.get(label, label) for label in names]
        label_ticks(axes.yaxis, labels if position % 2 == 0 else [""] * len(labels))
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=4, steps=[1, 2, 5, 10])
        format_axis(axes.xaxis, (lambda value: decimal(value, 2)) if measure.startswith("auc") else percent)
        axes.tick_params(labelsize=7.5)
        axes.grid(axis="x")
    figure.text(
        0.1 / 6.0, 0.1 / figure.get_figheight(),
        "Lines: the intervals of chance. Orange: the best.", fontsize=8, color=GREY,
    )  # fmt: skip
    return figure


_UNITS = {
    "auc_buying_again": "AUC; 0.50 is a guess",
    "log_sales_variance_explained": "explained variance of log sales, %",
    "sales_share_of_top_fifth": "sales of the fifth rated best, %",
    "membership_kept": "if some orders were missing, %",
}
