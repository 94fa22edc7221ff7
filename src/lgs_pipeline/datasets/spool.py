"""Where text extracts wait for the engine: compressed Parquet files that vanish when the process ends."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from lgs_pipeline.datasets.errors import ExtractError, cause
from lgs_pipeline.lines import EXTRACT_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

_PREFIX = "lgs_extract_"
# Few enough to be held and compressed in little memory; larger groups make the file hardly smaller.
_ROWS_PER_GROUP = 1 << 14

_spooled: dict[Hashable, Path] = {}


@cache
def _folder() -> Path:
    """Return this process's folder, after removing those of processes that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if _is_locked_now(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    if not _is_locked_now(folder):
        # Another process took the new folder for one left behind.
        return _folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_locked_now(folder: Path) -> bool:
    """Lock a folder for as long as this process lives; return False if it is another's, or gone."""
    try:
        fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return folder.exists()


def new_spool() -> Path:
    """Return the path of a Parquet file that is removed when the process ends."""
    return _folder() / f"{uuid4().hex}.parquet"


def spool(key: Hashable, batches: Iterable[pa.RecordBatch]) -> Path:
    """Write lines to a Parquet file, or return the one already written under the same key.

    The file outlives whoever asked for it: tables are lazy, and read it long after they were made.

    Parameters
    ----------
    key : hashable
        What the lines are made of; the same key stands for the same lines.
    batches : iterable of pyarrow.RecordBatch
        The lines. Only a few batches are held in memory at a time.
    """
    if key not in _spooled or not _spooled[key].exists():
        path = new_spool()
        try:
            _write(path, batches)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        _spooled[key] = path
    return _spooled[key]


@cache
def extract_schema() -> pa.Schema:
    """Return the columns of lines that were text: where each came from is never null."""
    import pyarrow as pa

    provenance = [pa.field("extract", pa.string(), nullable=False), pa.field("line_number", pa.int64(), nullable=False)]
    return pa.schema([*provenance, *((column, pa.string()) for column in EXTRACT_COLUMNS)])


def _write(path: Path, batches: Iterable[pa.RecordBatch]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = extract_schema()
    try:
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            for group in _groups(batches):
                writer.write_table(pa.Table.from_batches(group, schema))
                group.clear()
                # Arrow keeps what it has held once, as if as much were to come again.
                pa.default_memory_pool().release_unused()
    except OSError as error:
        raise ExtractError(
            path, f"no way to write it ({cause(error)})", "room for temporary files", "set TMPDIR to a folder with room"
        ) from error


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Gather batches until they are worth a row group."""
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(len(part) for part in group) >= _ROWS_PER_GROUP:
            yield group
            group = []
    if group:
        yield group
