"""A run's session of PostgreSQL: what it makes is temporary until it is published, all at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
import psycopg
from ibis.backends.postgres import Backend

from lgs_pipeline.datasets.postgres_sql import definition, driver_arguments, empty_table, literal, quoted
from lgs_pipeline.datasets.staged_table import as_declared

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection


logger = logging.getLogger(__name__)


class PostgresSession(Backend):
    """Ibis on PostgreSQL, with the tables that a run has made so far.

    These are temporary: nobody else sees them, a run that is killed leaves none of them behind, and two
    runs at a time do not meet. :meth:`publish` puts them into a schema, all in one transaction.

    Texts compare and sort by code point in every table that is read here, whatever the database's collation.
    """

    def __init__(self) -> None:
        super().__init__()
        # By name; frames need no expression, for only the engine's tables are read again.
        self.staged: dict[str, ir.Table | None] = {}

    @classmethod
    def open(cls, connection: Mapping[str, Any]) -> PostgresSession:
        """Connect as the catalog's ``connection`` block says."""
        session = psycopg.connect(**driver_arguments(connection), autocommit=True)
        try:
            for name, value in connection.get("session", {}).items():
                session.execute("select set_config(%s, %s, false)", (name, str(value)))
        except psycopg.Error:
            session.close()
            raise
        return cls.from_connection(session)

    def execute(self, expr: ir.Expr, /, **options: Any) -> Any:
        """Return the result as pandas, by way of Arrow: Ibis itself would take decimals through floats."""
        from ibis.formats.pandas import PandasData

        rows = self.to_pyarrow(as_declared(expr.as_table()), **options)
        frame = rows.to_pandas()
        return expr.__pandas_result__(PandasData.convert_table(frame, expr.as_table().schema()))

    def table_of(self, schema: str, name: str) -> ir.Table:
        """Return a table of the database."""
        columns = self.get_schema(name, database=schema)
        selected = ", ".join(
            f'{quoted(column)} collate "C" as {quoted(column)}' if kind.is_string() else quoted(column)
            for column, kind in columns.items()
        )
        return self.sql(f"select {selected} from {quoted(schema, name)}", schema=columns)

    def hold(self, name: str, table: ir.Table) -> ir.Table:
        """Compute a table, and return it as one that lasts as long as the session."""
        columns = table.schema()
        self._run_pre_execute_hooks(table)
        query = self.compile(as_declared(table))
        with self.con.transaction():
            self._drop(name)
            self._run(f"create temporary table {quoted(name)} ({definition(columns, collation='C')})")
            self._run(f"insert into {_held(name)} {query}")
            # No one else analyses temporary tables.
            self._run(f"analyze {_held(name)}")
        place = ops.Namespace(database="pg_temp")
        return ops.DatabaseTable(name, schema=columns, source=self, namespace=place).to_expr()

    def stage(self, name: str, table: ir.Table) -> None:
        """Compute a table that the run has made."""
        self.staged[name] = self.hold(name, table)

    def stage_frame(self, name: str, frame: pd.DataFrame) -> None:
        """Keep a frame that the run has made."""
        with self._transaction() as transaction:
            self._drop(name)
            frame.to_sql(name, transaction, schema="pg_temp", index=False, method=_copy)
        self.staged[name] = None

    def publish(self, schema: str) -> None:
        """Replace the contents of a schema's tables by those that the run has made, all or none of them."""
        if not self.staged:
            return
        with self._transaction() as transaction:

            def run(statement: str) -> Sequence[tuple[Any, ...]]:
                result = transaction.exec_driver_sql(statement)
                return result.fetchall() if result.returns_rows else ()

            if not run(f"select 1 from pg_namespace where nspname = {literal(schema)}"):
                run(f"create schema {quoted(schema)}")
            for name in sorted(self.staged):
                empty_table(run, quoted(schema, name), like=_held(name))
                run(f"insert into {quoted(schema, name)} select * from {_held(name)}")
        logger.info("Published %d tables in schema %s", len(self.staged), schema)
        self.discard()

    def discard(self) -> None:
        """Forget everything that the run has made."""
        # With the connection, its temporary tables are gone.
        with suppress(psycopg.OperationalError):
            for name in self.staged:
                self._drop(name)
        self.staged.clear()

    def _drop(self, name: str) -> None:
        self._run(f"drop table if exists {_held(name)}")

    def _run(self, statement: str) -> None:
        self.con.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A transaction of SQLAlchemy on this very connection: no other one sees the temporary tables."""
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        engine = create_engine("postgresql+psycopg://", creator=lambda: self.con, poolclass=StaticPool)
        self.con.autocommit = False
        try:
            with engine.begin() as transaction:
                yield transaction
        finally:
            if not self.con.closed:
                self.con.autocommit = True


def _held(name: str) -> str:
    return quoted("pg_temp", name)


def _copy(table: Any, transaction: Connection, columns: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    """Write rows by COPY, as ``method`` of ``pandas.DataFrame.to_sql``."""
    place = f"{quoted(table.schema, table.name)} ({', '.join(map(quoted, columns))})"
    with closing(transaction.connection.cursor()) as cursor, cursor.copy(f"copy {place} from stdin") as copy:
        for row in rows:
            copy.write_row(row)
