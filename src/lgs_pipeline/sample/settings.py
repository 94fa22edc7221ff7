"""What can be asked of the sample, and what each wish does to it."""

import datetime as dt
from dataclasses import dataclass

from lgs_pipeline.errors import InputError

MOST_CUSTOMERS = 10_000_000  # the dump's customer_id is `real`, exact for whole numbers up to 16.7 million
MOST_MONTHS = 240
OVERLAPS = (4, 23)  # days between which no month ends closed: the shop is shut from 24 December to 3 January


@dataclass(frozen=True, kw_only=True)
class SampleSettings:
    """How large the sample is, how its customers behave, and how often each quirk occurs.

    The defaults make the committed extract. Customers follow the BG/NBD model: each orders at its own
    constant rate (gamma distributed) on a clock that runs faster in busy weeks, and after each order
    lapses for good with its own probability (beta distributed). What an order is worth follows the
    gamma-gamma model: a level per customer, and orders that vary around it.

    Raises
    ------
    InputError
        If a setting is out of its range; the message is one line and names the setting.
    """

    # Size
    customers: int = 800  # customers with an id; lines grow with it
    months: int = 24  # whole months; nine days of one more, partial, month follow them
    products: int = 600  # products in the catalogue
    seed: int = 42  # same seed, same bytes
    first_day: dt.date = dt.date(2023, 12, 1)  # the first day of the first export
    overlap_days: int = 9  # days that each export runs into the next one; also the length of the last month

    # Customers: when they come, how often they order, when they lapse
    established: float = 0.55  # share that were customers before the first day, and show up soon after it
    established_wait: float = 35.0  # their mean wait for the first order, days
    order_rate_shape: float = 1.1  # gamma shape of the order rates; lower is more unequal
    order_rate_mean: float = 1 / 54  # mean order rate, orders per day
    lapse_alpha: float = 0.45  # beta parameters of the probability to lapse after an order:
    lapse_beta: float = 3.6  # mean 0.45 / (0.45 + 3.6), one in nine
    wholesalers: float = 0.015  # share of customers that order three times as often and five times as much
    abroad: float = 0.10  # share of customers outside the United Kingdom
    movers: float = 0.020  # share of customers whose country changes on a day of the period
    returners: float = 0.007  # share of customers seen only by a cancellation, of an order before the period

    # Orders: what they are worth, how many lines they have
    order_value_shape: float = 3.0  # gamma shape of orders around their customer's level
    order_value_spread: float = 3.0  # inverse gamma shape of the levels; lower is more unequal
    order_value_mean: float = 300.0  # mean level, pounds
    order_lines: float = 13.0  # mean lines of an order
    web_orders: float = 0.029  # orders of the web shop, without customer, per customer and month
    web_order_value: float = 260.0  # their mean value, pounds
    web_order_lines: float = 32.0  # their mean lines

    # Baskets: what goes together
    loyalty_to_theme: float = 0.60  # share of lines from the order's theme
    favourites: float = 0.22  # share of lines that are one of the customer's few favourite products
    companions: float = 0.70  # chance that a product brings its companion into the basket

    # Quirks, as shares of orders
    cancelled: float = 0.075  # orders of which something comes back
    cancelled_whole: float = 0.15  # of those, the ones that come back whole
    discounted: float = 0.008  # orders followed by a discount
    refunded_by_hand: float = 0.006  # orders followed by a manual refund
    charged_by_hand: float = 0.010  # orders with a manual line
    stock_movements: float = 0.06  # stock movements per order
    samples: float = 0.010  # samples sent out, per order
    two_minutes: float = 0.004  # invoices whose lines span two minutes
    vouchers: float = 0.12  # web orders with a gift voucher

    # Quirks, as shares of lines or products
    repeated_lines: float = 0.006  # lines that their invoice honestly repeats
    gifts: float = 0.0012  # lines given away at price zero
    lower_case: float = 0.010  # lines with a lettered stock code that is typed in lower case
    untidy_products: float = 0.14  # products whose description carries stray spaces
    respelled_products: float = 0.05  # products whose description is spelled anew one day

    def __post_init__(self) -> None:
        _within("customers", self.customers, 1, MOST_CUSTOMERS)
        _within("months", self.months, 1, MOST_MONTHS)
        _within("products", self.products, 100, 4000)
        _within("overlap_days", self.overlap_days, *OVERLAPS)
        _within("seed", self.seed, 0, 2**64 - 1)
        if self.first_day.day != 1:
            raise InputError(f"first_day must be the first of a month, not {self.first_day}")

    @property
    def exports(self) -> int:
        """Number of yearly exports, the last of which may cover less than a year."""
        return -(-self.months // 12)


def _within(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise InputError(f"{name} must be between {lowest:,} and {highest:,}, not {value:,}")
