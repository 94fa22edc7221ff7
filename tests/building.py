"""Settings, and engine tables of rows written by hand."""

import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import yaml

from lgs_pipeline.lines import MONEY, PRICE, RETAIL_COLUMNS, line_amount
from lgs_pipeline.parameters import check_parameters

PROJECT = Path(__file__).resolve().parents[1]

REAL_DATA = Path(os.environ.get("LGS_REAL_DATA", PROJECT.parent / "shared" / "data"))
"""The folder with the real extract, which is not part of the project."""

RETAIL_TYPES = {
    "extract": "string",
    "line_number": "int64",
    "invoice_no": "string",
    "stock_code": "string",
    "description": "string",
    "quantity": "int64",
    "invoice_date": "timestamp(6)",
    "unit_price": PRICE,
    "customer_id": "string",
    "country": "string",
}


def settings_of(*environments: str, **changes: dict) -> Any:
    """The settings of environments laid over each other, with changes by pipeline laid over those."""
    merged: dict = {}
    files = [file for environment in environments for file in (PROJECT / "conf" / environment).rglob("parameters.yml")]
    for layer in [*(yaml.safe_load(file.read_text()) for file in files), changes]:
        for pipeline, values in layer.items():
            is_group = isinstance(values, dict)
            merged[pipeline] = {**merged.get(pipeline, {}), **values} if is_group else values
    return check_parameters(merged)


def customer(number: int) -> str:
    """The id of a customer, one of many: as text they are in the order of their numbers up to 89,999."""
    return str(10_000 + number)


def table(rows: list[dict], types: dict[str, str]) -> ibis.Table:
    """An engine table of rows; what a row leaves out is null."""
    schema = ibis.schema(types).to_pyarrow()
    return ibis.memtable(pa.Table.from_pylist([{column: row.get(column) for column in types} for row in rows], schema))


def retail(*rows: dict, **common: object) -> ibis.Table:
    """Lines as ``retail`` holds them: each row says what matters, the rest is an ordinary line."""
    ordinary = {
        "extract": "retail.sql",
        "invoice_no": "500001",
        "stock_code": "22423",
        "description": "CAKESTAND",
        "quantity": 1,
        "invoice_date": "2010-03-01 10:00:00",
        "unit_price": "1.00",
        "customer_id": "12346",
        "country": "United Kingdom",
        **common,
    }
    lines = [{"line_number": number, **ordinary, **row} for number, row in enumerate(rows, start=1)]
    return table([_typed(line) for line in lines], RETAIL_TYPES)


def _typed(line: dict) -> dict:
    date, price = line["invoice_date"], line["unit_price"]
    return {
        **{column: line[column] for column in RETAIL_COLUMNS},
        "invoice_date": None if date is None else pd.Timestamp(date).to_pydatetime(),
        "unit_price": None if price is None else Decimal(price),
    }


TRANSACTION_TYPES = {
    **RETAIL_TYPES,
    "line_type": "string",
    "is_cancellation": "boolean",
    "amount": MONEY,
}


def transactions(*rows: dict, **common: object) -> ibis.Table:
    """Lines as ``transactions`` holds them, all of them products."""
    lines = retail(*rows, **common)
    return lines.mutate(
        line_type=ibis.literal("product"),
        is_cancellation=lines.invoice_no.startswith("C"),
        amount=line_amount(lines),
    )


def lines_of(orders: Sequence[dict], *lines: dict) -> ibis.Table:
    """Transactions on the invoices that :func:`invoices` makes of the orders: each at its invoice's moment."""
    shared = ("invoice_date", "customer_id")
    of_invoice = {str(number): order for number, order in enumerate(orders, start=500001)}
    found = (of_invoice.get(line.get("invoice_no", "500001").removeprefix("C"), {}) for line in lines)
    joined = zip(lines, ({key: order[key] for key in shared if key in order} for order in found), strict=True)
    return transactions(*({**order, **line} for line, order in joined))


INVOICE_TYPES = {
    "invoice_no": "string",
    "invoice_date": "timestamp(6)",
    "customer_id": "string",
    "country": "string",
    "is_cancellation": "boolean",
    "lines": "int64",
    "units": "int64",
    "amount": MONEY,
}


def invoices(*rows: dict, **common: object) -> ibis.Table:
    """Invoices as ``invoices`` holds them, numbered; a negative amount makes one a cancellation."""
    built = []
    for number, row in enumerate(rows, start=500001):
        invoice = {"amount": "10.00", "customer_id": "12346", "country": "United Kingdom", **common, **row}
        cancelled = Decimal(invoice["amount"]) < 0
        built.append(
            {
                "invoice_no": f"C{number}" if cancelled else str(number),
                "is_cancellation": cancelled,
                "lines": 1,
                "units": 1,
                **invoice,
                "invoice_date": pd.Timestamp(invoice["invoice_date"]).to_pydatetime(),
                "amount": Decimal(invoice["amount"]),
            }
        )
    return table(built, INVOICE_TYPES)


def data_period(first: str, last: str) -> pd.DataFrame:
    """The period between two moments, as ``find_data_period`` gives it for a shop that sells on all days."""
    first_line, last_line = pd.Timestamp(first), pd.Timestamp(last)
    return pd.DataFrame(
        {
            "first_line": [first_line],
            "last_line": [last_line],
            "data_end": [last_line.normalize() + pd.Timedelta(days=1)],
            "covered_from": [first_line.normalize()],
            "covered_until": [last_line.normalize() + pd.Timedelta(days=1)],
        }
    )
