"""What a public table says of itself: each column once, with its heading, unit, meaning, range and format.

A room's ``schemas.py`` declares its tables with the functions below, one for each kind of value. The catalog
attaches them with ``validator:``, so nothing else is saved under a public name; report, workbook, charts,
notebooks and the data dictionary take headings, units and formats from there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
import pandera.ibis as engine
import pandera.pandas as bounded
from pydantic import BaseModel, ConfigDict

from lgs_pipeline import wording


class Format(NamedTuple):
    """How values of a kind are shown: by a function of value and digits, and in the cells of a workbook.

    A kind without a number format for Excel is written there as text.
    """

    write: Callable[[Any, int], str]
    excel: str | None = None
    width: int | None = None
    is_number: bool = True


FORMATS: Mapping[str, Format] = {
    "text": Format(lambda value, _: wording.plain(value), is_number=False),
    "name": Format(lambda value, _: wording.readable(value), is_number=False),
    "flag": Format(lambda value, _: "yes" if value else "", "General", 10, is_number=False),
    "day": Format(lambda value, _: wording.day(pd.Timestamp(value)), "d mmm yyyy", 13, is_number=False),
    "month": Format(lambda value, _: wording.month(pd.Timestamp(value)), "mmm yyyy", 11, is_number=False),
    "identifier": Format(lambda value, _: f"{value:d}", "0", 12),
    "count": Format(lambda value, _: wording.count(value), "#,##0", 12),
    "number": Format(lambda value, _: wording.decimal(value, digits=0 if value % 1 == 0 else 1), "#,##0.0", 12),
    "statistic": Format(wording.decimal, "0.000", 12),
    "share": Format(wording.percent, "0.0%", 12),
    "pounds": Format(lambda value, _: wording.count(value), "£#,##0.00;[Red]-£#,##0.00", 15),
}
"""The kinds of values that columns have."""


class Column(BaseModel):
    """How a column is shown: its name in the table, its heading with the unit, and the kind of its values.

    ``labels`` are the words shown in place of values; ``digits`` those after the decimal point.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    heading: str
    kind: str = "text"
    digits: int = 0
    labels: dict[str, str] = {}

    @property
    def format(self) -> Format:
        """How its values are shown."""
        return FORMATS["text" if self.labels else self.kind]

    @property
    def is_date(self) -> bool:
        """Whether it is a day or a month."""
        return self.kind in ("day", "month")

    def format_value(self, value: Any) -> str:
        """The value as people read it."""
        return wording.NOTHING if pd.isna(value) else self.format.write(self.labels.get(str(value), value), self.digits)


class EngineTable(engine.DataFrameModel):
    """A table of the engine, checked for its columns and types.

    What its values must satisfy is computed in ``account_for_lines``, and checked in the tables made from it.
    """

    class Config:  # noqa: D106
        strict = True
        ordered = True

    @classmethod
    def to_schema(cls) -> Any:
        """The schema; no column is searched for nulls, which would take a query each."""
        schema = super().to_schema()
        for column in schema.columns.values():
            column.nullable = True
        return schema


class Table(bounded.DataFrameModel):
    """A frame: its columns, their types, order and ranges."""

    class Config:  # noqa: D106
        strict = True
        ordered = True


Schema = type[Table] | type[EngineTable]


def _column(kind: str, heading: str, meaning: str, unit: str = "", **options: Any) -> Any:
    metadata = {"kind": kind, "unit": unit, "digits": options.pop("digits", 0), "labels": options.pop("labels", {})}
    return bounded.Field(title=heading, description=meaning, metadata=metadata, **options)


def text(heading: str, meaning: str, **options: Any) -> Any:
    """A name or a code; ``labels`` are words to show in place of values."""
    return _column("text", heading, meaning, **options)


def name(heading: str, meaning: str, **options: Any) -> Any:
    """A name as settings have it, such as win_back; shown as people write it: Win back."""
    return _column("name", heading, meaning, **options)


def identifier(heading: str, meaning: str, **options: Any) -> Any:
    """The number that identifies something, such as a cluster: written without separators."""
    return _column("identifier", heading, meaning, **options)


def count(heading: str, meaning: str, unit: str = "", **options: Any) -> Any:
    """How many there are of something, none or more unless ``ge`` says otherwise."""
    return _column("count", heading, meaning, unit, **{"ge": 0, **options})


def number(heading: str, meaning: str, unit: str = "", **options: Any) -> Any:
    """A mean or median of counts, or any other number: whole or with one decimal."""
    return _column("number", heading, meaning, unit, **options)


def days(heading: str, meaning: str, **options: Any) -> Any:
    """A number of days."""
    return number(heading, meaning, "days", **options)


def statistic(heading: str, meaning: str, digits: int = 3, **options: Any) -> Any:
    """A statistic without a unit."""
    return _column("statistic", heading, meaning, digits=digits, **options)


def change(heading: str, meaning: str, digits: int = 1, **options: Any) -> Any:
    """A fraction that can be negative or above one, such as growth: written in percent."""
    return _column("share", heading, meaning, digits=digits, **options)


def share(heading: str, meaning: str, digits: int = 0, **options: Any) -> Any:
    """A fraction from 0 to 1, written in percent."""
    # Sums of floats may miss 1 by a rounding.
    return change(heading, meaning, digits, **{"ge": 0, "le": 1 + 1e-9, **options})


def pounds(heading: str, meaning: str, **options: Any) -> Any:
    """An amount in pounds."""
    return _column("pounds", heading, meaning, "£", **options)


def exact_pounds(heading: str, meaning: str) -> Any:
    """An amount in a table of the engine, to the tenth of a penny."""
    return pounds(heading, meaning, dtype_kwargs={"precision": 18, "scale": 3})


def exact_price(heading: str, meaning: str) -> Any:
    """The price of a unit in a table of the engine, in pounds with up to six decimals."""
    return pounds(heading, meaning, dtype_kwargs={"precision": 18, "scale": 6})


def exact_moment(heading: str, meaning: str) -> Any:
    """A moment in a table of the engine."""
    return _column("day", heading, meaning, dtype_kwargs={"scale": 6})


def moment(heading: str, meaning: str, **options: Any) -> Any:
    """A moment; where it is shown, the day."""
    return _column("day", heading, meaning, coerce=True, **options)


def month(heading: str, meaning: str, **options: Any) -> Any:
    """The first day of a month."""
    return _column("month", heading, meaning, coerce=True, **options)


def flag(heading: str, meaning: str, **options: Any) -> Any:
    """Yes or no."""
    return _column("flag", heading, meaning, **options)


def column_of(schema: Schema, name: str, **changes: Any) -> Column:
    """How a table's column is shown; ``changes`` where a place needs it otherwise."""
    described = schema.to_schema().columns[name]
    about = described.metadata
    unit = f" ({about['unit']})" if about["unit"] else ""
    shown = {"name": name, "heading": f"{described.title}{unit}"}
    shown |= {key: about[key] for key in ("kind", "digits", "labels")}
    return Column(**shown | changes)


def columns_of(schema: Schema, *names: str) -> list[Column]:
    """How these columns of a table are shown; all of them if none is named."""
    return [column_of(schema, name) for name in names or schema.to_schema().columns]


def heading(schema: Schema, name: str) -> str:
    """A column's heading with its unit, as on the axis of a chart."""
    return column_of(schema, name).heading


def with_headings(frame: pd.DataFrame, schema: Schema, names: Sequence[str] = ()) -> pd.DataFrame:
    """The frame under its headings, as notebooks show it: these columns, or all that the schema describes."""
    shown = columns_of(schema, *names)
    return frame[[column.name for column in shown]].set_axis([c.heading for c in shown], axis="columns")
