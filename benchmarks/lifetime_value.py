"""Measure lifetime values: fit and scoring with intervals, of the real customers and of a million.

    python -m benchmarks.lifetime_value [--customers N]

Each size runs in a fresh process, imports included; memory is its largest resident set. More customers are
the real ones drawn again and again, their orders some days earlier. What fewer draws cost is measured on the
real ones: how far the ends of their intervals are from those of very many draws, added up over the customers.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from benchmarks.measure import cost_of
from lgs_pipeline.pipelines.lifetime_value import nodes
from tests.building import REAL_DATA, settings_of
from tests.end_to_end.project import Project

TABLES = ("purchase_histories", "repeat_orders")
MANY_DRAWS = 20_000
SETTINGS = settings_of("base").lifetime_value


def prepare(folder: Path) -> None:
    """Write the real histories and repeat orders, and the period, for the measurements to read."""
    project = Project.make(folder / "project")
    project.succeed(
        "--pipelines", "ingestion,cleaning,customers,lifetime_value", extract=REAL_DATA / "online_retail_II/*.parquet"
    )
    histories = project.lines("purchase_histories")
    days = ibis.memtable(project.lines("customer_days"))
    nodes.count_repeat_orders(days, ibis.memtable(histories)).to_parquet(folder / "repeat_orders.parquet")
    histories.to_parquet(folder / "purchase_histories.parquet")
    project.table("data_period", parse_dates=["first_line", "last_line", "data_end"]).to_parquet(
        folder / "data_period.parquet"
    )


def multiply(folder: Path, customers: int) -> Path:
    """A folder with as many customers as asked for, drawn from the real ones."""
    target = folder / str(customers)
    target.mkdir()
    real = pd.read_parquet(folder / "purchase_histories.parquet")
    generator = np.random.default_rng(0)
    drawn = real.iloc[generator.integers(len(real), size=customers)].reset_index(drop=True)
    drawn["customer_id"] = (np.arange(customers) + 1).astype("str")
    earlier = pd.Series(pd.to_timedelta(generator.integers(0, 60, size=customers), unit="D"))
    earlier = np.minimum(earlier, drawn.first_order - drawn.first_order.min())
    drawn[["first_order", "last_order"]] = drawn[["first_order", "last_order"]].sub(earlier, axis="index")
    drawn.to_parquet(target / "purchase_histories.parquet")
    by_day = pd.read_parquet(folder / "repeat_orders.parquet")
    share = (drawn.orders - 1).sum() / by_day.orders.sum()
    by_day.assign(orders=(by_day.orders * share).round().astype("int64")).to_parquet(target / "repeat_orders.parquet")
    pd.read_parquet(folder / "data_period.parquet").to_parquet(target / "data_period.parquet")
    return target


def measure(folder: Path) -> None:
    """Fit, score, and say what it took."""
    started = time.perf_counter()
    connection = ibis.duckdb.connect()
    histories, by_day = (connection.read_parquet(folder / f"{name}.parquet") for name in TABLES)
    period = pd.read_parquet(folder / "data_period.parquet")
    moment = period.data_end.iloc[0]
    parameters = nodes.fit_lifetime_models(histories, by_day, moment, period, SETTINGS)
    fitted = time.perf_counter()
    values, _ = nodes.predict_lifetime_values(histories, parameters, moment, period, SETTINGS)
    scored = time.perf_counter()
    draws = nodes.simulation_of(SETTINGS).draws_for(len(values))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(values):>11,} {fitted - started:>9.1f} {scored - fitted:>9.1f} {memory:>9,.0f} {draws:>7,}", flush=True
    )


def print_cost_of_fewer_draws(folder: Path) -> None:
    """Print how far the ends of intervals from fewer draws are from their place."""
    histories, by_day = (ibis.read_parquet(folder / f"{name}.parquet") for name in TABLES)
    period = pd.read_parquet(folder / "data_period.parquet")
    moment = period.data_end.iloc[0]
    parameters = nodes.fit_lifetime_models(histories, by_day, moment, period, SETTINGS)

    def ends(draws: int, seed: int) -> pd.DataFrame:
        settings = SETTINGS.model_copy(update={"draws": draws, "most_draws": 10**12, "seed": seed})
        values, totals = nodes.predict_lifetime_values(histories, parameters, moment, period, settings)
        total = totals.sum(axis="columns").quantile(nodes.tails(SETTINGS.interval)).to_numpy()
        return values.assign(total_low=total[0], total_high=total[1])

    truth = ends(MANY_DRAWS, seed=1)
    print("\n  draws  clv_low off by  clv_high off by  total's interval off by")
    for draws in (100, 200, 500, 1000, 2000):
        found = ends(draws, seed=2)
        low, high = ((found[end] - truth[end]).abs().sum() / truth[end].sum() for end in ("clv_low", "clv_high"))
        total = max(abs(found[end].iloc[0] / truth[end].iloc[0] - 1) for end in ("total_low", "total_high"))
        print(f"{draws:>7,} {low:>15.1%} {high:>16.1%} {total:>24.2%}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000, help="how many more to measure as well")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return measure(arguments.measure)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        prepare(folder)
        print("  customers     fit s   score s        MB   draws", flush=True)
        for place in (folder, multiply(folder, arguments.customers)):
            os.spawnv(
                os.P_WAIT, sys.executable, [sys.executable, "-m", "benchmarks.lifetime_value", "--measure", str(place)]
            )
        command = cost_of(
            *Project(folder / "project").command("--pipelines", "lifetime_value"), folder=folder / "project"
        )
        print(f"\nkedro run --pipelines lifetime_value: {command.seconds:.1f} s, {command.megabytes:,.0f} MB")
        print_cost_of_fewer_draws(folder)
    return None


if __name__ == "__main__":
    main()
