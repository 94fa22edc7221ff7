"""The engine's work through our nodes, beside the same work in SQL written by hand for DuckDB.

    python -m benchmarks.engine RETAIL_PARQUET [REPEATS]

Both start from the typed lines in a Parquet file and write the same tables as Parquet: lines that repeat,
transactions, excluded lines, invoices, month totals, cohort activity and customers. They take turns in one
process, so that a noisy machine disturbs both alike, and their tables are compared before any time is believed. The
script does less: it tells invoices by their numbers alone, which gives the same tables for a shop that numbers them once.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis

from lgs_pipeline.pipelines.cleaning import nodes as cleaning
from lgs_pipeline.pipelines.customers.nodes import select_scored_invoices
from lgs_pipeline.pipelines.monthly_metrics import nodes as monthly_metrics
from lgs_pipeline.pipelines.rfm import nodes as rfm
from tests.building import settings_of
from tests.cleaning import separate

SETTINGS = settings_of("base")
TABLES = (
    "repeated_lines",
    "transactions",
    "excluded_lines",
    "invoices",
    "month_totals",
    "cohort_activity",
    "customers",
)


def with_nodes(retail_file: Path, folder: Path) -> None:
    """Run our nodes, saving each table as the catalog does."""
    engine = ibis.duckdb.connect()

    def saved(name: str, table: ibis.Table) -> ibis.Table:
        engine.to_parquet(table, folder / f"{name}.parquet")
        return engine.read_parquet(folder / f"{name}.parquet")

    retail = engine.read_parquet(retail_file)
    transactions, excluded_lines = separate(retail, SETTINGS.cleaning, lambda table, name: saved(name, table))
    cleaning.account_for_lines(retail, transactions, excluded_lines, SETTINGS.cleaning)
    invoices = saved("invoices", cleaning.list_invoices(transactions, SETTINGS.cleaning))
    orders_by_day = cleaning.count_orders_by_day(invoices)
    period = cleaning.find_data_period(transactions, orders_by_day, SETTINGS.monthly_metrics)
    saved("month_totals", monthly_metrics.summarise_months(invoices))
    saved("cohort_activity", monthly_metrics.summarise_cohorts(invoices, SETTINGS.monthly_metrics))
    moment = period.data_end.iloc[0]
    scored = select_scored_invoices(transactions, invoices, SETTINGS.cleaning, SETTINGS.rfm)
    saved("customers", rfm.summarise_customers(scored, moment))


SQL = """
create view retail as select * from '{retail}';

copy (
  with suspects as (
    select extract, invoice_no from (select extract, invoice_no, stock_code, count(*) n from retail group by all) group by all having min(n) > 1
  ), lines as (
    select * replace (nullif(trim(description), '') as description) from retail semi join suspects using (extract, invoice_no)
  ), counted as (
    select *, count(*) over same occurrences, row_number() over (same order by extract, line_number) occurrence from lines
    window same as (partition by extract, invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
  ), loads as (
    select extract, invoice_no, {loads} loads from counted group by all
  )
  select extract, line_number, 'repeated_invoice' reason from counted join loads using (extract, invoice_no)
  where loads > 1 and occurrence * loads > occurrences order by all
) to '{folder}/repeated_lines.parquet';

create temp table reasoned as
  select r.*, upper(trim(stock_code)) code, quantity * unit_price amount,
    case when invoice_no is null or stock_code is null or quantity is null or invoice_date is null or unit_price is null then 'invalid'
      when s.line_number is not null then 'repeated_invoice' when code like 'TEST%' then 'test' when unit_price = 0 then 'zero_price'
      when code in ('ADJUST', 'ADJUST2', 'B') then 'adjustment' when code in ('AMAZONFEE', 'BANK CHARGES', 'CRUK') then 'fee'
      when code = 'S' then 'sample' end reason
  from retail r left join '{folder}/repeated_lines.parquet' s using (extract, line_number);

copy (
  select extract, line_number, invoice_no, code stock_code, nullif(trim(description), '') description, quantity, invoice_date,
    unit_price, customer_id, country,
    case when code in ('POST', 'DOT', 'C2', 'C3') then 'postage' when code = 'D' then 'discount' when code = 'M' then 'manual'
      when code like 'GIFT%' then 'voucher' else 'product' end line_type,
    invoice_no like 'C%' is_cancellation, amount::decimal(18, 3) amount
  from reasoned where reason is null order by extract, line_number
) to '{folder}/transactions.parquet';

copy (select * exclude (code, amount) from reasoned where reason is not null order by extract, line_number) to '{folder}/excluded_lines.parquet';
drop table reasoned;

create view transactions as select * from '{folder}/transactions.parquet';
create temp table account as
  select 'total' as rule, count(*) n, sum(quantity * unit_price) amount from retail
  union all select 'transactions', count(*), sum(amount) from transactions
  union all select reason, count(*), sum(quantity * unit_price) from '{folder}/excluded_lines.parquet' group by 1;
create temp table period as select min(invoice_date) first_line, max(invoice_date) last_line from transactions;

copy (
  select invoice_no, min(invoice_date) invoice_date, min(customer_id) customer_id, min(country) country,
    bool_or(is_cancellation) is_cancellation, count(*) lines, sum(quantity)::bigint units, sum(amount)::decimal(18, 3) amount
  from transactions group by 1 order by 1
) to '{folder}/invoices.parquet';
create view invoices as select * from '{folder}/invoices.parquet';

copy (
  select date_trunc('month', invoice_date)::timestamp as month, count(*) invoices,
    count(*) filter (is_cancellation) cancelled_orders, sum(amount)::decimal(18, 3) sales,
    coalesce(sum(amount) filter (not is_cancellation), 0)::decimal(18, 3) purchases
  from invoices group by 1 order by 1
) to '{folder}/month_totals.parquet';

copy (
  with months as (
    select customer_id, date_trunc('month', invoice_date)::timestamp as month, bool_or(not is_cancellation) is_active,
      sum(amount) sales
    from invoices where customer_id is not null group by all
  ), cohorts as (select customer_id, min(month) cohort from months where is_active group by 1)
  select cohort, month, count(*) filter (is_active) active, sum(sales)::decimal(18, 3) sales
  from months join cohorts using (customer_id) where month >= cohort group by all order by all
) to '{folder}/cohort_activity.parquet';

copy (
  select customer_id, max(country) filter (latest = 1) country, min(invoice_date) filter (is_order) first_order,
    max(invoice_date) filter (is_order) last_order, count(*) filter (is_order) frequency,
    sum(amount)::decimal(18, 3) monetary
  from (
    select *, not is_cancellation is_order, row_number() over (
      partition by customer_id order by not is_cancellation desc, invoice_date desc, invoice_no) latest
    from invoices where customer_id is not null
  ) group by 1 having frequency > 0 order by 1
) to '{folder}/customers.parquet';
"""


def with_sql(retail_file: Path, folder: Path) -> None:
    """Run the same work as one script."""
    loads = ", ".join(
        f"if(bool_and(occurrences % {n} = 0), {n}, 1)" for n in range(2, SETTINGS.cleaning.most_loads + 1)
    )
    duckdb.connect().execute(SQL.format(retail=retail_file, folder=folder, loads=f"greatest({loads})"))


def seconds_of(work: Callable[..., object], *arguments: Path) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def main(retail_file: Path, repeats: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = Path(scratch, "nodes"), Path(scratch, "sql")
        ours.mkdir()
        theirs.mkdir()
        with_nodes(retail_file, ours)
        with_sql(retail_file, theirs)
        for name in TABLES:
            first, second = (f"(select * from '{folder}/{name}.parquet')" for folder in (ours, theirs))
            query = f"select count(*) from ({first} except all {second} union all ({second} except all {first}))"
            ((different,),) = duckdb.sql(query).fetchall()
            if different:
                sys.exit(f"{name} differs in {different} rows: the times would mean nothing")
        times = [
            (seconds_of(with_nodes, retail_file, ours), seconds_of(with_sql, retail_file, theirs))
            for _ in range(repeats)
        ]
    nodes_seconds, sql_seconds = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(first / second for first, second in times)
    print(f"{nodes_seconds:.2f} {sql_seconds:.2f} {ratio:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
