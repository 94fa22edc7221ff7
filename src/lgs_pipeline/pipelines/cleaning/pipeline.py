from kedro.pipeline import Pipeline

from lgs_pipeline.lines import build_invoices
from lgs_pipeline.pipelines.cleaning import chapter, nodes
from lgs_pipeline.wiring import make_room, step, tell


def create_pipeline() -> Pipeline:
    """From typed lines to transactions and invoices, with an account of every line left out."""
    return make_room(
        "cleaning",
        step(nodes.find_repeated_lines, ["retail", "params:cleaning"], "repeated_lines"),
        step(nodes.separate_lines, ["retail", "repeated_lines", "params:cleaning"], ["transactions", "excluded_lines"]),
        step(nodes.account_for_lines, ["retail", "transactions", "excluded_lines", "params:cleaning"], "data_quality"),
        step(build_invoices, "transactions", "invoices"),
        step(nodes.count_orders_by_day, "invoices", "orders_by_day"),
        step(nodes.find_data_period, ["transactions", "orders_by_day", "params:monthly_metrics"], "data_period"),
        tell("cleaning", chapter.tell_cleaning, "data_quality"),
    )
