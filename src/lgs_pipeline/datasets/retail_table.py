"""Table ``retail`` of a PostgreSQL warehouse: the lines of the extract, where they stay for good."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.common.exceptions import TableNotFound
from kedro.io import AbstractDataset

from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.datasets.headers import Headers
from lgs_pipeline.datasets.postgres import OnPostgres
from lgs_pipeline.datasets.postgres_sql import definition, driver_arguments, empty_table, quoted
from lgs_pipeline.datasets.staged_table import Staged
from lgs_pipeline.lines import EXTRACT_COLUMNS, OPTIONAL_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg2.extensions import connection as Connection  # noqa: N812

# Lines that travel together from the file to the server.
_LINES_PER_BATCH = 1 << 12

_PROVENANCE = ("extract", "line_number")

_TYPES: Mapping[str, tuple[Callable[[dt.DataType], bool], str]] = {
    "quantity": (dt.DataType.is_numeric, "numbers"),
    "unit_price": (dt.DataType.is_numeric, "numbers"),
    "invoice_date": (lambda kind: kind.is_timestamp() or kind.is_date(), "timestamps"),
}


class RetailTableDataset(OnPostgres, AbstractDataset[ir.Table, ir.Table], Staged):
    """The table of invoice lines in a warehouse.

    Loads a row per line, in the columns of :class:`~lgs_pipeline.datasets.RetailExtractDataset`, typed as
    the table's columns are; customer_id may be text or a number. Where the table does not say from which
    extract a line came (``psql -f retail.sql`` makes one that does not), ``extract`` is the table's name, and
    ``line_number`` counts the lines in the order of all their values.

    Saving replaces the table's contents by COPY, in one transaction that :meth:`promote` commits: until then,
    and should the run fail, everyone sees the old ones. Lines pass through in batches, whatever their number.

    Examples
    --------
    .. code-block:: yaml

        extract:
          type: lgs_pipeline.datasets.RetailTableDataset
          table: public.retail
          connection: {backend: postgres, schema: lgs, credentials: postgres}
    """

    def __init__(
        self, table: str = "public.retail", *, connection: dict[str, Any], metadata: dict[str, Any] | None = None
    ) -> None:
        """Describe the table; nothing is connected yet.

        Parameters
        ----------
        table : str, optional
            The table with its schema.
        connection : dict
            See ``conf/postgres/globals.yml``.
        metadata : dict, optional
            Anything; Kedro ignores it.
        """
        self._table = table
        self._connection_config = deepcopy(connection)
        self.metadata = metadata
        self._replacing: Connection | None = None
        # Nobody can count them before they are promoted.
        self.saved_rows: int | None = None

    def load(self) -> ir.Table:
        """Return the lines.

        Raises
        ------
        ExtractError
            If there is no such table, or its columns do not fit.
        """
        schema, _, name = self._table.rpartition(".")
        try:
            table = self.connection.table_of(schema, name)
        except TableNotFound as error:
            raise self._refused(
                "no such table",
                "the invoice lines",
                "load them: kedro run --env postgres --pipelines load_warehouse --params extract=PATH",
            ) from error
        lines = self._as_lines(table)
        if set(_PROVENANCE) <= set(table.columns):
            self._refuse_lines_from_nowhere(lines)
            return lines.select(*_PROVENANCE, *EXTRACT_COLUMNS)
        in_order_of_values = ibis.window(order_by=EXTRACT_COLUMNS)
        numbers = ibis.row_number().over(in_order_of_values) + 1
        numbered = lines.select(*EXTRACT_COLUMNS, extract=ibis.literal(name), line_number=numbers)
        return self.connection.hold(f"{name}_numbered", numbered.select(*_PROVENANCE, *EXTRACT_COLUMNS))

    def _as_lines(self, table: ir.Table) -> ir.Table:
        """The table with its columns called as those of an extract, and typed as values."""
        headers = [column for column in table.columns if column not in _PROVENANCE]
        positions = Headers().locate(headers, Path(self._table))
        lines = table.rename({column: headers[place] for column, place in positions.items()})
        optional = {
            column: lines[column].cast("string") if column in positions else ibis.null("string")
            for column in OPTIONAL_COLUMNS
        }
        lines = lines.mutate(**optional)
        for column, (is_typed, expected) in _TYPES.items():
            # A database cannot try whether a text can be read.
            if not is_typed(lines[column].type()):
                found = f"column {column} of type {lines[column].type()}"
                raise self._refused(found, expected, "load the lines with --pipelines load_warehouse")
        return lines

    def _refuse_lines_from_nowhere(self, lines: ir.Table) -> None:
        """Every line must say where it came from: what was delivered twice is told by that."""
        unknown = lines.filter(lines.extract.isnull() | lines.line_number.isnull())
        if count := unknown.count().execute():
            raise self._refused(
                f"{count:,} lines without extract or line_number",
                "both in every line",
                "fill them in, or load the lines with --pipelines load_warehouse",
            )

    def save(self, data: ir.Table) -> None:
        """Replace the table's contents by these lines, for everyone when :meth:`promote` says so."""
        self.discard()
        try:
            self.saved_rows = self._copy_lines(data)
        except BaseException:
            self.discard()
            raise

    def _copy_lines(self, data: ir.Table) -> int:
        import psycopg2

        place = quoted(*self._table.split("."))
        self._replacing = psycopg2.connect(**driver_arguments(self._connection_config))
        with self._replacing.cursor() as cursor:

            def run(statement: str) -> Sequence[tuple[Any, ...]]:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else ()

            run(f"create temporary table lines ({definition(data.schema())}) on commit drop")
            empty_table(run, place, like="pg_temp.lines")
            lines = _CsvStream(data.to_pyarrow_batches(chunk_size=_LINES_PER_BATCH))
            # Where the server ends the session amid a COPY, psycopg2 prints a traceback of its own confusion
            # beside raising the error.
            with redirect_stderr(io.StringIO()):
                cursor.copy_expert(f"copy {place} from stdin (format csv)", lines, size=1 << 16)
            copied = cursor.rowcount
            run(f"analyze {place}")
        return copied

    def promote(self) -> None:
        """Let everyone see the lines that were saved."""
        if self._replacing:
            self._replacing.commit()
            self.discard()

    def discard(self) -> None:
        """Forget the lines that were saved: what has not been committed has not happened."""
        if self._replacing:
            self._replacing.close()
            self._replacing = None

    def _exists(self) -> bool:
        schema, _, name = self._table.rpartition(".")
        return name in self.connection.list_tables(database=schema)

    def _describe(self) -> dict[str, Any]:
        return {"table": self._table, "backend": "postgres"}

    def _refused(self, found: str, expected: str, advice: str) -> ExtractError:
        return ExtractError(f"table {self._table}", found, expected, advice)


class _CsvStream:
    """Batches of lines as a file of CSV, made as it is read."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._texts = map(_csv, batches)
        self._unread = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end."""
        if not self._unread:
            self._unread = memoryview(next(self._texts, b""))
        taken, self._unread = self._unread[:size], self._unread[size:]
        return bytes(taken)


def _csv(batch: pa.RecordBatch) -> bytes:
    from pyarrow import csv

    text = io.BytesIO()
    # An empty text stands in quotes, a null does not.
    csv.write_csv(batch, text, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return text.getvalue()
