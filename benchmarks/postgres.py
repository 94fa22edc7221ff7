"""What loading a warehouse and running inside it cost, on a PostgreSQL server of one's own."""

from pathlib import Path

from benchmarks.measure import Cost, cost_of
from tests.end_to_end.project import UP_TO_RFM, Project
from tests.engines.server import Server


def warehouse_costs(extract: Path, folder: Path) -> dict[str, Cost]:
    """The cost of each command; memory is the client's, the server has its own."""
    with Server.start() as server:
        database = server.make_database("load")
        project = Project.make(folder / "warehouse", **database.variables)

        def cost(*arguments: str) -> Cost:
            return cost_of(
                *project.command("--env", "postgres", *arguments),
                folder=project.folder, variables=database.variables,
            )  # fmt: skip

        return {
            "load": cost("--pipelines", "load_warehouse", "--params", f"extract={extract}"),
            "run": cost(*UP_TO_RFM),
        }
