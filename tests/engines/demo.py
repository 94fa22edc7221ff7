"""Show the environment ``postgres`` on a server of its own: load the sample, run, and query."""

import subprocess
from textwrap import dedent

import pandas as pd

from tests.building import PROJECT
from tests.end_to_end.project import UP_TO_RFM, Project
from tests.engines.server import Server

QUERY = """
    select segment, customers, round(sales::numeric) as sales, recency_median as days_since_order
    from lgs.rfm_segments
    order by sales desc
    """


def main() -> None:
    """Start a server, run the two commands of docs/operations.md, and ask one question."""
    with Server.start() as server:
        database = server.make_database("load")
        project = Project(PROJECT, database.variables)
        print(f"A PostgreSQL server runs; its database {database.name} is set up as docs/operations.md says.")
        for arguments in (("--pipelines", "load_warehouse"), UP_TO_RFM):
            print(f"\n$ kedro run --env postgres {' '.join(arguments)}", flush=True)
            command = project.command("--env", "postgres", *arguments)
            subprocess.run(command, cwd=project.folder, env=project.environment, check=True)
        query = dedent(QUERY).strip()
        columns = ("segment", "customers", "sales", "days_since_order")
        answer = pd.DataFrame(database.run(query), columns=columns)
        print(f"\n{query};\n\n{answer.to_string(index=False)}")
    print("\nThe server is gone again. docs/operations.md tells how to use one that stays.")


if __name__ == "__main__":
    main()
