"""Publishing in PostgreSQL: everything that a run has made at once, or nothing of it."""

import threading
from collections.abc import Callable

import ibis
import pandas as pd
import psycopg
import psycopg2
import pytest

from lgs_pipeline.datasets import PublishedTablesDataset, StagedTableDataset
from lgs_pipeline.errors import database_complaint
from tests.engines.server import Database, Server

TABLES = [f"table_{number}" for number in range(10)]


class Run:
    """What a run does with the datasets of ``conf/postgres``, in a session of its own."""

    def __init__(self, database: Database, number: int) -> None:
        # A session is shared by equal connection blocks.
        connection = {**database.connection, "session": {"application_name": f"lgs run {number}"}}
        self.published = PublishedTablesDataset(connection=connection)
        self._connection = connection

    def engine_table(self, name: str) -> StagedTableDataset:
        return StagedTableDataset(f"data/{name}.parquet", connection=self._connection)

    def make(self, tag: int) -> None:
        """Make a frame and the tables of the engine, all of them with the same number in every row."""
        self.published.save({"frame": pd.DataFrame({"tag": [tag] * 3})})
        for name in TABLES:
            self.engine_table(name).save(ibis.memtable({"tag": [tag] * 3}))

    def publish(self) -> None:
        self.published.promote()


@pytest.fixture
def new_run(database: Database) -> Callable[[], Run]:
    started: list[Run] = []

    def start() -> Run:
        started.append(Run(database, len(started)))
        return started[-1]

    return start


def tags(database: Database) -> set[int]:
    """The numbers that stand in any of the published tables, seen by one statement."""
    everything = " union ".join(f"select tag from lgs.{name}" for name in ["frame", *TABLES])
    return {tag for (tag,) in database.run(everything)}


def test_nobody_sees_a_table_before_it_is_published(database, new_run):
    run = new_run()
    run.make(1)
    assert run.engine_table("table_0").load().count().execute() == 3
    assert database.run("select * from pg_tables where schemaname = 'lgs'") == []
    run.publish()
    assert tags(database) == {1}


def test_the_run_itself_works_on_its_own_tables_and_others_on_those_of_the_last_one(new_run):
    first, second = new_run(), new_run()
    first.make(1)
    first.publish()
    second.engine_table("table_0").save(ibis.memtable({"tag": [2]}))
    assert second.engine_table("table_0").load().to_pandas().tag.tolist() == [2]
    assert first.engine_table("table_0").load().to_pandas().tag.tolist() == [1, 1, 1]


def test_what_is_discarded_leaves_no_trace(database, new_run):
    first, second = new_run(), new_run()
    first.make(1)
    first.publish()
    second.make(2)
    second.published.discard()
    second.publish()
    assert tags(database) == {1}
    assert second.engine_table("table_0").load().to_pandas().tag.tolist() == [1, 1, 1]


def test_two_runs_at_a_time_do_not_meet_and_the_last_to_publish_counts(database, new_run):
    first, second = new_run(), new_run()
    first.make(1)
    second.make(2)
    second.publish()
    first.publish()
    assert tags(database) == {1}


def test_rows_keep_their_order_types_nulls_and_digits(new_run):
    run = new_run()
    frame = pd.DataFrame(
        {
            "number": pd.Series([3, 1, 2], dtype="int64"),
            "value": [0.1 + 0.2, None, 5e-324],
            "text": ["it's", None, ""],
            "is_it": [True, False, True],
            "moment": pd.Series(pd.to_datetime(["2010-01-01", "2011-12-09 12:50:07", None], format="ISO8601")),
        }
    )
    run.published.save({"frame": frame})
    run.publish()
    published = run.published.load()["frame"]
    pd.testing.assert_frame_equal(published.to_pandas(), frame, check_dtype=False)
    assert [str(kind) for kind in published.schema().values()] == [
        "int64", "float64", "string", "boolean", "timestamp(6)",
    ]  # fmt: skip


def test_rights_and_views_on_published_tables_stay(database, new_run):
    first, second = new_run(), new_run()
    first.make(1)
    first.publish()
    database.run(
        f"create view public.report as select sum(tag) from lgs.table_0; create role boss_{database.name}; "
        f"grant update on lgs.table_0 to boss_{database.name}"
    )
    second.make(2)
    second.publish()
    assert database.run("select * from public.report") == [(6,)]
    granted = f"select has_table_privilege('boss_{database.name}', 'lgs.table_0', 'update')"
    assert database.run(granted) == [(True,)]


def test_who_is_a_reader_may_read_what_is_published_and_nothing_else(database, new_run):
    run = new_run()
    run.make(1)
    run.publish()
    readers = f"{database.user}_readers"
    rights = [
        database.run(f"select has_table_privilege('{readers}', 'lgs.frame', '{right}')") == [(True,)]
        for right in ("select", "insert", "update", "delete")
    ]
    assert rights == [True, False, False, False]


def test_a_table_with_other_columns_is_made_anew(database, new_run):
    first, second = new_run(), new_run()
    first.published.save({"frame": pd.DataFrame({"tag": [1]})})
    first.publish()
    second.published.save({"frame": pd.DataFrame({"tag": ["one"], "more": [1.5]})})
    second.publish()
    assert database.run("select * from lgs.frame") == [("one", 1.5)]


def test_a_view_on_a_table_that_must_be_made_anew_stops_the_run_and_nothing_changes(database, new_run):
    first, second = new_run(), new_run()
    first.make(1)
    first.publish()
    database.run("create view public.report as select tag from lgs.table_5")
    second.make(2)
    second.engine_table("table_5").save(ibis.memtable({"tag": ["two"]}))
    with pytest.raises(Exception, match="depend") as error:
        second.publish()
    assert database_complaint(error.value) == (
        "PostgreSQL: cannot drop table lgs.table_5 because other objects depend on it; nothing was replaced; "
        "the table's columns have changed: drop what depends on it, and run again"
    )
    assert tags(database) == {1}


@pytest.mark.parametrize("number", range(10))
def test_a_session_killed_while_publishing_leaves_every_table_as_it_was(database, new_run, number):
    """The run waits for a table that someone else has locked; there and then its session is killed."""
    first, second = new_run(), new_run()
    first.make(1)
    first.publish()
    second.make(2)
    errors: list[Exception] = []

    def publish() -> None:
        try:
            second.publish()
        except Exception as error:
            errors.append(error)

    publishing = threading.Thread(target=publish)
    with database.superuser() as holder:
        holder.execute(f"begin; lock table lgs.{TABLES[number]} in exclusive mode")
        publishing.start()
        database.wait_for("wait_event_type = 'Lock' and application_name like 'lgs run%'")
        database.run("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'")
        publishing.join()
    assert database_complaint(errors[0]) == (
        "PostgreSQL: terminating connection due to administrator command; "
        "the connection was lost and nothing was replaced; run again"
    )
    assert tags(database) == {1}


def test_readers_never_see_tables_of_two_runs(database, new_run):
    writer = new_run()
    writer.make(0)
    writer.publish()
    seen: list[frozenset[int]] = []
    is_done = threading.Event()

    def read() -> None:
        with psycopg2.connect(host=database.host, dbname=database.name, user="postgres") as reader:
            reader.set_session(isolation_level="REPEATABLE READ", readonly=True)
            while not is_done.is_set():
                with reader.cursor() as cursor:
                    found = set()
                    for name in ["frame", *TABLES]:
                        cursor.execute(f"select tag, count(*) from lgs.{name} group by tag")
                        found |= set(cursor.fetchall())
                    seen.append(frozenset(found))
                reader.commit()
        reader.close()

    reading = threading.Thread(target=read)
    reading.start()
    for tag in range(1, 15):
        writer.make(tag)
        writer.publish()
    is_done.set()
    reading.join()
    assert all(len(found) == 1 and next(iter(found))[1] == 3 for found in seen)
    assert len(set(seen)) > 3


def test_the_schema_is_made_if_the_role_may(postgres_server: Server):
    database = postgres_server.make_database()
    database.run(f"drop schema lgs; grant create on database {database.name} to {database.user}")
    run = Run(database, 0)
    run.make(1)
    run.publish()
    assert tags(database) == {1}


def test_the_run_works_where_the_session_settings_say(database):
    connection = {**database.connection, "session": {"work_mem": "7MB"}}
    session = StagedTableDataset("x.parquet", connection=connection).connection
    assert session.con.execute("show work_mem").fetchone() == ("7MB",)
    with pytest.raises(psycopg.Error):
        _ = StagedTableDataset("x.parquet", connection={**database.connection, "session": {"no_such": 1}}).connection
