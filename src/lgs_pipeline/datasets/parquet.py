"""Parquet extracts: only their schemas are read here, their rows stay with the engine."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis

from lgs_pipeline.datasets.errors import ExtractError, cause
from lgs_pipeline.datasets.headers import Headers
from lgs_pipeline.lines import EXTRACT_COLUMNS, OPTIONAL_COLUMNS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend as DuckDB

_FILE = "lgs_extract_file"


@dataclass(frozen=True)
class Layout:
    """The columns of a Parquet file: files of one layout are read as one table."""

    types: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    time_zones: tuple[str | None, ...]


@ibis.udf.scalar.builtin(name="timezone")
def _wall_clock(zone: str, moment: datetime) -> datetime:
    """What the clock showed in a named time zone, whatever that of the session."""
    raise NotImplementedError("DuckDB has it")


def _local(moment: ir.TimestampColumn, zone: str) -> ir.TimestampColumn:
    """What the clock showed in a time zone, named or given as an offset such as ``+01:00``."""
    if offset := re.fullmatch(r"([+-])(\d\d):(\d\d)", zone):
        minutes = int(offset[2]) * 60 + int(offset[3])
        return _wall_clock("UTC", moment) + ibis.interval(minutes=int(f"{offset[1]}{minutes}"))
    return _wall_clock(zone, moment)


def read_parquet(connection: DuckDB, names: Mapping[Path, str], headers: Headers) -> list[ir.Table]:
    """Refer to the rows of Parquet files, one table for each layout.

    Parameters
    ----------
    connection : ibis.backends.duckdb.Backend
        Where the tables live.
    names : mapping of pathlib.Path to str
        The name of the extract that each file is.
    headers : Headers
        Finds the columns.

    Raises
    ------
    ExtractError
        If a file is no Parquet, has no rows, or lacks or doubles a column.
    """
    layouts: dict[Layout, list[Path]] = {}
    for path in names:
        layouts.setdefault(_layout(path, headers), []).append(path)
    return [_table(connection, layout, paths, names) for layout, paths in layouts.items()]


def _layout(path: Path, headers: Headers) -> Layout:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    found = {column: schema.field(position) for column, position in headers.locate(schema.names, path).items()}
    if not rows:
        raise ExtractError(path, "no data lines", "at least one", "export it again")
    return Layout(
        tuple((field.name, str(field.type)) for field in schema),
        tuple((column, field.name) for column, field in found.items()),
        tuple(field.type.tz if pa.types.is_timestamp(field.type) else None for field in found.values()),
    )


def _unreadable(path: Path, error: Exception) -> ExtractError:
    return ExtractError(path, f"no readable Parquet ({cause(error)})", "a Parquet file", "copy or export it again")


def _table(connection: DuckDB, layout: Layout, paths: Sequence[Path], names: Mapping[Path, str]) -> ir.Table:
    try:
        rows = connection.read_parquet(
            [glob.escape(str(path)) for path in paths],
            filename=_FILE,
            file_row_number=True,
            hive_partitioning=False,
            binary_as_string=True,
        )
    except duckdb.Error as error:
        raise _unreadable(paths[0], error) from error
    columns = {
        column: _local(rows[header], zone) if zone else rows[header]
        for (column, header), zone in zip(layout.headers, layout.time_zones, strict=True)
    }
    for column in OPTIONAL_COLUMNS:
        columns[column] = columns[column].cast("string") if column in columns else ibis.null("string")
    extract = rows[_FILE].cases(*((str(path), names[path]) for path in paths))
    return rows.select(
        extract=extract, line_number=rows.file_row_number + 1, **{column: columns[column] for column in EXTRACT_COLUMNS}
    )
