import gzip
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pytest
from kedro.io import DataCatalog, DatasetError
from kedro_datasets.ibis import FileDataset

from lgs_pipeline.datasets import RetailExtractDataset
from lgs_pipeline.lines import DELIVERED_COLUMNS, EXTRACT_COLUMNS
from tests.datasets.extracts import (
    HEADER,
    MUG,
    TRAY,
    copy_text,
    csv_text,
    insert_text,
    load,
    message_of,
    values,
    write,
    write_workbook,
)
from tests.datasets.test_parquet import MUG as TYPED_MUG
from tests.datasets.test_parquet import TYPES, write_parquet


def test_the_table_has_its_columns_in_order_as_text(tmp_path):
    schema = RetailExtractDataset(str(write(tmp_path / "a.csv", csv_text(MUG)))).load().schema()
    assert list(schema) == ["extract", "line_number", *EXTRACT_COLUMNS]
    assert [str(kind) for kind in schema.types] == ["string", "int64", *["string"] * 10]


@pytest.mark.parametrize("form", ["csv", "sql", "insert.sql", "xlsx", "parquet"])
def test_currency_and_invoice_type_are_text_in_every_format_and_null_where_there_are_none(tmp_path, form):
    row = [*MUG, "EUR", "Refund"]
    header = [*HEADER, "Currency code", "Transaction type"]
    columns = [f'"{name}"' for name in header]
    path = tmp_path / f"a.{form}"
    if form == "csv":
        write(path, csv_text(row, header=header))
    elif form == "xlsx":
        write_workbook(path, {"one": [header, row]})
    elif form == "parquet":
        write_parquet(path, [*TYPED_MUG, "EUR", "Refund"], header=header, types=[*TYPES, pa.string(), pa.string()])
    else:
        # A dump may even say it of some lines only.
        text = copy_text if form == "sql" else insert_text
        write(path, text(row, columns=columns) + text(MUG))
    first, *others = load(path)
    assert (first["country"], first["currency"], first["invoice_type"]) == ("United Kingdom", "EUR", "Refund")
    assert [(line["currency"], line["invoice_type"]) for line in others] == [(None, None)] * form.endswith("sql")
    schema = RetailExtractDataset(str(path)).load().schema()
    assert list(schema) == ["extract", "line_number", *EXTRACT_COLUMNS]
    assert {str(schema[column]) for column in ("currency", "invoice_type")} == {"string"}


def test_extracts_with_and_without_a_currency_are_put_together(tmp_path):
    write_parquet(tmp_path / "a.parquet", TYPED_MUG)
    write_parquet(tmp_path / "b.parquet", [*TYPED_MUG, 978], header=[*HEADER, "Currency"], types=[*TYPES, pa.int32()])
    write(tmp_path / "c.csv", csv_text([*MUG, "EUR"], header=[*HEADER, "Currency"]))
    write(tmp_path / "d.csv", csv_text(MUG))
    assert [line["currency"] for line in load(tmp_path / "*")] == [None, "978", "EUR", None]


def test_a_glob_reads_all_files_that_match_each_numbered_for_itself(tmp_path):
    write(tmp_path / "b.csv", csv_text(TRAY))
    write(tmp_path / "a.sql", copy_text(MUG, TRAY))
    write(tmp_path / "~$c.xlsx", "what Excel puts beside an open workbook")
    write(tmp_path / ".hidden.csv", "hidden")
    (tmp_path / "folder").mkdir()
    lines = load(tmp_path / "*")
    assert [(line["extract"], line["line_number"], line["invoice_no"]) for line in lines] == [
        ("a.sql", 1, "489434"),
        ("a.sql", 2, "C489449"),
        ("b.csv", 1, "C489449"),
    ]


def test_files_of_the_same_name_are_told_apart_by_their_folders(tmp_path):
    for name in ("2009/q1/a.csv", "2009/q2/a.csv", "2010/b.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write(tmp_path / name, csv_text(MUG))
    assert [line["extract"] for line in load(tmp_path / "**" / "*.csv")] == [
        "2009/q1/a.csv",
        "2009/q2/a.csv",
        "2010/b.csv",
    ]
    assert [line["extract"] for line in load(tmp_path / "20??" / "[ab].csv")] == ["b.csv"]


def test_parquet_files_of_the_same_name_are_told_apart_by_their_folders(tmp_path):
    write_parquet(tmp_path / "2009" / "a.parquet", TYPED_MUG)
    write_parquet(tmp_path / "2010" / "a.parquet", TYPED_MUG)
    assert [line["extract"] for line in load(tmp_path / "*" / "a.parquet")] == [
        "2009/a.parquet",
        "2010/a.parquet",
    ]


def test_an_existing_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    write(tmp_path / "a1.csv", csv_text(TRAY))
    assert values(write(tmp_path / "a[1].csv", csv_text(MUG))) == [MUG]


def test_the_home_folder_is_found_also_behind_what_kedro_puts_before_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "a.csv", csv_text(MUG))
    assert values("~/a.csv") == values("/project/~/a.csv") == [MUG]


@pytest.mark.parametrize("folder", ["here/../there", "link/../there", "here/../there/../there"])
def test_a_path_may_go_up_also_from_behind_a_link(tmp_path, folder):
    for name in ("a", "b"):
        write_parquet(tmp_path / "there" / f"{name}.parquet", TYPED_MUG)
    (tmp_path / "here" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "here")
    assert [line["extract"] for line in load(tmp_path / folder / "*.parquet")] == ["a.parquet", "b.parquet"]


def test_a_path_that_goes_up_from_behind_a_link_starts_where_the_link_leads(tmp_path):
    (tmp_path / "far" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "inner")
    write_parquet(tmp_path / "far" / "a.parquet", TYPED_MUG)
    assert [line["extract"] for line in load(tmp_path / "link" / ".." / "a.parquet")] == ["a.parquet"]


def test_columns_of_different_types_become_text(tmp_path):
    write_parquet(tmp_path / "a.parquet", [*TYPED_MUG[:6], 13085, "France"])
    write(tmp_path / "b.csv", csv_text(TRAY))
    write_workbook(tmp_path / "c.xlsx", {"one": [HEADER, TYPED_MUG]})
    assert [(line["extract"], *(line[column] for column in DELIVERED_COLUMNS)) for line in load(tmp_path / "*")] == [
        ("a.parquet", "489434", "85123A", "MUG", "12", "2009-12-01 07:45:00", "6.95", "13085", "France"),
        ("b.csv", *TRAY),
        (
            "c.xlsx / one",
            "489434",
            "85123A",
            "MUG",
            "12",
            "2009-12-01 07:45:00",
            "6.95",
            "13085",
            "United Kingdom",
        ),
    ]


def test_doubles_become_their_shortest_text(tmp_path):
    types = [
        pa.string(),
        pa.string(),
        pa.string(),
        pa.int64(),
        pa.timestamp("ns"),
        pa.float32(),
        pa.float64(),
        pa.string(),
    ]
    moment = datetime(2010, 1, 1)
    write_parquet(tmp_path / "a.parquet", [*TYPED_MUG[:4], moment, 2.55, 13085.0, "x"], types=types)
    write(tmp_path / "b.csv", csv_text(TRAY))
    line = load(tmp_path / "*")[0]
    assert (line["invoice_date"], line["unit_price"], line["customer_id"]) == (
        "2010-01-01 00:00:00",
        "2.55",
        "13085",
    )


def test_an_extract_is_spooled_once_and_again_when_it_changes(tmp_path, caplog):
    path = write(tmp_path / "a.csv", csv_text(MUG))
    first, second = RetailExtractDataset(str(path)).load(), RetailExtractDataset(str(path)).load()
    assert caplog.text.count("a.csv: read 1 lines") == 1
    write(path, csv_text(TRAY, TRAY))
    assert values(path) == [TRAY, TRAY]
    assert first.count().execute() == second.count().execute() == 1


def test_a_table_outlives_the_dataset_that_made_it(tmp_path):
    dataset = RetailExtractDataset(str(write(tmp_path / "a.csv", csv_text(MUG))))
    table = dataset.load()
    dataset.release()
    del dataset
    assert table.count().execute() == 1


@pytest.mark.slow
def test_nothing_is_left_behind_when_the_process_ends(tmp_path):
    script = (
        "from lgs_pipeline.datasets import RetailExtractDataset as D, spool\n"
        f"D({str(write(tmp_path / 'a.csv', csv_text(MUG)))!r}).load()\n"
        "print(spool.new_spool().parent)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not Path(result.stdout.strip()).exists()


@pytest.mark.slow
def test_what_a_killed_process_left_behind_is_removed_by_the_next_but_nothing_in_use(tmp_path):
    path = write(tmp_path / "a.csv", csv_text(MUG))
    script = (
        "import os, sys; from lgs_pipeline.datasets import RetailExtractDataset as D\n"
        f"table = D({str(path)!r}).load()\n"
        "print(table.count().execute(), flush=True)\n"
        "sys.stdin.readline()\n"
        "print(table.count().execute(), flush=True)\n"
    )

    def start() -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        assert process.stdout.readline() == "1\n"
        return process

    with start() as in_use, start() as killed:
        killed.kill()
        killed.wait()
        assert len(list(tmp_path.glob("lgs_extract_*"))) == 2
        with start() as following:
            assert len(list(tmp_path.glob("lgs_extract_*"))) == 2
            assert following.communicate("go on\n") == ("1\n", None)
        assert in_use.communicate("go on\n") == ("1\n", None)
    assert not list(tmp_path.glob("lgs_extract_*"))


def test_a_failed_load_leaves_no_copy_behind(tmp_path):
    from lgs_pipeline.datasets.spool import new_spool

    copies = set(new_spool().parent.iterdir())
    message_of(write(tmp_path / "a.sql", copy_text(MUG)[:-4]))
    assert set(new_spool().parent.iterdir()) == copies


def test_the_connection_is_that_of_ibis_file_dataset(tmp_path):
    settings = {"database": str(tmp_path / "a.db"), "backend": "duckdb", "read_only": False}
    extract = RetailExtractDataset(str(write(tmp_path / "a.csv", csv_text(MUG))), connection=settings)
    other = FileDataset(str(tmp_path / "b.parquet"), connection=dict(reversed(settings.items())))
    assert extract.connection is other.connection
    other.save(extract.load())
    assert other.load().count().execute() == 1
    assert RetailExtractDataset("x.csv").connection is FileDataset("x.parquet").connection


def test_the_catalog_makes_it_from_its_settings(tmp_path):
    entry = {
        "type": "lgs_pipeline.datasets.RetailExtractDataset",
        "filepath": str(write(tmp_path / "a.csv", csv_text(MUG).replace("Price", "Cost each"))),
        "table": "retail",
        "connection": {"backend": "duckdb", "database": ":memory:"},
        "header_spellings": {"unit_price": ["Cost each"]},
        "metadata": {"kedro-viz": {"layer": "01_raw"}},
    }
    catalog = DataCatalog.from_config({"extract": entry})
    assert catalog.exists("extract")
    assert catalog.load("extract").unit_price.execute().tolist() == ["6.95"]
    assert catalog["extract"].metadata == {"kedro-viz": {"layer": "01_raw"}}


def test_its_description_holds_no_secrets():
    dataset = RetailExtractDataset("a.csv", connection={"backend": "duckdb"}, credentials={"password": "secret"})
    assert "secret" not in repr(dataset)
    assert "a.csv" in repr(dataset)


def test_saving_is_refused():
    with pytest.raises(DatasetError, match="RetailExtractDataset is read-only"):
        RetailExtractDataset("a.csv").save(ibis.memtable({"a": [1]}))


def test_it_exists_if_a_file_matches(tmp_path):
    assert not RetailExtractDataset(str(tmp_path / "*.csv")).exists()
    path = write(tmp_path / "a.csv", csv_text(MUG))
    assert RetailExtractDataset(str(tmp_path / "*.csv")).exists()
    assert RetailExtractDataset(str(path)).exists()
    assert not RetailExtractDataset(str(tmp_path)).exists()


def test_a_missing_file_is_refused_with_its_resolved_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert message_of("no/a.csv") == f"{tmp_path}/no/a.csv: found no such file, expected an extract; check the path"
    write(tmp_path / "a.csv", csv_text(MUG))
    assert "found no such file" in message_of("a.csv/b.csv")


def test_a_glob_that_nothing_matches_is_refused(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    message = message_of(tmp_path / "*.csv")
    assert message == f"{tmp_path}/*.csv: found no file that matches, expected at least one extract; check the path"


def test_a_folder_is_refused(tmp_path):
    assert message_of(tmp_path).startswith(
        f"{tmp_path}: found a folder, expected a file; name the files in it, such as"
    )


def test_an_unknown_suffix_is_refused_with_those_known(tmp_path):
    path = write(tmp_path / "a.txt", "hello")
    assert message_of(path) == (
        f"{path}: found the suffix '.txt', expected one of .sql, .sql.gz, .csv, .csv.gz, .xlsx, .parquet; "
        "export it in one of these formats"
    )


@pytest.mark.parametrize("suffix", [".sql", ".sql.gz", ".csv", ".xlsx", ".parquet"])
def test_an_empty_file_is_refused(tmp_path, suffix):
    path = write(tmp_path / f"a{suffix}", "")
    assert message_of(path) == f"{path}: found an empty file (0 bytes), expected invoice lines; export it again"


def test_an_empty_dump_within_gzip_is_refused(tmp_path):
    path = tmp_path / "a.sql.gz"
    path.write_bytes(gzip.compress(b""))
    assert "found no tables, expected table retail" in message_of(path)


def test_a_file_that_may_not_be_read_is_refused(forbidden_file):
    assert "found a file that cannot be read (Permission denied)" in message_of(forbidden_file)


def test_an_error_names_its_file_among_several(tmp_path):
    write(tmp_path / "a.csv", csv_text(MUG))
    bad = write(tmp_path / "b.csv", csv_text())
    assert message_of(tmp_path / "*.csv").startswith(f"{bad}: found no data lines")


def test_a_line_break_in_a_name_does_not_break_the_message(tmp_path):
    assert "a b.csv: found no such file" in message_of(tmp_path / "a\nb.csv")


def test_the_package_is_light_until_the_dataset_is_asked_for():
    script = "import sys, lgs_pipeline.datasets\nprint([m for m in ('ibis', 'pyarrow', 'pandas') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.slow
def test_importing_the_dataset_does_not_import_the_readers():
    script = (
        "import sys; from lgs_pipeline.datasets import RetailExtractDataset\n"
        "print([m for m in ('fastexcel', 'pyarrow.csv', 'pyarrow.parquet') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
