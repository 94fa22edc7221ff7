"""Telling the truth about a sample: from what it was made of, not from its lines."""

from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.sample.catalogue import THEME_NAMES
from lgs_pipeline.sample.extract import SampleTruth
from lgs_pipeline.sample.invoices import KINDS, NO_DESCRIPTION, NOBODY, Invoices
from lgs_pipeline.sample.shop import Shop
from lgs_pipeline.sample.words import COUNTRIES


def tell_truth(lines: pd.DataFrame, row: IntArray, invoices: Invoices, shop: Shop, lapsed: FloatArray) -> SampleTruth:
    """Tell what is true of exported lines.

    Parameters
    ----------
    lines
        The lines as printed.
    row
        The row of the invoices' lines that each of them was printed from.
    invoices, shop
        What they were made of.
    lapsed
        The clock at which each customer lapsed; infinite for who is alive at the end.
    """
    exported = invoices.lines.iloc[row]
    amount = (exported["quantity"] * exported["price"]).to_numpy()
    second_copy = exported.index.duplicated()
    return SampleTruth(
        lines=len(exported),
        surplus_lines=int(second_copy.sum()),
        amount=_pounds(amount),
        surplus_amount=_pounds(amount[second_copy]),
        repeated_invoices=tuple(lines.loc[second_copy, "invoice_no"].drop_duplicates()),
        customers=_customers(shop, lapsed),
        companions=_companions(shop),
        lines_by_quirk=_lines_by_quirk(exported, invoices.heads),
    )


def _lines_by_quirk(exported: pd.DataFrame, heads: pd.DataFrame) -> dict[str, int]:
    """Count lines by their kind, products aside, and by how they came out."""
    of_kind = np.bincount(exported["kind"], minlength=len(KINDS)).tolist()
    customer = heads["customer"].to_numpy()[exported["invoice"]]
    came_out = {
        "without_customer": customer == NOBODY,
        "zero_price": exported["price"] == 0,
        "three_decimals": exported["price"] % 10 != 0,
        "missing_description": exported["note"] == NO_DESCRIPTION,
        "lower_case_code": exported["lower_case"],
        "stray_spaces": exported["spaced"],
        "respelled_description": exported["respelled"],
        "second_minute": exported["later"],
        "honest_repetition": exported["again"],
    }
    return dict(zip(KINDS[1:], of_kind[1:], strict=True)) | {
        quirk: int(shown.sum()) for quirk, shown in came_out.items()
    }


def _customers(shop: Shop, lapsed: FloatArray) -> pd.DataFrame:
    """Tell of each customer what it is like, when it came, how often it ordered, if it is alive."""
    customers = shop.customers
    first = customers["first_clock"].to_numpy()
    arrival = np.where(first < 0, np.floor(first), shop.calendar.day_at(first)).astype(np.int64)
    truth = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "country": np.take(COUNTRIES, customers["country"]),
            "theme": np.take(THEME_NAMES, customers["theme"]),
            "wholesaler": customers["wholesaler"],
            "arrival": (shop.calendar.first_day + arrival).astype("datetime64[s]"),
            "order_rate": customers["order_rate"],
            "lapse_probability": customers["lapse_probability"],
            "order_value": customers["order_value"],
            "orders": np.bincount(shop.named_orders["customer"], minlength=len(customers)),
            "alive_at_end": np.isinf(lapsed),
        }
    )
    return truth.sort_values("customer_id", ignore_index=True)


def _companions(shop: Shop) -> pd.DataFrame:
    """Tell which product brings which into the basket."""
    code, companion = shop.catalogue.items["stock_code"], shop.catalogue.companion
    brings = np.flatnonzero(companion >= 0)
    return pd.DataFrame({"stock_code": code[brings].array, "companion": code[companion[brings]].array})


def _pounds(thousandths: npt.NDArray[np.int64]) -> Decimal:
    return Decimal(int(thousandths.sum())) / 1000
