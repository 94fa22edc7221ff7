"""The engines. One more is one more fixture, and its name in the list."""

import re
from pathlib import Path

import duckdb as embedded
import pytest

from tests.engines.engine import Engine
from tests.engines.server import Database, Server

ENGINES = ("duckdb", "postgres")


@pytest.fixture(scope="session")
def duckdb() -> Engine:
    """The embedded engine, which all others are held against."""
    return Engine("base", {"backend": "duckdb", "database": ":memory:"})


@pytest.fixture(scope="session")
def postgres(postgres_server: Server) -> Engine:
    """PostgreSQL."""
    database = postgres_server.make_database("load")

    def export(name: str, place: Path) -> None:
        types = database.columns("lgs", name).items()
        columns = {column: re.sub("timestamp.*", "timestamp", kind) for column, kind in types}
        database.copy_to(f"lgs.{name}", place.with_suffix(".csv"))
        lines = f"read_csv('{place.with_suffix('.csv')}', columns = {columns}, allow_quoted_nulls = false)"
        embedded.sql(f"copy (from {lines}) to '{place}'")

    return Engine(
        "postgres",
        database.connection,
        database.variables,
        load=("--pipelines", "load_warehouse"),
        export=export,
    )


@pytest.fixture(scope="session", params=ENGINES)
def engine(request) -> Engine:
    """Each engine in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session", params=ENGINES[1:])
def other_engine(request) -> Engine:
    """Each engine but the embedded one."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def database(postgres_server: Server) -> Database:
    """A database of one's own, set up for loading and publishing."""
    return postgres_server.make_database("load")
