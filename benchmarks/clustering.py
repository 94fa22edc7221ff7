"""The clustering step on many generated customers: seconds, peak memory, and whether sampling is right.

    python -m benchmarks.clustering [CUSTOMERS [LINES_PER_ORDER]]

Makes a shop of that many customers (a million by default; about six orders each), runs the pipelines of
``BEFORE`` and ``ROOMS`` on it as ``kedro run`` would, and prints the seconds and the peak memory. Then KMeans
is fitted to all customers instead of a sample of them, and the adjusted Rand index between both labellings
printed.
"""

import logging
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from kedro.framework.hooks import hook_impl
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.pipeline.node import Node

from tests.building import PROJECT, settings_of

BEFORE = ("customers", "rfm")
ROOMS = ("clustering", "segment_profiles", "segmentation_comparison")

# Rates and values of customers are log-normal, most stop ordering some time; hash() is DuckDB's.
SHOP = """
set threads = 2;
create macro chance(a, b) as (hash(a, b) % 1000003 + 0.5) / 1000003;
create macro normal(a, b) as sqrt(-2 * ln(chance(a, b))) * cos(2 * pi() * chance(a, -b));

create temp table customers as
  select i + 10000 customer_id, least(300, 1 + floor(exp(0.9 + 1.2 * normal(i, 1)))::int) orders,
    exp(5.4 + 0.8 * normal(i, 2)) order_value, 730 * chance(i, 3) ** 1.5 first_day,
    if(chance(i, 4) < 0.45, 739, least(739, first_day + (739 - first_day) * chance(i, 5))) last_day,
    if(chance(i, 6) < 0.91, 'United Kingdom', 'Country ' || (hash(i, 7) % 37)) country
  from range(1, {customers} + 1) all_customers(i);

create temp table orders as
  select customer_id, country, row_number() over () number, chance(customer_id, -n - 1000) < 0.07 cancelled,
    order_value * exp(0.5 * normal(customer_id, n)) amount,
    floor(if(n = 0, first_day, first_day + (last_day - first_day) * chance(customer_id, n + 1000))) at_day,
    timestamp '2009-12-01 08:00'
      + to_seconds((at_day * 86400 + floor(36000 * chance(customer_id, n + 2000)))::bigint) at_
  from customers, range(300) all_orders(n) where n < orders;

copy (
  with invoices as (
    select (500000 + number)::varchar invoice_no, * from orders
    union all
    select 'C' || (500000 + number), * replace (at_ + interval 2 day as at_, -0.3 * amount as amount)
    from orders where cancelled
  ), sized as (
    select *, if(amount < 0, 1, 1 + floor(2 * {lines} * chance(number, 8))::int) size from invoices
  )
  select 'shop' as "extract", row_number() over () line_number, invoice_no,
    (20000 + floor(4000 * chance(number, n + 10) ** 2.5))::int::varchar stock_code,
    'PRODUCT ' || stock_code description, if(amount < 0, -1, 1)::bigint quantity, at_::timestamp invoice_date,
    abs(amount / size)::decimal(18, 3) unit_price, customer_id::varchar customer_id,
    country, 'product' line_type, amount < 0 is_cancellation,
    (quantity * unit_price)::decimal(18, 3) amount
  from sized, range(2 * {lines} + 1) all_lines(n) where n < size
) to '{folder}/transactions.parquet';

copy (
  select invoice_no, min(invoice_date) invoice_date, min(customer_id) customer_id, min(country) country,
    bool_or(is_cancellation) is_cancellation, count(*) lines, sum(quantity)::bigint units,
    sum(amount)::decimal(18, 3) amount
  from '{folder}/transactions.parquet' group by 1
) to '{folder}/invoices.parquet';

copy (
  select min(invoice_date) first_line, max(invoice_date) last_line,
    date_trunc('day', max(invoice_date)) + interval 1 day data_end from '{folder}/transactions.parquet'
) to '{folder}/data_period.csv';
"""


def make_shop(customers: int, lines: int, folder: Path) -> None:
    """Write transactions, invoices and the data period of a generated shop."""
    primary = folder / "03_primary"
    primary.mkdir(parents=True)
    with duckdb.connect(str(folder / "shop.duckdb")) as database:
        database.execute(SHOP.format(customers=customers, lines=lines, folder=primary))
    (folder / "shop.duckdb").unlink()


class Stopwatch:
    """Prints each node that takes its time, with the peak memory so far."""

    @hook_impl
    def before_dataset_loaded(self, node: Node) -> None:
        if getattr(self, "node", None) != node.name:
            self.node, self.started = node.name, time.perf_counter()

    @hook_impl
    def after_dataset_saved(self, node: Node) -> None:
        if (seconds := time.perf_counter() - self.started) > 0.5:
            print(f"{node.name:30} {seconds:6.1f} s {peak_megabytes():7.0f} MB", flush=True)


def run_pipelines(folder: Path) -> None:
    """Run the pipelines on the shop, and compare the labels with those of a fit to everybody."""
    from kedro.config import OmegaConfigLoader
    from kedro.io import DataCatalog, MemoryDataset
    from kedro.pipeline import Pipeline
    from kedro.runner import SequentialRunner

    from lgs_pipeline.chapters import SUFFIX
    from lgs_pipeline.models import clustering as model
    from lgs_pipeline.pipeline_registry import import_room
    from lgs_pipeline.pipelines.clustering import nodes
    from lgs_pipeline.settings import CONFIG_LOADER_ARGS

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = settings_of("base")
    loader = OmegaConfigLoader(conf_source=str(PROJECT / "conf"), env="base", **CONFIG_LOADER_ARGS)
    loader["globals"] = {**loader["globals"], "data_root": str(folder)}
    # Without their chapters, which would ask for what ingestion and cleaning make.
    before, rooms = (
        Pipeline(
            [
                node
                for name in names
                for node in import_room(name).create_pipeline().nodes
                if not node.outputs[0].endswith(SUFFIX)
            ]
        )
        for names in (BEFORE, ROOMS)
    )
    used = before.datasets() | rooms.datasets()
    entries = {name: entry for name, entry in loader["catalog"].items() if name in used}
    entries["data_period"] |= {"versioned": False, "filepath": str(folder / "03_primary" / "data_period.csv")}
    if any(not entry["filepath"].startswith(str(folder)) for entry in entries.values()):
        sys.exit("an entry of the catalog does not lie under data_root")
    catalog = DataCatalog.from_config(entries)
    for name, values in settings:
        catalog[f"params:{name}"] = MemoryDataset(values)

    hooks = _create_hook_manager()
    hooks.register(Stopwatch())
    started = time.perf_counter()
    SequentialRunner().run(before, catalog, hooks)
    seconds_before, megabytes_before = time.perf_counter() - started, peak_megabytes()
    SequentialRunner().run(rooms, catalog, hooks)
    seconds, megabytes = time.perf_counter() - started - seconds_before, peak_megabytes()

    features, clusters = catalog.load("customer_features"), catalog.load("kmeans_clusters")
    print(catalog.load("kmeans_selection").round(3).to_string())
    print(catalog.load("kmeans_profile")[["cluster_name", "customers", "share", "share_of_sales"]].round(3))
    print(catalog.load("segmentation_comparison").round(3).to_string())
    everybody = settings.clustering.model_copy(update={"sample_customers": len(features)})
    started = time.perf_counter()
    full = nodes.fit_clusters(features, clusters.cluster.nunique(), everybody)
    labels = model.label_customers(full, features[everybody.features])
    full_seconds = time.perf_counter() - started
    agreement = model.adjusted_rand_score(labels, clusters.cluster)
    print(f"{', '.join(BEFORE)}: {seconds_before:.1f} s, {megabytes_before:.0f} MB")
    print(f"{', '.join(ROOMS)} of {len(features):,} customers: {seconds:.1f} s, {megabytes:.0f} MB")
    print(f"fitted to all customers instead of a sample: {full_seconds:.1f} s more, ARI {agreement:.4f}")


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(customers: int, lines: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        # Each in a process of its own, so that the memory of the one is not counted as the other's.
        for step in (("--make", str(customers), str(lines)), ("--run",)):
            subprocess.run([sys.executable, "-m", "benchmarks.clustering", *step, scratch], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make_shop(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4], "data"))
    elif sys.argv[1:2] == ["--run"]:
        run_pipelines(Path(sys.argv[2], "data"))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 10)
