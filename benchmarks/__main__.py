"""Measure the main job beside its peers, on the real extract, and write docs/performance.md.

    python -m benchmarks [--copies N]       (make benchmark)

Every number is the best of some runs in fresh processes, one after the other in one session; memory is the
largest resident set of any of them. ``--copies`` adds a run on N times the lines (100 is 107 million).
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Cost, cost_of
from benchmarks.postgres import warehouse_costs
from tests.building import PROJECT, REAL_DATA
from tests.end_to_end.project import UP_TO_RFM, Project

DUMP = REAL_DATA / "retail.sql.gz"


def replicate(copies: int, folder: Path) -> Path:
    """Write the real lines as one Parquet file, once for each of as many shops with their own customers."""
    target = folder / f"retail_{copies}.parquet"
    query = f"""
        copy (
          select "Invoice" || 'x' || shop as "Invoice", "StockCode", "Description", "Quantity", "InvoiceDate",
            "Price", "Customer ID" + 100000 * shop as "Customer ID", "Country"
          from range({copies}) shops(shop), read_parquet('{REAL_DATA}/online_retail_II/*.parquet')
        ) to '{target}'
        """
    # In a process of its own: one that is started from a large process counts its memory as its own peak.
    subprocess.run([sys.executable, "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])", query], check=True)
    return target


def run_cost(project: Project, extract: Path | None, repeats: int = 3) -> Cost:
    """The cost of a whole ``kedro run`` up to RFM."""
    return _cost(project, *UP_TO_RFM, extract=extract, repeats=repeats)


def _cost(project: Project, *arguments: str, extract: Path | None, repeats: int) -> Cost:
    parameters = () if extract is None else ("--params", f"extract={extract}")
    return cost_of(*project.command(*arguments, *parameters), folder=project.folder, repeats=repeats)


def engine_row(label: str, retail: Path, repeats: int) -> str:
    """The engine's work through our nodes and in SQL, as a row of the table."""
    command = [sys.executable, "-m", "benchmarks.engine", str(retail), str(repeats)]
    output = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    nodes, sql, ratio = output.split()
    return f"| {label} | {nodes} s | {sql} s | {ratio} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, help="also run on this many times the lines")
    copies = parser.parse_args().copies
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        project = Project.make(folder / "project")
        start_up = run_cost(project, None)
        ours = run_cost(project, DUMP)
        pandas_way = cost_of(sys.executable, "-m", "benchmarks.pandas_way", str(DUMP))
        retail = project.folder / "data" / "02_intermediate" / "retail.parquet"
        engine = [engine_row("1,067,371", retail, 7)]
        rows = [
            ("`kedro run` up to RFM, the sample extract (81,439 lines)", start_up),
            ("`kedro run` up to RFM, `retail.sql.gz` (1,067,371 lines)", ours),
            ("the proof of concept's way, in pandas, `retail.sql.gz`", pandas_way),
            ("`kedro run` up to RFM, ten times the lines, Parquet", run_cost(project, replicate(10, folder), 2)),
        ]
        engine.append(engine_row("10,673,710", retail, 3))
        everything = _cost(project, extract=DUMP, repeats=1)
        rows.insert(2, ("`kedro run`, everything: models, charts, report; `retail.sql.gz`", everything))
        warehouse = warehouse_costs(DUMP, folder)
        if copies:
            many = run_cost(project, replicate(copies, folder), 1)
            rows.append((f"`kedro run` up to RFM, {copies} times the lines, Parquet", many))
    warehouse_rows = [
        ("the embedded engine: `kedro run` up to RFM, `retail.sql.gz`", ours),
        ("`load_warehouse` of `retail.sql.gz`", warehouse["load"]),
        ("`kedro run --env postgres` up to RFM", warehouse["run"]),
    ]
    (PROJECT / "docs" / "performance.md").write_text(page(rows, engine, warehouse_rows, copies))


def _table(rows: list[tuple[str, Cost]]) -> str:
    return "\n".join(f"| {label} | {cost.seconds:.1f} s | {cost.megabytes:,.0f} MB |" for label, cost in rows)


def page(rows: list[tuple[str, Cost]], engine: list[str], warehouse: list[tuple[str, Cost]], copies: int | None) -> str:
    """The page of results."""
    command = "make benchmark" if not copies else f"python -m benchmarks --copies {copies}"
    return f"""# Performance

Made by `{command}` on {os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()}).
The times of one session compare; those of different machines or days do not.

## The whole command

Cold, from the shell: start-up, imports, reading, all tables up to RFM, saved.

| what | time | peak memory |
|---|---|---|
{_table(rows)}

## The engine's work

From typed lines in Parquet to transactions, excluded lines, invoices, months, cohorts and customers in
Parquet: through our Ibis nodes, and as one script of SQL written by hand for DuckDB. They take turns in one
process, their tables are compared row by row first, and the ratio is the median of the turns' ratios.

| lines | nodes | SQL | ratio |
|---|---|---|---|
{chr(10).join(engine)}

## Inside PostgreSQL

On a server on the same machine, with its default settings. The memory is the command's; the server has its
own.

| what | time | peak memory |
|---|---|---|
{_table(warehouse)}
"""


if __name__ == "__main__":
    main()
