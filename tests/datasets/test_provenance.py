"""Every line says where it came from, however its file is spelt."""

import os
from pathlib import Path

import pytest

from lgs_pipeline.datasets.spool import extract_schema
from tests.datasets.extracts import HEADER, MUG, copy_text, csv_text, load, message_of, write, write_workbook
from tests.datasets.test_parquet import MUG as TYPED_MUG
from tests.datasets.test_parquet import write_parquet

FORMATS = ["parquet", "csv", "sql", "xlsx"]


def make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".parquet":
            return write_parquet(path, TYPED_MUG, TYPED_MUG)
        case ".csv":
            return write(path, csv_text(MUG, MUG))
        case ".sql":
            return write(path, copy_text(MUG, MUG))
        case _:
            return write_workbook(path, {"one": [HEADER, MUG, MUG]})


def origins(path: Path | str) -> list[tuple]:
    lines = load(path)
    return [(line["extract"].removesuffix(" / one"), line["line_number"]) for line in lines]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "name",
    [
        "a b", "a,b", "a#b", "a%20b", "a'b", 'a"b', "a[1]", "a*", "a?", "{a,b}", "~a", " a", "a;b", "$HOME", "a&b", "é",
        "a\\b", "a:b", "file:a", "a..b", "a..", "a=b", "a\tb",
    ],
)  # fmt: skip
def test_odd_names_of_files_and_folders(tmp_path, form, name):
    path = make(tmp_path / name / f"{name}.{form}")
    assert origins(path) == [(f"{name}.{form}", 1), (f"{name}.{form}", 2)]
    assert origins(tmp_path / "*" / f"*.{form}") == origins(path)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "spelling",
    [
        "a.{}", "./a.{}", "../inbox/a.{}", "link/a.{}", "link/../inbox/a.{}",
        "far/../a.{}", "sub/../../inbox/a.{}", "linked.{}",
        "{root}/inbox/./a.{}", "/{root}/inbox/a.{}", "{root}//inbox//a.{}", "{root}/inbox/sub/../a.{}", "~/a.{}",
        "{root}/~/a.{}", "../*/a.{}", "**/../a.{}", "sub/../[a].{}", "link/?.{}",
    ],
)  # fmt: skip
def test_spellings_of_one_path(tmp_path, monkeypatch, form, spelling):
    inbox = tmp_path / "inbox"
    make(inbox / f"a.{form}")
    (inbox / "sub").mkdir()
    (inbox / "link").symlink_to(inbox)
    (inbox / "far").symlink_to(inbox / "sub")
    (inbox / f"linked.{form}").symlink_to(inbox / f"a.{form}")
    monkeypatch.chdir(inbox)
    monkeypatch.setenv("HOME", str(inbox))
    name = f"linked.{form}" if spelling.startswith("linked") else f"a.{form}"
    found = origins(spelling.replace("{root}", str(tmp_path)).format(form))
    assert {line for _, line in found} == {1, 2}
    assert {extract.rpartition("/")[2] for extract, _ in found} == {name}
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("form", FORMATS)
def test_a_name_that_is_no_utf8_is_refused(tmp_path, form):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9." + form.encode()))
    make(tmp_path / f"a.{form}").rename(path)
    assert "found a name that is no UTF-8, expected one that is" in message_of(path)


def test_the_columns_say_so():
    schema = extract_schema()
    assert [field.name for field in schema if not field.nullable] == ["extract", "line_number"]
