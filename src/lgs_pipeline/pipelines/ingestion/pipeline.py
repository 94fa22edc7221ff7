from kedro.pipeline import Pipeline

from lgs_pipeline.pipelines.ingestion import chapter, nodes
from lgs_pipeline.wiring import make_room, step, tell


def create_pipeline() -> Pipeline:
    """From the extract as delivered to typed lines."""
    return make_room(
        "ingestion",
        step(nodes.read_lines, ["extract", "params:ingestion"], ["retail", "invalid_values"]),
        step(nodes.list_invoice_types, "extract", "invoice_types"),
        step(nodes.list_extracts, "retail", "extracts"),
        tell("ingestion", chapter.tell_ingestion, "extracts"),
    )
