"""What goes wrong with a server is answered in one line without the password; everything stays as it was."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.project import Project
from tests.engines.server import PASSWORD, Database, Server

# Each case is a run of its own.
pytestmark = pytest.mark.slow

UP_TO_INVOICES = ("--env", "postgres", "--pipelines", "ingestion,cleaning")
LOAD = ("--env", "postgres", "--pipelines", "load_warehouse")


@pytest.fixture(scope="module")
def warehouse(postgres_server: Server) -> Database:
    return postgres_server.make_database("load")


@pytest.fixture(scope="module")
def ran(warehouse: Database, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose run on the sample extract has published its tables."""
    project = Project.make(tmp_path_factory.mktemp("failures") / "project", **warehouse.variables)
    project.succeed(*LOAD)
    project.succeed(*UP_TO_INVOICES)
    return project


def contents(warehouse: Database) -> list[tuple]:
    """Every table with its number of rows and a fingerprint of them."""
    tables = warehouse.run(
        "select schemaname || '.' || tablename from pg_tables where schemaname in ('lgs', 'public') order by 1"
    )
    return [
        (name, *warehouse.run(f"select count(*), sum(hashtext(t::text)::bigint) from {name} t")[0])
        for (name,) in tables
    ]


@pytest.fixture
def unchanged(ran: Project, warehouse: Database) -> Iterator[None]:
    """Whatever the test does, files and tables are afterwards as they were."""
    files, tables = ran.snapshot(), contents(warehouse)
    assert len(tables) > 8
    yield
    assert contents(warehouse) == tables
    assert ran.snapshot() == files


@pytest.fixture
def refuse(ran: Project, unchanged: None) -> Callable[..., str]:
    """Run with other variables, and return the one line that says what is wrong."""

    def run(*arguments: str, extract: Path | None = None, **variables: str) -> str:
        said = Project(ran.folder, {**ran.variables, **variables}).refuse(*arguments, extract=extract)
        assert PASSWORD not in said
        assert variables.get("PGPASSWORD", PASSWORD) not in said
        return said

    return run


@pytest.mark.parametrize("pipelines", [UP_TO_INVOICES, LOAD], ids=["run", "load"])
class TestConnecting:
    def test_a_server_that_is_not_there(self, refuse, pipelines, tmp_path):
        said = refuse(*pipelines, PGHOST=str(tmp_path))
        assert said.startswith("PostgreSQL: conn")
        assert said.endswith("; check PGHOST, PGPORT and PGSSLMODE, and whether the server runs")

    def test_a_port_that_no_server_listens_on(self, refuse, pipelines):
        said = refuse(*pipelines, PGHOST="127.0.0.1", PGPORT="1")
        assert "Connection refused" in said
        assert said.endswith("; check PGHOST, PGPORT and PGSSLMODE, and whether the server runs")

    def test_a_wrong_password(self, refuse, pipelines, warehouse):
        said = refuse(*pipelines, PGPASSWORD="another secret")
        assert f'password authentication failed for user "{warehouse.user}"' in said
        assert said.endswith("; check PGUSER and PGPASSWORD")

    def test_a_database_that_is_not_there(self, refuse, pipelines):
        said = refuse(*pipelines, PGDATABASE="nowhere")
        assert 'database "nowhere" does not exist; check PGDATABASE' in said

    def test_a_port_that_is_no_number(self, refuse, pipelines):
        assert refuse(*pipelines, PGPORT="many").startswith("PostgreSQL: ")


class TestReading:
    def test_a_table_that_is_not_there(self, refuse, warehouse):
        warehouse.run("alter table public.retail rename to retail_away")
        try:
            said = refuse(*UP_TO_INVOICES)
        finally:
            warehouse.run("alter table public.retail_away rename to retail")
        assert "table public.retail: found no such table" in said

    def test_no_right_to_read(self, refuse, warehouse):
        warehouse.run(f"alter table public.retail owner to postgres; revoke all on retail from {warehouse.user}")
        try:
            said = refuse(*UP_TO_INVOICES)
        finally:
            warehouse.set_up("load")
        assert said == (
            "PostgreSQL: permission denied for table retail; "
            "ask for the rights that docs/operations.md lists; nothing was replaced"
        )

    def test_a_statement_that_takes_too_long(self, refuse, warehouse):
        warehouse.run(f"alter role {warehouse.user} set statement_timeout = '40ms'")
        try:
            said = refuse(*UP_TO_INVOICES)
        finally:
            warehouse.run(f"alter role {warehouse.user} reset statement_timeout")
        assert said == (
            "PostgreSQL: canceling statement due to statement timeout; nothing was replaced; "
            "if it took too long, give the role a longer statement_timeout (docs/operations.md)"
        )

    def test_an_extract_that_the_run_would_not_read(self, refuse, tmp_path):
        said = refuse(*UP_TO_INVOICES, extract=tmp_path / "retail.csv")
        assert said.startswith("Settings: extract: the run begins with extract and would not read it")


class TestWriting:
    def test_no_right_to_publish(self, refuse, warehouse):
        warehouse.run("alter schema lgs owner to postgres")
        try:
            said = refuse(*UP_TO_INVOICES)
        finally:
            warehouse.run(f"alter schema lgs owner to {warehouse.user}")
        assert said.startswith("PostgreSQL: permission denied for schema lgs; ask for the rights")

    def test_no_right_to_load(self, refuse, warehouse):
        warehouse.run("alter table public.retail owner to postgres")
        try:
            said = refuse(*LOAD)
        finally:
            warehouse.set_up("load")
        assert said.startswith("PostgreSQL: permission denied for table retail; ask for the rights")

    def test_no_right_to_publish_what_was_found_while_loading(self, refuse, warehouse, tmp_path):
        """Other lines are on their way when it turns out; those that were there stay."""
        extract = tmp_path / "other.csv"
        extract.write_text(
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
            "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
        )
        warehouse.run("alter schema lgs owner to postgres")
        try:
            said = refuse(*LOAD, extract=extract)
        finally:
            warehouse.run(f"alter schema lgs owner to {warehouse.user}")
        assert said.startswith("PostgreSQL: permission denied for schema lgs; ask for the rights")

    def test_a_bad_extract(self, refuse, tmp_path):
        extract = tmp_path / "bad.csv"
        extract.write_text("Invoice,Price\n1,2\n")
        assert "bad.csv" in refuse(*LOAD, extract=extract)

    def test_the_warehouse_of_another_environment(self, refuse):
        said = refuse("--pipelines", "load_warehouse")
        assert said.startswith("The environment local has no delivered_extract")


class TestLosingTheConnection:
    """At whatever moment of a whole command the server ends the session, nothing has changed afterwards."""

    @staticmethod
    def _run_and_kill(ran: Project, warehouse: Database, seconds: float, *arguments: str) -> str:
        killer = threading.Thread(target=_end_session_after, args=(warehouse, seconds))
        killer.start()
        finished = ran.run(*arguments)
        killer.join()
        assert finished.returncode == 1, finished.stdout
        errors = [line for line in finished.stdout.splitlines() if " INFO " not in line]
        assert len(errors) == 1, finished.stdout
        return errors[0]

    @pytest.mark.parametrize("seconds", [0.0, 0.4, 0.8])
    def test_while_the_run_works(self, ran, warehouse, unchanged, seconds):
        said = self._run_and_kill(ran, warehouse, seconds, *UP_TO_INVOICES)
        assert said.startswith("Error: PostgreSQL: ")
        assert said.endswith("the connection was lost and nothing was replaced; run again")

    @pytest.mark.parametrize("seconds", [0.0, 0.15])
    def test_while_an_extract_is_loaded(self, ran, warehouse, unchanged, seconds):
        said = self._run_and_kill(ran, warehouse, seconds, *LOAD)
        assert said.startswith("Error: PostgreSQL: ")
        assert said.endswith("the connection was lost and nothing was replaced; run again")

    def test_a_run_after_that_succeeds(self, ran, warehouse):
        before = contents(warehouse)
        assert "Published" in ran.succeed(*UP_TO_INVOICES)
        assert contents(warehouse) == before


def _end_session_after(warehouse: Database, seconds: float) -> None:
    warehouse.wait_for("application_name = 'lgs_pipeline' and query ~ '^(insert|copy|delete)'")
    time.sleep(seconds)
    warehouse.terminate_sessions()


def test_a_run_that_is_killed_leaves_nothing_behind(ran, warehouse, unchanged):
    command = subprocess.Popen(
        ran.command(*UP_TO_INVOICES), cwd=ran.folder, env=ran.environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    warehouse.wait_for("application_name = 'lgs_pipeline' and query ~ '^insert'")
    command.kill()
    command.wait()
    warehouse.wait_for_end()
    temporary = "select count(*) from pg_class where relpersistence = 't' and relkind = 'r'"
    assert warehouse.run(temporary) == [(0,)]
