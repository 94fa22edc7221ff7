"""Charts of the clusters: how many, what they are like, and how they lie across the segments."""

from collections.abc import Callable
from textwrap import wrap

import numpy as np
import pandas as pd

from lgs_pipeline import theme
from lgs_pipeline.pipelines.clustering import takeaways
from lgs_pipeline.pipelines.clustering.schemas import CustomerFeatures, KmeansSelection, SegmentClusterCrosstab
from lgs_pipeline.tables import heading
from lgs_pipeline.wording import count, decimal, percent, pounds, shortened

Format = Callable[[float], str]

_SELECTION: dict[str, tuple[str, Format]] = {
    "stability": ("higher is better", lambda value: decimal(value, digits=2)),
    "smallest_share": ("share of customers", percent),
    "silhouette": ("higher is better", lambda value: decimal(value, digits=2)),
    "davies_bouldin": ("lower is better", lambda value: decimal(value, digits=2)),
    "inertia": ("where the curve bends", count),
}
_FEATURES: dict[str, Format] = {
    "recency": count,
    "frequency": count,
    "monetary": pounds,
    "average_order_value": pounds,
    "tenure": count,
    "distinct_products": count,
    "days_between_orders": count,
    "share_cancelled": lambda share: percent(share, digits=1),
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


@theme.chart("Numbers of clusters", is_dense=True)
def draw_kmeans_selection(kmeans_selection: pd.DataFrame) -> theme.Figure:
    """What speaks for each number of clusters, with the number chosen marked."""
    numbers = theme.rows_with(kmeans_selection, "k", "inertia")
    figure, panels = theme.new_panels(takeaways.chosen_clusters(numbers), rows=2, columns=3, height=1.15, left=0.5)
    panels[-1].remove()
    chosen = numbers[numbers.chosen.astype(bool)]
    for axes, (measure, (meaning, write)) in zip(panels, _SELECTION.items(), strict=False):
        axes.plot(numbers.k, numbers[measure], color=theme.BLUE, marker="o", markersize=3, linewidth=1.2)
        axes.plot(chosen.k, chosen[measure], "o", color=theme.ORANGE, markeredgecolor=theme.INK, markersize=7)
        axes.set_title(f"{heading(KmeansSelection, measure)}\n({meaning})", fontsize=8.5, loc="left")
        axes.set_xticks(numbers.k.iloc[:: -(-len(numbers) // 10)])
        theme.format_axis(axes.yaxis, write)
        axes.tick_params(labelsize=7.5)
        axes.grid(axis="y")
        axes.set_xlabel("clusters (orange: chosen)", fontsize=7.5)
    return figure


@theme.chart("What the clusters are like", is_dense=True)
def draw_cluster_profiles(kmeans_profile: pd.DataFrame) -> theme.Figure:
    """The median customer of each cluster: each column coloured from its lowest to its highest value."""
    from matplotlib.patches import Rectangle

    clusters = theme.rows_with(kmeans_profile, "customers", "sales")
    shown = [feature for feature in _FEATURES if clusters[f"{feature}_median"].notna().any()]
    if not shown:
        raise theme.NothingToShow
    figure, axes = theme.new_chart(
        takeaways.top_cluster(clusters), height=max(0.7, 0.42 * len(clusters)), left=1.7, bottom=0.75, above=0.04
    )
    for x, feature in enumerate(shown):
        values = clusters[f"{feature}_median"].astype(float)
        size = np.log1p(values.clip(lower=0))
        part = (size - size.min()) / ((size.max() - size.min()) or 1)
        for y, (value, share) in enumerate(zip(values, part, strict=True)):
            background, ink = theme.shade(0 if np.isnan(share) else share)
            cell = Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=background, edgecolor="white", lw=0.5)
            axes.add_patch(cell)
            axes.text(x, y, _FEATURES[feature](value), ha="center", va="center", color=ink, fontsize=7.5)
    axes.set_xlim(-0.5, len(shown) - 0.5)
    axes.set_ylim(len(clusters) - 0.5, -0.5)
    headings = [_wrapped(heading(CustomerFeatures, feature), 56, width=10) for feature in shown]
    axes.set_xticks(range(len(shown)), headings, fontsize=7)
    names = [
        f"{_wrapped(row.cluster_name, 56, width=28)}\n{count(row.customers)} customers" for row in clusters.itertuples()
    ]
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xlabel("Median customer; darker is more, within each column")
    return figure


def _wrapped(name: str, length: int, width: int, lines: int | None = None) -> str:
    return theme.drawable("\n".join(wrap(shortened(name, length), width, max_lines=lines, placeholder="…")))


@theme.chart("Clusters in two components")
def draw_cluster_components(cluster_components: pd.DataFrame, component_meanings: pd.DataFrame) -> theme.Figure:
    """Customers as points, in the two directions in which they differ most, coloured by their cluster."""
    points = theme.rows_with(cluster_components, "component_1", "component_2", "cluster")
    if points[["component_1", "component_2"]].nunique().max() == 1:
        raise theme.NothingToShow
    names = points.drop_duplicates("cluster").sort_values("cluster").set_index("cluster").cluster_name
    figure, axes = theme.new_chart(
        takeaways.variance_shown(component_meanings), height=3.6, bottom=0.65, above=0.05 + 0.17 * len(names)
    )
    for position, (cluster, name) in enumerate(names.items()):
        members = points[points.cluster == cluster]
        drawn = members.iloc[:: -(-len(points) // _MOST_POINTS)]
        axes.scatter(
            drawn.component_1, drawn.component_2, s=7, alpha=0.55, linewidths=0,
            color=theme.SERIES[position % len(theme.SERIES)], marker=_MARKERS[position % len(_MARKERS)],
            label=f"{theme.drawable(shortened(name, 50))} ({count(len(members))})", rasterized=True,
        )  # fmt: skip
    for axis, component in ((axes.xaxis, "component_1"), (axes.yaxis, "component_2")):
        axis.set_label_text(_meaning_of(component_meanings, component), fontsize=8)
    theme.put_legend_above(axes, ncols=1, markerscale=2.2, labelspacing=0.15)
    return figure


def _meaning_of(meanings: pd.DataFrame, component: str) -> str:
    """What a component means: the features that rise and fall along it."""
    rows = meanings[meanings.component == component]
    strong = rows[rows.correlation.abs() >= _STRONG].sort_values("correlation", key=abs, ascending=False)
    made_of = ", ".join(
        f"{'more' if row.correlation > 0 else 'fewer'} {_COUNTED.get(row.feature, row.feature)}"
        for row in strong.itertuples()
    )
    share = rows.share_of_variance.iloc[0] if len(rows) else float("nan")
    return f"{component.replace('_', ' ').capitalize()}: {made_of} ({percent(share)})"


@theme.chart("Segments and clusters", is_dense=True)
def draw_segments_and_clusters(
    segment_cluster_crosstab: pd.DataFrame, kmeans_profile: pd.DataFrame, rfm: pd.DataFrame
) -> theme.Figure:
    """Which clusters the customers of each segment are in; segments that bring most sales come first."""
    if segment_cluster_crosstab.empty or kmeans_profile.empty:
        raise theme.NothingToShow
    customers = segment_cluster_crosstab.set_index("segment").fillna(0).astype("int64")
    if not customers.to_numpy().sum():
        raise theme.NothingToShow
    sales = rfm.groupby("segment").monetary.sum().sort_values(ascending=False, kind="stable")
    customers = customers.loc[theme.in_order(customers.index, sales.index)]
    figure, axes = theme.new_chart(
        takeaways.segments_in_one_cluster(segment_cluster_crosstab),
        height=max(0.6, 0.3 * len(customers)), left=1.75, bottom=1.0, above=0.04,
    )  # fmt: skip
    theme.draw_counts(axes, customers, framed=lambda row, column: False)
    names = kmeans_profile.set_index("cluster").cluster_name
    clusters = [int(column.removeprefix("cluster_")) for column in customers.columns]
    labels = [_wrapped(names.get(cluster, f"cluster {cluster}"), 48, width=13, lines=4) for cluster in clusters]
    axes.set_xticks(range(len(labels)), labels, fontsize=6.5 if len(labels) > 5 else 7)
    theme.label_ticks(axes.yaxis, customers.index)
    axes.tick_params(length=0)
    axes.set_xlabel("Cluster (cells: customers; darker: a larger share of the row)")
    axes.set_ylabel(heading(SegmentClusterCrosstab, "segment"))
    return figure
