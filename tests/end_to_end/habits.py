"""A small plain shop, and the habits in which other shops number, deliver, key and write the same sales.

:func:`plain_shop` makes the sales, and :func:`deliver` writes them to files as a shop with the given :class:`Habits`
would. What comes with the files undoes the habits: which number and customer stand for which of the plain shop.
"""

import copy
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, get_args
from typing import Literal as OneOf
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
import yaml

from tests.building import PROJECT

FIRST_DAY, LAST_DAY = "2010-02-01", "2011-04-30"
"""Both ends are those of a month. The last is a Saturday, and the day before a public holiday."""

FAR_AWAY = {"typo": 11, "future": 51}
"""By how many years the date of an invoice is wrong: it is then before, or after, the day of any run of this test."""

HEADERS = {
    "invoice_no": "Invoice",
    "stock_code": "StockCode",
    "description": "Description",
    "quantity": "Quantity",
    "invoice_date": "InvoiceDate",
    "unit_price": "Price",
    "customer_id": "Customer ID",
    "country": "Country",
}

Sales = pd.DataFrame


@dataclass(frozen=True)
class Habits:
    """How a shop numbers, refunds, delivers, keys and writes: one from each group; the first of each is the plain."""

    seed: OneOf[1, 2, 3] = 1
    closed: OneOf["never", "saturdays", "month_ends"] = "never"
    wrong_dates: OneOf["none", "typo", "future", "both"] = "none"
    numbering: OneOf["once", "restarts_yearly", "restarts_daily", "two_shops", "letters"] = "once"
    refunds: OneOf["prefix", "small_prefix", "sign", "type", "sign_untold"] = "prefix"
    customers: OneOf["number", "decimals", "letters", "zeros", "padded"] = "number"
    guests: OneOf["empty", "0", "NULL", "guest", "nan"] = "empty"
    named_on: OneOf["every_line", "first_line"] = "every_line"
    order: OneOf["oldest_first", "newest_first"] = "oldest_first"
    delivery: OneOf[
        "once", "twice", "overlapping", "chain", "growing", "corrected", "corrected_untold", "loaded_twice",
        "overlap_loaded", "cut_in_2", "cut_in_3", "cut_in_5", "sheets",
    ] = "once"  # fmt: skip
    numbers: OneOf["plain", "thousands", "comma", "euro", "pound", "code", "trailing", "brackets"] = "plain"
    dates: OneOf[
        "plain", "t", "dmy", "dmy_short", "mdy_ampm", "month_name", "month_first", "offset", "utc", "serial",
        "serial_1904",
    ] = "plain"  # fmt: skip
    further_files: OneOf["alike", "otherwise"] = "alike"
    told: OneOf["found", "set"] = "found"
    form: OneOf["csv", "semicolon", "csv.gz", "xlsx", "parquet", "sql"] = "csv"
    title: OneOf["none", "title"] = "none"

    @classmethod
    def choices(cls) -> dict[str, tuple]:
        """What there is to choose from in each group."""
        return {name: get_args(field.type) for name, field in cls.__dataclass_fields__.items()}

    @property
    def contradict_the_settings(self) -> bool:
        """Whether the run must stop: nobody has told how refunds are marked, or which of two copies counts."""
        return self.refunds == "sign_untold" or self.delivery == "corrected_untold"


@dataclass(frozen=True)
class Delivery:
    """Files of a shop, the settings to read them with, and what undoes the shop's habits."""

    path: str
    settings: dict[str, Any]
    lines: int
    """How many lines the files hold, copies included."""
    added: Sales
    """The lines with wrong dates, which the plain shop does not have."""
    plain_numbers: dict[tuple, str]
    """The plain shop's invoice number by number, moment and customer of the invoice as delivered."""
    plain_customers: dict[str, str]


class Line(NamedTuple):
    """A line of the plain shop."""

    stock_code: str
    description: str
    quantity: int
    unit_price: Decimal
    invoice_date: pd.Timestamp
    customer_id: str | None
    country: str
    is_refund: bool = False


@cache
def plain_shop(seed: int, closed: str) -> Sales:
    """The lines of fifteen months: some order on each day on which the shop is open.

    Columns: those of a line, with customer_id None for nobody; ``sale``, the number of the invoice among all, from 0;
    is_refund.
    """
    random = np.random.default_rng(seed)
    products = _products(random)
    invoices: list[list[Line]] = []
    for day in pd.date_range(FIRST_DAY, LAST_DAY):
        # Drawn also where the shop is closed, so that the other days stay the same.
        made = [_order(random, day, products) for _ in range(1 + (random.random() < 0.15))]
        if random.random() < 0.08:
            made.append(_refund(random, day, invoices[-1] if invoices else made[0]))
        if not _is_closed(day, closed):
            invoices += filter(None, made)
    invoices.sort(key=lambda lines: lines[0].invoice_date)
    frame = pd.DataFrame([line for lines in invoices for line in lines])
    frame["sale"] = np.repeat(np.arange(len(invoices)), [len(lines) for lines in invoices])
    frame["invoice_no"] = np.where(frame.is_refund, "C", "") + (500_000 + frame.sale).astype("str")
    return frame


def _is_closed(day: pd.Timestamp, closed: str) -> bool:
    is_end = (day + timedelta(days=2)).month != day.month
    return (closed == "saturdays" and day.day_name() == "Saturday") or (closed == "month_ends" and is_end)


def _products(random: np.random.Generator) -> list[tuple[str, str]]:
    """Stock codes and prices."""
    prices = [f"{price / 100:.2f}" for price in random.integers(39, 2500, 35)]
    # A few are dear, a few cost fractions of a penny.
    prices += ["1250.00", "2499.99", "10000.50", "0.0125", "2.955"]
    return [(f"{20_000 + number}{'B' if number % 7 == 0 else ''}", price) for number, price in enumerate(prices)]


OTHERS = [
    (0.05, ("POST", "POSTAGE", 1, "4.95")),
    (0.03, ("D", "Discount", -1, "0.25")),
    (0.02, ("22423", "CAKESTAND", 2, "0.00")),
    (0.01, ("TEST001", "a test", 1, "4.50")),
]
"""Lines that are no ordinary products, and the share of orders that have one."""


def _order(random: np.random.Generator, day: pd.Timestamp, products: list[tuple[str, str]]) -> list[Line]:
    moment = _opening_time(random, day)
    # Some customers order far more often than others.
    number = int(60 * random.random() ** 2)
    whose = (
        None if random.random() < 0.15 else str(12_346 + number),
        "France" if number % 9 == 0 else "United Kingdom",
    )
    lines = []
    for place in random.choice(len(products), int(random.integers(1, 5)), replace=False):
        code, price = products[place]
        many = 1 if float(price) > 1000 else 1200 if float(price) < 0.02 else int(random.integers(1, 25))
        lines.append(Line(code, f"GIFT NO {code}", many, Decimal(price), moment, *whose))
    for share, (code, description, many, price) in OTHERS:
        if random.random() < share:
            lines.append(Line(code, description, many, Decimal(price), moment, *whose))
    if len(lines) > 2 and random.random() < 0.1:
        # One line is rung up minutes later.
        lines[-1] = lines[-1]._replace(invoice_date=moment + pd.Timedelta(minutes=int(random.integers(1, 10))))
    elif len(lines) > 1 and random.random() < 0.12:
        # The same is sold again.
        lines.append(lines[0])
    return lines


def _refund(random: np.random.Generator, day: pd.Timestamp, order: list[Line]) -> list[Line]:
    """Some of what was ordered the day before comes back."""
    moment = _opening_time(random, day)
    back = [line for line in order if line.stock_code.startswith("2") and line.unit_price > 0 and not line.is_refund]
    return [line._replace(quantity=-line.quantity, invoice_date=moment, is_refund=True) for line in back[:2]]


def _opening_time(random: np.random.Generator, day: pd.Timestamp) -> pd.Timestamp:
    return day + pd.Timedelta(minutes=int(random.integers(8 * 60, 18 * 60)))


def deliver(habits: Habits, folder: Path) -> Delivery:
    """Write the plain shop's sales as a shop with these habits would."""
    folder.mkdir(parents=True)
    plain = plain_shop(habits.seed, habits.closed)
    sold = plain.copy()
    added = _add_wrong_dates(sold, habits.wrong_dates)
    sold = pd.concat([sold, added]).sort_values("sale", kind="stable", ignore_index=True)
    sold["shop"] = (sold.sale * 7 % 3 == 0).astype(int) if habits.numbering == "two_shops" else 0
    sold["plain_no"], sold["plain_customer"] = sold.invoice_no, sold.customer_id
    sold["invoice_no"] = _number(sold, habits)
    sold["customer_id"] = sold.customer_id.map(CUSTOMERS[habits.customers], na_action="ignore")
    undone = _undo(sold)
    if habits.order == "newest_first":
        sold = sold.sort_values("sale", ascending=False, kind="stable", ignore_index=True)
    sold["customer_id"] = sold.customer_id.where(sold.customer_id.notna(), GUESTS[habits.guests])
    if habits.named_on == "first_line":
        sold["customer_id"] = sold.customer_id.where(~sold.sale.duplicated(), None)
    lines = 0
    for shop, of_shop in sold.groupby("shop"):
        parts = list(_parts(of_shop.reset_index(drop=True), habits))
        lines += sum(map(len, parts))
        _write(parts, folder, f"shop_{'ab'[shop]}", habits)
    names = sorted(folder.iterdir())
    path = str(names[0]) if len(names) == 1 else str(folder / f"*{''.join(names[0].suffixes)}")
    return Delivery(path, _settings(habits), lines, added, *undone)


def _undo(sold: Sales) -> tuple[dict[tuple, str], dict[str, str]]:
    """What stands for which number, and which customer, of the plain shop, as the pipeline is to read them."""
    named = sold.customer_id.notna()
    read = sold.customer_id.str.strip().str.removesuffix(".0").astype(object).where(named, None)
    customers = dict(zip(read[named], sold.plain_customer[named], strict=True))
    moments = sold.groupby("sale").invoice_date.transform("min")
    keys = zip(sold.invoice_no, moments, read, strict=True)
    return dict(zip(keys, sold.plain_no, strict=True)), customers


def _add_wrong_dates(plain: Sales, wrong: str) -> Sales:
    """Invoices beside those of the plain shop whose year is mistyped."""
    added = []
    for place, (name, years) in enumerate(FAR_AWAY.items()):
        if wrong in (name, "both"):
            sale = 100 + 37 * place
            lines = plain[plain.sale == sale].copy()
            lines["invoice_date"] += pd.DateOffset(years=years if name == "future" else -years)
            lines["sale"], lines["invoice_no"], lines["is_refund"] = sale + 0.5, str(700_000 + place), False
            lines["quantity"] = lines.quantity.abs()
            added.append(lines)
    return pd.concat(added) if added else plain.head(0)


def _number(sold: Sales, habits: Habits) -> pd.Series:
    """The numbers of the invoices, a new one for each, and what marks refunds."""
    first = sold.drop_duplicates("sale").set_index("sale")
    if habits.numbering == "restarts_yearly":
        number = 1 + first.groupby(first.invoice_date.dt.year).cumcount()
    elif habits.numbering == "restarts_daily":
        number = 1 + first.groupby(first.invoice_date.dt.normalize()).cumcount()
    elif habits.numbering == "two_shops":
        number = _number_alike(first)
    else:
        number = first.invoice_no.str.removeprefix("C").astype(int)
    letters = "CH" if habits.numbering == "letters" else ""
    prefix = "CR" if letters else "C"
    refund = {"prefix": prefix, "small_prefix": prefix.lower()}.get(habits.refunds, letters)
    texts = pd.Series(np.where(first.is_refund, refund, letters), index=first.index) + number.astype("str")
    return sold.sale.map(texts)


def _number_alike(first: Sales) -> pd.Series:
    """Each shop counts from 1; they only do not use one number within hours of each other."""
    taken: dict[int, pd.Timestamp] = {}
    number = pd.Series(0, index=first.index)
    for shop, invoices in first.groupby("shop"):
        following = 1
        for sale, moment in invoices.invoice_date.items():
            while shop == 1 and following in taken and abs(taken[following] - moment) < pd.Timedelta(hours=3):
                following += 1
            number[sale] = following
            if shop == 0:
                taken[following] = moment
            following += 1
    return number


CUSTOMERS: dict[str, Callable[[str], str]] = {
    "number": str,
    "decimals": lambda customer: f"{customer}.0",
    "letters": lambda customer: f"CG-{customer}",
    "zeros": lambda customer: f"000{customer}",
    "padded": lambda customer: f" {customer} ",
}

GUESTS = {"empty": None, "0": "0", "NULL": "NULL", "guest": "guest", "nan": "nan"}


def _parts(sold: Sales, habits: Habits) -> Iterator[Sales]:
    """What the files, or sheets, of a shop hold."""
    lines = len(sold)
    random = np.random.default_rng([habits.seed, lines])
    if habits.delivery == "twice":
        yield from (sold, sold)
    elif habits.delivery == "loaded_twice":
        yield pd.concat([sold, sold])
    elif habits.delivery == "overlapping":
        # Both ends cut an invoice; the other extract has it whole.
        yield from (sold[: _amid(sold, 0.7)], sold[_amid(sold, 0.4) :])
    elif habits.delivery == "chain":
        yield from (sold[: _amid(sold, 0.4)], sold[_amid(sold, 0.3) : _amid(sold, 0.7)], sold[_amid(sold, 0.6) :])
    elif habits.delivery == "growing":
        yield from (sold[: _amid(sold, 0.3)], sold[: _amid(sold, 0.7)], sold)
    elif habits.delivery.startswith("corrected"):
        wrong = sold.copy()
        wrong.loc[_amid(sold, 0.5), "quantity"] += 1
        yield from (wrong, sold)
    elif habits.delivery == "overlap_loaded":
        # By whole invoices: an invoice that is half there could not be told from one that repeats lines.
        order = sold.sale.drop_duplicates().tolist()
        first, then = set(order[: int(0.7 * len(order))]), set(order[int(0.4 * len(order)) :])
        yield pd.concat([sold[sold.sale.isin(first)], sold[sold.sale.isin(then)]])
    elif habits.delivery == "sheets" or habits.delivery.startswith("cut"):
        pieces = 2 if habits.delivery == "sheets" else int(habits.delivery[-1])
        shares = (np.arange(1, pieces) + random.uniform(-0.2, 0.2, pieces - 1)) / pieces
        cuts = [0, *(_amid(sold, share) for share in shares), lines]
        yield from (sold[begin:end] for begin, end in pairwise(cuts))
    else:
        yield sold


def _amid(sold: Sales, share: float) -> int:
    """A place in the lines at about that share of them where the line before is of the same invoice."""
    place = int(share * len(sold))
    same = sold.sale.eq(sold.sale.shift())
    return int(same[place:].idxmax())


def _settings(habits: Habits) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if habits.refunds in ("sign", "type"):
        settings["cleaning.cancellations.by"] = habits.refunds
    elif habits.refunds.endswith("prefix") and habits.numbering == "letters":
        settings["cleaning.cancellations.prefixes"] = ["CR"]
    if habits.delivery == "corrected":
        settings["cleaning.copies"] = "last"
    if habits.dates == "serial_1904":
        settings["ingestion.excel_epoch"] = 1904
    if habits.dates == "utc":
        settings["ingestion.time_zone"] = "Europe/London"
    if habits.told == "set":
        order = {"dmy": "dmy", "dmy_short": "dmy", "mdy_ampm": "mdy"}.get(habits.dates)
        separator = {"plain": None, "comma": "comma", "euro": "comma"}.get(habits.numbers, "point")
        given = {"ingestion.date_order": order, "ingestion.decimal_separator": separator}
        settings |= {name: value for name, value in given.items() if value}
    return settings


def _write_number(number: Decimal | int, way: str) -> str:
    """The number with its own decimals, as the shop writes it."""
    if way == "plain":
        return str(number)
    text = f"{abs(number):,}"
    if way in ("comma", "euro"):
        text = text.translate(str.maketrans(",.", ".," if way == "comma" else " ,"))
    is_price = isinstance(number, Decimal)
    text = {"euro": f"{text} €", "pound": f"£{text}", "code": f"{text} GBP"}.get(way, text) if is_price else text
    negative = {"trailing": "{}-", "brackets": "({})"}.get(way, "-{}")
    return negative.format(text) if number < 0 else text


_LONDON, _UTC = ZoneInfo("Europe/London"), ZoneInfo("UTC")


def _write_date(moment: pd.Timestamp, way: str) -> str:
    if way == "mdy_ampm":
        hour = moment.hour % 12 or 12
        return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
    if way.startswith("serial"):
        epoch = pd.Timestamp("1904-01-01" if way == "serial_1904" else "1899-12-30")
        return f"{(moment - epoch) / timedelta(days=1):.9f}"
    if way == "offset":
        return f"{moment.tz_localize(_LONDON):%Y-%m-%d %H:%M:%S %z}"
    if way == "utc":
        return f"{moment.tz_localize(_LONDON).tz_convert(_UTC):%Y-%m-%dT%H:%M:%SZ}"
    spelling = {
        "plain": "%Y-%m-%d %H:%M:%S",
        "t": "%Y-%m-%dT%H:%M:%S",
        "dmy": "%d/%m/%Y %H:%M",
        "dmy_short": "%d.%m.%y %H:%M",
        "month_name": "%d %b %Y %H:%M",
        "month_first": "%A, %B %d, %Y %I:%M %p",
    }[way]
    return moment.strftime(spelling)


def _otherwise(habits: Habits) -> Habits:
    """How the same shop writes another file: an export from another program."""
    numbers = "thousands" if habits.numbers == "plain" else "plain"
    return replace(habits, dates="month_name" if habits.dates == "t" else "t", numbers=numbers)


def _as_written(part: Sales, habits: Habits) -> pd.DataFrame:
    written = part[list(HEADERS)].copy()
    for column in ("quantity", "unit_price"):
        # Distinct values are few.
        texts = {value: _write_number(value, habits.numbers) for value in set(written[column])}
        written[column] = written[column].map(texts).astype(object)
    dates = {moment: _write_date(moment, habits.dates) for moment in set(written.invoice_date)}
    written["invoice_date"] = written.invoice_date.map(dates).astype(object)
    written = written.rename(columns=HEADERS)
    if habits.refunds == "type":
        types = pd.Series(np.where(part.is_refund, "Credit note", "Invoice"), index=part.index)
        written["Type"] = types.mask(part.sale.duplicated() & (habits.named_on == "first_line"))
    return written.astype(object).where(written.notna(), None)


def _write(parts: list[Sales], folder: Path, name: str, habits: Habits) -> None:
    ways = [habits] + [_otherwise(habits) if habits.further_files == "otherwise" else habits] * (len(parts) - 1)
    written = [(_as_written(part, way), way) for part, way in zip(parts, ways, strict=True)]
    if habits.form == "xlsx":
        books = [written] if habits.delivery == "sheets" else [[sheet] for sheet in written]
        for number, sheets in enumerate(books, start=1):
            _write_workbook(sheets, folder / f"{name}_{number}.xlsx")
        return
    for number, (table, way) in enumerate(written, start=1):
        path = folder / f"{name}_{number}.{habits.form.replace('semicolon', 'csv')}"
        if habits.form == "parquet":
            _write_parquet(table, path, way)
        elif habits.form == "sql":
            columns = [*HEADERS, *(["invoice_type"] if "Type" in table else [])]
            rows = ["\t".join(r"\N" if value is None else value for value in row) for row in table.to_numpy()]
            path.write_text("\n".join([f"COPY public.retail ({', '.join(columns)}) FROM stdin;", *rows, "\\.", ""]))
        else:
            text = table.to_csv(index=False, sep=";" if habits.form == "semicolon" else ",")
            text = f"{TITLE}\n{text}" if habits.title == "title" else text
            path.write_bytes(gzip.compress(text.encode(), 1) if habits.form == "csv.gz" else text.encode())


TITLE = "All invoices of the shop"


def _write_parquet(table: pd.DataFrame, path: Path, habits: Habits) -> None:
    """With the types of numbers and dates where they are written plainly."""
    if habits.numbers == "plain":
        table["Quantity"], table["Price"] = table.Quantity.astype("int64"), table.Price.astype("float64")
    if habits.dates == "plain":
        table["InvoiceDate"] = pd.to_datetime(table.InvoiceDate)
    if habits.dates.startswith("serial"):
        table["InvoiceDate"] = table.InvoiceDate.astype("float64")
    if habits.customers == "decimals" and habits.guests in ("empty", "0", "nan"):
        table["Customer ID"] = table["Customer ID"].astype("float64")
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path)


def _write_workbook(sheets: list[tuple[pd.DataFrame, Habits]], path: Path) -> None:
    counts_from_1904 = sheets[0][1].dates == "serial_1904"
    options = {"default_date_format": "dd/mm/yyyy hh:mm", "date_1904": counts_from_1904}
    with xlsxwriter.Workbook(str(path), options) as book:
        for table, way in sheets:
            sheet = book.add_worksheet()
            top = 2 if way.title == "title" else 0
            if top:
                sheet.write(0, 0, TITLE)
            sheet.write_row(top, 0, list(table.columns))
            for column, header in enumerate(table):
                sheet.write_column(top + 1, column, list(_as_cells(table[header], way)))


def _as_cells(column: pd.Series, way: Habits) -> pd.Series | np.ndarray:
    """With numbers and dates where they are written plainly."""
    is_number = {
        "Invoice": way.numbering != "letters",
        "Quantity": way.numbers == "plain",
        "Price": way.numbers == "plain",
        "Customer ID": way.customers in ("number", "decimals"),
        "InvoiceDate": way.dates.startswith("serial"),
    }
    if is_number.get(column.name):
        numbers = pd.to_numeric(column, errors="coerce")
        return numbers.astype(object).where(numbers.notna() & np.isfinite(numbers), column)
    if column.name == "InvoiceDate" and way.dates == "plain":
        return pd.to_datetime(column).dt.to_pydatetime()
    return column


@cache
def _settings_of_base() -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for file in (PROJECT / "conf" / "base").rglob("parameters.yml"):
        merged |= yaml.safe_load(file.read_text())
    return merged


def settings_with(changes: dict[str, Any]) -> dict[str, Any]:
    """The settings of the base environment with changes by their dotted names, as ``--params`` takes them."""
    settings = copy.deepcopy(_settings_of_base())
    for name, value in changes.items():
        *groups, last = name.split(".")
        group = settings
        for key in groups:
            group = group[key]
        group[last] = value
    return settings
