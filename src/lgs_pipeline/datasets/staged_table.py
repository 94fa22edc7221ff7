"""An engine's table in a file that takes its place when the run that made it has succeeded."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from kedro_datasets.ibis import FileDataset


class StagedTableDataset(FileDataset):
    """An ``ibis.FileDataset`` whose file is written beside its place, and moved there by :meth:`promote`.

    Until then only this object loads what it has saved: a run works on its own tables, while everyone
    else still sees those of the last run that succeeded. What a killed run leaves beside the place is never
    loaded, and overwritten by the next run. Local files only; not versioned.
    """

    def __init__(self, filepath: str, **options: Any) -> None:
        """Describe the table; see ``kedro_datasets.ibis.FileDataset`` for the options."""
        super().__init__(filepath=filepath, **options)
        self._is_staged = False

    @property
    def _staging(self) -> PurePosixPath:
        return self._filepath.with_name(f".{self._filepath.name}.staged")

    def _get_save_path(self) -> PurePosixPath:
        self._is_staged = True
        return self._staging

    def _get_load_path(self) -> PurePosixPath:
        return self._staging if self._is_staged else super()._get_load_path()

    def promote(self) -> None:
        """Give what was saved its place."""
        if self._is_staged:
            _remove(Path(self._filepath), only_folders=True)
            Path(self._staging).replace(self._filepath)
            self._is_staged = False

    def discard(self) -> None:
        """Remove what was saved; the place stays as it is."""
        if self._is_staged:
            _remove(Path(self._staging))
            self._is_staged = False


def _remove(path: Path, only_folders: bool = False) -> None:
    # Some engines write a table as a folder of files, which nothing can be moved onto.
    if path.is_dir():
        shutil.rmtree(path)
    elif not only_folders:
        path.unlink(missing_ok=True)
