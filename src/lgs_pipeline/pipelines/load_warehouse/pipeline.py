from kedro.pipeline import Pipeline

from lgs_pipeline.pipelines.load_warehouse import nodes
from lgs_pipeline.wiring import make_room, step


def create_pipeline() -> Pipeline:
    """From an extract as delivered to the warehouse's table of lines, which the other pipelines begin with.

    The lines are read as ingestion reads them, so that the table holds values, and an extract that cannot be
    trusted is refused before anything is replaced.
    """
    inputs = ["delivered_extract", "params:ingestion"]
    return make_room(
        "load_warehouse", step(nodes.read_delivered_lines, inputs, ["extract", "delivered_invalid_values"])
    )
