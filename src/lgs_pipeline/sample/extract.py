"""What the generator returns: the lines of an extract, and the truth about them."""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from lgs_pipeline.sample.settings import SampleSettings


@dataclass(frozen=True, eq=False)
class SampleTruth:
    """What is true of a sample extract, whatever can be read from its lines.

    Attributes
    ----------
    lines, surplus_lines
        Lines in all exports together, and how many of them are the second copies.
    amount, surplus_amount
        Sum of quantity times price in pounds, likewise.
    repeated_invoices
        Numbers of the invoices that stand in two exports, in their order.
    customers
        A row per customer: customer_id, country (at first), theme, wholesaler, arrival (day of the first
        order; of a returner, a day before the period), order_rate (per day), lapse_probability (after
        each order), order_value (level in pounds), orders (purchase invoices made), alive_at_end.
    companions
        A row per pair of products that go together: stock_code, and its companion's.
    lines_by_quirk
        How many lines show each quirk, in all exports together.
    """

    lines: int
    surplus_lines: int
    amount: Decimal
    surplus_amount: Decimal
    repeated_invoices: tuple[str, ...]
    customers: pd.DataFrame
    companions: pd.DataFrame
    lines_by_quirk: dict[str, int]


@dataclass(frozen=True, eq=False)
class SampleExtract:
    """A sample extract.

    Attributes
    ----------
    settings
        What was asked for.
    lines
        A row per line, by export and then by invoice: export (1 for the first year's), invoice_no,
        stock_code, description, quantity, invoice_date, unit_price (decimal text, hence exact),
        customer_id (nullable), country.
    truth
        What is true of them.
    """

    settings: SampleSettings
    lines: pd.DataFrame
    truth: SampleTruth
