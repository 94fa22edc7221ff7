"""Lines of text, as a text extract delivers them, and what is read from them."""

import ibis
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import RETAIL_COLUMNS
from lgs_pipeline.pipelines.ingestion import nodes
from tests.building import settings_of

ORDINARY = {
    "extract": "retail.csv",
    "invoice_no": "489434",
    "stock_code": "85048",
    "description": " GLASS BALL ",
    "quantity": "12",
    "invoice_date": "2009-12-01 07:45:00",
    "unit_price": "6.95",
    "customer_id": "13085",
    "country": "United Kingdom",
}

BASE = settings_of("base", ingestion={"largest_invalid_share": 1}).ingestion


def delivered(*rows: dict) -> ibis.Table:
    """Lines of text: each row says what matters, the rest is an ordinary line."""
    lines = [{"line_number": number, **ORDINARY, **row} for number, row in enumerate(rows, start=1)]
    columns = [*RETAIL_COLUMNS, *sorted({column for row in rows for column in row} - set(RETAIL_COLUMNS))]
    types = {column: "int64" if column == "line_number" else "string" for column in columns}
    return ibis.memtable(pd.DataFrame(lines).reindex(columns=columns), schema=types)


def read(*rows: dict, **settings: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines that are read, and what could not be; however much that is, unless the settings say otherwise."""
    retail, invalid_values = nodes.read_lines(delivered(*rows), BASE.model_copy(update=settings))
    return retail.to_pandas(), invalid_values


def read_or_refuse(*rows: dict, **settings: object) -> tuple[pd.DataFrame | None, str]:
    """The lines that are read and no complaint, or no lines and the complaint."""
    try:
        return read(*rows, **settings)[0], ""
    except InputError as error:
        return None, str(error)
