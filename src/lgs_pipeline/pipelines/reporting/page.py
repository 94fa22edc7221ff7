"""What the report's page is made of: tables, charts and sections, and how they become HTML."""

import base64
import hashlib
import html
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from lgs_pipeline.charts.theme import NOTHING_TO_SHOW
from lgs_pipeline.charts.wording import NOTHING, day, decimal, month, plain

_TEMPLATES = Path(__file__).parent / "templates"
_DENSE = {
    "cluster_profiles",
    "clv_calibration",
    "cohort_retention",
    "kmeans_selection",
    "rfm_grid",
    "segment_migration",
    "segment_treemap",
    "segmentation_comparison",
    "segments_and_clusters",
}
"""Charts with so much in them that a phone shows a part of them at a time, large enough to read."""


class Cell(NamedTuple):
    """What a cell shows, and what it is sorted by."""

    text: str
    value: float | str


class Column(NamedTuple):
    """A column of a table: its name, its heading, and how its values are written."""

    name: str
    heading: str
    written: Callable[[Any], str] = plain

    @property
    def is_number(self) -> bool:
        """Whether it is set to the right."""
        return self.written not in _TEXTS


class Table(NamedTuple):
    """A table as the page shows it."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


class Chart(NamedTuple):
    """A drawing as the page shows it."""

    source: str
    alt: str
    width: str
    height: str
    is_dense: bool


class Section(NamedTuple):
    """A question, and what answers it."""

    anchor: str
    question: str
    answer: Sequence[str]
    charts: Sequence[Chart]
    tables: Sequence[Table]


def whole_or_half(value: float) -> str:
    """A median of counts, which is whole or a half."""
    return decimal(value, digits=0 if value % 1 == 0 else 1)


def yes(flag: bool) -> str:
    """Yes, or nothing."""
    return "yes" if flag else ""


def campaign_name(name: str) -> str:
    """The name of a campaign, as people write it."""
    return plain(name.replace("_", " ").capitalize())


_TEXTS = (plain, month, day, yes, campaign_name)
"""Ways of writing what is no number."""


def make_table(caption: str, frame: pd.DataFrame, columns: Sequence[Column]) -> Table:
    """The columns of a frame, written for people."""
    rows = [
        [_cell(value, column) for value, column in zip(values, columns, strict=True)]
        for values in frame[[column.name for column in columns]].itertuples(index=False, name=None)
    ]
    return Table(caption, columns, rows)


def _cell(value: Any, column: Column) -> Cell:
    if pd.isna(value):
        return Cell(NOTHING, "")
    if isinstance(value, pd.Timestamp):
        return Cell(column.written(value), value.strftime("%Y-%m-%d"))
    return Cell(column.written(value), value if column.is_number else plain(column.written(value)))


def choose_charts(charts: Mapping[str, Chart], *names: str) -> list[Chart]:
    """The charts of these names, but for those with nothing to show."""
    return [charts[name] for name in names if not charts[name].alt.endswith(NOTHING_TO_SHOW)]


def make_chart(name: str, svg: str) -> Chart:
    """A drawing as an image within the page, where it can neither do nor fetch anything."""
    root = re.search(r"<svg[^>]*>", svg)[0]
    width, height = (re.search(rf'\b{side}="([\d.]+)pt"', root)[1] for side in ("width", "height"))
    title = re.search(r"<title>(.*?)</title>", svg, flags=re.DOTALL)[1]
    image = svg[svg.index("<svg") :]
    return Chart(
        source=f"data:image/svg+xml;base64,{base64.b64encode(image.encode()).decode()}",
        alt=html.unescape(title),
        width=width,
        height=height,
        is_dense=name in _DENSE,
    )


def render_page(**content: Any) -> str:
    """The page as HTML; everything in ``content`` is shown as text, whatever it looks like."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style, script = ((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return environment.get_template("report.html").render(
        style=style, script=script, style_hash=_hash(style), script_hash=_hash(script), **content
    )


def _hash(text: str) -> str:
    """What the page's policy knows its own style and script by; it runs no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
