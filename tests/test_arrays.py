"""Long arrays are worked on a part at a time, and all of them."""

import doctest

import numpy as np
import pytest

from lgs_pipeline import arrays
from lgs_pipeline.arrays import slices


def test_examples():
    assert doctest.testmod(arrays).attempted > 0
    assert doctest.testmod(arrays).failed == 0


@pytest.mark.parametrize("rows", [0, 1, 5, 6])
@pytest.mark.parametrize("most", [0, 1, 3, 9])
def test_every_row_is_in_one_slice_and_none_is_too_long(rows, most):
    numbers = np.arange(rows)
    parts = [numbers[part] for part in slices(rows, most)]
    assert [number for part in parts for number in part] == numbers.tolist()
    assert all(1 <= len(part) <= max(most, 1) for part in parts)
