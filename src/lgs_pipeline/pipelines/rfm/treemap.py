"""The squarified treemap of M. Bruls, K. Huizing and J. J. van Wijk, *Squarified Treemaps* (2000)."""

from collections.abc import Sequence
from typing import NamedTuple


class Tile(NamedTuple):
    """A rectangle by its lower left corner."""

    x: float
    y: float
    width: float
    height: float


def squarify(sizes: Sequence[float], width: float, height: float) -> list[Tile]:
    """Tiles that fill the rectangle, in the order of the sizes, with areas proportional to them.

    Sizes are above zero; with the largest first, the tiles come out closest to squares.

    Examples
    --------
    >>> [tuple(tile) for tile in squarify([2, 1, 1], width=4, height=2)]
    [(0.0, 0.0, 2.0, 2.0), (2.0, 0.0, 2.0, 1.0), (2.0, 1.0, 2.0, 1.0)]
    """
    scale = width * height / sum(sizes) if sizes else 0
    areas = [size * scale for size in sizes]
    tiles: list[Tile] = []
    x = y = 0.0
    while areas:
        side = min(width, height)
        taken = 1
        while taken < len(areas) and _worst(areas[: taken + 1], side) <= _worst(areas[:taken], side):
            taken += 1
        row, areas = areas[:taken], areas[taken:]
        depth = sum(row) / side
        is_column = width >= height
        along = y if is_column else x
        for area in row:
            length = area / depth
            tiles.append(Tile(x, along, depth, length) if is_column else Tile(along, y, length, depth))
            along += length
        if is_column:
            x, width = x + depth, width - depth
        else:
            y, height = y + depth, height - depth
    return tiles


def _worst(row: Sequence[float], side: float) -> float:
    """The largest ratio of the sides of a tile, if the row is laid along the side."""
    depth = sum(row) / side
    return max(max(depth**2 / area, area / depth**2) for area in (min(row), max(row)))
