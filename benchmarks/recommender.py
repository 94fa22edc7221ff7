"""Measure recommendations, evaluation included: of the real customers, and of many times as many.

    python -m benchmarks.recommender [--times N ...]

Runs ``kedro run --pipelines recommendations`` as a user would, start and imports included, and prints its
seconds and peak memory. More customers are the real ones again and again, with customer numbers of their own,
and each copy of a customer's purchases up to 20 days earlier.
"""

import argparse
import tempfile
from pathlib import Path

import duckdb

from benchmarks.measure import cost_of
from tests.building import REAL_DATA
from tests.end_to_end.project import Project

BEFORE = ("--pipelines", "ingestion,cleaning,customers,rfm")

PURCHASES = """
copy (
  select * replace (
    (customer_id::int + 100000 * copy)::varchar as customer_id,
    day - to_days((hash(customer_id, copy) % if(copy = 0, 1, 21))::int) as day
  ) from '{source}', range({times}) copies(copy)
) to '{target}' (format parquet)
"""
CUSTOMERS = """
copy (
  select * replace ((customer_id::int + 100000 * copy)::varchar as customer_id)
  from '{source}', range({times}) copies(copy) order by customer_id
) to '{target}' (format parquet)
"""


def multiply(project: Project, folder: Path, times: int) -> Project:
    """A project with many times the purchases and customers."""
    copied = project.copy(folder)
    rfm = next((copied.folder / "data/04_feature/rfm.parquet").glob("*/rfm.parquet"))
    purchases = copied.folder / "data/04_feature/purchase_days.parquet"
    with duckdb.connect() as database:
        database.execute("set threads = 2; set memory_limit = '2GB'; set preserve_insertion_order = false")
        for query, file in ((PURCHASES, purchases), (CUSTOMERS, rfm)):
            target = file.with_suffix(".multiplied")
            database.execute(query.format(source=file, target=target, times=times))
            target.rename(file)
    return copied


def measure(project: Project, times: int) -> None:
    command = project.command("--pipelines", "recommendations")
    cost = cost_of(*command, folder=project.folder, repeats=3 if times == 1 else 1)
    customers = len(project.table("rfm"))
    print(f"{customers:>11,} {cost.seconds:>9.1f} {cost.megabytes:>9,.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, nargs="*", default=[20], help="how many times as many to measure as well")
    times_as_many = parser.parse_args().times
    with tempfile.TemporaryDirectory() as scratch:
        project = Project.make(Path(scratch, "real"))
        project.succeed(*BEFORE, extract=REAL_DATA / "online_retail_II/*.parquet")
        print("  customers   seconds        MB", flush=True)
        measure(project, 1)
        for times in times_as_many:
            with tempfile.TemporaryDirectory() as larger:
                measure(multiply(project, Path(larger, "project"), times), times)


if __name__ == "__main__":
    main()
