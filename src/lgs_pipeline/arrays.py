"""The types of NumPy arrays, and how long ones are worked on a part at a time."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TextArray = npt.NDArray[np.object_]
BoolArray = npt.NDArray[np.bool_]


def slices(rows: int, most: int) -> Iterator[slice]:
    """The rows in slices of at most so many, but of one at least, so that temporary arrays stay small.

    >>> list(slices(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    size = max(most, 1)
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))
