"""The products: their names, codes and prices, when they sell, and which of them go together."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from lgs_pipeline.arrays import BoolArray, FloatArray, IntArray
from lgs_pipeline.sample.calendar import TradingCalendar
from lgs_pipeline.sample.settings import SampleSettings
from lgs_pipeline.sample.words import CHRISTMAS, COLOURS, SERVICES, SIZES, THEMES, Theme

THEME_NAMES = tuple(theme.name for theme in THEMES)
CHRISTMAS_THEME = THEME_NAMES.index(CHRISTMAS)
WHOLE_SHOP = len(THEMES)  # the shelf that holds every product; each of the others holds one theme

# Prices end as shop prices do; a few, of things sold out of packs, have three decimals.
PENCE = (
    "29 39 42 55 65 83 85 125 145 165 195 210 255 295 325 375 395 415 425 465 495 545 595 625 675 695 "
    "725 795 850 995 1095 1275 1495 1695 1995 2495 2995"
)
PRICE_POINTS = 10 * np.array(PENCE.split(), dtype=np.int64)
COMPANION_PRICES = (1250, 1650, 1950, 2100, 2550, 2950, 3750)
THREE_DECIMALS = (425, 835, 1275, 2115)

COLOURS_OF_A_DESIGN = (0.55, 0.20, 0.15, 0.10)  # chance of 1 (then unnamed), 2, 3 or 4 colours
LETTERED = 0.25  # share of one-colour designs whose code has a letter all the same
ON_SALE_FROM_THE_START = 0.70
DISCONTINUED = 0.15
COMPANION_POPULARITY = 2.0  # the median product has 1


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Everything that a line can be about. Products come first, then the services (postage, fees, …).

    Attributes
    ----------
    items
        A row per product or service: stock_code, description, theme (number; -1 for a service), price
        (thousandths of a pound), untidy (its description carries stray spaces), respelled_from (number of
        the month from which its description is spelled anew).
    on_sale
        Whether each product is sold in each month: months by products.
    companion
        For each product, the one that it brings into the basket; -1 for none.
    edges
        Where each product's slice of each shelf ends; see :meth:`pick`.
    """

    items: pd.DataFrame
    on_sale: BoolArray
    companion: IntArray
    edges: FloatArray

    @property
    def products(self) -> int:
        """Number of products."""
        return len(self.companion)

    def service(self, code: str) -> int:
        """Number of the item with a service's code."""
        return self.products + tuple(SERVICES).index(code)

    def pick(self, month: IntArray, shelf: IntArray, rng: np.random.Generator) -> IntArray:
        """Draw a product from a shelf as it stands in a month, for each pair of the two.

        Every shelf is one unit long, and each product on it takes a slice as wide as its demand. The
        shelves of all months stand in one row, so one search finds the products of any number of draws.
        """
        position = month * (WHOLE_SHOP + 1) + shelf + rng.random(len(month))
        return np.searchsorted(self.edges, position, side="right") % self.products


def make_catalogue(settings: SampleSettings, calendar: TradingCalendar, rng: np.random.Generator) -> Catalogue:
    """Make up the products of a shop."""
    quotas = [len(part) for part in np.array_split(np.arange(settings.products), len(THEMES))]
    products = pd.concat(
        [
            _products_of(theme, quota, rng).assign(theme=number)
            for number, (theme, quota) in enumerate(zip(THEMES, quotas, strict=True))
        ],
        ignore_index=True,
    )
    count, months = len(products), calendar.month[-1] + 1
    brings_next = products.pop("brings_next").to_numpy()
    paired = brings_next | np.roll(brings_next, 1)
    in_packs = rng.choice(np.flatnonzero(~paired), len(THREE_DECIMALS), replace=False)
    products.loc[in_packs, "price"] = THREE_DECIMALS
    products["stock_code"] = _stock_codes(products.pop("letter"), rng)
    products["untidy"] = rng.random(count) < settings.untidy_products
    respelled = rng.random(count) < settings.respelled_products
    products["respelled_from"] = np.where(respelled, rng.integers(0, months, count), months)

    on_sale = _months_on_sale(months, paired, rng)
    popularity = np.where(paired, COMPANION_POPULARITY, rng.lognormal(0.0, 1.0, count))
    services = pd.DataFrame(SERVICES.items(), columns=["stock_code", "description"])
    services = services.assign(theme=-1, price=0, untidy=False, respelled_from=months)
    return Catalogue(
        items=pd.concat([products, services], ignore_index=True),
        on_sale=on_sale,
        companion=np.where(brings_next, np.arange(count) + 1, -1),
        edges=_shelve(popularity * on_sale, products["theme"].to_numpy(), calendar.month_of_year),
    )


def respell(description: str) -> str:
    """Spell a product's name the other way round.

    >>> respell("BLUE ENAMEL JUG")
    'ENAMEL JUG, BLUE'
    """
    first, _, rest = description.partition(" ")
    return f"{rest}, {first}"


def _products_of(theme: Theme, wanted: int, rng: np.random.Generator) -> pd.DataFrame:
    """Make up a theme's products: first its pairs of companions, then designs in one or more colours."""
    rows = []
    for pair in theme.companions:
        style = rng.choice(theme.styles)
        for thing in pair:
            rows.append((f"{style} {thing}", rng.choice(COMPANION_PRICES), "", thing == pair[0]))
    designs = list(product(SIZES, theme.styles, theme.things))
    common = np.array([SIZES[size] for size, _, _ in designs])
    for design in rng.choice(len(designs), len(designs), replace=False, p=common / common.sum()):
        size, style, thing = designs[design]
        price = _shop_price(theme.things[thing] * rng.uniform(0.8, 1.3))
        colours = rng.choice(len(COLOURS_OF_A_DESIGN), p=COLOURS_OF_A_DESIGN) + 1
        if colours == 1:
            rows.append((f"{size}{style} {thing}", price, "A" if rng.random() < LETTERED else "", False))
        else:
            for letter, colour in zip("ABCD", rng.permutation(COLOURS)[:colours], strict=False):
                rows.append((f"{size}{colour} {style} {thing}", price, letter, False))
        if len(rows) >= wanted:
            break
    return pd.DataFrame(rows[:wanted], columns=["description", "price", "letter", "brings_next"])


def _shop_price(pounds: float) -> int:
    """Find the price point nearest to an amount."""
    return int(PRICE_POINTS[np.abs(PRICE_POINTS - 1000 * pounds).argmin()])


def _stock_codes(letter: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Give each design a number of five digits, and its colours the letter that they come with."""
    design = letter.isin(["", "A"]).cumsum() - 1
    numbers = rng.choice(np.arange(20_000, 90_000), design.iloc[-1] + 1, replace=False)
    return pd.Series(numbers[design]).astype("str") + letter


def _months_on_sale(months: int, always: BoolArray, rng: np.random.Generator) -> BoolArray:
    """Draw when each product comes in and, for some, goes out: months by products."""
    count = len(always)
    old = always | (rng.random(count) < ON_SALE_FROM_THE_START)
    first = np.where(old, 0, rng.integers(0, months, count))
    goes = ~always & (rng.random(count) < DISCONTINUED)
    last = np.where(goes, first + rng.integers(3, 12, count), months)
    month = np.arange(months)[:, None]
    return (first <= month) & (month <= last)


def _shelve(demand: FloatArray, theme: IntArray, month_of_year: IntArray) -> FloatArray:
    """Lay out the shelves of every month: where each product's slice ends, all in one row."""
    season = np.array([theme.demand for theme in THEMES])[theme][:, month_of_year].T
    shelf = np.arange(WHOLE_SHOP + 1)[:, None]
    on_shelf = (shelf == theme) | (shelf == WHOLE_SHOP)
    slices = np.cumsum((demand * season)[:, None, :] * on_shelf, axis=2)
    start = np.arange(slices.shape[0] * slices.shape[1]).reshape(*slices.shape[:2], 1)
    return (start + slices / slices[:, :, -1:]).ravel()
