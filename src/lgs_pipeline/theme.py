"""The one look of all charts.

matplotlib is used through its objects only, and imported by what draws: a run that draws nothing does not
wait for it.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from functools import cache, wraps
from typing import Any

import pandas as pd

from lgs_pipeline.wording import count, percent, plain, shortened

Figure = Any
"""A matplotlib Figure; Kedro resolves the annotations of nodes, and would import matplotlib for it."""
Axes = Any

# Okabe and Ito, Color Universal Design (2008): told apart with every kind of colour vision.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE = "#56B4E9", "#CC79A7"
INK, GREY, PALE = "#222222", "#767676", "#D9D9D9"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
SEQUENCE = "Blues"
"""The colour map of amounts: light is little, dark is much, in print too."""

WIDTH = 6.0
"""Inches; so wide that a phone's screen still shows the text."""

_SETTINGS: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is the same everywhere
    "font.size": 9,
    "text.color": INK,
    # Names hold dollar signs; nothing here is a formula.
    "text.parse_math": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.8,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "lgs_pipeline",
}


class NothingToShow(Exception):  # noqa: N818
    """The tables hold no value that could be drawn."""


def chart(subject: str, is_dense: bool = False) -> Callable[[Callable[..., Figure]], Callable[..., Figure]]:
    """Make a function from tables to a Figure draw in the theme, on every machine alike.

    Tables may be frames or tables of the engine. Where they have nothing to show, the Figure says so. Its
    label says in words what there is to see. A dense chart holds so much that a phone shows a part of it at
    a time, large enough to read.
    """

    def decorate(draw: Callable[..., Figure]) -> Callable[..., Figure]:
        @wraps(draw)
        def drawn(*tables: Any) -> Figure:
            import matplotlib as mpl

            with mpl.rc_context():
                mpl.rcdefaults()
                mpl.rcParams.update(_SETTINGS)
                try:
                    figure = draw(*(in_memory(table) for table in tables))
                except NothingToShow:
                    figure = _nothing()
            figure.set_label(f"{subject}: {figure.get_label()}")
            figure.is_dense = is_dense
            return figure

        return drawn

    return decorate


def in_memory(table: Any) -> Any:
    """A table of the engine as a frame; what is in memory already as it is."""
    return table.to_pandas() if hasattr(table, "to_pandas") else table


def to_svg(figure: Figure) -> str:
    """The figure as a scalable drawing, the same text in every run, without what only people read in it."""
    import matplotlib as mpl

    drawing = io.StringIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        about = {"Title": figure.get_label(), "Date": None, "Creator": None}
        figure.savefig(drawing, format="svg", metadata=about)
    svg = drawing.getvalue()
    if figure.is_dense:
        svg = svg.replace("<svg ", f"<svg {DENSE} ", 1)
    return re.sub(r">\s+<", "><", re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL))


def new_chart(
    title: str, height: float = 2.6, left: float = 0.75, right: float = 0.15, bottom: float = 0.45, above: float = 0.0
) -> tuple[Figure, Axes]:
    """An empty chart: all lengths in inches, ``height`` that of the axes, ``above`` the room over them."""
    from matplotlib.figure import Figure

    lines = textwrap.wrap(plain(title), width=60, max_lines=4, placeholder=" …")
    top = 0.14 + 0.2 * len(lines) + 0.06 + above
    total = top + height + bottom
    figure = Figure(figsize=(WIDTH, total), label=plain(title))
    figure.text(
        0.1 / WIDTH, 1 - 0.12 / total, drawable("\n".join(lines)),
        fontsize=11, fontweight="bold", va="top", linespacing=1.25,
    )  # fmt: skip
    axes = figure.add_axes((left / WIDTH, bottom / total, (WIDTH - left - right) / WIDTH, height / total))
    return figure, axes


def new_panels(
    title: str, rows: int, columns: int, height: float = 1.3, left: float = 0.6, gap: float = 0.6, bottom: float = 0.5
) -> tuple[Figure, list[Axes]]:
    """An empty chart of several small ones, row by row: lengths in inches, ``height`` that of one of them."""
    between = 0.85
    figure, frame = new_chart(title, height=rows * height + (rows - 1) * between, left=left, bottom=bottom, above=0.36)
    x, y, width, whole = frame.get_position().bounds
    frame.remove()
    total = figure.get_figheight()
    one = (width - (columns - 1) * gap / WIDTH) / columns
    panels = []
    for row in range(rows):
        low = y + whole - height / total - row * (height + between) / total
        for column in range(columns):
            place = (x + column * (one + gap / WIDTH), low, one, height / total)
            panels.append(figure.add_axes(place))
    return figure, panels


def draw_counts(axes: Axes, counts: pd.DataFrame, framed: Callable[[str, str], bool]) -> None:
    """A count in each cell, coloured by its share of the row; cells without any stay empty."""
    from matplotlib.patches import Rectangle

    shares = counts.div(counts.sum(axis="columns"), axis="index")
    for y, row in enumerate(counts.index):
        for x, column in enumerate(counts.columns):
            if not (number := counts.iat[y, x]):
                continue
            background, ink = shade(shares.iat[y, x])
            edge: dict[str, Any] = {"edgecolor": INK, "linewidth": 1.2, "zorder": 2} if framed(row, column) else {}
            look = {"facecolor": background, "edgecolor": "white", "linewidth": 0.5, **edge}
            axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, **look))
            axes.text(x, y, count(number), ha="center", va="center", color=ink, fontsize=8, zorder=3)
    axes.set_xlim(-0.5, max(len(counts.columns), 4) - 0.5)
    axes.set_ylim(len(counts) - 0.5, -0.5)
    axes.spines[["left", "bottom"]].set_color(PALE)


def in_order(names: Iterable[str], order: Iterable[str]) -> list[str]:
    """The names that occur: those in the order given first, then all others by alphabet."""
    found = set(names)
    return [name for name in order if name in found] + sorted(found - set(order))


DENSE = 'class="dense"'
"""What marks the drawing of a dense chart."""

NOTHING_TO_SHOW = "There is nothing to show"


def _nothing() -> Figure:
    figure, axes = new_chart(NOTHING_TO_SHOW, height=0.3, bottom=0.1)
    axes.set_axis_off()
    return figure


def put_legend_above(axes: Axes, **options: Any) -> None:
    """The legend in a row over the axes, where it hides nothing."""
    options = {"ncols": 4, "handlelength": 1.4, "columnspacing": 1.2, "borderpad": 0, **options}
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.01), borderaxespad=0, **options)


def finish_share_bars(axes: Axes, rows: int) -> None:
    """Order the rows of bars from the top down, and say that their lengths are shares, and of what."""
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlabel("Share (%)")
    format_axis(axes.xaxis, percent)
    axes.grid(axis="x")
    put_legend_above(axes)


def format_axis(axis: Any, written: Callable[[float], str]) -> None:
    """Write the axis's numbers with a function of :mod:`lgs_pipeline.wording`."""
    axis.set_major_formatter(lambda value, _: written(value))
    if written is count and axis.get_scale() == "linear":
        axis.get_major_locator().set_params(integer=True)


def label_ticks(axis: Any, names: Sequence[object], length: int = 26, **options: Any) -> None:
    """A tick with its name for each of the positions 0, 1, 2 ..."""
    labels = [drawable(shortened(name, length)) for name in names]
    axis.set_ticks(range(len(labels)), labels, **options)
    axis.set_tick_params(length=0)


def shade(share: float, colours: str = SEQUENCE) -> tuple[str, str]:
    """A colour for a share between 0 and 1, and the colour of text that can be read on it."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    background = colormaps[colours](0.06 + 0.86 * min(max(share, 0.0), 1.0))
    red, green, blue, _ = background
    light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return to_hex(background), INK if light > 0.24 else "white"


def drawable(text: str) -> str:
    """The text with a box for each character that the font does not have."""
    return "".join(letter if letter == "\n" or ord(letter) in _letters() else "□" for letter in text)


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, fontManager
    from matplotlib.ft2font import FT2Font

    path = fontManager.findfont(FontProperties(family="DejaVu Sans"))
    return frozenset(FT2Font(path).get_charmap())


def rows_with(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows that have a finite value in each of the columns.

    Raises
    ------
    NothingToShow
        If there is none.
    """
    usable = table.replace([float("inf"), float("-inf")], float("nan")).dropna(subset=list(columns))
    if usable.empty:
        raise NothingToShow
    return usable
