"""From numbers to the lines of the extract: how invoices are numbered, typed and exported."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from lgs_pipeline.arrays import BoolArray, IntArray
from lgs_pipeline.sample.calendar import TradingCalendar
from lgs_pipeline.sample.catalogue import respell
from lgs_pipeline.sample.invoices import ITS_OWN_NAME, KINDS, NO_DESCRIPTION, PREFIXES, Invoices
from lgs_pipeline.sample.shop import Shop
from lgs_pipeline.sample.words import COUNTRIES, STOCK_NOTES

FIRST_NUMBER = 489_434  # of an invoice
SKIPPED_NUMBERS = 0.2  # share of numbers that no invoice has

TYPED_IN_LOWER_CASE = {"manual": 0.05, "voucher": 0.6}  # share of lines by kind; products have a setting
SPACED, SPACED_ELSEWHERE = 0.9, 0.003  # share of lines with stray spaces: of untidy products, of others


def number_invoices(invoices: Invoices, rng: np.random.Generator) -> Invoices:
    """Put invoices in the order of time and number them: adds ``number`` to the heads."""
    order = np.argsort(invoices.heads["minute"].to_numpy(), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    steps = rng.geometric(1 - SKIPPED_NUMBERS, len(order))
    heads = invoices.heads.iloc[order].reset_index(drop=True).assign(number=FIRST_NUMBER - 1 + np.cumsum(steps))
    lines = invoices.lines.assign(invoice=place[invoices.lines["invoice"]])
    return Invoices(heads, lines.sort_values("invoice", kind="stable", ignore_index=True))


def type_lines(invoices: Invoices, shop: Shop, rng: np.random.Generator) -> Invoices:
    """Type the invoices as people do: adds to the lines how each of them came out.

    These are ``lower_case``, ``spaced``, ``respelled``, ``later`` (a minute after the first lines of the
    invoice) and ``again`` (the honest repetition of another line of it).
    """
    lines, items, settings = invoices.lines, shop.catalogue.items, shop.settings
    item = lines["item"].to_numpy()
    named = lines["note"].to_numpy() == ITS_OWN_NAME
    month = shop.calendar.month[invoices.heads["minute"].to_numpy() // 1440][lines["invoice"]]
    in_lower_case = np.array([TYPED_IN_LOWER_CASE.get(kind, 0.0) for kind in KINDS])
    in_lower_case[KINDS.index("product")] = settings.lower_case
    lettered = (items["stock_code"] != items["stock_code"].str.lower()).to_numpy()
    spaced = np.where(items["untidy"], SPACED, SPACED_ELSEWHERE)

    typed = lines.assign(
        lower_case=lettered[item] & (rng.random(len(lines)) < in_lower_case[lines["kind"]]),
        spaced=named & (rng.random(len(lines)) < spaced[item]),
        respelled=named & (month >= items["respelled_from"].to_numpy()[item]),
        later=_second_half(invoices) & (rng.random(len(invoices.heads)) < settings.two_minutes)[lines["invoice"]],
        again=False,
    )
    return Invoices(invoices.heads, typed).with_lines(_repeat_some(typed, settings.repeated_lines, rng))


def _second_half(invoices: Invoices) -> BoolArray:
    """Mark the lines in the second half of their invoice; a single line is in the first."""
    invoice = invoices.lines["invoice"].to_numpy()
    count = np.bincount(invoice, minlength=len(invoices.heads))
    position = np.arange(len(invoice)) - (np.cumsum(count) - count)[invoice]
    return position >= (count[invoice] + 1) // 2


def _repeat_some(typed: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Repeat a share of the product lines, but never the first line of an invoice.

    So an invoice never repeats all of its lines honestly, as only one that is loaded twice does.
    """
    first = ~typed["invoice"].duplicated()
    product = typed["kind"] == KINDS.index("product")
    return typed[product & ~first & (rng.random(len(typed)) < share)].assign(again=True)


def export_lines(invoices: Invoices, calendar: TradingCalendar) -> tuple[IntArray, IntArray]:
    """List the lines that each yearly export holds: the number of the export and the row of the line."""
    day = (invoices.heads["minute"].to_numpy() // 1440)[invoices.lines["invoice"]]
    rows = [np.arange(*np.searchsorted(day, export)) for export in calendar.exports]
    return np.repeat(np.arange(len(rows)) + 1, [len(of_export) for of_export in rows]), np.concatenate(rows)


def print_lines(export: IntArray, row: IntArray, invoices: Invoices, shop: Shop) -> pd.DataFrame:
    """Write lines out as they stand in an extract."""
    heads, items, lines = invoices.heads, shop.catalogue.items, invoices.lines.iloc[row]
    invoice = lines["invoice"].to_numpy()
    minute = heads["minute"].to_numpy()[invoice] + lines["later"].to_numpy()
    numbers = _look_up(PREFIXES, heads["prefix"]) + heads["number"].astype("str").array
    codes = pd.concat([items["stock_code"], items["stock_code"].str.lower()])
    prices, price = np.unique(lines["price"], return_inverse=True)
    customer_ids = pd.array(shop.customers["customer_id"], dtype="Int64")
    return pd.DataFrame(
        {
            "export": export.astype(np.int8),
            "invoice_no": numbers.take(invoice),
            "stock_code": _look_up(codes, lines["item"] + len(items) * lines["lower_case"]),
            "description": _look_up(_wordings(items), _wording_of(lines, len(items))),
            "quantity": lines["quantity"].to_numpy(),
            "invoice_date": shop.calendar.first_day.astype("datetime64[s]") + minute.astype("timedelta64[m]"),
            "unit_price": _look_up([decimal_text(thousandths) for thousandths in prices], price),
            "customer_id": customer_ids.take(heads["customer"].to_numpy()[invoice], allow_fill=True),
            "country": _look_up(COUNTRIES, heads["country"].to_numpy()[invoice]),
        }
    )


def decimal_text(thousandths: int) -> str:
    """Write an amount of thousandths as PostgreSQL does: without zeros at the end.

    >>> decimal_text(2100), decimal_text(-1275), decimal_text(18000)
    ('2.1', '-1.275', '18')
    """
    return f"{Decimal(int(thousandths)) / 1000:f}"


def _wordings(items: pd.DataFrame) -> list[str]:
    """List every way to describe a line: names plain, respelled, and both with stray spaces; stock notes."""
    names = items["description"].tolist()
    names += [respell(name) for name in names]
    spaced = [f" {name}" if len(name) % 4 == 0 else f"{name} " for name in names]
    return [*names, *spaced, *STOCK_NOTES]


def _wording_of(lines: pd.DataFrame, items: int) -> IntArray:
    """Find the wording of each line; -1 for none."""
    name = lines["item"] + items * (lines["respelled"] + 2 * lines["spaced"].astype(np.int64))
    note = lines["note"]
    wording = np.where(note == ITS_OWN_NAME, name, 4 * items + note)
    return np.where(note == NO_DESCRIPTION, -1, wording)


def _look_up(texts: Sequence[str] | pd.Series, number: npt.ArrayLike) -> ExtensionArray:
    """Take texts by their number; nothing where it is -1."""
    return pd.array(texts, dtype="str").take(np.asarray(number), allow_fill=True)
