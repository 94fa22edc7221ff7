"""The retail extract as London Gift Shop sends it, whatever its format, as one table of lines."""

from __future__ import annotations

import glob
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import ibis
import ibis.expr.types as ir
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._utils import ConnectionMixin

from lgs_pipeline.datasets.delimited import read_csv
from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.datasets.headers import Headers
from lgs_pipeline.datasets.parquet import is_misread, read_parquet, read_parquet_texts
from lgs_pipeline.datasets.pg_dump import read_dump
from lgs_pipeline.datasets.spool import extract_schema, new_spool, spool
from lgs_pipeline.datasets.text_stream import refuse_unreadable
from lgs_pipeline.datasets.workbook import read_workbook
from lgs_pipeline.lines import EXTRACT_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.backends import BaseBackend

logger = logging.getLogger(__name__)

SUFFIXES = (".sql", ".sql.gz", ".csv", ".csv.gz", ".xlsx", ".parquet")


class RetailExtractDataset(ConnectionMixin, AbstractDataset[NoReturn, ir.Table]):
    """Loads a retail extract, or several, as an Ibis table with one row per line.

    The columns are ``extract`` (the file's name, for a workbook with the sheet's), ``line_number``
    (from 1 in each extract), and those of :data:`lgs_pipeline.lines.DELIVERED_COLUMNS` as
    delivered: text from dumps, CSV files and workbooks, nothing cast and nothing trimmed; the types
    of the file from Parquet. Where extracts differ in the type of a column, it becomes text.
    Behind them are those of :data:`lgs_pipeline.lines.OPTIONAL_COLUMNS`, as text, all null where an
    extract has no such column.

    Parquet stays where it is and is read by the engine. Everything else is streamed once into a
    temporary Parquet file. SQL in a dump is read as data and never executed.

    Examples
    --------
    .. code-block:: yaml

        extract:
          type: lgs_pipeline.datasets.RetailExtractDataset
          filepath: data/01_raw/retail_*.sql.gz
          connection: {backend: duckdb, database: ":memory:"}
          header_spellings: {unit_price: ["Cost each"]}
    """

    DEFAULT_CONNECTION_CONFIG: ClassVar[dict[str, Any]] = {"backend": "duckdb", "database": ":memory:"}

    # That of ibis.FileDataset: entries with the same connection settings share one connection.
    _CONNECTION_GROUP: ClassVar[str] = "ibis"

    def __init__(
        self,
        filepath: str,
        *,
        table: str = "retail",
        connection: dict[str, Any] | None = None,
        credentials: dict[str, Any] | None = None,
        header_spellings: Mapping[str, Sequence[str]] | None = None,
        sheets: Sequence[str] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Describe the extract; nothing is read yet.

        Parameters
        ----------
        filepath : str
            A file, or a glob of several: ``.sql``, ``.sql.gz``, ``.csv``, ``.csv.gz``, ``.xlsx``,
            ``.parquet``. ``~`` is the home folder.
        table : str, optional
            The table to take from a dump, with its schema if need be.
        connection, credentials : dict, optional
            The Ibis connection, as for ``ibis.FileDataset``.
        header_spellings : mapping of str to sequence of str, optional
            Further spellings of headers, by the column that they stand for.
        sheets : sequence of str, optional
            The sheets to take from workbooks, where only some hold invoice lines; all if not given.
        metadata : dict, optional
            Anything; Kedro ignores it.
        """
        self._filepath = filepath
        self._sheets = sheets
        self._table = table
        self._headers = Headers(header_spellings)
        self._header_spellings = deepcopy(header_spellings or {})
        self._connection_config = {**(connection or self.DEFAULT_CONNECTION_CONFIG), **(deepcopy(credentials or {}))}
        self.metadata = metadata

    def _connect(self) -> BaseBackend:
        config = deepcopy(self._connection_config)
        return getattr(ibis, config.pop("backend")).connect(**config)

    @property
    def connection(self) -> BaseBackend:
        """The Ibis backend that the lines are handed to."""
        return self._connection

    def load(self) -> ir.Table:
        """Return the lines of all extracts.

        Raises
        ------
        ExtractError
            If a file cannot be read, with one line that says which, where and why.
        """
        if self._connection_config["backend"] == "duckdb":
            return self._lines(self.connection)
        return self._hand_over(self.connection)

    def save(self, data: NoReturn) -> None:
        """Refuse: an extract is what others deliver.

        Raises
        ------
        DatasetError
            Always.
        """
        raise DatasetError(f"{type(self).__name__} is read-only; save to another dataset")

    def _describe(self) -> dict[str, Any]:
        return {
            "filepath": self._filepath,
            "table": self._table,
            "backend": self._connection_config["backend"],
            "header_spellings": self._header_spellings,
            "sheets": self._sheets,
        }

    def _exists(self) -> bool:
        try:
            return bool(self._find_files())
        except ExtractError:
            return False

    def _find_files(self) -> list[Path]:
        path = _absolute(self._filepath)
        if not glob.has_magic(str(path)) or os.path.lexists(path):
            return [_checked_file(path)]
        # Excel keeps a "~$" file beside every workbook that is open.
        matches = {Path(match) for match in glob.glob(str(path), recursive=True)}  # noqa: PTH207
        files = sorted(match for match in matches if match.is_file() and not match.name.startswith("~$"))
        if not files:
            raise ExtractError(path, "no file that matches", "at least one extract", "check the path")
        return [_checked_file(file) for file in files]

    def _hand_over(self, connection: BaseBackend) -> ir.Table:
        """Give another engine one file that is in order: only DuckDB reads the extracts as they are."""
        path = new_spool()
        embedded = ibis.duckdb.connect()
        embedded.to_parquet(self._lines(embedded), path)
        embedded.disconnect()
        return connection.read_parquet(path)

    def _lines(self, duckdb: BaseBackend) -> ir.Table:
        names = _name_extracts(self._find_files())
        parquet = {
            path: name
            for path, name in names.items()
            if _suffix(path) == ".parquet" and not is_misread(path, self._headers)
        }
        tables = read_parquet(duckdb, parquet, self._headers)
        if texts := {path: name for path, name in names.items() if path not in parquet}:
            tables.append(duckdb.read_parquet(self._spool(texts)))
        return _combined(tables)

    def _spool(self, names: Mapping[Path, str]) -> Path:
        states = [(path, name, path.stat().st_size, path.stat().st_mtime_ns) for path, name in names.items()]
        key = (tuple(states), self._table, repr(self._header_spellings), repr(self._sheets))
        spooled = spool(key, self._batches(names))
        for path, _, *state in states:
            if state != [path.stat().st_size, path.stat().st_mtime_ns]:
                raise ExtractError(path, "other contents than when reading began", "a file at rest", "run again")
        return spooled

    def _batches(self, names: Mapping[Path, str]) -> Iterator[pa.RecordBatch]:
        for path, name in names.items():
            if _suffix(path) == ".xlsx":
                for sheet, batches in read_workbook(path, self._headers, self._sheets):
                    yield from _numbered(batches, path, f"{name} / {sheet}")
            elif _suffix(path) == ".parquet":
                yield from _numbered(read_parquet_texts(path, self._headers), path, name)
            elif _suffix(path).startswith(".sql"):
                yield from _numbered(read_dump(path, self._table, self._headers), path, name)
            else:
                yield from _numbered(read_csv(path, self._headers), path, name)


def _absolute(filepath: str) -> Path:
    """Return the absolute path without ``..``; Kedro may have put the project's folder before a ``~``."""
    path = Path(filepath)
    if "~" in path.parts:
        path = Path.home().joinpath(*path.parts[path.parts.index("~") + 1 :])
    parts = path.absolute().parts
    # Ibis takes ".." out of the text: DuckDB then reports another path than ours or, behind a link, reads another file.
    after_last = max((place + 1 for place, part in enumerate(parts) if part == ".."), default=0)
    return Path(*parts[:after_last]).resolve().joinpath(*parts[after_last:]) if after_last else Path(*parts)


def _checked_file(path: Path) -> Path:
    """Return the path if there is a file of a known format, with anything in it."""
    if not str(path).isprintable() and str(path).encode(errors="replace").decode() != str(path):
        raise ExtractError(repr(str(path)), "a name that is no UTF-8", "one that is", "rename the file or its folder")
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ExtractError(path, "no such file", "an extract", "check the path") from error
    except OSError as error:
        raise refuse_unreadable(path, error) from error
    if path.is_dir():
        raise ExtractError(path, "a folder", "a file", f"name the files in it, such as {path}/*.csv")
    if not _suffix(path):
        raise ExtractError(
            path, f"the suffix {path.suffix!r}", f"one of {', '.join(SUFFIXES)}", "export it in one of these formats"
        )
    if not size:
        raise ExtractError(path, "an empty file (0 bytes)", "invoice lines", "export it again")
    return path


def _suffix(path: Path) -> str:
    return max((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), key=len, default="")


def _name_extracts(paths: Sequence[Path]) -> dict[Path, str]:
    """Name each extract by its file, or by its path from the common folder where file names repeat."""
    if max(Counter(path.name for path in paths).values()) == 1:
        return {path: path.name for path in paths}
    folder = os.path.commonpath([path.parent for path in paths])
    return {path: path.relative_to(folder).as_posix() for path in paths}


def _numbered(batches: Iterable[pa.RecordBatch], path: Path, extract: str) -> Iterator[pa.RecordBatch]:
    """Put the name of the extract and the numbers of the lines before the columns."""
    import numpy as np
    import pyarrow as pa

    lines = 0
    for batch in batches:
        numbers = pa.array(np.arange(batch.num_rows) + lines + 1)
        lines += batch.num_rows
        absent = pa.nulls(batch.num_rows, pa.string())
        found = dict(zip(batch.schema.names, batch.columns, strict=True))
        yield pa.RecordBatch.from_arrays(
            [pa.repeat(extract, batch.num_rows), numbers, *(found.get(column, absent) for column in EXTRACT_COLUMNS)],
            schema=extract_schema(),
        )
    if not lines:
        raise ExtractError(path, "no data lines", "at least one", "export it again")
    logger.info("%s: read %s lines", extract, f"{lines:,}")


def _combined(tables: Sequence[ir.Table]) -> ir.Table:
    """Put the lines of all tables together; columns that differ in type become text."""
    differing = [column for column in EXTRACT_COLUMNS if len({table[column].type() for table in tables}) > 1]
    return ibis.union(*(table.mutate(**{column: _as_text(table[column]) for column in differing}) for table in tables))


def _as_text(column: ir.Column) -> ir.StringColumn:
    """The column as text; whole numbers without decimals, or an invoice 489434.0 would not be 489434."""
    if not column.type().is_floating():
        return column.cast("string")
    whole = column.try_cast("int64")
    return ibis.ifelse(whole.cast("float64") == column, whole.cast("string"), column.cast("string"))
