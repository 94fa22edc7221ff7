from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from lgs_pipeline.typed_settings import Name, Settings, Share

LineType = Literal["test", "postage", "discount", "manual", "voucher", "sample", "fee", "adjustment"]
ExclusionReason = Literal[
    "repeated_invoice", "implausible_date", "superseded", "test", "zero_price", "adjustment", "fee", "sample"
]


class StockCodes(Settings):
    """The stock codes of one line type: whole codes, prefixes, and codes that may have a number behind them."""

    codes: list[str] = []
    prefixes: list[str] = []
    numbered: list[str] = []

    @field_validator("codes", "prefixes", "numbered")
    @classmethod
    def _as_compared(cls, values: list[str]) -> list[str]:
        return [value.strip().upper() for value in values]

    @model_validator(mode="after")
    def _name_something(self) -> "StockCodes":
        if not (self.codes or self.prefixes or self.numbered):
            raise ValueError("found neither codes, prefixes nor numbered, expected at least one of them")
        return self


class Cancellations(Settings):
    """How an invoice that takes goods back is told from an order."""

    by: Literal["prefix", "sign", "type"]
    prefixes: Annotated[list[Name], Field(min_length=1)]
    types: Annotated[list[Name], Field(min_length=1)]
    largest_contradiction: Share


def _today_or_day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError(f"found {value!r}, expected today or a day such as 2011-12-09")
    return date.today() if value == "today" else value


class ImplausibleDates(Settings):
    """Which dates are taken for typing errors."""

    run_day: Annotated[date, BeforeValidator(_today_or_day)]
    isolated_by_days: Annotated[int, Field(ge=1)]
    largest_isolated_share: Share


class CleaningSettings(Settings):
    """Which lines count, what each line is, and which of them make one invoice."""

    line_types: dict[LineType, StockCodes]
    exclude: list[ExclusionReason]
    invoice_gap_minutes: Annotated[float, Field(ge=0)]
    most_loads: Annotated[int, Field(ge=1, le=100)]
    copies: Literal["stop", "first", "last", "fullest", "all"]
    cancellations: Cancellations
    dates: ImplausibleDates
    largest_unremarked_share: Share
    largest_customer_share: Share

    @model_validator(mode="after")
    def _name_each_code_once(self) -> "CleaningSettings":
        owners: dict[str, str] = {}
        for line_type, stock_codes in self.line_types.items():
            for code in stock_codes.codes:
                if owners.setdefault(code, line_type) != line_type:
                    raise ValueError(
                        f"stock code {code} is both {owners[code]} and {line_type}, expected one line type"
                    )
        return self
