"""What is said when an extract cannot be read."""

import re
from pathlib import Path

from kedro.io import DatasetError


class ExtractError(DatasetError):
    """An extract that cannot be read, told in one line to the person who sent it.

    Parameters
    ----------
    path : pathlib.Path or str
        The file.
    found, expected, advice : str
        What is there, what should be there, and what to do about it.
    where : str, optional
        Line, sheet or table within the file.

    Examples
    --------
    >>> print(ExtractError("a.csv", "an empty file", "a header line", "export it again", where="line 1"))
    a.csv: line 1: found an empty file, expected a header line; export it again
    """

    def __init__(self, path: Path | str, found: str, expected: str, advice: str, *, where: str = "") -> None:
        place = f"{path}: {where}" if where else str(path)
        message = f"{place}: found {found}, expected {expected}; {advice}"
        super().__init__(re.sub(r"\s*[\r\n]+\s*", " ", message))


def cause(error: BaseException) -> str:
    """Return the first line of a library's message: the rest is its stack."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__
