"""A fitted scikit-learn model in a file that can be loaded without running what is in it.

The ``backend`` of the catalog's ``pickle.PickleDataset``: skops, with the same bytes for the same model.

Examples
--------
.. code-block:: yaml

    kmeans_model:
      type: pickle.PickleDataset
      backend: lgs_pipeline.datasets.model_file
      filepath: data/06_models/kmeans_model.skops
      versioned: true
      load_args: {trusted: [numpy.clip]}
"""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from zipfile import ZipFile, ZipInfo

from kedro.io import DatasetError

_SCHEMA = "schema.json"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can name


def dump(model: Any, file: BinaryIO) -> None:
    """Write the model. The same model always becomes the same bytes."""
    # Imported here, for most runs neither load nor save a model.
    import skops.io

    file.write(_without_chance(skops.io.dumps(model)))


def load(file: BinaryIO, trusted: Sequence[str] = ()) -> Any:
    """Return the model.

    This creates only scikit-learn's estimators, NumPy arrays, plain values and what is trusted.

    Parameters
    ----------
    file : binary file
        Where ``dump`` wrote to.
    trusted : sequence of str, optional
        Full names of further types and functions that the file may hold, such as ``numpy.clip``.

    Raises
    ------
    DatasetError
        If the file is no skops file, or holds a type that is not trusted.
    """
    import skops.io

    content = file.read()
    try:
        unknown = set(skops.io.get_untrusted_types(data=content)) - set(trusted)
        if not unknown:
            return skops.io.loads(content, trusted=list(trusted))
    except Exception as error:
        raise DatasetError(
            f"{_name(file)}: found a file that cannot be loaded as a model ({error}); make it again"
        ) from error
    raise DatasetError(
        f"{_name(file)}: found {', '.join(sorted(unknown))}, expected only what is trusted; if it is meant "
        "to be in the model, add it to `trusted` in the catalog, otherwise do not use the file"
    )


def _name(file: BinaryIO) -> str:
    # Files of fsspec know their path, Python's own their name.
    return str(getattr(file, "path", None) or getattr(file, "name", "the file"))


def _without_chance(content: bytes) -> bytes:
    """The skops file without what differs from run to run: memory addresses, random names and the time."""
    with ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        numbers: dict[int, int] = {}
        names: dict[str, str] = {}
        for state in _states(schema):
            if "__id__" in state:
                state["__id__"] = numbers.setdefault(state["__id__"], len(numbers))
            if isinstance(file := state.get("file"), str):
                state["file"] = names.setdefault(file, f"{len(names)}{PurePosixPath(file).suffix}")
        parts = {names[file]: archive.read(file) for file in names}
    parts[_SCHEMA] = json.dumps(schema, indent=2).encode()
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, part in parts.items():
            entry = ZipInfo(name, _EARLIEST)
            entry.create_system = 3  # Unix, wherever it is written
            archive.writestr(entry, part)
    return buffer.getvalue()


def _states(schema: Any) -> Iterator[dict[str, Any]]:
    """The descriptions of objects in a skops schema, outer ones first."""
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _states(part)
