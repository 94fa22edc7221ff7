"""The files are what their readers expect, and the same every time."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.sample import SampleExtract, SampleSettings, generate, write, write_truth
from lgs_pipeline.sample.output import copy_text
from tests.building import PROJECT

COMMITTED = PROJECT / "data" / "01_raw" / "retail_sample.sql.gz"
UNESCAPED = {r"\t": "\t", r"\n": "\n", r"\r": "\r", r"\\": "\\"}


@pytest.fixture(scope="module")
def small() -> SampleExtract:
    return generate(SampleSettings(customers=30, months=14))


def read_dump(text: str) -> pd.DataFrame:
    """Read the COPY block of a dump, as PostgreSQL does."""
    columns, block = re.search(r"COPY public\.retail \((.*?)\) FROM stdin;\n(.*?)\\\.\n", text, re.S).groups()
    rows = [
        [None if field == r"\N" else re.sub(r"\\.", lambda m: UNESCAPED[m[0]], field) for field in row.split("\t")]
        for row in block.splitlines()
    ]
    return pd.DataFrame(rows, columns=columns.split(", "), dtype="str")


def in_text(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.drop(columns="export").astype({"quantity": "str", "customer_id": "str", "invoice_date": "str"})


# ---- The committed sample ---------------------------------------------------------------------------


def test_the_committed_sample_is_what_the_generator_makes(sample: SampleExtract, tmp_path: Path):
    """Compared unpacked, byte for byte: another build of zlib may pack the same text into other bytes."""
    [path] = write(sample, tmp_path / "retail_sample.sql")
    assert path.read_bytes() == gzip.decompress(COMMITTED.read_bytes()), (
        "the committed sample was edited by hand, or the generator has changed: run `python -m lgs_pipeline.sample`"
    )


def test_the_committed_sample_is_small():
    assert COMMITTED.stat().st_size < 1_500_000


# ---- The same every time ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["retail.sql", "retail.sql.gz", "retail.parquet"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path, name: str):
    def written(folder: str, seed: int) -> bytes:
        extract = generate(SampleSettings(customers=20, months=3, seed=seed))
        [path] = write(extract, tmp_path / folder / name)
        return path.read_bytes()

    assert written("once", 1) == written("again", 1) != written("other", 2)


def test_another_process_with_other_hashes_writes_the_same_bytes(small: SampleExtract, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere.sql.gz"
    command = [sys.executable, "-m", "lgs_pipeline.sample", "--customers", "30", "--months", "14"]
    subprocess.run(
        [*command, "--output", str(elsewhere)],
        env=os.environ | {"PYTHONHASHSEED": "123"},
        check=True,
        capture_output=True,
    )
    [here] = write(small, tmp_path / "here.sql.gz")
    assert here.read_bytes() == elsewhere.read_bytes()


def test_packing_records_neither_name_nor_time(small: SampleExtract, tmp_path: Path):
    [path] = write(small, tmp_path / "retail.sql.gz")
    flags, time = path.read_bytes()[3], path.read_bytes()[4:8]
    assert (flags, time) == (0, bytes(4))


# ---- Forms ------------------------------------------------------------------------------------------


def test_the_dump_holds_every_line(small: SampleExtract, tmp_path: Path):
    [path] = write(small, tmp_path / "retail.sql.gz")
    read = read_dump(gzip.decompress(path.read_bytes()).decode())
    pd.testing.assert_frame_equal(read, in_text(small.lines), check_dtype=False)


def test_the_dump_looks_like_one_of_pg_dump(small: SampleExtract, tmp_path: Path):
    [path] = write(small, tmp_path / "retail.sql")
    text = path.read_text()
    assert text.startswith("--\n-- PostgreSQL database dump\n--\n\n\\restrict ")
    assert "SET client_encoding = 'UTF8';\n" in text
    assert "    unit_price real,\n    customer_id real,\n" in text
    assert text.count("\n\\.\n") == 1
    assert re.search(r"\\restrict (\w{63})\n", text)[1] == re.search(r"\\unrestrict (\w{63})\n\n$", text)[1]


def test_copy_escapes_what_would_break_a_row():
    lines = pd.DataFrame(
        {"export": [1], "stock_code": ["A\\B"], "description": ["tab\there\nand there\r"], "country": [None]}
    )
    assert copy_text(lines) == "A\\\\B\ttab\\there\\nand there\\r\t\\N\n"


def test_parquet_has_the_columns_and_types_of_the_published_workbook(small: SampleExtract, tmp_path: Path):
    [path] = write(small, tmp_path / "retail.parquet")
    assert {field.name: str(field.type) for field in pq.read_schema(path)} == {
        "Invoice": "string",
        "StockCode": "string",
        "Description": "string",
        "Quantity": "int32",
        "InvoiceDate": "timestamp[ms]",
        "Price": "double",
        "Customer ID": "int32",
        "Country": "string",
    }
    read = pd.read_parquet(path)
    assert len(read) == len(small.lines)
    assert read["Invoice"].tolist() == small.lines["invoice_no"].tolist()
    assert read["InvoiceDate"].tolist() == small.lines["invoice_date"].tolist()
    assert read["Price"].tolist() == small.lines["unit_price"].astype("float64").tolist()
    assert read["Customer ID"].isna().sum() == small.lines["customer_id"].isna().sum()


@pytest.mark.parametrize("existing", [True, False])
def test_a_folder_gets_one_parquet_file_per_yearly_export(small: SampleExtract, tmp_path: Path, existing: bool):
    folder = tmp_path / "exports"
    if existing:
        folder.mkdir()
    paths = write(small, folder if existing else f"{folder}/")
    assert [path.name for path in paths] == ["year_2023_2024.parquet", "year_2024_2025.parquet"]
    lines = [pq.read_metadata(path).num_rows for path in paths]
    assert lines == small.lines.groupby("export").size().tolist()


def test_the_truth_is_written_as_json_and_csv(small: SampleExtract, tmp_path: Path):
    write_truth(small, tmp_path / "truth")
    truth = json.loads((tmp_path / "truth" / "truth.json").read_text())
    assert truth["settings"]["customers"] == 30
    assert tuple(truth["repeated_invoices"]) == small.truth.repeated_invoices
    assert truth["amount"] == str(small.truth.amount)
    customers = pd.read_csv(tmp_path / "truth" / "customers.csv")
    assert customers["orders"].tolist() == small.truth.customers["orders"].tolist()
    assert customers["alive_at_end"].tolist() == small.truth.customers["alive_at_end"].tolist()
    assert (tmp_path / "truth" / "companions.csv").exists()


def test_another_suffix_is_refused(small: SampleExtract, tmp_path: Path):
    with pytest.raises(InputError, match=r"must end in \.sql, \.sql\.gz or \.parquet"):
        write(small, tmp_path / "retail.xls")


def test_nothing_half_written_is_left_where_a_file_should_be(small: SampleExtract, tmp_path: Path):
    [path] = write(small, tmp_path / "retail.sql")
    before = path.read_bytes()
    broken = SampleExtract(small.settings, small.lines.drop(columns="country"), small.truth)
    with pytest.raises(ValueError, match="zip"):
        write(broken, tmp_path / "retail.parquet")
    assert [found.name for found in tmp_path.iterdir()] == ["retail.sql"]
    assert path.read_bytes() == before


# ---- Command line -----------------------------------------------------------------------------------


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "lgs_pipeline.sample", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--customers", "0"], "error: customers must be between 1 and 10,000,000, not 0\n"),
        (["--months", "0"], "error: months must be between 1 and 240, not 0\n"),
        (["--seed", "-1"], "error: seed must be between 0 and 18,446,744,073,709,551,615, not -1\n"),
    ],
)
def test_a_setting_out_of_range_is_named_in_one_line(arguments: list[str], message: str):
    result = run(*arguments)
    assert (result.returncode, result.stderr, result.stdout) == (1, message, "")


def test_the_command_says_what_it_wrote(tmp_path: Path):
    result = run("--output", f"{tmp_path}/x.parquet", "--customers", "3", "--months", "1", "--truth", f"{tmp_path}/t")
    assert result.returncode == 0
    assert re.fullmatch(r"\d+ lines in 1 yearly export: .*x\.parquet, .*truth\.json, .*\n", result.stdout)
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == [
        "companions.csv",
        "customers.csv",
        "truth.json",
    ]


def test_importing_the_package_imports_neither_pandas_nor_numpy():
    code = "import sys, lgs_pipeline.sample; print({'numpy', 'pandas', 'pyarrow'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"
