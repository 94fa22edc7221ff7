"""What is in an order: products that suit its theme, the season and the customer, for the money to spend."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.sample.calendar import TradingCalendar
from lgs_pipeline.sample.catalogue import CHRISTMAS_THEME, WHOLE_SHOP, Catalogue
from lgs_pipeline.sample.invoices import NOBODY
from lgs_pipeline.sample.settings import SampleSettings
from lgs_pipeline.sample.words import THEMES

FAVOURITES = 6  # products that a customer comes back for
OWN_THEME = 0.75  # share of a customer's orders in its own theme, outside the Christmas season
CHRISTMAS_ORDERS = 0.2  # share of orders that are Christmas orders, where the season is 1
LEAST_PER_LINE = 4.0  # pounds to spend per line; fewer lines where there is less

# Quantities come in packs; larger ones get a lower price.
PIECES = (
    "1 2 3 4 6 8 10 12 16 18 20 24 30 36 48 60 72 96 120 144 192 240 288 360 480 576 720 960 1152 1440 1920 2400 2880"
)
PACKS = np.array(PIECES.split(), dtype=np.int64)
BULK, BULK_PRICE = 48, 0.85  # from so many pieces, so much of the price
WEB_PRICE = 1.967  # what the web shop takes, beside the trade price


def fill_baskets(
    orders: pd.DataFrame,
    customers: pd.DataFrame,
    catalogue: Catalogue,
    calendar: TradingCalendar,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Put products into every order.

    Returns
    -------
    DataFrame
        One row per order (its number) and product: invoice, item, quantity, price (thousandths).
    """
    month = calendar.month[orders["day"].to_numpy()]
    theme = _themes_of(orders, calendar.month_of_year[month], rng)
    affordable = np.ceil(orders["value"].to_numpy() / LEAST_PER_LINE).astype(np.int64)
    wanted = np.minimum(orders["lines"].to_numpy(), affordable)
    order = np.repeat(np.arange(len(orders)), wanted)

    on_theme = rng.random(len(order)) < settings.loyalty_to_theme
    item = catalogue.pick(month[order], np.where(on_theme, theme[order], WHOLE_SHOP), rng)
    customer = orders["customer"].to_numpy()[order]
    item = _prefer_favourites(item, customer, month[order], customers, catalogue, settings, rng)
    order, item = _bring_companions(order, item, catalogue, settings, rng)
    basket = pd.DataFrame({"invoice": order, "item": item}).drop_duplicates(ignore_index=True)
    return basket.assign(**_quantities_and_prices(basket, orders, catalogue, rng))


def _themes_of(orders: pd.DataFrame, month_of_year: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw the theme of each order: Christmas in its season, else most often the customer's own."""
    season = np.array(THEMES[CHRISTMAS_THEME].demand)[month_of_year]
    other = rng.random(len(orders)) >= OWN_THEME
    theme = np.where(other, rng.integers(0, WHOLE_SHOP, len(orders)), orders["theme"])
    christmas = rng.random(len(orders)) < CHRISTMAS_ORDERS * season
    out_of_season = (theme == CHRISTMAS_THEME) & ~christmas
    return np.where(christmas, CHRISTMAS_THEME, np.where(out_of_season, WHOLE_SHOP, theme))


def _prefer_favourites(
    item: IntArray,
    customer: IntArray,
    month: IntArray,
    customers: pd.DataFrame,
    catalogue: Catalogue,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> IntArray:
    """Replace some of the products by favourites of the customer, where these are on sale."""
    shelf = np.repeat(customers["theme"].to_numpy(), FAVOURITES)
    favourites = catalogue.pick(np.zeros_like(shelf), shelf, rng).reshape(-1, FAVOURITES)
    favourite = favourites[customer, rng.integers(0, FAVOURITES, len(item))]
    wished = (customer != NOBODY) & (rng.random(len(item)) < settings.favourites)
    return np.where(wished & catalogue.on_sale[month, favourite], favourite, item)


def _bring_companions(
    order: IntArray, item: IntArray, catalogue: Catalogue, settings: SampleSettings, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Add to the products those that come with them."""
    companion = catalogue.companion[item]
    brought = (companion >= 0) & (rng.random(len(item)) < settings.companions)
    order = np.concatenate([order, order[brought]])
    item = np.concatenate([item, companion[brought]])
    as_ordered = np.argsort(order, kind="stable")
    return order[as_ordered], item[as_ordered]


def _quantities_and_prices(
    basket: pd.DataFrame, orders: pd.DataFrame, catalogue: Catalogue, rng: np.random.Generator
) -> dict[str, IntArray]:
    """Spend the order's money on its products, in packs, at the price of the shop and the quantity."""
    order = basket["invoice"].to_numpy()
    price = catalogue.items["price"].to_numpy()[basket["item"]]
    price = np.where(orders["web"].to_numpy()[order], _rounded(price * WEB_PRICE), price)
    appetite = rng.lognormal(0.0, 0.7, len(basket))
    spending = orders["value"].to_numpy() / np.bincount(order, weights=appetite, minlength=len(orders))
    quantity = _in_packs(1000 * spending[order] * appetite / price)
    return {"quantity": quantity, "price": np.where(quantity >= BULK, _rounded(price * BULK_PRICE), price)}


def _in_packs(pieces: FloatArray) -> IntArray:
    """Round numbers of pieces to packs, to the nearest by ratio."""
    halfway = np.sqrt(PACKS[:-1] * PACKS[1:])
    return PACKS[np.searchsorted(halfway, pieces)]


def _rounded(price: FloatArray) -> npt.NDArray[np.int64]:
    """Round prices in thousandths to pence; never to nothing."""
    return np.maximum(np.rint(price / 10), 1).astype(np.int64) * 10
