"""Fixtures that all tests share."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from lgs_pipeline.parameters import Parameters
from tests.building import REAL_DATA, settings_of
from tests.end_to_end.project import UP_TO_RFM, Project
from tests.engines.server import Server

# The same cases on every run; an engine's first query takes longer than hypothesis would wait.
hypothesis_settings.register_profile("lgs", deadline=None, derandomize=True)
hypothesis_settings.load_profile("lgs")

# Tests share the cores: a thread of OpenMP that has nothing to do must not keep one busy while it waits.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole runs, and other engines than the embedded one, are slow; the longest files begin."""
    for item in items:
        if {"end_to_end", "engines", "load_warehouse"} & set(item.path.parts):
            item.add_marker(pytest.mark.slow)
    # Else one process would be left with the longest file at the end.
    items.sort(key=lambda item: item.path.name not in ("test_whole_runs.py", "test_real_extract.py"))


@pytest.fixture
def settings() -> Parameters:
    return settings_of("base")


@pytest.fixture
def poc_settings() -> Parameters:
    return settings_of("base", "poc")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real extract."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"the real extract is not here: {REAL_DATA} (set LGS_REAL_DATA)")
    return REAL_DATA


@pytest.fixture(scope="session")
def cases(real_data: Path) -> Path:
    """The folder with extracts of other shops, beside the real one."""
    folder = real_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"the extracts of other shops are not here: {folder} (beside LGS_REAL_DATA)")
    return folder


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Makes a folder for all processes of the suite: whoever asks first makes it, the others find it."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, unfinished = root / name, root / f"{name}_unfinished"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                make(unfinished)
                unfinished.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def sample_run(made_once: Callable) -> Project:
    """A project in which the default run has run on the sample extract; look, do not touch."""

    def run(folder: Path) -> None:
        (folder / "run.log").write_text(Project.make(folder).succeed())

    return Project(made_once("sample_run", run))


@pytest.fixture(scope="session")
def real_run(real_data: Path, made_once: Callable) -> Project:
    """The same on the real extract, in its two yearly files."""

    def run(folder: Path) -> None:
        said = Project.make(folder).succeed(extract=real_data / "online_retail_II/*.parquet")
        (folder / "run.log").write_text(said)

    return Project(made_once("real_run", run))


@pytest.fixture(scope="session")
def dump_run(real_data: Path, made_once: Callable) -> Project:
    """The same up to the segments, on the real extract as one dump."""

    def run(folder: Path) -> None:
        Project.make(folder).succeed(*UP_TO_RFM, extract=real_data / "retail.sql.gz")

    return Project(made_once("dump_run", run))


@pytest.fixture(scope="session", params=["csv", pytest.param("xlsx", marks=pytest.mark.proof)])
def real_file(request: pytest.FixtureRequest, real_data: Path, made_once: Callable) -> Path:
    """The real extract as one CSV file without its provenance; for proof also as a workbook of two sheets."""

    def write(folder: Path) -> None:
        script = str(real_data / "make_extracts.py")
        subprocess.run([sys.executable, script, str(folder), request.param], check=True)

    return made_once(f"real_{request.param}", write) / f"online_retail_II.{request.param}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server; what a test does on it, it does in a database of its own."""
    with Server.start() as server:
        yield server
