from kedro.pipeline import Pipeline

from lgs_pipeline.pipelines.monthly_metrics import chapter, charts, nodes
from lgs_pipeline.wiring import draw_charts, make_room, step, tell


def create_pipeline() -> Pipeline:
    """From invoices to the distribution of their amounts, monthly metrics and the retention of cohorts."""
    return make_room(
        "monthly_metrics",
        step(
            nodes.count_invoice_amounts,
            ["transactions", "invoices", "params:cleaning", "params:monthly_metrics"],
            "invoice_amount_counts",
        ),
        step(nodes.describe_invoice_amounts, "invoice_amount_counts", "invoice_amount_distribution"),
        step(nodes.summarise_months, "invoices", "month_totals"),
        step(nodes.summarise_cohorts, ["invoices", "params:monthly_metrics"], "cohort_activity"),
        step(
            nodes.measure_months,
            ["month_totals", "cohort_activity", "orders_by_day", "data_period", "params:monthly_metrics"],
            "monthly_metrics",
        ),
        step(nodes.measure_retention, ["cohort_activity", "data_period"], "cohort_retention"),
        tell("monthly_metrics", chapter.tell_monthly_metrics, "monthly_metrics"),
    )


def create_charts() -> Pipeline:
    """The charts of months, of what orders come to, and of cohorts."""
    amounts = ["invoice_amount_counts", "invoice_amount_distribution"]
    return draw_charts(
        "monthly_metrics",
        {
            charts.draw_monthly_sales: "monthly_metrics",
            charts.draw_sales_growth: "monthly_metrics",
            charts.draw_monthly_orders: "monthly_metrics",
            charts.draw_active_customers: "monthly_metrics",
            charts.draw_new_customers: "monthly_metrics",
            charts.draw_invoice_amounts: amounts,
            charts.draw_usual_invoice_amounts: amounts,
            charts.draw_cohort_retention: ["cohort_retention", "monthly_metrics"],
        },
    )
