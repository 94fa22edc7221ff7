"""Everything in the extract that is not simply an order: a function per quirk."""

import numpy as np
import pandas as pd

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.sample.calendar import any_time, minute_of
from lgs_pipeline.sample.catalogue import WHOLE_SHOP
from lgs_pipeline.sample.invoices import (
    BAD_DEBT,
    CANCELLATION,
    ITS_OWN_NAME,
    NO_DESCRIPTION,
    NOBODY,
    PLAIN,
    Invoices,
    make_heads,
    make_lines,
)
from lgs_pipeline.sample.shop import Shop
from lgs_pipeline.sample.words import AT_HOME, COUNTRIES, STOCK_NOTES, VOUCHERS

BY_CARRIER = tuple(COUNTRIES.index(name) for name in ("EIRE", "Channel Islands"))

DAYS_TO_COME_BACK = 14.0  # mean days from an order to its cancellation, discount or refund
PARCEL = (18_000, 28_000, 40_000)  # postage in thousandths of a pound; which of them depends on the country
CARRIAGE, PALLET, BANK_CHARGE = 50_000, 150_000, 15_000
PRICE_OF_TESTS = {"TEST001": 4_500, "TEST002": 1_000}
ADJUSTED = {"ADJUST": (56, 0.03), "ADJUST2": (59, 0.005)}  # on which day, and the share of orders until then


# ---- Further lines on orders ------------------------------------------------------------------------


def postage(shop: Shop, rng: np.random.Generator) -> pd.DataFrame:
    """Charge for delivery: orders abroad by post or carrier, web orders by a share of their value."""
    orders = shop.orders
    country, web = orders["country"].to_numpy(), orders["web"].to_numpy()
    value = orders["value"].to_numpy()
    chance = rng.random(len(orders))
    by_carrier = ~web & np.isin(country, BY_CARRIER)
    posted = ~web & ~by_carrier & (chance < np.where(country == AT_HOME, 0.004, 0.7))
    parcels = 1 + rng.poisson(value[posted] / 400)
    to_web = np.flatnonzero(web & (chance < 0.9))
    charge = _pence(value[to_web] * rng.uniform(0.05, 0.12, len(to_web)))
    service = shop.catalogue.service
    return pd.concat(
        [
            make_lines(
                "postage",
                np.flatnonzero(posted),
                service("POST"),
                parcels,
                np.take(PARCEL, country[posted] % len(PARCEL)),
            ),
            make_lines("postage", np.flatnonzero(by_carrier & (chance < 0.5)), service("C2"), 1, CARRIAGE),
            make_lines("postage", np.flatnonzero(by_carrier & (chance > 0.93)), service("C3"), 1, PALLET),
            make_lines("postage", to_web, service("DOT"), 1, charge),
        ]
    )


def vouchers(shop: Shop, rng: np.random.Generator) -> pd.DataFrame:
    """Sell gift vouchers with some web orders, at their value less a fifth of tax."""
    order = _some(shop.orders["web"], shop.settings.vouchers, rng)
    sold = rng.integers(0, len(VOUCHERS), len(order))
    value = np.array([int(code.rpartition("_")[2]) for code in VOUCHERS])
    first = shop.catalogue.service(VOUCHERS[0])
    return make_lines("voucher", order, first + sold, 1, _pence(value[sold] / 1.2))


def manual_charges(shop: Shop, rng: np.random.Generator) -> pd.DataFrame:
    """Enter something by hand on some orders."""
    order = _some(~shop.orders["web"], shop.settings.charged_by_hand, rng)
    quantity = rng.choice([1, 1, 1, 2, 6, 12], len(order))
    return make_lines("manual", order, shop.catalogue.service("M"), quantity, _amounts(6.0, len(order), rng))


def gifts(shop: Shop, rng: np.random.Generator) -> pd.DataFrame:
    """Add a product at price zero to some orders of customers."""
    order = shop.basket["invoice"].to_numpy()[rng.random(len(shop.basket)) < shop.settings.gifts]
    order = order[~shop.orders["web"].to_numpy()[order]]
    month = shop.calendar.month[shop.orders["day"].to_numpy()[order]]
    item = shop.catalogue.pick(month, np.full(len(order), WHOLE_SHOP), rng)
    return make_lines("gift", order, item, rng.choice([1, 2, 4, 6, 12, 24], len(order)), 0)


# ---- Invoices that follow an order ------------------------------------------------------------------


def cancellations(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Take back some orders: a few whole; of the others one to three lines, in part or in full."""
    order, heads = _after_orders(shop, shop.settings.cancelled, rng)
    whole = rng.random(len(order)) < shop.settings.cancelled_whole
    most = np.where(whole, len(shop.basket), rng.choice([1, 1, 1, 2, 3], len(order)))

    cancellation = np.full(len(shop.orders), -1)
    cancellation[order] = np.arange(len(order))
    lines = shop.basket.assign(invoice=cancellation[shop.basket["invoice"]])
    lines = lines[lines["invoice"] >= 0].reset_index(drop=True)
    turn = pd.Series(rng.random(len(lines))).groupby(lines["invoice"]).rank()
    lines = lines[turn <= most[lines["invoice"]]]

    in_full = whole[lines["invoice"]] | (rng.random(len(lines)) < 0.45)
    part = np.where(in_full, 1.0, 1 - rng.random(len(lines)))
    quantity = -np.ceil(lines["quantity"] * part).astype(np.int64)
    return Invoices(heads, make_lines("cancellation", lines["invoice"], lines["item"], quantity, lines["price"]))


def cancellations_from_before(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Take back, in the first days, what the returners bought before the period."""
    returner = np.flatnonzero(shop.customers["first_clock"] < 0)
    customers, count = shop.customers.iloc[returner], len(returner)
    day = shop.calendar.trading_day_from(rng.integers(0, 9, count))
    heads = make_heads(minute_of(day, any_time(count, rng)), returner, customers["country"], CANCELLATION)
    invoice = np.repeat(np.arange(count), rng.integers(1, 4, count))
    item = shop.catalogue.pick(np.zeros_like(invoice), customers["theme"].to_numpy()[invoice], rng)
    price = shop.catalogue.items["price"].to_numpy()[item]
    lines = make_lines("cancellation", invoice, item, -rng.choice([1, 2, 6, 12], len(item)), price)
    return Invoices(heads, lines.drop_duplicates(["invoice", "item"], ignore_index=True))


def discounts(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Give back a little of what some orders cost."""
    order, heads = _after_orders(shop, shop.settings.discounted, rng)
    amount = _pence(shop.orders["value"].to_numpy()[order] * rng.uniform(0.02, 0.1, len(order)))
    return _one_line_each("discount", heads, shop.catalogue.service("D"), -1, amount)


def manual_refunds(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Pay something back by hand after some orders."""
    order, heads = _after_orders(shop, shop.settings.refunded_by_hand, rng)
    return _one_line_each("manual", heads, shop.catalogue.service("M"), -1, _amounts(12.0, len(order), rng))


# ---- Invoices of the shop's own ---------------------------------------------------------------------


def samples(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Send samples out: booked as cancellations, to nobody."""
    count = rng.poisson(shop.settings.samples * len(shop.orders))
    heads = make_heads(shop.calendar.any_minute(count, rng), NOBODY, AT_HOME, CANCELLATION)
    return _one_line_each("sample", heads, shop.catalogue.service("S"), -1, _amounts(30.0, count, rng))


def marketplace_fees(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Pay the marketplace every month."""
    heads = make_heads(_monthly(shop, 1.0, rng), NOBODY, AT_HOME, CANCELLATION)
    amount = _amounts(420.0, len(heads), rng)
    return _one_line_each("fee", heads, shop.catalogue.service("AMAZONFEE"), -1, amount)


def bank_charges(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Pay the bank every month, and now and then charge a customer for it."""
    item = shop.catalogue.service("BANK CHARGES")
    paid = make_heads(_monthly(shop, 1.0, rng), NOBODY, AT_HOME, CANCELLATION)
    count = rng.binomial(shop.settings.months, 0.25)
    order = shop.named_orders.iloc[rng.integers(0, len(shop.named_orders), count)]
    passed_on = make_heads(order["minute"] + 1, order["customer"], order["country"])
    return Invoices.together(
        [
            _one_line_each("fee", paid, item, -1, _amounts(65.0, len(paid), rng)),
            _one_line_each("fee", passed_on, item, 1, BANK_CHARGE),
        ]
    )


def charity(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Pay a charity in most months, booked on the customer with the largest order."""
    orders = shop.named_orders
    patron = orders.loc[orders["value"].idxmax()]
    minute = _monthly(shop, 0.7, rng)
    heads = make_heads(minute, patron["customer"], patron["country"], CANCELLATION)
    return _one_line_each("fee", heads, shop.catalogue.service("CRUK"), -1, _amounts(80.0, len(heads), rng))


def adjustments(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Put the accounts of some customers right, up or down, on an afternoon, and of a few days later."""
    batches = []
    for code, (wanted_day, share) in ADJUSTED.items():
        day = np.minimum(shop.calendar.trading_day_from(wanted_day), shop.calendar.days - 1)
        orders = shop.named_orders.query("day < @day").sample(frac=share, random_state=rng)
        down = rng.random(len(orders)) < 0.4
        heads = make_heads(
            minute_of(day, rng.integers(15 * 60, 18 * 60, len(orders))),
            orders["customer"],
            orders["country"],
            np.where(down, CANCELLATION, PLAIN),
        )
        amount = _amounts(40.0, len(orders), rng)
        item = shop.catalogue.service(code)
        batches.append(_one_line_each("adjustment", heads, item, np.where(down, -1, 1), amount))
    return Invoices.together(batches)


def bad_debt(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Write a debt off, the wrong way round at first: three lines, two of them at a negative price."""
    minute = shop.calendar.any_minute(1, rng) + np.array([0, 1, 2])
    amount = _amounts(5000.0, 1, rng) * np.array([1, -1, -1])
    heads = make_heads(minute, NOBODY, AT_HOME, BAD_DEBT)
    return _one_line_each("bad_debt", heads, shop.catalogue.service("B"), 1, amount)


def till_tests(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Try the till, in the names of customers who had just ordered."""
    batches = []
    for (code, price), count in zip(PRICE_OF_TESTS.items(), (7, 2), strict=True):
        order = shop.named_orders.iloc[rng.integers(0, len(shop.named_orders), count)]
        heads = make_heads(order["minute"] + 1, order["customer"], order["country"])
        quantity = rng.choice([1, 5, 10], count)
        batches.append(_one_line_each("test", heads, shop.catalogue.service(code), quantity, price))
    return Invoices.together(batches)


def stock_movements(shop: Shop, rng: np.random.Generator) -> Invoices:
    """Correct the stock: at price zero, most often down, and with a note or nothing for a description."""
    count = rng.poisson(shop.settings.stock_movements * len(shop.orders))
    minute = shop.calendar.any_minute(count, rng)
    month = shop.calendar.month[minute // 1440]
    item = shop.catalogue.pick(month, np.full(count, WHOLE_SHOP), rng)
    pieces = np.ceil(rng.lognormal(2.5, 1.3, count)).astype(np.int64)
    quantity = np.where(rng.random(count) < 0.75, -pieces, pieces)
    note = rng.integers(0, len(STOCK_NOTES), count)
    note = np.where(rng.random(count) < 0.7, NO_DESCRIPTION, note)
    note = np.where(rng.random(count) < 0.05, ITS_OWN_NAME, note)
    heads = make_heads(minute, NOBODY, AT_HOME)
    return _one_line_each("stock_movement", heads, item, quantity, 0, note)


LINES_ON_ORDERS = (postage, vouchers, manual_charges, gifts)
INVOICES_BESIDE_ORDERS = (
    cancellations,
    cancellations_from_before,
    discounts,
    manual_refunds,
    samples,
    marketplace_fees,
    bank_charges,
    charity,
    adjustments,
    bad_debt,
    till_tests,
    stock_movements,
)


# ---- What they share --------------------------------------------------------------------------------


def _some(where: pd.Series, share: float, rng: np.random.Generator) -> IntArray:
    """Choose a share of the rows where something holds."""
    return np.flatnonzero(where & (rng.random(len(where)) < share))


def _after_orders(shop: Shop, share: float, rng: np.random.Generator) -> tuple[IntArray, pd.DataFrame]:
    """Follow a share of the named orders by a cancellation some days later, where the period lasts so long.

    Returns the orders and the heads of what follows them.
    """
    order = _some(shop.orders["customer"] != NOBODY, share, rng)
    wait = 1 + rng.exponential(DAYS_TO_COME_BACK, len(order)).astype(np.int64)
    day = shop.calendar.trading_day_from(shop.orders["day"].to_numpy()[order] + wait)
    within = day < shop.calendar.days
    order, day = order[within], day[within]
    chosen = shop.orders.iloc[order]
    minute = minute_of(day, any_time(len(day), rng))
    return order, make_heads(minute, chosen["customer"], chosen["country"], CANCELLATION)


def _monthly(shop: Shop, chance: float, rng: np.random.Generator) -> IntArray:
    """Draw a minute in each month, or with a chance in each."""
    months = np.arange(shop.calendar.month[-1] + 1)
    months = months[rng.random(len(months)) < chance]
    first_day = np.searchsorted(shop.calendar.month, months)
    day = shop.calendar.trading_day_from(first_day + rng.integers(0, 25, len(months)))
    day = day[day < shop.calendar.days]
    return minute_of(day, any_time(len(day), rng))


def _one_line_each(
    kind: str,
    heads: pd.DataFrame,
    item: IntArray | int,
    quantity: IntArray | int,
    price: IntArray | int,
    note: IntArray | int = ITS_OWN_NAME,
) -> Invoices:
    return Invoices(heads, make_lines(kind, np.arange(len(heads)), item, quantity, price, note))


def _amounts(typical: float, count: int, rng: np.random.Generator) -> IntArray:
    """Draw amounts of money around a typical one."""
    return _pence(typical * rng.lognormal(0.0, 0.8, count))


def _pence(pounds: FloatArray) -> IntArray:
    """Round pounds to thousandths that are whole pence; never to nothing."""
    return np.maximum(np.rint(pounds * 100), 1).astype(np.int64) * 10
