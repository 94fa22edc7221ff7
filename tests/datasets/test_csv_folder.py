"""A folder of CSV files comes back as it was saved, whole or not at all, and in versions."""

import pandas as pd
import pytest
from kedro.io import DatasetError, Version

from lgs_pipeline.datasets import CsvFolderDataset

LISTS = {"win_back": pd.DataFrame({"a": [1, 2], "b": ["x; y", "£, z"]}), "remind": pd.DataFrame({"a": []})}


def folder(path, save: str | None = None) -> CsvFolderDataset:
    return CsvFolderDataset(filepath=str(path / "lists"), version=Version(None, save) if save else None)


@pytest.mark.parametrize("version", [None, "2011-12-10T00.00.00.000Z"])
def test_tables_come_back_by_their_names(tmp_path, version):
    folder(tmp_path, version).save(LISTS)
    loaded = folder(tmp_path, version).load()
    assert list(loaded) == ["remind", "win_back"]
    pd.testing.assert_frame_equal(loaded["win_back"], LISTS["win_back"])


def test_the_newest_version_is_loaded_and_none_is_overwritten(tmp_path):
    folder(tmp_path, "2011-12-10T00.00.00.000Z").save(LISTS)
    folder(tmp_path, "2011-12-11T00.00.00.000Z").save({"other": LISTS["win_back"]})
    assert list(folder(tmp_path, "2011-12-12T00.00.00.000Z").load()) == ["other"]
    with pytest.raises(DatasetError, match="must not exist"):
        folder(tmp_path, "2011-12-10T00.00.00.000Z").save(LISTS)


def test_an_unversioned_folder_holds_what_was_saved_last(tmp_path):
    folder(tmp_path).save(LISTS)
    folder(tmp_path).save({"other": LISTS["win_back"]})
    assert [file.name for file in (tmp_path / "lists").iterdir()] == ["other.csv"]


def test_no_tables_are_an_empty_folder(tmp_path):
    assert not folder(tmp_path).exists()
    folder(tmp_path).save({})
    assert folder(tmp_path).exists()
    assert folder(tmp_path).load() == {}


def test_a_save_that_fails_leaves_the_place_as_it_was(tmp_path):
    folder(tmp_path).save(LISTS)
    with pytest.raises(DatasetError):
        folder(tmp_path).save({"other": LISTS["win_back"], "wrong": None})
    assert list(folder(tmp_path).load()) == ["remind", "win_back"]
    folder(tmp_path).save({"other": LISTS["win_back"]})
    assert [path.name for path in tmp_path.iterdir()] == ["lists"]
