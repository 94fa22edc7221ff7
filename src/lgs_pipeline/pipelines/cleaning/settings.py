from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from lgs_pipeline.typed_settings import Settings

LineType = Literal["test", "postage", "discount", "manual", "voucher", "sample", "fee", "adjustment"]
ExclusionReason = Literal["repeated_invoice", "test", "zero_price", "adjustment", "fee", "sample"]


class StockCodes(Settings):
    """The stock codes of one line type: whole codes, and prefixes of codes."""

    codes: list[str] = []
    prefixes: list[str] = []

    @field_validator("codes", "prefixes")
    @classmethod
    def _as_compared(cls, values: list[str]) -> list[str]:
        return [value.strip().upper() for value in values]

    @model_validator(mode="after")
    def _name_something(self) -> "StockCodes":
        if not self.codes and not self.prefixes:
            raise ValueError("found neither codes nor prefixes, expected at least one of them")
        return self


class CleaningSettings(Settings):
    """Which lines count, and what each line is."""

    line_types: dict[LineType, StockCodes]
    exclude: list[ExclusionReason]
    most_loads: Annotated[int, Field(ge=2, le=100)]

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
