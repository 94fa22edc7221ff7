"""Loading the warehouse: any extract, whole or not at all."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lgs_pipeline.datasets import RetailExtractDataset, RetailTableDataset
from lgs_pipeline.errors import InputError, database_complaint
from lgs_pipeline.lines import RETAIL_COLUMNS
from lgs_pipeline.pipelines.ingestion.nodes import list_invoice_types, read_lines
from lgs_pipeline.pipelines.load_warehouse.nodes import read_delivered_lines
from tests.building import settings_of
from tests.datasets.extracts import (
    HEADER,
    MUG,
    TRAY,
    copy_text,
    csv_text,
    pg_dump_text,
    write,
    write_workbook,
)
from tests.engines.server import Database, Server

INGESTION = settings_of("base").ingestion
ODD = [
    "489440",
    "21\\x",
    'A "quoted", one\nof two lines \\. £',
    "3",
    "2009-12-02 08:00:00",
    "0.001",
    "13085",
    "",
]


@pytest.fixture
def warehouse(postgres_server: Server) -> Database:
    return postgres_server.make_database("load")


def load(extract: Path, warehouse: Database) -> None:
    """What the pipeline does, with the datasets of ``conf/postgres``."""
    lines, _ = read_delivered_lines(RetailExtractDataset(str(extract)).load(), INGESTION)
    table = RetailTableDataset(connection=warehouse.connection)
    table.save(lines)
    table.promote()


def delivered(extract: Path) -> list[dict]:
    """The lines as the embedded engine reads them."""
    lines, _ = read_lines(RetailExtractDataset(str(extract)).load(), INGESTION)
    return lines.order_by("extract", "line_number").to_pyarrow().to_pylist()


def loaded(warehouse: Database) -> list[dict]:
    lines = RetailTableDataset(connection=warehouse.connection).load().select(*RETAIL_COLUMNS)
    return lines.order_by("extract", "line_number").to_pyarrow().to_pylist()


def invoices(warehouse: Database) -> list[str]:
    return [number for (number,) in warehouse.run("select invoice_no from public.retail order by 1")]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "sql", "xlsx"])
def test_an_extract_of_any_form_arrives_as_the_embedded_engine_reads_it(warehouse, tmp_path, form):
    path = tmp_path / f"retail.{form}"
    if form == "xlsx":
        write_workbook(path, {"2009": [HEADER, MUG], "2010": [HEADER, TRAY, ODD]})
    else:
        write(path, csv_text(MUG, TRAY, ODD) if form == "csv" else pg_dump_text(copy_text(MUG, TRAY, ODD)))
    load(path, warehouse)
    assert loaded(warehouse) == delivered(path)
    assert len(loaded(warehouse)) == 3


def test_several_extracts_keep_their_provenance(warehouse, tmp_path):
    write(tmp_path / "b.csv", csv_text(MUG))
    write(tmp_path / "a.csv", csv_text(TRAY, MUG))
    load(tmp_path / "*.csv", warehouse)
    found = [(line["extract"], line["line_number"]) for line in loaded(warehouse)]
    assert found == [("a.csv", 1), ("a.csv", 2), ("b.csv", 1)]


def test_the_table_has_the_types_of_values(warehouse, tmp_path):
    load(write(tmp_path / "retail.csv", csv_text(MUG)), warehouse)
    assert warehouse.columns("public", "retail") == {
        "extract": "text", "line_number": "bigint", "invoice_no": "text", "stock_code": "text",
        "description": "text", "quantity": "bigint", "invoice_date": "timestamp(6) without time zone",
        "unit_price": "numeric(18,6)", "customer_id": "text", "country": "text",
    }  # fmt: skip


def test_the_types_of_invoices_come_along_where_an_extract_has_them(warehouse, tmp_path):
    text = csv_text(MUG, TRAY).splitlines()
    typed = [f"{line},{kind}" for line, kind in zip(text, ("Type", "Refund", ""), strict=True)]
    load(write(tmp_path / "retail.csv", "\n".join(typed)), warehouse)
    extract = RetailTableDataset(connection=warehouse.connection).load()
    assert list_invoice_types(extract).to_pandas().to_dict("records") == [
        {"extract": "retail.csv", "line_number": 1, "invoice_type": "Refund"}
    ]


def test_loading_again_replaces_the_lines_and_keeps_rights_and_views(warehouse, tmp_path):
    load(write(tmp_path / "retail.csv", csv_text(MUG, MUG)), warehouse)
    warehouse.run("create view public.mugs as select * from retail; grant select on retail to public")
    load(write(tmp_path / "retail.csv", csv_text(TRAY)), warehouse)
    assert invoices(warehouse) == [TRAY[0]]
    assert warehouse.run("select invoice_no from public.mugs") == [(TRAY[0],)]
    assert warehouse.run("select has_table_privilege('public', 'retail', 'select')") == [(True,)]


def test_until_the_run_has_succeeded_everyone_sees_the_old_lines(warehouse, tmp_path):
    load(write(tmp_path / "retail.csv", csv_text(MUG)), warehouse)
    lines, _ = read_lines(RetailExtractDataset(str(write(tmp_path / "new.csv", csv_text(TRAY)))).load(), INGESTION)
    table = RetailTableDataset(connection=warehouse.connection)
    table.save(lines)
    assert table.saved_rows == 1
    assert invoices(warehouse) == [MUG[0]]
    table.discard()
    assert invoices(warehouse) == [MUG[0]]


def test_a_table_made_by_psql_gives_way(postgres_server, tmp_path):
    warehouse = postgres_server.make_database()
    warehouse.run("create table retail (invoice_no text, unit_price real); insert into retail values ('x', 1)")
    warehouse.set_up("load")
    load(write(tmp_path / "retail.csv", csv_text(MUG)), warehouse)
    assert invoices(warehouse) == [MUG[0]]


def test_an_extract_that_cannot_be_trusted_leaves_the_table_as_it_was(warehouse, tmp_path):
    load(write(tmp_path / "retail.csv", csv_text(MUG)), warehouse)
    bad = write(tmp_path / "bad.csv", csv_text(TRAY, [*TRAY[:3], "many", *TRAY[4:]]))
    with pytest.raises(InputError, match="column quantity: found 'many'"):
        load(bad, warehouse)
    assert invoices(warehouse) == [MUG[0]]


class _Halting:
    """Lines that stop coming after some batches, until they may go on."""

    def __init__(self, lines, batches: int) -> None:
        self._lines, self._batches = lines, batches
        self.has_stopped, self.may_go_on = threading.Event(), threading.Event()

    def schema(self):
        return self._lines.schema()

    def to_pyarrow_batches(self, **options) -> Iterator:
        (batch,) = self._lines.to_pyarrow_batches(**options)
        for number in range(40):
            if number == self._batches:
                self.has_stopped.set()
                self.may_go_on.wait()
            yield batch


@pytest.mark.slow
@pytest.mark.parametrize("batches", [0, 1, 2, 5, 10, 15, 20, 30, 38, 39])
def test_a_session_killed_while_loading_leaves_the_table_as_it_was(warehouse, tmp_path, batches):
    load(write(tmp_path / "retail.csv", csv_text(MUG)), warehouse)
    many = write(tmp_path / "many.csv", csv_text(*[TRAY] * 2000))
    lines, _ = read_lines(RetailExtractDataset(str(many)).load(), INGESTION)
    halting = _Halting(lines, batches)
    errors: list[Exception] = []

    def save() -> None:
        try:
            RetailTableDataset(connection=warehouse.connection).save(halting)
        except Exception as error:
            errors.append(error)

    loading = threading.Thread(target=save)
    loading.start()
    halting.has_stopped.wait()
    assert invoices(warehouse) == [MUG[0]]
    assert warehouse.terminate_sessions() >= 1
    halting.may_go_on.set()
    loading.join()
    assert "PostgreSQL: " in database_complaint(errors[0])
    assert invoices(warehouse) == [MUG[0]]
    load(write(tmp_path / "retail.csv", csv_text(TRAY)), warehouse)
    assert invoices(warehouse) == [TRAY[0]]
