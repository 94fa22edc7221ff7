"""The words of the sample: what things are called and cost, theme by theme, and where customers live."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHRISTMAS = "christmas"

_WORDS: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Theme:
    """A corner of the shop: what its things look like, what they are, when they sell.

    Attributes
    ----------
    things
        What each thing costs, in pounds.
    demand
        How it sells in each month, January first, beside the other themes.
    companions
        Pairs of things that customers buy together.
    """

    name: str
    styles: list[str]
    things: dict[str, float]
    companions: list[list[str]]
    demand: tuple[float, ...] = (1.0,) * 12


COLOURS: list[str] = _WORDS["colours"]
SIZES: dict[str, float] = _WORDS["sizes"]
THEMES = [Theme(**theme) for theme in _WORDS["themes"]]
SERVICES: dict[str, str] = _WORDS["services"]
VOUCHERS = tuple(code for code in SERVICES if code.startswith("GIFT"))
STOCK_NOTES: list[str] = _WORDS["stock_notes"]
ABROAD: dict[str, int] = _WORDS["abroad"]
COUNTRIES = ("United Kingdom", *ABROAD)
AT_HOME = 0  # number of the United Kingdom
