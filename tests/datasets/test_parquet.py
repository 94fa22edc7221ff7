from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from pyarrow import parquet

from lgs_pipeline.datasets import RetailExtractDataset
from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.datasets.parquet import _refuse_unknown_file
from lgs_pipeline.datasets.spool import new_spool
from lgs_pipeline.lines import DELIVERED_COLUMNS, EXTRACT_COLUMNS
from tests.datasets.extracts import HEADER, error_of, load, values

MOMENT = datetime(2009, 12, 1, 7, 45)
MUG = ["489434", "85123A", "MUG", 12, MOMENT, 6.95, 13085, "United Kingdom"]
MUG_TEXT = [*MUG[:3], "12", "2009-12-01 07:45:00.000000", "6.95", "13085", "United Kingdom"]
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
    assert values(path) == [MUG_TEXT]


def with_value(path, column, value, kind):
    """A file of two lines, the first with another value, of another type, in one column."""
    place = DELIVERED_COLUMNS.index(column)
    rows = [[*MUG[:place], one, *MUG[place + 1 :]] for one in (value, None)]
    return write_parquet(path, *rows, types=[*TYPES[:place], kind, *TYPES[place + 1 :]])


@pytest.mark.parametrize(
    ("column", "value", "kind", "read"),
    [
        ("unit_price", Decimal("6.955"), pa.decimal256(45, 3), "6.955"),
        ("unit_price", Decimal("-99999999999999999999999999999999999999999.1"), pa.decimal256(76, 1), None),
        ("unit_price", Decimal("6.95"), pa.decimal256(9, 2), Decimal("6.95")),
        ("unit_price", Decimal("6.95"), pa.decimal32(5, 2), Decimal("6.95")),
        ("unit_price", 1.5, pa.float16(), 1.5),
        ("unit_price", b"6.95", pa.binary(4), "6.95"),
        ("quantity", 2**64 - 1, pa.uint64(), "18446744073709551615"),
        ("quantity", 12, pa.uint32(), 12),
        ("customer_id", 17850, pa.uint64(), "17850"),
        ("customer_id", b"0123456789abcdef", pa.uuid(), "30313233-3435-3637-3839-616263646566"),
        ("customer_id", None, pa.null(), None),
        ("country", "EIRE", pa.dictionary(pa.int8(), pa.string()), "EIRE"),
        ("country", "EIRE", pa.large_string(), "EIRE"),
        ("country", "EIRE", pa.string_view(), "EIRE"),
        ("invoice_date", time(7, 45), pa.time64("us"), "07:45:00"),
        ("invoice_date", date(2009, 12, 1), pa.date32(), date(2009, 12, 1)),
        ("invoice_date", date(2009, 12, 1), pa.date64(), date(2009, 12, 1)),
        ("invoice_date", MOMENT, pa.timestamp("s"), MOMENT),
    ],
)
def test_every_type_that_holds_one_value_is_read_right(tmp_path, column, value, kind, read):
    path = with_value(tmp_path / "a.parquet", column, value, kind)
    expected = str(value) if read is None and value is not None else read
    assert [line[column] for line in load(path)] == [expected, None]
    assert [line["line_number"] for line in load(path)] == [1, 2]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([6.95], pa.list_(pa.float64())),
        ({"net": 6.95}, pa.struct([("net", pa.float64())])),
        ([("net", 6.95)], pa.map_(pa.string(), pa.float64())),
        (timedelta(1), pa.duration("us")),
    ],
)
def test_a_column_of_a_type_that_holds_no_value_is_refused_and_may_stand_beside_the_lines(tmp_path, value, kind):
    path = with_value(tmp_path / "a.parquet", "unit_price", value, kind)
    message = error_of(path)
    assert message.startswith(f"found values of type {str(kind)[:3]}")
    assert " in 'Price' for column unit_price, expected numbers, texts, dates or times; export" in message
    path = write_parquet(tmp_path / "b.parquet", [*MUG, value], header=[*HEADER, "More"], types=[*TYPES, kind])
    assert values(path) == [MUG]


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = with_value(tmp_path / "a.parquet", "description", b"caf\xe9", pa.binary())
    assert error_of(path).startswith("found no readable Parquet (Invalid")


def test_moments_of_a_time_zone_are_local_also_beside_a_column_that_only_text_can_hold(tmp_path):
    types = [*TYPES[:4], pa.timestamp("us", "Europe/London"), pa.decimal256(40, 2), *TYPES[6:]]
    moment = datetime(2010, 7, 1, 11, tzinfo=UTC)
    path = write_parquet(tmp_path / "a.parquet", [*MUG[:4], moment, Decimal("2.50"), *MUG[6:]], types=types)
    assert values(path)[0][4:7] == ["2010-07-01 12:00:00.000000", "2.50", "13085"]


def test_a_file_that_the_engine_calls_otherwise_than_we_do_is_refused(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", MUG)
    rows = ibis.duckdb.connect().read_parquet(path, filename="lgs_extract_file")
    with pytest.raises(ExtractError, match=r"found lines of .*a\.parquet, expected those of the file itself"):
        _refuse_unknown_file(rows, [path.with_name("b.parquet")])


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
