"""Parquet extracts: only their schemas are read here, their rows stay with the engine if it reads them right."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Mapping, Sequence
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
    import pyarrow as pa
    from ibis.backends.duckdb import Backend as DuckDB

_FILE = "lgs_extract_file"
_ROWS_PER_BATCH = 1 << 14


@dataclass(frozen=True)
class Layout:
    """The columns of a Parquet file: files of one layout are read as one table."""

    types: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    time_zones: tuple[str | None, ...]
    texts: frozenset[str]


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


def is_misread(path: Path, headers: Headers) -> bool:
    """Whether a column has a type that DuckDB reads wrong: such a file is read by :func:`read_parquet_texts`."""
    import pyarrow as pa

    kinds = [field.type for field in _fields(path, headers)[1].values()]
    # Numbers of more than 38 digits are read as wrong doubles, and bytes that are not UTF-8 stop a query.
    return any((pa.types.is_decimal(kind) and kind.precision > 38) or _is_bytes(kind) for kind in kinds)


def read_parquet_texts(path: Path, headers: Headers) -> Iterator[pa.RecordBatch]:
    """Read a Parquet file as batches of text columns."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    columns = {column: field.name for column, field in _fields(path, headers)[1].items()}
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_PER_BATCH, columns=list(columns.values())):
                texts = {}
                for column, name in columns.items():
                    values = batch.column(name)
                    if pa.types.is_timestamp(values.type) and values.type.tz:
                        values = pc.local_timestamp(values)
                    texts[column] = values.cast(pa.string())
                yield pa.RecordBatch.from_pydict(texts)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _fields(path: Path, headers: Headers) -> tuple[pa.Schema, dict[str, pa.Field]]:
    """Return the schema of a file, and the field of each column."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    found = {column: schema.field(position) for column, position in headers.locate(schema.names, path).items()}
    for column, field in found.items():
        if not _is_readable(field.type):
            raise ExtractError(
                path,
                f"values of type {str(field.type)[:100]} in {field.name!r} for column {column}",
                "numbers, texts, dates or times",
                "export the column as one of these",
            )
    if not rows:
        raise ExtractError(path, "no data lines", "at least one", "export it again")
    return schema, found


def _is_readable(kind: pa.DataType) -> bool:
    import pyarrow.types as types

    tests = (
        types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null, types.is_date,
        types.is_time, types.is_timestamp, types.is_string, types.is_large_string, types.is_string_view, _is_bytes,
    )  # fmt: skip
    if types.is_dictionary(kind):
        kind = kind.value_type
    return any(test(kind) for test in tests) or _is_text_in_duckdb(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    import pyarrow.types as types

    return types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)


def _is_text_in_duckdb(kind: pa.DataType) -> bool:
    """Whether a type becomes text in DuckDB: unsigned 64-bit numbers, times, UUIDs and JSON."""
    import pyarrow.types as types

    # Only types that a test has shown to be read correctly.
    return (
        types.is_uint64(kind) or types.is_time(kind) or str(kind) in ("extension<arrow.uuid>", "extension<arrow.json>")
    )


def _layout(path: Path, headers: Headers) -> Layout:
    import pyarrow as pa

    schema, found = _fields(path, headers)
    return Layout(
        tuple((field.name, str(field.type)) for field in schema),
        tuple((column, field.name) for column, field in found.items()),
        tuple(field.type.tz if pa.types.is_timestamp(field.type) else None for field in found.values()),
        frozenset(column for column, field in found.items() if _is_text_in_duckdb(field.type)),
    )


def _unreadable(path: Path, error: Exception) -> ExtractError:
    return ExtractError(path, f"no readable Parquet ({cause(error)})", "a Parquet file", "copy or export it again")


def _refuse_unknown_file(rows: ir.Table, paths: Sequence[Path]) -> None:
    """Every line must have an extract: refuse a file that the engine calls otherwise than we do."""
    others = rows.filter(~rows[_FILE].isin([str(path) for path in paths])).select(_FILE).limit(1).to_pyarrow()
    if others.num_rows:
        raise ExtractError(
            paths[0],
            f"lines of {others[_FILE][0].as_py()}",
            "those of the file itself",
            "name the file by a plain path",
        )


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
    columns |= {column: columns[column].cast("string") for column in layout.texts}
    for column in OPTIONAL_COLUMNS:
        columns[column] = columns[column].cast("string") if column in columns else ibis.null("string")
    _refuse_unknown_file(rows, paths)
    extract = rows[_FILE].cases(*((str(path), names[path]) for path in paths))
    return rows.select(
        extract=extract, line_number=rows.file_row_number + 1, **{column: columns[column] for column in EXTRACT_COLUMNS}
    )
