"""The shop and the plain orders in it, on which all that is unusual builds."""

from dataclasses import dataclass

import pandas as pd

from lgs_pipeline.sample.calendar import TradingCalendar
from lgs_pipeline.sample.catalogue import Catalogue
from lgs_pipeline.sample.invoices import NOBODY
from lgs_pipeline.sample.settings import SampleSettings


@dataclass(frozen=True, eq=False)
class Shop:
    """A shop with its customers and their orders.

    Attributes
    ----------
    settings, calendar, catalogue
        What was asked for, when the shop trades, and what it sells.
    customers
        A row per customer; see :func:`~lgs_pipeline.sample.customers.draw_customers`.
    orders
        A row per order; see :func:`~lgs_pipeline.sample.customers.draw_orders`.
    basket
        A row per product of an order; see :func:`~lgs_pipeline.sample.baskets.fill_baskets`.
    """

    settings: SampleSettings
    calendar: TradingCalendar
    catalogue: Catalogue
    customers: pd.DataFrame
    orders: pd.DataFrame
    basket: pd.DataFrame

    @property
    def named_orders(self) -> pd.DataFrame:
        """The orders that name their customer."""
        return self.orders[self.orders["customer"] != NOBODY]
