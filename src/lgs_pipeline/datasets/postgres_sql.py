"""What is said to PostgreSQL, whichever driver says it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ibis.backends.sql.datatypes import PostgresType

if TYPE_CHECKING:
    import ibis

# Any number will do: whoever replaces the contents of a table holds this lock, with the table's name.
_REPLACING = 1_907_071_210

Run = Callable[[str], Sequence[tuple[Any, ...]]]
"""Runs a statement and returns its rows: what replacing the contents of a table asks of a connection."""


def driver_arguments(connection: Mapping[str, Any]) -> dict[str, Any]:
    """What psycopg is called with, from the ``connection`` block of the catalog and its ``credentials``.

    These name the environment variable that holds the password; nothing but the driver ever gets to see it.
    """
    credentials = dict(connection.get("credentials") or {})
    credentials["dbname"] = credentials.pop("database", None)
    if variable := credentials.pop("password_variable", None):
        credentials["password"] = os.environ.get(variable)
    given = {name: value for name, value in credentials.items() if value not in (None, "")}
    return {"application_name": "lgs_pipeline", "connect_timeout": 10, **given}


def empty_table(run: Run, table: str, *, like: str) -> None:
    """Leave a table empty, with the columns of another one, until the transaction ends.

    A table that has these columns already stays: so do the rights and views that others have on it, and its
    readers see the old rows until the transaction ends. Otherwise it is made anew.
    """
    run(f"select pg_advisory_xact_lock({_REPLACING}, hashtext({literal(table)}))")
    columns = _columns_of(run, like)
    if _columns_of(run, table) == columns:
        run(f"delete from {table}")
    else:
        run(f"drop table if exists {table}")
        run(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns)})")


def _columns_of(run: Run, table: str) -> list[tuple[str, str]]:
    rows = run(
        "select quote_ident(attname), format_type(atttypid, atttypmod) from pg_attribute "
        f"where attrelid = to_regclass({literal(table)}) and attnum > 0 and not attisdropped order by attnum"
    )
    return [tuple(row) for row in rows]


def definition(columns: ibis.Schema, collation: str | None = None) -> str:
    """The columns as ``create table`` lists them."""
    text = f'text collate "{collation}"' if collation else "text"
    return ", ".join(
        f"{quoted(name)} {text if kind.is_string() else PostgresType.to_string(kind)}" for name, kind in columns.items()
    )


def quoted(*names: str) -> str:
    """A name of a column, or of a schema and its table."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text: str) -> str:
    """A text as a literal."""
    return "'" + text.replace("'", "''") + "'"
