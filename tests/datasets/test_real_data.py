"""The real extract in all its forms: every line arrives, and all forms agree."""

import pytest

from lgs_pipeline.datasets import RetailExtractDataset

SHEETS = {"year_2009_2010.parquet": "Year 2009-2010", "year_2010_2011.parquet": "Year 2010-2011"}

# Typed as the next node does, and numbered through: the CSV file holds both sheets, one after the other.
TYPED = """
    select
        line_number + case when extract like '%2010%2011%' then 525461 else 0 end as line_number,
        invoice_no, stock_code, description, quantity::bigint as quantity,
        invoice_date::timestamp as invoice_date, unit_price::varchar::decimal(18, 3) as unit_price,
        customer_id::varchar::double::bigint as customer_id, country
    from {}
"""


@pytest.fixture(scope="module")
def connection(real_data):
    folder = real_data / "online_retail_II"
    table = RetailExtractDataset(str(folder / "*.parquet")).load()
    connection = RetailExtractDataset("none.csv").connection
    connection.create_view("published", table, overwrite=True)
    return connection


def differences(connection, lines, columns="*") -> tuple[int, int]:
    connection.create_view("delivered", lines, overwrite=True)
    published, delivered = (f"select {columns} from ({TYPED.format(name)})" for name in ("published", "delivered"))
    query = "select (select count(*) from ({} except all {})), (select count(*) from ({} except all {}))"
    return connection.raw_sql(query.format(published, delivered, delivered, published)).fetchone()


def test_the_parquet_files_hold_the_published_lines(connection):
    figures = "count(*), sum(quantity * unit_price), count(*) - count(customer_id)"
    query = f"select {figures} from ({TYPED.format('published')})"
    lines, amount, without_customer = connection.raw_sql(query).fetchone()
    assert (lines, str(amount), without_customer) == (1_067_371, "19287250.568", 243_007)


@pytest.mark.slow
def test_the_dump_holds_the_same_lines_in_its_own_order(connection, real_data):
    lines = RetailExtractDataset(str(real_data / "retail.sql.gz")).load()
    columns = "columns(* exclude line_number)"
    assert differences(connection, lines, columns) == (0, 0)
    assert lines.line_number.nunique().execute() == lines.line_number.max().execute() == 1_067_371


@pytest.mark.slow
def test_csv_and_workbook_hold_the_same_lines_in_the_same_order(connection, real_file):
    assert differences(connection, RetailExtractDataset(str(real_file)).load()) == (0, 0)
