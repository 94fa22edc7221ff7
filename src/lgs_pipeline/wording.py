"""How amounts, counts, shares, dates and names are written for people."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from math import floor, isfinite, log10, nan

import pandas as pd

NOTHING = "–"
"""Shown in place of a missing value."""

_HARDLY = 0.0005  # a change that rounds to nothing
_MINUS = "\u2212"
_MILLION = 1_000_000
_THOUSAND = 1_000


def pounds(value: float) -> str:
    """An amount in three digits or so: £0.19, £304, £3,842, £10.2k, £934k, £8.71m."""
    if not isfinite(value):
        return NOTHING
    size = abs(value)
    if size >= 0.9995 * _MILLION:
        text = f"{_three_digits(size / _MILLION)}m"
    elif size >= 10 * _THOUSAND:
        text = f"{_three_digits(size / _THOUSAND)}k"
    elif size >= 10 or size == round(size):
        text = f"{size:,.0f}"
    else:
        text = f"{size:.2f}"
    return f"{_sign(value) if float(size) else ''}£{text}"


def round_pounds(value: float) -> str:
    """An amount on an axis, where values are round: £0, £500, £20k, £1.4m."""
    return re.sub(r"\.?0+(?=[km]?$)", "", text) if "." in (text := pounds(value)) else text


def exact_pounds(value: float, pence: bool = False) -> str:
    """An amount to the pound, or to the penny: £8,714,933, £15.00."""
    if not isfinite(value):
        return NOTHING
    text = f"{abs(value):,.{2 if pence else 0}f}"
    return f"{_sign(value) if re.search('[1-9]', text) else ''}£{text}"


def count(value: float) -> str:
    """A number of things: 5,869."""
    return f"{_sign(value)}{abs(value):,.0f}" if isfinite(value) else NOTHING


def decimal(value: float, digits: int = 1) -> str:
    """A number with a fraction: 19.2."""
    return f"{_sign(value)}{abs(value):,.{digits}f}" if isfinite(value) else NOTHING


def percent(share: float, digits: int = 0) -> str:
    """A share in percent; what is not quite nothing or not quite everything does not look as if it were."""
    if not isfinite(share):
        return NOTHING
    text = f"{abs(share) * 100:,.{digits}f}"
    step = 10**-digits
    if float(text.replace(",", "")) == 0 and share != 0:
        return f"under {step:.{digits}f}%" if share > 0 else f"{_MINUS}under {step:.{digits}f}%"
    if float(text.replace(",", "")) == 100 and 0 < share < 1:
        return f"over {100 - step:.{digits}f}%"
    return f"{_sign(share)}{text}%"


def signed_percent(fraction: float) -> str:
    """A change in percent, with its sign: +2.3%, −14%; ±0% where there is hardly any."""
    if not isfinite(fraction):
        return NOTHING
    if abs(fraction) < _HARDLY:
        return "±0%"
    return f"{'+' if fraction >= 0 else _MINUS}{_size_of_change(fraction)}"


def change(fraction: float) -> str:
    """A change over an earlier value: 2.3% more, 14% less, about the same."""
    if not isfinite(fraction):
        return NOTHING
    if abs(fraction) < _HARDLY:
        return "about the same"
    return f"{_size_of_change(fraction)} {'more' if fraction > 0 else 'less'}"


def _size_of_change(fraction: float) -> str:
    return percent(abs(fraction), digits=1 if abs(fraction) < 0.1 else 0)


def pluralise(number: float, one: str, several: str | None = None) -> str:
    """A number of things with their name: 1 customer, 2 customers."""
    return f"{count(number)} {one if number == 1 else several or one + 's'}"


def period(number: int, unit: str) -> str:
    """A length of time after "the last" or "the next": month, 3 months."""
    return pluralise(number, unit) if number > 1 else unit


def fraction(part: float, whole: float) -> float:
    """The part of the whole, to be written; not a number where there is no whole."""
    return part / whole if whole > 0 else nan


def month(moment: pd.Timestamp) -> str:
    """A month and its year: November 2011."""
    return f"{moment:%B %Y}"


def month_spans(months: Iterable[pd.Timestamp]) -> list[str]:
    """Months in order, those that follow each other as one: May 2010, July 2010 to September 2010."""
    spans: list[list[pd.Timestamp]] = []
    for moment in months:
        if spans and moment == spans[-1][-1] + pd.DateOffset(months=1):
            spans[-1].append(moment)
        else:
            spans.append([moment])
    return [month(span[0]) + (f" to {month(span[-1])}" if len(span) > 1 else "") for span in spans]


def day(moment: pd.Timestamp) -> str:
    """A day: 9 December 2011."""
    return f"{moment.day} {moment:%B %Y}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: A, B and C."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)


def readable(name: object) -> str:
    """The name of something in settings, as people write it: Win back for win_back."""
    return plain(str(name).replace("_", " ").capitalize())


def plain(text: object) -> str:
    """Text in one line: no line breaks, control characters or marks that change the direction of writing."""
    visible = "".join(
        " " if character.isspace() else character
        for character in str(text)
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return " ".join(visible.split())


def shortened(text: object, length: int = 26) -> str:
    """Text in one line, not longer than there is room for."""
    line = plain(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _three_digits(value: float) -> str:
    if value >= 999.5:
        return f"{value:,.0f}"
    rounded = float(f"{value:.3g}")
    return f"{rounded:.{2 - floor(log10(rounded))}f}"


def _sign(value: float) -> str:
    return _MINUS if value < 0 else ""
