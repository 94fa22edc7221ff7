from datetime import UTC, datetime
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from pyarrow import parquet

from lgs_pipeline.datasets import RetailExtractDataset
from lgs_pipeline.datasets.spool import new_spool
from lgs_pipeline.lines import EXTRACT_COLUMNS
from tests.datasets.extracts import HEADER, error_of, load, values

MOMENT = datetime(2009, 12, 1, 7, 45)
MUG = ["489434", "85123A", "MUG", 12, MOMENT, 6.95, 13085, "United Kingdom"]
TYPES = [
    pa.string(),
    pa.string(),
    pa.string(),
    pa.int32(),
    pa.timestamp("us"),
    pa.float64(),
    pa.int32(),
    pa.string(),
]


def write_parquet(path, *rows, header=HEADER, types=TYPES, **options):
    schema = pa.schema(zip(header, types, strict=True))
    columns = [pa.array(column, type=kind) for column, kind in zip(zip(*rows, strict=True), types, strict=True)]
    path.parent.mkdir(exist_ok=True)
    parquet.write_table(pa.Table.from_arrays(columns, schema=schema), path, **options)
    return path


def test_types_stay_and_lines_are_numbered_across_row_groups(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", *[MUG] * 5, row_group_size=2)
    assert [line["line_number"] for line in load(path)] == [1, 2, 3, 4, 5]
    assert values(path)[4] == MUG
    assert {line["extract"] for line in load(path)} == {"a.parquet"}
    schema = RetailExtractDataset(str(path)).load().schema()
    assert list(schema) == ["extract", "line_number", *EXTRACT_COLUMNS]
    assert [str(kind) for kind in schema.types] == [
        "string", "int64", "string", "string", "string", "int32", "timestamp(6)", "float64", "int32", "string",
        "string", "string",
    ]  # fmt: skip


def test_rows_stay_in_the_file(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", MUG)
    copies = set(new_spool().parent.iterdir())
    RetailExtractDataset(str(path)).load()
    assert set(new_spool().parent.iterdir()) == copies


def test_files_of_one_layout_and_of_several_are_put_together(tmp_path):
    for name, types, price in [
        ("a", TYPES, 1.5),
        ("b", TYPES, 2.5),
        ("c", [*TYPES[:5], pa.decimal128(9, 3), *TYPES[6:]], Decimal("3.5")),
    ]:
        write_parquet(tmp_path / f"{name}.parquet", [*MUG[:5], price, *MUG[6:]], types=types)
    lines = load(tmp_path / "*.parquet")
    assert [(line["extract"], line["unit_price"]) for line in lines] == [
        ("a.parquet", "1.5"),
        ("b.parquet", "2.5"),
        ("c.parquet", "3.500"),
    ]
    assert {line["quantity"] for line in lines} == {12}


def test_files_with_other_columns_between_are_put_together(tmp_path):
    write_parquet(tmp_path / "a.parquet", MUG)
    write_parquet(tmp_path / "b.parquet", ["x", *MUG], header=["Till", *HEADER], types=[pa.string(), *TYPES])
    assert values(tmp_path / "*.parquet") == [MUG, MUG]


def test_file_and_folder_names_may_look_like_patterns_and_partitions(tmp_path):
    path = write_parquet(tmp_path / "country=Narnia" / "it's [a] *.parquet", MUG)
    write_parquet(tmp_path / "country=Narnia" / "it's a *.parquet", MUG)
    assert values(path) == [MUG]
    assert load(path)[0]["extract"] == "it's [a] *.parquet"


def test_texts_stored_as_bytes_are_texts(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", [b"489434", *MUG[1:]], types=[pa.binary(), *TYPES[1:]])
    assert values(path) == [MUG]


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/London", datetime(2010, 7, 1, 11, 0, tzinfo=UTC)),
        ("UTC", datetime(2010, 7, 1, 12, 0, tzinfo=UTC)),
        ("+02:00", datetime(2010, 7, 1, 10, 0, tzinfo=UTC)),
    ],
)
def test_moments_of_a_time_zone_are_what_the_clock_showed_there(tmp_path, zone, moment):
    types = [*TYPES[:4], pa.timestamp("us", zone), *TYPES[5:]]
    path = write_parquet(tmp_path / "a.parquet", [*MUG[:4], moment, *MUG[5:]], types=types)
    assert values(path)[0][4] == datetime(2010, 7, 1, 12, 0)


def test_a_missing_and_a_doubled_column_are_refused(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", MUG[:-1], header=HEADER[:-1], types=TYPES[:-1])
    assert error_of(path).startswith("found the headers 'Invoice'")
    path = write_parquet(tmp_path / "b.parquet", [*MUG, 1.0], header=[*HEADER, "price"], types=[*TYPES, pa.float64()])
    assert error_of(path).startswith("found 'Price', 'price' for column unit_price")


def test_a_file_without_rows_is_refused(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", MUG)
    parquet.write_table(parquet.read_table(path).slice(0, 0), path)
    assert error_of(path) == "found no data lines, expected at least one; export it again"


@pytest.mark.parametrize("content", [b"hello", b"PAR1" + b"\0" * 50, b"PAR1" + b"\xff" * 50 + b"PAR1"])
def test_what_is_no_parquet_is_refused(tmp_path, content):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    assert error_of(path).startswith("found no readable Parquet (")


def test_parquet_cut_off_in_the_middle_is_refused(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", *[MUG] * 100)
    path.write_bytes(path.read_bytes()[:-100])
    assert error_of(path).startswith("found no readable Parquet (")


def test_an_engine_without_duckdb_gets_one_file_in_order(tmp_path):
    # Stands in for Spark: the embedded DuckDB prepares the file, and a connection of its own reads it.
    path = write_parquet(tmp_path / "a.parquet", MUG)
    other = ibis.duckdb.connect()
    table = RetailExtractDataset(str(path))._hand_over(other)
    assert table.get_backend() is other
    assert [tuple(row.values()) for row in table.to_pyarrow().to_pylist()] == [("a.parquet", 1, *MUG, None, None)]


def test_a_file_that_the_engine_refuses_is_refused(tmp_path):
    header, types = ["file_row_number", *HEADER], [pa.int64(), *TYPES]
    path = write_parquet(tmp_path / "a.parquet", [1, *MUG], header=header, types=types)
    assert error_of(path).startswith("found no readable Parquet (Binder Error: ")
