from kedro.pipeline import Pipeline

from lgs_pipeline.invoices import list_moments
from lgs_pipeline.pipelines.cleaning import chapter, dates, doubts, nodes, repeats
from lgs_pipeline.wiring import make_room, step, tell

SETTINGS = "params:cleaning"


def create_pipeline() -> Pipeline:
    """From typed lines to transactions and invoices, with an account of every line left out."""
    delivered = ["retail", "line_customers", "repeated_lines", "implausible_dates", "invoice_types"]
    return make_room(
        "cleaning",
        step(list_moments, "retail", "invoice_moments", "list_invoice_moments"),
        step(nodes.assign_line_customers, ["retail", "invoice_moments", SETTINGS], "line_customers"),
        step(repeats.find_suspects, ["retail", "invoice_moments", "line_customers", SETTINGS], "suspected_lines"),
        step(repeats.find_further_loads, ["suspected_lines", SETTINGS], "further_loads"),
        step(
            repeats.find_copies,
            ["retail", "invoice_moments", "line_customers", "further_loads", SETTINGS],
            "invoice_copies",
        ),
        step(repeats.find_cut_invoices, "invoice_copies", "cut_invoices"),
        step(repeats.find_differing_copies, ["invoice_copies", "cut_invoices", SETTINGS], "differing_copies"),
        step(
            repeats.list_repeated_lines,
            ["further_loads", "invoice_copies", "cut_invoices", "differing_copies", SETTINGS],
            "repeated_lines",
        ),
        step(dates.find_implausible_dates, ["retail", SETTINGS], "implausible_dates"),
        step(nodes.separate_lines, [*delivered, SETTINGS], ["transactions", "excluded_lines"]),
        step(nodes.account_for_lines, ["retail", "transactions", "excluded_lines", SETTINGS], "data_quality"),
        step(nodes.list_invoices, ["transactions", SETTINGS], "invoices"),
        step(nodes.count_orders_by_day, "invoices", "orders_by_day"),
        step(nodes.find_data_period, ["transactions", "orders_by_day", "params:monthly_metrics"], "data_period"),
        step(doubts.find_doubts, ["data_quality", "implausible_dates", "invoices", SETTINGS], "data_doubts"),
        tell("cleaning", chapter.tell_cleaning, ["data_quality", "data_doubts"]),
    )
