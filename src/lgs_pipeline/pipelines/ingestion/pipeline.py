from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.ingestion import nodes


def create_pipeline() -> Pipeline:
    """From the extract as delivered to typed lines."""
    return Pipeline(
        [
            node(
                nodes.read_lines,
                inputs=["extract", "params:ingestion"],
                outputs=["retail", "invalid_values"],
                name="read_lines",
            ),
        ]
    )
