from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.ingestion.nodes import read_lines


def create_pipeline() -> Pipeline:
    """From an extract as delivered to the warehouse's table of lines, which the other pipelines begin with.

    The lines are read as ingestion reads them, so that the table holds values, and an extract that cannot be
    trusted is refused before anything is replaced.
    """
    return Pipeline(
        [
            node(
                read_lines,
                inputs=["delivered_extract", "params:ingestion"],
                outputs=["extract", "delivered_invalid_values"],
                name="read_delivered_lines",
            ),
        ]
    )
