"""How rooms are wired: nodes named after their functions, charts, and the chapter at the end."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from lgs_pipeline.chapters import SUFFIX, Chapter
from lgs_pipeline.theme import Figure, to_svg

Names = str | Sequence[str]


def step(
    function: Callable[..., Any], inputs: Names | Mapping[str, str] | None, outputs: Names, name: str = ""
) -> Node:
    """A node, named after its function unless another name is given."""
    given: Any = list(inputs) if isinstance(inputs, tuple | list) else inputs
    made = outputs if isinstance(outputs, str) else list(outputs)
    return node(function, given, made, name=name or function.__name__)


def make_room(room: str, *nodes: Node | Pipeline) -> Pipeline:
    """A room as one box of the graph; its datasets keep their names."""
    return Pipeline(nodes, namespace=room, prefix_datasets_with_namespace=False)


def draw_charts(room: str, charts: Mapping[Callable[..., Figure], Names]) -> Pipeline:
    """A node for each chart, from tables to ``<chart>_chart`` (a picture) and ``<chart>_drawing`` (SVG)."""
    nodes = []
    for draw, tables in charts.items():
        chart = draw.__name__.removeprefix("draw_")
        nodes.append(step(with_drawing(draw), tables, [f"{chart}_chart", f"{chart}_drawing"]))
    return make_room(room, *nodes)


def with_drawing(draw: Callable[..., Figure]) -> Callable[..., tuple[Figure, str]]:
    """The chart as a figure, to be saved as a picture, and as the drawing (SVG) that the report shows."""

    @wraps(draw)
    def drawn(*tables: Any) -> tuple[Figure, str]:
        figure = draw(*tables)
        return figure, to_svg(figure)

    return drawn


def tell(room: str, write: Callable[..., Chapter], inputs: Names) -> Node:
    """The node that makes the room's chapter, as plain data."""

    @wraps(write)
    def written(*tables: Any) -> dict[str, Any]:
        return write(*tables).model_dump(mode="json")

    return step(written, inputs, f"{room}{SUFFIX}", f"tell_{room}")
