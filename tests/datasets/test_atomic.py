import gc
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import fsspec
import matplotlib
import pandas as pd
import pytest
from fsspec.implementations.local import LocalFileSystem
from kedro.io import DatasetError, Version
from kedro_datasets.json import JSONDataset
from kedro_datasets.matplotlib import MatplotlibDataset
from kedro_datasets.pandas import CSVDataset, ExcelDataset, ParquetDataset
from kedro_datasets.pickle import PickleDataset
from kedro_datasets.text import TextDataset

from lgs_pipeline.datasets.atomic import AtomicLocalFileSystem

pytestmark = pytest.mark.usefixtures("atomic_files")

FRAME = pd.DataFrame({"customer": [1, 2], "segment": ["Champions", "At Risk"]})


class Unwritable:
    """An object that no format can hold."""

    def __str__(self) -> str:
        raise RuntimeError("unwritable")

    __repr__ = __reduce__ = __str__


@pytest.fixture
def files() -> AtomicLocalFileSystem:
    return fsspec.filesystem("file")


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def figure(title: str) -> matplotlib.figure.Figure:
    drawing = matplotlib.figure.Figure(figsize=(1, 1))
    drawing.suptitle(title)
    return drawing


# What saves, something it can save, and something on which it fails after its file was opened, if there is.
SAVERS = {
    "a.csv": (CSVDataset, FRAME, pd.DataFrame({"a": [*range(50_000), Unwritable()]})),
    "a.parquet": (ParquetDataset, FRAME, pd.DataFrame({"a": [1, Unwritable()]})),
    "a.json": (JSONDataset, {"a": 1}, {"a": ["x" * 100_000, Unwritable()]}),
    "a.png": (MatplotlibDataset, figure("fine"), figure("$\\unwritable$")),
    "a.pickle": (PickleDataset, {"a": 1}, ["x" * 100_000, Unwritable()]),
    "a.xlsx": (
        partial(ExcelDataset, save_args={"writer": {"engine": "xlsxwriter"}}),
        FRAME,
        pd.DataFrame({"a": [1, Unwritable()]}),
    ),
    "a.txt": (TextDataset, "text", Unwritable()),
}


@pytest.mark.parametrize("protocol", ["file", "local"])
def test_it_is_the_filesystem_of_local_files(protocol):
    assert isinstance(fsspec.filesystem(protocol), AtomicLocalFileSystem)
    assert isinstance(fsspec.filesystem(protocol), LocalFileSystem)


@pytest.mark.parametrize("mode", ["w", "wt", "wb", "x", "xb"])
def test_a_file_takes_its_place_when_it_is_closed(tmp_path, files, mode):
    content = b"caf\xc3\xa9" if "b" in mode else "café"
    options = {} if "b" in mode else {"encoding": "utf-8"}
    path = tmp_path / "a.txt"
    with files.open(str(path), mode, **options) as file:
        file.write(content)
        file.flush()
        assert not path.exists()
        assert files.glob(f"{tmp_path}/*.txt") == files.glob(f"{tmp_path}/*/a.txt") == []
    assert everything_in(tmp_path) == {"a.txt": "café".encode()}


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_file_closed_without_a_with_block_takes_its_place(tmp_path, files, mode):
    file = files.open(str(tmp_path / "a.txt"), mode)
    file.write("new" if mode == "w" else b"new")
    file.close()
    file.close()
    assert everything_in(tmp_path) == {"a.txt": b"new"}


@pytest.mark.parametrize("mode", ["w", "wb"])
@pytest.mark.parametrize("is_closed_first", [False, True])
def test_an_exception_leaves_the_place_as_it_was(tmp_path, files, mode, is_closed_first):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with files.open(str(path), mode) as file:
            file.write("new" if mode == "w" else b"new")
            if is_closed_first and mode == "wb":
                file.close()
            raise RuntimeError("failed")

    with pytest.raises(RuntimeError, match="failed"):
        fail()
    assert everything_in(tmp_path) == {"a.txt": b"old"}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_handle_that_is_dropped_leaves_the_place_as_it_was(tmp_path, files, mode):
    path = tmp_path / "a.txt"
    path.write_text("old")
    file = files.open(str(path), mode)
    file.write("new" if mode == "w" else b"new")
    del file
    gc.collect()
    assert everything_in(tmp_path) == {"a.txt": b"old"}


def test_permissions_and_links_stay(tmp_path, files):
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with files.open(str(link), "w") as file:
        file.write("new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_appending_updating_reading_and_compressing_work_as_ever(tmp_path, files):
    path = str(tmp_path / "a.txt")
    files.pipe_file(path, b"one")
    with files.open(path, "ab") as file:
        file.write(b"two")
    with files.open(path, "r+b") as file:
        file.write(b"O")
    with files.open(path, "r") as file:
        assert file.read() == "Onetwo"
    with files.open(f"{path}.gz", "wt", compression="gzip") as file:
        file.write("packed")
    with files.open(f"{path}.gz", "rt", compression="gzip") as file:
        assert file.read() == "packed"


def test_what_cannot_be_replaced_is_opened_as_ever(tmp_path, files):
    with files.open("/dev/null", "wb") as file:
        file.write(b"gone")
    assert not Path("/dev/null").is_file()
    with pytest.raises(IsADirectoryError):
        files.open(str(tmp_path), "wb")
    with pytest.raises(FileNotFoundError):
        files.open(str(tmp_path / "no" / "a.txt"), "wb")
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(FileExistsError):
        files.open(str(tmp_path / "a.txt"), "xb")


def test_a_failure_while_text_goes_to_what_cannot_be_replaced_stays_the_error_that_it_is(files):
    with pytest.raises(ZeroDivisionError), files.open("/dev/null", "w") as file:
        file.write(str(1 / 0))


def test_transactions_work_as_ever(tmp_path, files):
    with files.transaction:
        with files.open(str(tmp_path / "a.txt"), "wb") as file:
            file.write(b"new")
        assert everything_in(tmp_path) == {}
    assert everything_in(tmp_path) == {"a.txt": b"new"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAVERS)
def test_a_dataset_saves_and_a_failed_save_leaves_its_file_as_it_was(tmp_path, name):
    dataset_type, good, bad = SAVERS[name]
    dataset = dataset_type(filepath=str(tmp_path / name))
    dataset.save(good)
    before = everything_in(tmp_path)
    assert list(before) == [name]
    with pytest.raises(DatasetError):
        dataset.save(bad)
    gc.collect()
    assert everything_in(tmp_path) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", SAVERS)
def test_a_failed_save_leaves_no_new_version(tmp_path, name):
    dataset_type, good, bad = SAVERS[name]
    path = str(tmp_path / name)
    first, second = "2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"
    dataset_type(filepath=path, version=Version(None, first)).save(good)
    before = everything_in(tmp_path)
    with pytest.raises(DatasetError):
        dataset_type(filepath=path, version=Version(None, second)).save(bad)
    gc.collect()
    assert everything_in(tmp_path) == before == {f"{name}/{first}/{name}": before[f"{name}/{first}/{name}"]}
    assert dataset_type(filepath=path, version=Version(None, None)).resolve_load_version() == first


KILLED_RUN = """
import os, signal, sys
import pandas as pd
from kedro.io import Version
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import CSVDataset, ParquetDataset
from lgs_pipeline.datasets.atomic import register_atomic_local_filesystem

class Killer:
    def __str__(self):
        os.kill(os.getpid(), signal.SIGKILL)

register_atomic_local_filesystem()
path, save_version = sys.argv[1], sys.argv[2] or None
version = Version(None, save_version) if save_version else None
CSVDataset(filepath=path, version=version).save(pd.DataFrame({"a": [*range(200_000), Killer()]}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("save_version", ["", "2026-01-02T00.00.00.000Z"])
def test_a_run_killed_while_it_saves_leaves_no_result(tmp_path, save_version):
    path, first = tmp_path / "a.csv", "2026-01-01T00.00.00.000Z"
    before = CSVDataset(filepath=str(path), version=Version(None, first) if save_version else None)
    before.save(FRAME)
    run = subprocess.run([sys.executable, "-c", KILLED_RUN, str(path), save_version], capture_output=True, check=False)
    assert run.returncode == -signal.SIGKILL
    left = [name for name in everything_in(tmp_path) if name.endswith(".tmp")]
    assert len(left) == 1
    assert len(everything_in(tmp_path)[left[0]]) > 100_000
    after = CSVDataset(filepath=str(path), version=Version(None, None) if save_version else None)
    assert after.load().equals(FRAME)
    assert not save_version or after.resolve_load_version() == first
