"""What the report's page is made of, and how it becomes HTML."""

import base64
import hashlib
import html
import re
from pathlib import Path
from typing import Any, NamedTuple

from lgs_pipeline.chapters import Rows
from lgs_pipeline.tables import Column
from lgs_pipeline.theme import DENSE
from lgs_pipeline.wording import NOTHING

_TEMPLATES = Path(__file__).parent / "templates"


class Cell(NamedTuple):
    """What a cell shows, and what it is sorted by."""

    text: str
    value: float | str


class Table(NamedTuple):
    """A table as the page shows it."""

    caption: str
    columns: list[Column]
    rows: list[list[Cell]]


class Chart(NamedTuple):
    """A drawing as the page shows it."""

    source: str
    alt: str
    width: str
    height: str
    is_dense: bool


def make_table(rows: Rows) -> Table:
    """Rows with their values formatted for people."""
    cells = [[_cell(*pair) for pair in zip(row, rows.columns, strict=True)] for row in rows.values]
    return Table(rows.caption, rows.columns, cells)


def _cell(value: Any, column: Column) -> Cell:
    if value is None:
        return Cell(NOTHING, "")
    text = column.format_value(value)
    return Cell(text, value if column.format.is_number or column.is_date else text)


def make_chart(svg: str) -> Chart:
    """A drawing as an image within the page, where it can neither do nor fetch anything."""
    root = _find(r"(<svg[^>]*>)", svg)
    width, height = (_find(rf'\b{side}="([\d.]+)pt"', root) for side in ("width", "height"))
    image = svg[svg.index("<svg") :]
    return Chart(
        source=f"data:image/svg+xml;base64,{base64.b64encode(image.encode()).decode()}",
        alt=html.unescape(_find(r"<title>(.*?)</title>", svg)),
        width=width,
        height=height,
        is_dense=DENSE in root,
    )


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text, flags=re.DOTALL)
    assert found, f"every drawing of ours has {pattern}"
    return found[1]


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
