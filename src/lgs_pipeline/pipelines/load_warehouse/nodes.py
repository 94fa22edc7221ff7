"""From an extract as delivered to the lines of the warehouse's table."""

import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.pipelines.ingestion.nodes import list_invoice_types, read_lines
from lgs_pipeline.pipelines.ingestion.settings import IngestionSettings


def read_delivered_lines(extract: ir.Table, settings: IngestionSettings) -> tuple[ir.Table, pd.DataFrame]:
    """The lines as ingestion reads them, with the type of their invoice where the extract says it.

    Returns
    -------
    lines
        A row per line: the columns of ``retail``, and invoice_type if any line has one.
    invalid_values
        See :func:`~lgs_pipeline.pipelines.ingestion.nodes.read_lines`.

    Raises
    ------
    InputError
        If the extract cannot be trusted.
    """
    retail, invalid_values = read_lines(extract, settings)
    invoice_types = list_invoice_types(extract)
    if invoice_types.count().execute():
        keys = ("extract", "line_number")
        typed = retail.left_join(invoice_types, keys)
        retail = typed.select(*retail.columns, "invoice_type").order_by(keys)
    return retail, invalid_values
