"""Table retail, as other people's tools make it."""

from decimal import Decimal

import ibis
import pandas as pd
import pytest

from lgs_pipeline.datasets import RetailTableDataset
from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.lines import EXTRACT_COLUMNS
from lgs_pipeline.pipelines.ingestion import nodes
from tests.building import settings_of
from tests.engines.server import Database, Server

INGESTION = settings_of("base").ingestion
CREATE = """
create table retail (
    invoice_no text, stock_code text, description text, quantity integer,
    invoice_date timestamp, unit_price real, customer_id real, country text
);
insert into retail values
    ('500002', '22423', 'CAKESTAND', 2, '2010-03-02 10:00', 2.1, 13085, 'United Kingdom'),
    ('500001', 'B1', null, -1, '2010-03-01 10:00', 38970, null, 'EIRE'),
    ('500001', 'a1', '', 1, '2010-03-01 10:00', 0.001, 12346, 'EIRE');
"""


@pytest.fixture
def warehouse(postgres_server: Server) -> Database:
    """A database in which others have made table retail, and a role that may read it."""
    database = postgres_server.make_database()
    database.run(CREATE)
    database.set_up("source")
    return database


def read(warehouse: Database, table: str = "public.retail") -> pd.DataFrame:
    lines = RetailTableDataset(table, connection=warehouse.connection).load()
    retail, _ = nodes.read_lines(lines, INGESTION)
    return retail.order_by("line_number").to_pandas()


def test_reals_become_the_prices_and_customers_that_they_are_printed_as(warehouse):
    retail = read(warehouse)
    assert retail.unit_price.tolist() == [Decimal("38970"), Decimal("0.001"), Decimal("2.1")]
    assert retail.customer_id.fillna("").tolist() == ["", "12346", "13085"]


def test_lines_without_numbers_are_numbered_by_their_values_wherever_they_lie(warehouse):
    before = read(warehouse)
    assert before.extract.unique().tolist() == ["retail"]
    assert before.line_number.tolist() == [1, 2, 3]
    assert before.stock_code.tolist() == ["B1", "a1", "22423"]
    # An update puts the line at the end of the table.
    warehouse.run("update retail set country = country where stock_code = 'B1'")
    pd.testing.assert_frame_equal(read(warehouse), before)


def test_lines_with_provenance_keep_it(warehouse):
    warehouse.run(
        "alter table retail add line_number integer, add extract text; "
        "update retail set extract = 'spring.csv', line_number = 40 + quantity"
    )
    retail = read(warehouse)
    assert retail.line_number.tolist() == [39, 41, 42]
    assert retail.extract.unique().tolist() == ["spring.csv"]


def test_columns_may_be_spelt_as_in_extracts_and_others_are_ignored(warehouse):
    warehouse.run(
        'alter table retail rename invoice_no to "InvoiceNo"; '
        'alter table retail rename unit_price to "Price"; alter table retail add till integer'
    )
    assert read(warehouse).invoice_no.tolist() == ["500001", "500001", "500002"]


def test_currency_and_invoice_type_are_read_where_the_table_has_them_and_null_elsewhere(warehouse):
    lines = RetailTableDataset(connection=warehouse.connection).load()
    assert lines.select("currency", "invoice_type").distinct().to_pyarrow().to_pylist() == [
        {"currency": None, "invoice_type": None}
    ]
    warehouse.run("""alter table retail add currency text default 'EUR', add "Document type" integer default 380""")
    lines = RetailTableDataset(connection=warehouse.connection).load()
    assert list(lines.columns) == ["extract", "line_number", *EXTRACT_COLUMNS]
    assert lines.select("currency", "invoice_type").distinct().to_pyarrow().to_pylist() == [
        {"currency": "EUR", "invoice_type": "380"}
    ]


def test_a_table_that_was_saved_with_currency_and_invoice_type_keeps_them(warehouse):
    warehouse.run("drop table retail; grant create on schema public to public")
    line = {column: ["x"] for column in EXTRACT_COLUMNS} | {"quantity": [2], "unit_price": [Decimal("2.1")]}
    line |= {"extract": ["a.csv"], "line_number": [1], "invoice_date": [pd.Timestamp("2010-03-01")]}
    table = RetailTableDataset(connection=warehouse.connection)
    table.save(ibis.memtable(pd.DataFrame(line | {"currency": ["EUR"], "invoice_type": ["Refund"]})))
    table.promote()
    (saved,) = RetailTableDataset(connection=warehouse.connection).load().to_pyarrow().to_pylist()
    assert (saved["customer_id"], saved["currency"], saved["invoice_type"]) == ("x", "EUR", "Refund")


def test_customers_may_be_text(warehouse):
    warehouse.run("alter table retail alter customer_id type text using 'CG-' || customer_id")
    lines = RetailTableDataset(connection=warehouse.connection).load()
    assert set(lines.customer_id.to_pyarrow().to_pylist()) == {"CG-13085", "CG-12346", None}


def test_a_view_will_do(warehouse):
    warehouse.run("create view lgs.lines as select * from retail; grant select on lgs.lines to public")
    assert len(read(warehouse, "lgs.lines")) == 3


def test_a_table_that_is_not_there_is_told_with_what_to_do(warehouse):
    warehouse.run("drop table retail")
    with pytest.raises(ExtractError) as error:
        read(warehouse)
    assert str(error.value) == (
        "table public.retail: found no such table, expected the invoice lines; load them: "
        "kedro run --env postgres --pipelines load_warehouse --params extract=PATH"
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("drop column quantity", "quantity"),
        ("alter unit_price type text", "found column unit_price of type string, expected numbers"),
        ("alter invoice_date type text", "found column invoice_date of type string, expected timestamps"),
    ],
)
def test_a_table_of_other_columns_is_refused(warehouse, change, complaint):
    warehouse.run(f"alter table retail {change}")
    with pytest.raises(ExtractError, match=complaint):
        read(warehouse)


def test_dates_beyond_belief_are_null_and_counted(warehouse):
    warehouse.run("update retail set invoice_date = 'infinity' where stock_code = 'B1'")
    lines = RetailTableDataset(connection=warehouse.connection).load()
    lenient = settings_of("base", ingestion={"largest_invalid_share": 1}).ingestion
    retail, invalid_values = nodes.read_lines(lines, lenient)
    assert retail.filter(retail.invoice_date.isnull()).stock_code.to_pandas().tolist() == ["B1"]
    found = invalid_values[["column", "problem", "lines", "example"]].to_numpy().tolist()
    assert found == [["invoice_date", "unreadable", 1, "infinity"]]
