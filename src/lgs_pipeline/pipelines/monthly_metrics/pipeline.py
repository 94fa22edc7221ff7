from kedro.pipeline import Pipeline, node

from lgs_pipeline.pipelines.monthly_metrics import nodes


def create_pipeline() -> Pipeline:
    """From invoices to the distribution of their amounts, monthly metrics and the retention of cohorts."""
    return Pipeline(
        [
            node(
                nodes.count_invoice_amounts,
                inputs=["transactions", "invoices", "params:monthly_metrics"],
                outputs="invoice_amount_counts",
                name="count_invoice_amounts",
            ),
            node(
                nodes.describe_invoice_amounts,
                inputs="invoice_amount_counts",
                outputs="invoice_amount_distribution",
                name="describe_invoice_amounts",
            ),
            node(
                nodes.summarise_months,
                inputs="invoices",
                outputs="month_totals",
                name="summarise_months",
            ),
            node(
                nodes.summarise_cohorts,
                inputs=["invoices", "params:monthly_metrics"],
                outputs="cohort_activity",
                name="summarise_cohorts",
            ),
            node(
                nodes.measure_months,
                inputs=["month_totals", "cohort_activity", "data_period", "params:monthly_metrics"],
                outputs="monthly_metrics",
                name="measure_months",
            ),
            node(
                nodes.measure_retention,
                inputs=["cohort_activity", "data_period"],
                outputs="cohort_retention",
                name="measure_retention",
            ),
        ]
    )
