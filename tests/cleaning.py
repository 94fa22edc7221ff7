"""The nodes of cleaning one after the other, for tests and benchmarks that want what comes out at the end."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from lgs_pipeline.invoices import list_moments
from lgs_pipeline.pipelines.cleaning import dates, nodes, repeats
from lgs_pipeline.pipelines.cleaning.settings import CleaningSettings

Keep = Callable[[ir.Table, str], ir.Table]
"""Saves a table under a name and reads it again, as the catalog does between two nodes."""


def in_memory(table: ir.Table, name: str) -> ir.Table:
    """Keep the table in memory."""
    return ibis.memtable(table.to_pyarrow(), schema=table.schema())


def find_repeated(retail: ir.Table, settings: CleaningSettings, keep: Keep = in_memory) -> tuple[ir.Table, ir.Table]:
    """The tables ``line_customers`` and ``repeated_lines`` of these lines."""
    moments = keep(list_moments(retail), "invoice_moments")
    customers = keep(nodes.assign_line_customers(retail, moments, settings), "line_customers")
    suspects = keep(repeats.find_suspects(retail, moments, customers, settings), "suspected_lines")
    loads = keep(repeats.find_further_loads(suspects, settings), "further_loads")
    if retail.extract.nunique().execute() <= 1:
        # Nothing is delivered twice. Saves tests the larger part of their time.
        return customers, keep(loads.mutate(reason=ibis.literal("repeated_invoice")), "repeated_lines")
    copies = keep(repeats.find_copies(retail, moments, customers, loads, settings), "invoice_copies")
    cut = keep(repeats.find_cut_invoices(copies), "cut_invoices")
    differing = keep(repeats.find_differing_copies(copies, cut, settings), "differing_copies")
    repeated = keep(repeats.list_repeated_lines(loads, copies, cut, differing, settings), "repeated_lines")
    return customers, repeated


def separate(
    retail: ir.Table, settings: CleaningSettings, keep: Keep = in_memory, invoice_types: ir.Table | None = None
) -> tuple[ir.Table, ir.Table]:
    """The tables ``transactions`` and ``excluded_lines`` of these lines."""
    customers, repeated = find_repeated(retail, settings, keep)
    if invoice_types is None:
        nobody = retail.filter(ibis.literal(False))
        invoice_types = keep(nobody.select("extract", "line_number", invoice_type="country"), "invoice_types")
    implausible = dates.find_implausible_dates(retail, settings)
    counted, excluded = nodes.separate_lines(retail, customers, repeated, implausible, invoice_types, settings)
    return keep(counted, "transactions"), keep(excluded, "excluded_lines")
