"""Invoices before they are printed: everything is still a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from lgs_pipeline.arrays import IntArray

NOBODY = -1  # the customer of an invoice without one

PREFIXES = ("", "C", "A")  # of an invoice number: plain, cancellation, bad debt
PLAIN, CANCELLATION, BAD_DEBT = range(len(PREFIXES))

KINDS = (
    "product",
    "cancellation",
    "postage",
    "discount",
    "manual",
    "voucher",
    "sample",
    "fee",
    "adjustment",
    "bad_debt",
    "test",
    "gift",
    "stock_movement",
)

ITS_OWN_NAME, NO_DESCRIPTION = -1, -2  # what a line can say instead of a stock note


@dataclass(frozen=True, eq=False)
class Invoices:
    """A batch of invoices.

    Attributes
    ----------
    heads
        A row per invoice; see :func:`make_heads`.
    lines
        A row per line; see :func:`make_lines`.
    """

    heads: pd.DataFrame
    lines: pd.DataFrame

    @classmethod
    def together(cls, batches: Sequence[Self]) -> Self:
        """Put batches into one, in their order."""
        starts = np.cumsum([0, *(len(batch.heads) for batch in batches[:-1])])
        lines = [
            batch.lines.assign(invoice=batch.lines["invoice"] + start)
            for batch, start in zip(batches, starts, strict=True)
        ]
        return cls(
            pd.concat([batch.heads for batch in batches], ignore_index=True), pd.concat(lines, ignore_index=True)
        )

    def with_lines(self, *more: pd.DataFrame) -> Self:
        """Put further lines at the end of their invoices."""
        lines = pd.concat([self.lines, *more], ignore_index=True)
        return type(self)(self.heads, lines.sort_values("invoice", kind="stable", ignore_index=True))


def make_heads(
    minute: IntArray, customer: IntArray | int, country: IntArray | int, prefix: IntArray | int = PLAIN
) -> pd.DataFrame:
    """Make a row per invoice: its minute from the start of the sample, customer, country, prefix."""
    columns = {"minute": minute, "customer": customer, "country": country, "prefix": prefix}
    return pd.DataFrame(columns).reset_index(drop=True)


def make_lines(
    kind: str,
    invoice: IntArray,
    item: IntArray | int,
    quantity: IntArray | int,
    price: IntArray | int,
    note: IntArray | int = ITS_OWN_NAME,
) -> pd.DataFrame:
    """Make a row per line: row of its invoice, item, quantity, price (thousandths), kind, stock note."""
    columns = {"invoice": invoice, "item": item, "quantity": quantity, "price": price, "note": note}
    return pd.DataFrame(columns).reset_index(drop=True).assign(kind=KINDS.index(kind))
