"""Who buys, and when: customers that arrive, order at their own rate, and lapse."""

import numpy as np
import pandas as pd

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.sample.calendar import TradingCalendar, any_time, minute_of
from lgs_pipeline.sample.catalogue import CHRISTMAS_THEME, THEME_NAMES
from lgs_pipeline.sample.invoices import NOBODY
from lgs_pipeline.sample.settings import SampleSettings
from lgs_pipeline.sample.words import ABROAD, AT_HOME, COUNTRIES

FIRST_ID = 12_000

WHOLESALE_RATE, WHOLESALE_VALUE, WHOLESALE_LAPSE = 3.0, 5.0, 0.3  # beside other customers
LARGEST_LEVEL = 5.0  # no customer's orders are worth more than so many times the mean
HOUR_SPREAD = 90.0  # minutes by which customers' habitual times of ordering differ


def draw_customers(settings: SampleSettings, calendar: TradingCalendar, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the customers, each with the traits that its orders follow.

    Returns
    -------
    DataFrame
        One row per customer, its number the row: customer_id, country, next_country and move_day (the
        country changes on that day), theme, wholesaler, order_rate (per day), lapse_probability,
        order_value (pounds), order_lines, time (minute of the day), first_clock (what the calendar's
        clock shows at the first order; before 0 for a returner, who never orders within the period).
    """
    count = settings.customers
    wholesaler = rng.random(count) < settings.wholesalers
    country = _countries(count, settings.abroad, rng)
    moves = rng.random(count) < settings.movers
    elsewhere = np.where(country == AT_HOME, _countries(count, 1.0, rng), AT_HOME)
    themes = np.delete(np.arange(len(THEME_NAMES)), CHRISTMAS_THEME)

    rate = rng.gamma(settings.order_rate_shape, settings.order_rate_mean / settings.order_rate_shape, count)
    lapse = rng.beta(settings.lapse_alpha, settings.lapse_beta, count)
    spread = settings.order_value_spread
    level = (spread - 1) / rng.gamma(spread, 1.0, count).clip((spread - 1) / LARGEST_LEVEL)
    lines = settings.order_lines * np.sqrt(level) * rng.lognormal(0.0, 0.3, count)

    established = rng.random(count) < settings.established
    wait = rng.exponential(settings.established_wait, count) % calendar.end
    first = np.where(established, wait, rng.uniform(0.0, calendar.end, count))
    returner = np.arange(count) < round(settings.returners * count)
    return pd.DataFrame(
        {
            "customer_id": FIRST_ID + rng.permutation(count),
            "country": country,
            "next_country": np.where(moves, elsewhere, country),
            "move_day": rng.integers(0, calendar.days, count),
            "theme": rng.choice(themes, count),
            "wholesaler": wholesaler,
            "order_rate": rate * np.where(wholesaler, WHOLESALE_RATE, 1.0),
            "lapse_probability": lapse * np.where(wholesaler, WHOLESALE_LAPSE, 1.0),
            "order_value": settings.order_value_mean * level * np.where(wholesaler, WHOLESALE_VALUE, 1.0),
            "order_lines": lines,
            "time": rng.normal(12.75 * 60, HOUR_SPREAD, count).clip(9 * 60, 18 * 60),
            "first_clock": np.where(returner, -rng.uniform(20.0, 60.0, count), first),
        }
    )


def draw_order_times(
    customers: pd.DataFrame, calendar: TradingCalendar, rng: np.random.Generator
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Follow every customer from its first order until it lapses or the period ends.

    Each round handles the next order of everybody still active: the order, whether the customer lapses
    after it, and how long the others wait for their next one.

    Returns
    -------
    tuple
        The customer of each order; the clock of each order; and for each customer, the clock at which it
        lapsed, infinite for who is alive at the end.
    """
    rate = customers["order_rate"].to_numpy()
    lapse = customers["lapse_probability"].to_numpy()
    first = customers["first_clock"].to_numpy()
    lapsed = np.where(first < 0, first, np.inf)
    active = np.flatnonzero(first >= 0)
    clock = first[active]
    who, when = [], []
    while active.size:
        who.append(active)
        when.append(clock)
        stays = rng.random(active.size) >= lapse[active]
        lapsed[active[~stays]] = clock[~stays]
        active, clock = active[stays], clock[stays]
        clock = clock + rng.exponential(1.0, active.size) / rate[active]
        within = clock < calendar.end
        active, clock = active[within], clock[within]
    return np.concatenate(who), np.concatenate(when), lapsed


def draw_orders(
    customers: pd.DataFrame,
    who: IntArray,
    clock: FloatArray,
    settings: SampleSettings,
    calendar: TradingCalendar,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Turn order times into orders, and add those of the web shop, which name no customer.

    Returns
    -------
    DataFrame
        One row per order: customer, day, minute, country, theme, value (pounds to spend), lines (number
        of lines wanted), web (whether it came through the web shop).
    """
    buyer = customers.iloc[who]
    day = calendar.day_at(clock)
    shape = settings.order_value_shape
    named = pd.DataFrame(
        {
            "customer": who,
            "day": day,
            "minute": minute_of(day, any_time(len(who), rng, around=buyer["time"].to_numpy())),
            "country": np.where(day < buyer["move_day"], buyer["country"], buyer["next_country"]),
            "theme": buyer["theme"].to_numpy(),
            "value": buyer["order_value"].to_numpy() * rng.gamma(shape, 1 / shape, len(who)),
            "lines": _line_counts(buyer["order_lines"].to_numpy(), rng),
            "web": False,
        }
    )
    count = rng.poisson(settings.web_orders * settings.customers * settings.months)
    day = calendar.day_at(rng.random(count) * calendar.end)
    wanted = _line_counts(np.full(count, settings.web_order_lines), rng)
    per_line = settings.web_order_value / settings.web_order_lines
    web = pd.DataFrame(
        {
            "customer": NOBODY,
            "day": day,
            "minute": minute_of(day, any_time(count, rng)),
            "country": _countries(count, settings.abroad / 5, rng),
            "theme": rng.integers(0, len(THEME_NAMES), count),
            "value": per_line * wanted * rng.lognormal(0.0, 0.4, count),
            "lines": wanted,
            "web": True,
        }
    )
    return pd.concat([named, web], ignore_index=True)


def _countries(count: int, abroad: float, rng: np.random.Generator) -> IntArray:
    """Draw countries by their number."""
    of_abroad = np.array(list(ABROAD.values())) / sum(ABROAD.values())
    return rng.choice(len(COUNTRIES), count, p=[1 - abroad, *(abroad * of_abroad)])


def _line_counts(mean: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw numbers of lines with a long tail; never none."""
    return 1 + rng.poisson(rng.gamma(2.0, np.maximum(mean - 1, 0.1) / 2.0))
