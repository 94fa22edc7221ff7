"""Writing a sample extract as a database dump or as Parquet, and the truth about it beside it."""

import dataclasses
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lgs_pipeline.errors import InputError
from lgs_pipeline.sample.extract import SampleExtract, SampleTruth

ROWS_AT_A_TIME = 250_000

# Column names of the published workbook, and the types of its Parquet copy.
WORKBOOK = pa.schema(
    {
        "Invoice": pa.string(),
        "StockCode": pa.string(),
        "Description": pa.string(),
        "Quantity": pa.int32(),
        "InvoiceDate": pa.timestamp("ms"),
        "Price": pa.float64(),
        "Customer ID": pa.int32(),
        "Country": pa.string(),
    }
)

DUMP_KEY = "LondonGiftShop0Sample0Extract0Generated0By0lgs0pipeline0sample0"

DUMP_START = f"""\
--
-- PostgreSQL database dump
--

\\restrict {DUMP_KEY}

-- Dumped from database version 17.6
-- Dumped by pg_dump version 17.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: retail; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retail (
    invoice_no text,
    stock_code text,
    description text,
    quantity integer,
    invoice_date timestamp without time zone,
    unit_price real,
    customer_id real,
    country text
);


--
-- Data for Name: retail; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.retail (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, \
country) FROM stdin;
"""

DUMP_END = f"""\
\\.


--
-- PostgreSQL database dump complete
--

\\unrestrict {DUMP_KEY}

"""


def write(extract: SampleExtract, target: str | Path) -> list[Path]:
    """Write an extract in the form that its target's name asks for.

    Parameters
    ----------
    extract
        What to write.
    target
        A ``.sql``, ``.sql.gz`` or ``.parquet`` file; or a folder (an existing one, or text that ends in a
        slash), which gets one Parquet file per yearly export.

    Returns
    -------
    list of Path
        The files written. The same extract always gives the same bytes.

    Raises
    ------
    InputError
        If the target's name is none of these.
    """
    path = Path(target)
    if str(target).endswith("/") or path.is_dir():
        return _write_exports(extract, path)
    if path.name.endswith((".sql", ".sql.gz")):
        _write_dump(extract.lines, path)
    elif path.suffix == ".parquet":
        _write_parquet(extract.lines, path)
    else:
        raise InputError(f"{target}: the name must end in .sql, .sql.gz or .parquet, or in / for a folder")
    return [path]


def write_truth(extract: SampleExtract, folder: str | Path) -> list[Path]:
    """Write what is true of an extract: ``truth.json``, ``customers.csv`` and ``companions.csv``."""
    folder = Path(folder)
    truth: dict[str, Any] = {"settings": dataclasses.asdict(extract.settings)}
    tables: dict[str, pd.DataFrame] = {}
    for field in dataclasses.fields(SampleTruth):
        value = getattr(extract.truth, field.name)
        (tables if isinstance(value, pd.DataFrame) else truth)[field.name] = value
    files = {"truth.json": json.dumps(truth, indent=2, default=str) + "\n"}
    files |= {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
    for name, text in files.items():
        with _written_whole(folder / name) as file:
            file.write(text.encode())
    return [folder / name for name in files]


def copy_text(lines: pd.DataFrame) -> str:
    """Write lines as the rows of a ``COPY … FROM stdin`` block."""
    columns = [_copy_column(lines[name]) for name in lines.columns.drop("export")]
    rows = pc.binary_join_element_wise(*columns, pa.scalar("\t", pa.large_string()))
    return "".join(f"{row}\n" for row in rows.to_pylist())


def _copy_column(column: pd.Series) -> pa.Array:
    values = pa.array(column, from_pandas=True)
    text = values.cast(pa.large_string())
    if pa.types.is_large_string(values.type) or pa.types.is_string(values.type):
        for character, escaped in (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r")):
            text = pc.replace_substring(text, character, escaped)
    return pc.fill_null(text, r"\N")


def _write_dump(lines: pd.DataFrame, path: Path) -> None:
    with _written_whole(path) as file, _compressed(file) if path.suffix == ".gz" else file as dump:
        dump.write(DUMP_START.encode())
        for start in range(0, len(lines), ROWS_AT_A_TIME):
            dump.write(copy_text(lines.iloc[start : start + ROWS_AT_A_TIME]).encode())
        dump.write(DUMP_END.encode())


def _write_exports(extract: SampleExtract, folder: Path) -> list[Path]:
    paths = []
    for export, lines in extract.lines.groupby("export"):
        year = extract.settings.first_day.year + int(export) - 1
        paths.append(folder / f"year_{year}_{year + 1}.parquet")
        _write_parquet(lines, paths[-1])
    return paths


def _write_parquet(lines: pd.DataFrame, path: Path) -> None:
    with _written_whole(path) as file, pq.ParquetWriter(file, WORKBOOK, compression="zstd") as writer:
        for start in range(0, len(lines), ROWS_AT_A_TIME):
            some = lines.iloc[start : start + ROWS_AT_A_TIME].drop(columns="export")
            columns = [
                pa.array(some[name], from_pandas=True).cast(field.type)
                for name, field in zip(some.columns, WORKBOOK, strict=True)
            ]
            writer.write_table(pa.table(columns, schema=WORKBOOK))


@contextmanager
def _written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place only once it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _compressed(file: BinaryIO) -> gzip.GzipFile:
    """Compress without a name or a time, so that the same text gives the same bytes."""
    return gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=9, mtime=0)
