"""The spellings that retail extracts use for their columns, and the one schema they map to."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from kedro.io import DatasetError

from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.lines import DELIVERED_COLUMNS, EXTRACT_COLUMNS, REQUIRED_COLUMNS

logger = logging.getLogger(__name__)

# Compared without case, spaces and punctuation: "Unit price" also stands for unit_price and UnitPrice.
USUAL_SPELLINGS: Mapping[str, Sequence[str]] = {
    "invoice_no": (
        "Invoice",
        "Invoice no",
        "Invoice number",
        "Invoice num",
        "Invoice nr",
        "Invoice id",
        "Invoice code",
    ),
    "stock_code": (
        "Stock code",
        "Stock no",
        "Stock id",
        "SKU",
        "Product code",
        "Product id",
        "Item code",
        "Item no",
        "Item id",
    ),
    "description": (
        "Description",
        "Product",
        "Product name",
        "Product description",
        "Item name",
        "Item description",
        "Stock description",
    ),
    "quantity": ("Quantity", "Qty"),
    "invoice_date": ("Invoice date", "Date", "Order date", "Invoice datetime", "Invoice timestamp", "Date time"),
    "unit_price": ("Price", "Unit price", "Price per unit", "Item price", "Price GBP", "Unit price GBP"),
    "customer_id": (
        "Customer id",
        "Customer",
        "Customer no",
        "Customer number",
        "Customer num",
        "Customer nr",
        "Customer code",
        "Cust id",
    ),
    "country": ("Country", "Customer country", "Country name"),
    "currency": ("Currency", "Currency code", "Invoice currency", "Order currency"),
    "invoice_type": ("Type", "Invoice type", "Transaction type", "Document type", "Order type"),
}


ROWS_SEARCHED = 50
"""Titles and notes may stand above the headers, which are looked for in this many rows."""

_NUMBER = re.compile(r"[-+(]?\W{0,2}\d[\d.,]*\W{0,2}")
_DATE = re.compile(r"\d{1,4}\s?[-/. ]\s?(\d{1,2}|[^\W\d]{3,9}\.?),?\s?[-/. ]\s?\d{2,4}\b.*", re.DOTALL)


def looks_like_a_line(cells: Sequence[str]) -> bool:
    """Whether a row could be an invoice line: enough cells, with a date and two numbers among them.

    Examples
    --------
    >>> looks_like_a_line(["489434", "85123A", "12", "2009-12-01 07:45:00", "6.95", ""])
    True
    >>> looks_like_a_line(["Country", "2009", "2010", "2011", "Total"])
    False
    """
    filled = [cell.strip()[:40] for cell in cells if cell.strip()]
    dates = [cell for cell in filled if _DATE.fullmatch(cell)]
    numbers = [cell for cell in filled if _NUMBER.fullmatch(cell) and cell not in dates]
    # A day number of Excel, of 1982 to 2064, is a date too.
    days = [number for number in numbers if number.partition(".")[0].isdigit() and 30_000 <= float(number) <= 60_000]
    return len(filled) >= len(REQUIRED_COLUMNS) and (
        (bool(dates) and len(numbers) >= 2) or (bool(days) and len(numbers) >= 3)
    )


def normalise(header: str) -> str:
    """Reduce a header to its letters and digits in lower case.

    Examples
    --------
    >>> normalise(" Customer_ID ")
    'customerid'
    """
    return "".join(filter(str.isalnum, header.lower()))


class Headers:
    """Finds the columns of the one schema among the headers of an extract.

    Parameters
    ----------
    extra_spellings : mapping of str to sequence of str, optional
        Further spellings by column, on top of the usual ones.

    Examples
    --------
    >>> Headers({"unit_price": ["Cost each"]}).known(["Invoice", "Cost each", "Till"])
    ['Invoice', 'Cost each']
    """

    def __init__(self, extra_spellings: Mapping[str, Sequence[str]] | None = None) -> None:
        extra = extra_spellings or {}
        if unknown := sorted(set(extra) - set(EXTRACT_COLUMNS)):
            raise DatasetError(
                f"header_spellings: found {', '.join(unknown)}, expected any of "
                f"{', '.join(EXTRACT_COLUMNS)}; name the column that the spelling stands for"
            )
        self._spellings = {column: (*USUAL_SPELLINGS[column], *extra.get(column, ())) for column in EXTRACT_COLUMNS}
        self._columns = {
            normalise(spelling): column
            for spellings in (USUAL_SPELLINGS, extra)
            for column, ways in spellings.items()
            for spelling in ways
        }

    def known(self, found: Sequence[str]) -> list[str]:
        """Return those headers that stand for a column which every extract has."""
        return [header for header in found if self._columns.get(normalise(header)) in DELIVERED_COLUMNS]

    def find(self, rows: Sequence[Sequence[str]]) -> int | None:
        """Return which of these rows holds the headers: the first with most known ones; None if there is none."""
        known = [len({self._columns[normalise(header)] for header in self.known(row)}) for row in rows]
        most = max(known, default=0)
        # A summary by country has one or two of them.
        return known.index(most) if most > len(DELIVERED_COLUMNS) // 3 else None

    def locate(self, found: Sequence[str], path: Path, where: str = "") -> dict[str, int]:
        """Return the position among the headers found of each column, in order.

        These are all of ``DELIVERED_COLUMNS``, and those of ``OPTIONAL_COLUMNS`` that are there.

        Raises
        ------
        ExtractError
            If a column is missing, or two headers stand for the same one.
        """
        positions: dict[str, list[int]] = {}
        for position, header in enumerate(found):
            positions.setdefault(self._columns.get(normalise(header), ""), []).append(position)
        ignored = [found[position] for position in positions.pop("", [])]
        self._refuse_missing(positions, found, path, where)
        self._refuse_doubled(positions, found, path, where)
        if ignored:
            place = f"{path.name}, {where}" if where else path.name
            logger.info("%s: ignored columns %s", place, _listed(ignored))
        return {column: positions[column][0] for column in EXTRACT_COLUMNS if column in positions}

    def _refuse_missing(self, positions: Mapping[str, list[int]], found: Sequence[str], path: Path, where: str) -> None:
        missing = [column for column in DELIVERED_COLUMNS if column not in positions]
        if len(missing) == len(DELIVERED_COLUMNS):
            raise ExtractError(
                path,
                f"the headers {_listed(found)}",
                f"headers for {', '.join(DELIVERED_COLUMNS)}",
                "put them into one of the first lines, with commas, semicolons or tabs between",
                where=where,
            )
        if missing:
            ways = "; ".join(f"{column} (as {_listed(self._spellings[column])})" for column in missing)
            raise ExtractError(
                path,
                f"the headers {_listed(found)}",
                f"also {ways}",
                "add the missing column, or its spelling to header_spellings in the catalog",
                where=where,
            )

    def _refuse_doubled(self, positions: Mapping[str, list[int]], found: Sequence[str], path: Path, where: str) -> None:
        for column, places in positions.items():
            if len(places) > 1:
                raise ExtractError(
                    path,
                    f"{_listed([found[place] for place in places])} for column {column}",
                    "one header for it",
                    "rename or remove the other",
                    where=where,
                )


def refuse_line_above(path: Path, where: str, cells: Sequence[str]) -> ExtractError:
    """Say that a line stands where it would be lost."""
    return ExtractError(
        path,
        f"what may be an invoice line above the headers: {_listed(cells)}",
        "titles and notes at most",
        "move the headers to the top",
        where=where,
    )


def _listed(headers: Sequence[str], most: int = 30) -> str:
    shown = [repr(header if len(header) <= 60 else f"{header[:60]}…") for header in headers[:most]]
    return ", ".join([*shown, *([f"and {len(headers) - most} more"] if len(headers) > most else [])])
