from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.cleaning import nodes


def create_pipeline() -> Pipeline:
    """From typed lines to transactions and invoices, with an account of every line left out."""
    return Pipeline(
        [
            node(
                nodes.find_repeated_lines,
                inputs=["retail", "params:cleaning"],
                outputs="repeated_lines",
                name="find_repeated_lines",
            ),
            node(
                nodes.separate_lines,
                inputs=["retail", "repeated_lines", "params:cleaning"],
                outputs=["transactions", "excluded_lines"],
                name="separate_lines",
            ),
            node(
                nodes.account_for_lines,
                inputs=["retail", "transactions", "excluded_lines", "params:cleaning"],
                outputs="data_quality",
                name="account_for_lines",
            ),
            node(
                nodes.build_invoices,
                inputs="transactions",
                outputs="invoices",
                name="build_invoices",
            ),
            node(
                nodes.find_data_period,
                inputs="transactions",
                outputs="data_period",
                name="find_data_period",
            ),
        ]
    )
