"""The generator of the sample extract: a gift shop simulated from a seed."""

import numpy as np

from lgs_pipeline.sample.baskets import fill_baskets
from lgs_pipeline.sample.calendar import TradingCalendar
from lgs_pipeline.sample.catalogue import make_catalogue
from lgs_pipeline.sample.customers import draw_customers, draw_order_times, draw_orders
from lgs_pipeline.sample.extract import SampleExtract
from lgs_pipeline.sample.invoices import Invoices, make_heads, make_lines
from lgs_pipeline.sample.printing import export_lines, number_invoices, print_lines, type_lines
from lgs_pipeline.sample.quirks import INVOICES_BESIDE_ORDERS, LINES_ON_ORDERS
from lgs_pipeline.sample.settings import SampleSettings
from lgs_pipeline.sample.shop import Shop
from lgs_pipeline.sample.truth import tell_truth


def generate(settings: SampleSettings | None = None) -> SampleExtract:
    """Simulate a gift shop and export its invoice lines.

    Parameters
    ----------
    settings
        What the sample should be like; by default, like the committed one.

    Returns
    -------
    SampleExtract
        The lines, by yearly export and invoice, and the truth about them.

    Examples
    --------
    >>> extract = generate(SampleSettings(customers=5, months=3))
    >>> len(extract.lines) == extract.truth.lines
    True
    """
    settings = settings or SampleSettings()
    # Each step has its own stream of chance, so that what one step draws never changes another.
    chance = np.random.default_rng(settings.seed)
    for_catalogue, for_customers, for_orders, for_baskets, for_quirks, for_typing = chance.spawn(6)
    calendar = TradingCalendar.of(settings)
    catalogue = make_catalogue(settings, calendar, for_catalogue)
    customers = draw_customers(settings, calendar, for_customers)
    who, clock, lapsed = draw_order_times(customers, calendar, for_orders)
    orders = draw_orders(customers, who, clock, settings, calendar, for_orders)
    basket = fill_baskets(orders, customers, catalogue, calendar, settings, for_baskets)
    shop = Shop(settings, calendar, catalogue, customers, orders, basket)

    invoices = type_lines(number_invoices(_all_invoices(shop, for_quirks), for_typing), shop, for_typing)
    export, row = export_lines(invoices, calendar)
    lines = print_lines(export, row, invoices, shop)
    return SampleExtract(settings, lines, tell_truth(lines, row, invoices, shop, lapsed))


def _all_invoices(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Make invoices of the orders and of every quirk."""
    heads = make_heads(shop.orders["minute"], shop.orders["customer"], shop.orders["country"])
    products = make_lines("product", *(shop.basket[name] for name in ("invoice", "item", "quantity", "price")))
    orders = Invoices(heads, products).with_lines(*(quirk(shop, rng) for quirk in LINES_ON_ORDERS))
    return Invoices.together([orders, *(quirk(shop, rng) for quirk in INVOICES_BESIDE_ORDERS)])
