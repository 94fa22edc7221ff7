"""The treemap: correctness by the paper's example, and what holds for all sizes."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.pipelines.rfm import treemap
from lgs_pipeline.pipelines.rfm.treemap import squarify


def test_the_example_of_the_paper():
    tiles = squarify([6, 6, 4, 3, 2, 2, 1], width=6, height=4)
    assert [(round(tile.width, 2), round(tile.height, 2)) for tile in tiles] == [
        (3.0, 2.0), (3.0, 2.0), (1.71, 2.33), (1.29, 2.33), (1.2, 1.67), (1.2, 1.67), (0.6, 1.67),
    ]  # fmt: skip


def test_the_example_of_the_docstring():
    assert doctest.testmod(treemap).failed == 0


def test_no_sizes_make_no_tiles():
    assert squarify([], 4, 3) == []


@given(st.lists(st.floats(0.01, 1000), min_size=1, max_size=30))
def test_tiles_have_their_areas_and_stay_inside(sizes):
    sizes = sorted(sizes, reverse=True)
    tiles = squarify(sizes, 6, 4)
    for size, tile in zip(sizes, tiles, strict=True):
        assert tile.width * tile.height == pytest.approx(24 * size / sum(sizes), rel=1e-6)
        assert -1e-6 <= tile.x <= tile.x + tile.width <= 6 + 1e-6
        assert -1e-6 <= tile.y <= tile.y + tile.height <= 4 + 1e-6
