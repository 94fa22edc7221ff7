"""A model comes back as it was, its file depends on it alone, and a file is never run."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from kedro.io import DatasetError, Version
from kedro_datasets.pickle import PickleDataset
from sklearn.cluster import KMeans
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from lgs_pipeline.datasets import model_file

pytestmark = pytest.mark.usefixtures("atomic_files")

POINTS = np.random.default_rng(1).gamma(1.0, size=(60, 2))


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "models" / "model.skops"


def model_at(place: Path, trusted: Sequence[str] = (), version: Version | None = None) -> PickleDataset:
    """The model in a file, as an entry of the catalog with this backend has it."""
    return PickleDataset(
        filepath=str(place), backend=model_file.__name__, load_args={"trusted": trusted}, version=version
    )


def fitted() -> Pipeline:
    steps = [("clip", FunctionTransformer(np.clip, kw_args={"a_min": 0.5, "a_max": None}))]
    steps += [("scale", StandardScaler()), ("kmeans", KMeans(3, n_init=2, random_state=1))]
    return Pipeline(steps).fit(POINTS)


class Harmful:
    """Something that no file may bring in."""

    def __init__(self, command: str = "touch harm") -> None:
        self.command = command


class Unwritable:
    """Something that no format can hold."""

    def __getstate__(self) -> None:
        raise RuntimeError("unwritable")


class TestRoundTrip:
    @pytest.mark.slow
    def test_a_model_comes_back_and_says_the_same(self, place):
        model = fitted()
        dataset = model_at(place, trusted=["numpy.clip"])
        dataset.save(model)
        loaded = dataset.load()
        assert loaded.predict(POINTS).tolist() == model.predict(POINTS).tolist()
        assert (loaded[-1].cluster_centers_ == model[-1].cluster_centers_).all()

    def test_a_model_that_is_not_fitted_comes_back_too(self, place):
        dataset = model_at(place)
        dataset.save(KMeans(7))
        assert dataset.load().n_clusters == 7

    def test_versions_stand_beside_each_other(self, place):
        for number, version in ((3, "2026-01-01T00.00.00.000Z"), (4, "2026-01-02T00.00.00.000Z")):
            model_at(place, version=Version(None, version)).save(KMeans(number))
        assert model_at(place, version=Version(None, None)).load().n_clusters == 4
        earlier = model_at(place, version=Version("2026-01-01T00.00.00.000Z", None))
        assert earlier.load().n_clusters == 3

    def test_it_can_be_any_open_file(self, tmp_path):
        with (tmp_path / "model").open("wb") as file:
            model_file.dump(KMeans(7), file)
        with (tmp_path / "model").open("rb") as file:
            assert model_file.load(file).n_clusters == 7

    def test_it_knows_whether_it_is_there(self, place):
        dataset = model_at(place)
        assert not dataset.exists()
        dataset.save(KMeans())
        assert dataset.exists()


class TestBytes:
    MAKE = (
        "import sys\n"
        "from tests.datasets.test_model_file import fitted, model_at\n"
        "padding = [object() for _ in range(int(sys.argv[2]))]\n"
        "model_at(sys.argv[1]).save(fitted())\n"
    )

    @pytest.mark.slow
    def test_the_same_model_is_the_same_file_in_every_process(self, tmp_path):
        files = [tmp_path / name for name in ("first", "second")]
        for file, hash_seed, padding in zip(files, ("1", "2"), ("0", "100000"), strict=True):
            subprocess.run(
                [sys.executable, "-c", self.MAKE, str(file), padding],
                env={**os.environ, "PYTHONHASHSEED": hash_seed}, check=True,
            )  # fmt: skip
        assert files[0].read_bytes() == files[1].read_bytes()

    def test_it_holds_neither_a_time_nor_an_address(self, place):
        model_at(place).save(fitted())
        with ZipFile(place) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            schema = archive.read("schema.json").decode()
        numbers = [int(line.split(":")[1].strip(" ,")) for line in schema.splitlines() if "__id__" in line]
        assert max(numbers) < len(numbers)

    def test_another_model_is_another_file(self, place):
        dataset = model_at(place)
        dataset.save(KMeans(3))
        first = place.read_bytes()
        dataset.save(KMeans(4))
        assert place.read_bytes() != first


class TestTrust:
    def test_what_is_not_trusted_is_refused_by_name(self, place):
        model_at(place).save(fitted())
        with pytest.raises(DatasetError, match=r"found numpy\.clip, expected only what is trusted"):
            model_at(place).load()

    def test_a_type_of_ones_own_is_refused_before_it_is_made(self, place):
        model_at(place).save(Pipeline([("harm", Harmful())]))
        with pytest.raises(DatasetError, match="Harmful"):
            model_at(place).load()

    def test_a_file_changed_to_call_something_is_refused(self, place):
        model_at(place).save(fitted())
        with ZipFile(place) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        schema = json.loads(parts["schema.json"])
        text = json.dumps(schema).replace('"clip", "__module__": "numpy"', '"system", "__module__": "os"')
        assert '"os"' in text
        with ZipFile(place, "w") as archive:
            for name, part in {**parts, "schema.json": text.encode()}.items():
                archive.writestr(name, part)
        with pytest.raises(DatasetError, match=r"found os\.system"):
            model_at(place, trusted=["numpy.clip"]).load()

    @pytest.mark.parametrize("content", [b"", b"not a zip file"])
    def test_a_file_that_is_no_model_is_told_in_one_line(self, place, content):
        place.parent.mkdir()
        place.write_bytes(content)
        with pytest.raises(DatasetError, match="cannot be loaded as a model") as error:
            model_at(place).load()
        assert str(error.value).startswith(f"{place}: ")
        assert "\n" not in str(error.value)


def test_what_cannot_be_saved_leaves_the_file_as_it_was(place):
    dataset = model_at(place)
    dataset.save(KMeans(3))
    with pytest.raises(DatasetError):
        dataset.save(Unwritable())
    assert dataset.load().n_clusters == 3
    assert [file.name for file in place.parent.iterdir()] == [place.name]


def test_a_catalog_that_has_a_model_imports_neither_skops_nor_scikit_learn():
    check = (
        "import sys\n"
        "from kedro_datasets.pickle import PickleDataset\n"
        "PickleDataset(filepath='model.skops', backend='lgs_pipeline.datasets.model_file')\n"
        "sys.exit(not {'skops', 'sklearn'}.isdisjoint(sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
