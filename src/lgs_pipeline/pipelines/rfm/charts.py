"""Charts of the rule-based segments: who they are, what they bring, and how customers move between them."""

import textwrap
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from lgs_pipeline import theme
from lgs_pipeline.pipelines.rfm import takeaways
from lgs_pipeline.pipelines.rfm.schemas import Rfm, RfmSegments, SegmentMigration
from lgs_pipeline.pipelines.rfm.settings import SCORES
from lgs_pipeline.pipelines.rfm.treemap import Tile, squarify
from lgs_pipeline.tables import heading
from lgs_pipeline.wording import count, percent, plain, pluralise, pounds, shortened

Box = tuple[float, float, float, float]

_POINTS = 72
_WIDTH_OF_A_LETTER, _WIDTH_OF_A_BOLD_LETTER, _LINE = 0.6, 0.69, 1.4  # of the letters' size, on average
_LETTERS_IN_CELL = 13
_SIZES = (8.0, 7.0, 6.0)
_SMALLEST_BUBBLE, _LARGEST_BUBBLE = 25, 1900  # square points


@theme.chart("Customers by recency and frequency", is_dense=True)
def draw_rfm_grid(rfm: pd.DataFrame) -> theme.Figure:
    """The segments where they lie: a cell for each recency and frequency score, coloured by sales."""
    scored = theme.rows_with(rfm, "r_score", "f_score", "monetary")
    cells = (
        scored.groupby(["r_score", "f_score"])
        .agg(segment=("segment", "first"), customers=("segment", "size"), sales=("monetary", "sum"))
        .reset_index()
    )
    figure, axes = theme.new_chart(takeaways.share_of_best_cell(cells), height=3.6, left=0.7, bottom=0.5, above=0.04)
    share = cells.sales.clip(lower=0) / max(cells.sales.max(), 1)
    for cell, part in zip(cells.itertuples(), share, strict=True):
        _draw_cell(axes, cell, part)
    _draw_borders(axes, cells.set_index(["r_score", "f_score"]).segment.to_dict())
    axes.set_xlim(0.5, 5.5)
    axes.set_ylim(0.5, 5.5)
    axes.set_xticks(SCORES)
    axes.set_yticks(SCORES)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xlabel(f"{heading(Rfm, 'r_score')} (5: ordered most recently)")
    axes.set_ylabel(f"{heading(Rfm, 'f_score')} (5: most orders)")
    return figure


def _draw_cell(axes: theme.Axes, cell: Any, share: float) -> None:
    from matplotlib.patches import Rectangle

    background, ink = theme.shade(share**0.5)
    x, y = cell.r_score, cell.f_score
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=background, edgecolor="white", lw=0.5))
    name = textwrap.wrap(plain(cell.segment), _LETTERS_IN_CELL, max_lines=2, placeholder="…")
    lines = "\n".join([pluralise(cell.customers, "customer"), pounds(cell.sales)])
    axes.text(
        x, y + 0.38, theme.drawable("\n".join(name)), ha="center", va="top", fontsize=7.5, fontweight="bold", color=ink
    )
    axes.text(x, y - 0.4, lines, ha="center", va="bottom", fontsize=7.5, color=ink, linespacing=1.25)


def _draw_borders(axes: theme.Axes, segment_of: dict[tuple[int, int], str]) -> None:
    """A line between neighbouring cells of different segments."""
    for r, f in product(SCORES, SCORES):
        here, right, above = (segment_of.get(cell) for cell in ((r, f), (r + 1, f), (r, f + 1)))
        if here != right and max(SCORES) > r:
            axes.plot([r + 0.5] * 2, [f - 0.5, f + 0.5], color=theme.INK, linewidth=1.4, solid_capstyle="round")
        if here != above and max(SCORES) > f:
            axes.plot([r - 0.5, r + 0.5], [f + 0.5] * 2, color=theme.INK, linewidth=1.4, solid_capstyle="round")


@theme.chart("Segments by customers and sales per customer", is_dense=True)
def draw_segment_treemap(rfm_segments: pd.DataFrame) -> theme.Figure:
    """Segments as tiles: the area is customers, the colour is sales per customer."""
    segments = _occupied(rfm_segments).sort_values("customers", ascending=False, kind="stable")
    height = 3.5
    figure, axes = theme.new_chart(
        takeaways.worth_of_a_customer(segments), height=height, left=0.1, right=0.1, bottom=0.35, above=0.02
    )
    width = theme.WIDTH - 0.2
    each = segments.sales / segments.customers
    size = np.log10(each.clip(lower=1))
    share = (size - size.min()) / ((size.max() - size.min()) or 1)
    tiles = squarify(segments.customers.tolist(), width, height)
    for segment, tile, worth, part in zip(segments.itertuples(), tiles, each, share, strict=True):
        numbers = [f"{pluralise(segment.customers, 'customer')}", f"{pounds(worth)} each"]
        _draw_tile(axes, tile, segment.segment, numbers, part)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    note = "Area: customers. Darker: more sales per customer (£, logarithmic)."
    figure.text(0.1 / theme.WIDTH, 0.1 / figure.get_figheight(), note, fontsize=8.5, color=theme.GREY)
    return figure


def _draw_tile(axes: theme.Axes, tile: Tile, name: str, numbers: list[str], share: float) -> None:
    from matplotlib.patches import Rectangle

    background, ink = theme.shade(share)
    axes.add_patch(Rectangle(tile[:2], tile.width, tile.height, facecolor=background, edgecolor="white", linewidth=1.5))
    size, named = _fitted(name, tile)
    letters, lines = _room(tile, size)
    shown = [*((line, "bold") for line in named), *((line, "normal") for line in numbers)]
    for position, (line, weight) in enumerate(shown[:lines]):
        if len(line) <= letters:
            y = tile.y + 0.06 + position * size * _LINE / _POINTS
            axes.text(tile.x + 0.06, y, theme.drawable(line), fontsize=size, fontweight=weight, va="top", color=ink)


def _fitted(name: str, tile: Tile) -> tuple[float, list[str]]:
    """The largest size at which the name fits into the tile, and its lines; cut if there is none."""
    for size in _SIZES:
        letters, lines = _room(tile, size)
        named = textwrap.wrap(plain(name), max(letters, 1), break_long_words=False)
        if len(named) <= lines and all(len(line) <= letters for line in named):
            return size, named
    return size, [shortened(name, letters)] if letters > 2 else []


def _room(tile: Tile, size: float) -> tuple[int, int]:
    """How many letters in a line, and how many lines, the tile has room for."""
    letters = (tile.width * _POINTS - 6) / (size * _WIDTH_OF_A_BOLD_LETTER)
    return int(letters), int((tile.height * _POINTS - 5) / (size * _LINE))


@theme.chart("Segments' shares of customers and sales")
def draw_segment_shares(rfm_segments: pd.DataFrame) -> theme.Figure:
    """Each segment's share of the customers beside its share of their sales, those that bring most first."""
    segments = _occupied(rfm_segments).sort_values("sales", ascending=False, kind="stable")
    figure, axes = theme.new_chart(
        takeaways.who_brings_the_sales(segments),
        height=max(0.9, 0.33 * len(segments)), left=1.75, right=0.5, above=0.24,
    )  # fmt: skip
    positions = np.arange(len(segments))
    bars = {
        "of the customers": (segments.share_of_customers, theme.ORANGE, -0.19),
        "of their sales": (segments.share_of_sales, theme.BLUE, 0.19),
    }
    for label, (shares, colour, shift) in bars.items():
        values = shares.fillna(0)
        axes.barh(positions + shift, values, 0.38, color=colour, label=label)
        for position, share in zip(positions + shift, values, strict=True):
            axes.annotate(
                percent(share), (max(share, 0), position), (3, 0), textcoords="offset points",
                va="center", fontsize=7.5,
            )  # fmt: skip
    theme.label_ticks(axes.yaxis, segments.segment)
    theme.finish_share_bars(axes, len(segments))
    return figure


@theme.chart("Segments by recency, frequency and sales")
def draw_segment_map(rfm_segments: pd.DataFrame) -> theme.Figure:
    """Segments by their median recency and frequency; the area is sales, the colour the median customer's."""
    segments = theme.rows_with(_occupied(rfm_segments), "recency_median", "frequency_median", "monetary_median")
    segments = segments.sort_values("sales", ascending=False, kind="stable")
    segments = segments.assign(frequency_median=segments.frequency_median.clip(lower=1))
    figure, axes = theme.new_chart(takeaways.largest_segment(segments), height=3.4, bottom=0.65, above=0.1)
    worth = np.log10(segments.monetary_median.clip(lower=1))
    share = (worth - worth.min()) / ((worth.max() - worth.min()) or 1)
    area = segments.sales.clip(lower=0) / max(segments.sales.max(), 1)
    axes.scatter(
        segments.recency_median, segments.frequency_median, s=_SMALLEST_BUBBLE + _LARGEST_BUBBLE * area,
        c=[theme.shade(part)[0] for part in share], edgecolors=theme.INK, linewidths=0.8, zorder=2,
    )  # fmt: skip
    days, orders = segments.recency_median, segments.frequency_median
    axes.set_xlim(max(days.max() * 1.16, 10), min(-days.max() * 0.16, -2))
    axes.set_yscale("log", base=2)
    axes.set_ylim(orders.min() / 1.7, orders.max() * 1.9)
    axes.set_xlabel(
        f"{heading(RfmSegments, 'recency_median')}; right: recent\n"
        f"Area: sales. Darker: higher values of {heading(RfmSegments, 'monetary_median')}"
    )
    axes.set_ylabel(f"{heading(RfmSegments, 'frequency_median')}, logarithmic")
    theme.format_axis(axes.yaxis, lambda value: f"{value:g}")
    theme.format_axis(axes.xaxis, count)
    axes.xaxis.set_major_locator(_from_zero())
    axes.grid()
    _label_bubbles(axes, segments, area)
    return figure


def _from_zero() -> Any:
    from matplotlib.ticker import MaxNLocator

    class FromZero(MaxNLocator):
        """There are no days before the latest order."""

        def tick_values(self, vmin: float, vmax: float) -> Any:
            return [tick for tick in super().tick_values(vmin, vmax) if tick >= 0]

    return FromZero(nbins=8)


def _label_bubbles(axes: theme.Axes, segments: pd.DataFrame, area: pd.Series) -> None:
    """Each bubble's name beside it, where it covers no other name or bubble if there is such a place."""
    size = 8
    points = _POINTS / axes.figure.dpi
    places = segments[["recency_median", "frequency_median"]].to_numpy(dtype=float)
    centres = axes.transData.transform(places) * points
    radii = np.sqrt(_SMALLEST_BUBBLE + _LARGEST_BUBBLE * area.to_numpy()) / 2
    left, bottom, width, height = (length * points for length in axes.bbox.bounds)
    frame = (left, bottom, left + width, bottom + height)
    taken = [(x - r, y - r, x + r, y + r) for (x, y), r in zip(centres, radii, strict=True)]
    for name, place, (x, y), radius in zip(segments.segment, places, centres, radii, strict=True):
        text = theme.drawable(shortened(name))
        boxes = list(_boxes_around(x, y, radius, len(text) * size * _WIDTH_OF_A_LETTER))
        box = next((box for box in boxes if _is_free(box, frame, taken)), boxes[0])
        taken.append(box)
        aside = ((box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y)
        axes.annotate(
            text, place, aside, textcoords="offset points", ha="center", va="center", fontsize=size, zorder=3,
            arrowprops={"arrowstyle": "-", "color": theme.GREY, "linewidth": 0.6, "shrinkA": 0, "shrinkB": radius},
        )  # fmt: skip


def _boxes_around(x: float, y: float, radius: float, width: float) -> Iterator[Box]:
    """Where a name could stand, the best place first, in points: left, bottom, right, top."""
    half, high = width / 2, 6
    for far in (3, 14, 26, 40, 54, 70):
        aside, above = radius + far + half, radius + far + high
        for dx, dy in (
            (0, above), (aside, 0), (-aside, 0), (0, -above),
            (half, above), (-half, above), (half, -above), (-half, -above),
        ):  # fmt: skip
            yield (x + dx - half, y + dy - high, x + dx + half, y + dy + high)


def _is_free(box: Box, frame: Box, taken: list[Box]) -> bool:
    left, bottom, right, top = box
    is_inside = frame[0] < left and frame[1] < bottom and right < frame[2] and top < frame[3]
    return is_inside and not any(
        left < other[2] and other[0] < right and bottom < other[3] and other[1] < top for other in taken
    )


@theme.chart("Moves between segments", is_dense=True)
def draw_segment_migration(segment_migration: pd.DataFrame, rfm_segments: pd.DataFrame) -> theme.Figure:
    """Where the customers of each earlier segment are now: customers in the cells, shares as colour."""
    moves = theme.rows_with(segment_migration, "customers", "share")
    order = rfm_segments.sort_values("sales", ascending=False, kind="stable").segment.tolist()
    customers = moves.set_index(["segment_before", "segment_after"]).customers.unstack(fill_value=0)
    before, after = (theme.in_order(names, order) for names in (customers.index, customers.columns))
    figure, axes = theme.new_chart(
        takeaways.largest_move(moves), height=max(0.8, 0.3 * len(before)), left=1.75, bottom=1.27, above=0.04
    )
    theme.draw_counts(axes, customers.loc[before, after], framed=lambda row, column: row == column)
    theme.label_ticks(axes.xaxis, after, length=20, rotation=35, ha="right", rotation_mode="anchor")
    theme.label_ticks(axes.yaxis, before)
    axes.set_xlabel(
        f"{heading(SegmentMigration, 'segment_after')}\n"
        "Cells: customers. Darker: larger share of the row. Framed: kept."
    )
    axes.set_ylabel(heading(SegmentMigration, "segment_before"))
    return figure


def _occupied(rfm_segments: pd.DataFrame) -> pd.DataFrame:
    segments = theme.rows_with(rfm_segments, "customers", "sales")
    segments = segments[segments.customers > 0]
    if segments.empty:
        raise theme.NothingToShow
    return segments
