"""Extracts written by hand, in the forms in which they come."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from lgs_pipeline.datasets import RetailExtractDataset
from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.lines import DELIVERED_COLUMNS

Row = Sequence[str | None]

HEADER = ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"]
MUG = ["489434", "85123A", "MUG", "12", "2009-12-01 07:45:00", "6.95", "13085", "United Kingdom"]
TRAY = ["C489449", "22087", None, "-1", "2009-12-01 10:33:00", "2.955", None, "Éire"]
NOTHING = [None] * len(DELIVERED_COLUMNS)


def load(path: Path | str, **options: object) -> list[dict]:
    """The lines of an extract, in order."""
    table = RetailExtractDataset(str(path), **options).load()
    return table.order_by("extract", "line_number").to_pyarrow().to_pylist()


def message_of(path: Path | str, **options: object) -> str:
    """What is said of an extract that cannot be read: one line."""
    with pytest.raises(ExtractError) as error:
        load(path, **options)
    message = str(error.value)
    assert "\n" not in message
    return message


def error_of(path: Path | str, **options: object) -> str:
    """The same without the path that it begins with."""
    return message_of(path, **options).removeprefix(f"{path}: ")


def values(path: Path | str, **options: object) -> list[list]:
    """The lines of an extract without their provenance, in order."""
    return [[line[column] for column in DELIVERED_COLUMNS] for line in load(path, **options)]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def csv_text(*rows: Row, header: Sequence[str] = HEADER, delimiter: str = ",") -> str:
    def field(value: str | None) -> str:
        return "" if value is None else '"' + value.replace('"', '""') + '"'

    return "".join(delimiter.join(map(field, row)) + "\n" for row in [header, *rows])


def copy_text(*rows: Row, table: str = "public.retail", columns: Sequence[str] = DELIVERED_COLUMNS) -> str:
    escapes = str.maketrans({"\\": r"\\", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"})
    lines = ["\t".join(r"\N" if value is None else value.translate(escapes) for value in row) for row in rows]
    return "\n".join([f"COPY {table} ({', '.join(columns)}) FROM stdin;", *lines, "\\.", "", ""])


def tuple_text(row: Row) -> str:
    return "(" + ", ".join("NULL" if value is None else "'" + value.replace("'", "''") + "'" for value in row) + ")"


def insert_text(*rows: Row, table: str = "public.retail", columns: Sequence[str] = DELIVERED_COLUMNS) -> str:
    names = f" ({', '.join(columns)})" if columns else ""
    return "".join(f"INSERT INTO {table}{names} VALUES {tuple_text(row)};\n" for row in rows)


CREATE = """CREATE TABLE public.retail (
    invoice_no text NOT NULL,
    stock_code character varying(20) DEFAULT 'x, y'::character varying,
    description text,
    quantity integer,
    invoice_date timestamp without time zone,
    unit_price numeric(10,3),
    customer_id real,
    country text,
    CONSTRAINT positive CHECK ((unit_price >= (0)::numeric)),
    PRIMARY KEY (invoice_no, stock_code)
);
"""


def pg_dump_text(body: str) -> str:
    """A dump as pg_dump 18 frames it."""
    return f"""--
-- PostgreSQL database dump
--

\\restrict Yemearw0Zgn5blvsvuAgrXEpsOTre4SgPgEFNaLVQuPjee9IMg3b9b227SUYMYg

-- Dumped from database version 18.4

SET statement_timeout = 0;
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Name: retail; Type: TABLE; Schema: public; Owner: -
--

{CREATE}

{body}

ALTER TABLE ONLY public.retail ADD CONSTRAINT retail_pkey PRIMARY KEY (invoice_no);

--
-- PostgreSQL database dump complete
--

\\unrestrict Yemearw0Zgn5blvsvuAgrXEpsOTre4SgPgEFNaLVQuPjee9IMg3b9b227SUYMYg

"""


def write_workbook(path: Path, sheets: dict[str, list[list]]) -> Path:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)
    book.close()
    return path
