"""An engine's table that takes its place when the run that made it has succeeded."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from pathlib import Path, PurePosixPath
from typing import Any, Self

import ibis.expr.operations as ops
import ibis.expr.types as ir
from kedro_datasets.ibis import FileDataset


class Staged(ABC):
    """What a run saves out of sight of everyone else, until it has succeeded or failed."""

    @abstractmethod
    def promote(self) -> None:
        """Give what was saved its place."""

    @abstractmethod
    def discard(self) -> None:
        """Remove what was saved; the place stays as it is."""


class StagedTableDataset(FileDataset, Staged):
    """An ``ibis.FileDataset`` whose file is written beside its place, and moved there by :meth:`promote`.

    Until then only this object loads what it has saved: a run works on its own tables, while everyone
    else still sees those of the last run that succeeded. What a killed run leaves beside the place is never
    loaded, and overwritten by the next run. Local files only; not versioned.

    Where the connection is to PostgreSQL, the table is not a file but one of the database's: making one
    gives a :class:`~lgs_pipeline.datasets.postgres.PostgresTableDataset`, so that an environment
    changes nothing but the connection.
    """

    def __new__(cls, *arguments: Any, connection: dict[str, Any] | None = None, **options: Any) -> Self:
        """Make the kind of dataset that the connection asks for, as ``pathlib.Path`` does."""
        if cls is StagedTableDataset and (connection or {}).get("backend") == "postgres":
            from lgs_pipeline.datasets.postgres import PostgresTableDataset

            cls = PostgresTableDataset
        return super().__new__(cls)

    def __init__(self, filepath: str, **options: Any) -> None:
        """Describe the table; see ``kedro_datasets.ibis.FileDataset`` for the options."""
        super().__init__(filepath=filepath, **options)
        self._is_staged = False

    def save(self, data: ir.Table) -> None:
        """Write the table, each column in the type that it declares."""
        super().save(as_declared(data))

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


def as_declared(table: ir.Table) -> ir.Table:
    """The table with every column cast to its declared type, also where Ibis sees no need to.

    Engines give sums and products types of their own: the sum of bigints is a hugeint or a numeric, and
    as a hugeint it would become a double in Parquet.
    """
    columns = {name: ops.Cast(table[name], to=kind).to_expr() for name, kind in table.schema().items()}
    return table.select(**columns)


def _remove(path: Path, only_folders: bool = False) -> None:
    # Some engines write a table as a folder of files, which nothing can be moved onto.
    if path.is_dir():
        shutil.rmtree(path)
    elif not only_folders:
        path.unlink(missing_ok=True)
