"""An engine's table becomes visible when its run has succeeded, not before."""

import ibis
import pytest

from lgs_pipeline.datasets import StagedTableDataset


@pytest.fixture
def make(tmp_path):
    """A dataset as each run makes its own."""
    return lambda: StagedTableDataset(filepath=str(tmp_path / "layer" / "table.parquet"))


def rows(dataset: StagedTableDataset) -> list[int]:
    return dataset.load().order_by("n").to_pandas().n.tolist()


def table(*numbers: int) -> ibis.Table:
    return ibis.memtable({"n": list(numbers)})


def test_the_run_itself_loads_what_it_saved_and_others_what_was_there(make):
    first, second, other = make(), make(), make()
    first.save(table(1))
    first.promote()
    second.save(table(2, 3))
    assert rows(second) == [2, 3]
    assert rows(other) == [1]


def test_promotion_makes_it_visible_to_all(make):
    dataset = make()
    dataset.save(table(1))
    assert not make().exists()
    dataset.promote()
    assert rows(dataset) == rows(make()) == [1]


def test_what_is_discarded_leaves_no_trace(make, tmp_path):
    first, second = make(), make()
    first.save(table(1))
    first.promote()
    second.save(table(2))
    second.discard()
    assert rows(second) == [1]
    assert [file.name for file in (tmp_path / "layer").iterdir()] == ["table.parquet"]


def test_what_a_killed_run_left_is_never_loaded_and_overwritten_by_the_next(make):
    killed, following = make(), make()
    killed.save(table(1))
    assert not following.exists()
    following.save(table(2))
    following.promote()
    assert rows(make()) == [2]


def test_a_table_that_is_a_folder_is_replaced_whole(make, tmp_path):
    place = tmp_path / "layer" / "table.parquet"
    place.mkdir(parents=True)
    (place / "part-0.parquet").write_text("of another engine")
    dataset = make()
    dataset.save(table(1))
    dataset.promote()
    assert rows(make()) == [1]


def test_promoting_nothing_changes_nothing(make):
    make().promote()
    make().discard()
    assert not make().exists()
