"""A fitted scikit-learn model in a file that can be loaded without running what is in it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZipFile, ZipInfo

import fsspec
from kedro.io import AbstractVersionedDataset, DatasetError, Version
from kedro.io.core import get_filepath_str, get_protocol_and_path

_SCHEMA = "schema.json"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can name


class SkopsDataset(AbstractVersionedDataset[Any, Any]):
    """Saves and loads scikit-learn estimators with skops; never pickle.

    Loading creates only scikit-learn's estimators, NumPy arrays, plain values and the types listed as
    ``trusted``; a file that holds anything else is refused. The same model always becomes the same bytes.

    Examples
    --------
    .. code-block:: yaml

        kmeans_model:
          type: lgs_pipeline.datasets.SkopsDataset
          filepath: data/06_models/kmeans_model.skops
          versioned: true
          trusted: [numpy.clip]
    """

    def __init__(
        self,
        *,
        filepath: str,
        trusted: Sequence[str] = (),
        version: Version | None = None,
        credentials: dict[str, Any] | None = None,
        fs_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Describe the file; nothing is read yet.

        Parameters
        ----------
        filepath : str
            The file, with its protocol if it is not local.
        trusted : sequence of str, optional
            Full names of further types and functions that a file may hold, such as ``numpy.clip``.
        version : kedro.io.Version, optional
            The version to load and the one to save.
        credentials, fs_args : dict, optional
            Options of the fsspec filesystem.
        metadata : dict, optional
            Anything; Kedro ignores it.
        """
        protocol, path = get_protocol_and_path(filepath, version)
        options = {**(deepcopy(fs_args) or {}), **(deepcopy(credentials) or {})}
        if protocol == "file":
            options.setdefault("auto_mkdir", True)
        self._protocol = protocol
        self._fs = fsspec.filesystem(protocol, **options)
        self._trusted = list(trusted)
        self.metadata = metadata
        super().__init__(
            filepath=PurePosixPath(path),
            version=version,
            exists_function=self._fs.exists,
            glob_function=self._fs.glob,
        )

    def load(self) -> Any:
        """Return the model.

        Raises
        ------
        DatasetError
            If the file is no skops file, or holds a type that is not trusted.
        """
        import skops.io

        path = get_filepath_str(self._get_load_path(), self._protocol)
        with self._fs.open(path, "rb") as file:
            content = file.read()
        try:
            unknown = set(skops.io.get_untrusted_types(data=content)) - set(self._trusted)
            if not unknown:
                return skops.io.loads(content, trusted=self._trusted)
        except Exception as error:
            raise DatasetError(
                f"{path}: found a file that cannot be loaded as a model ({error}); make it again"
            ) from error
        raise DatasetError(
            f"{path}: found {', '.join(sorted(unknown))}, expected only what is trusted; if it is meant to "
            "be in the model, add it to `trusted` in the catalog, otherwise do not use the file"
        )

    def save(self, data: Any) -> None:
        """Write the model."""
        import skops.io

        path = get_filepath_str(self._get_save_path(), self._protocol)
        content = _without_chance(skops.io.dumps(data))
        with self._fs.open(path, "wb") as file:
            file.write(content)
        self._invalidate_cache()

    def _describe(self) -> dict[str, Any]:
        return {
            "filepath": self._filepath,
            "protocol": self._protocol,
            "trusted": self._trusted,
            "version": self._version,
        }

    def _exists(self) -> bool:
        try:
            path = get_filepath_str(self._get_load_path(), self._protocol)
        except DatasetError:
            return False
        return self._fs.exists(path)

    def _release(self) -> None:
        super()._release()
        self._invalidate_cache()

    def _invalidate_cache(self) -> None:
        self._fs.invalidate_cache(get_filepath_str(self._filepath, self._protocol))


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
