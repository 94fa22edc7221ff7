"""Numbers in other formats than 1250.5: decimal commas, thousands separators, currency signs, brackets."""

import re

import ibis
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.pipelines.ingestion.currencies import without_currency
from lgs_pipeline.pipelines.ingestion.faults import Fault

_SEPARATORS = {"point": (".", ","), "comma": (",", ".")}
"""By the name of the decimal separator: that one, and the one of thousands."""


def _shape(decimal: str, thousands: str) -> str:
    """The regular expression of numbers with these separators."""
    decimal, thousands = re.escape(decimal), re.escape(thousands)
    # India groups by two digits above the first thousand.
    groups = rf"(?:{thousands}\d{{2,3}})*{thousands}\d{{3}}|(?: \d{{3}})+|(?:'\d{{3}})+"
    whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{groups}))"
    number = rf"(?:{whole}(?:{decimal}\d+)?|{decimal}\d+)(?:E[-+]?\d+)?"
    return rf"^(?:[-+]? ?{number}|{number} ?-|\( ?{number} ?\))$"


def read_number(text: ir.StringValue, separator: str) -> ir.StringValue:
    """The number in plain form, such as -1250.5; null if the text is not a number with this decimal separator.

    Parameters
    ----------
    text
        As :func:`tidied` gives it.
    separator
        ``point`` or ``comma``.
    """
    decimal, thousands = _SEPARATORS[separator]
    digits = text.re_replace(r"^[-+( ]+|[-) ]+$|[ ']", "").replace(thousands, "").replace(decimal, ".")
    plain = ibis.ifelse(text.re_search(r"^[-(]|-$"), "-" + digits, digits)
    is_plain = ibis.literal(separator == "point") & text.try_cast("float64").notnull()
    return ibis.cases((is_plain, text), (text.re_search(_shape(decimal, thousands)), plain))


def tidied(text: ir.StringValue) -> ir.StringValue:
    """The text in capitals without the sign of a currency; its blanks, apostrophes and minus signs the usual ones."""
    even = text.translate("\u00a0\u202f\u2009\t\u2019\u02bc\u2212\u2010\u2011\u2013", "    ''----").strip().upper()
    return without_currency(even).strip()


def find_separators(numbers: ir.Table) -> tuple[dict[str, str], list[Fault]]:
    """The decimal separator of each extract, worked out from all of its prices and quantities.

    A number that can be read with only one separator shows that of all: 1,250.00 and 2.5 show ``point``, 1.250,00 and
    2,5 show ``comma``. 1,250 and 1.250 can be read with either.

    Parameters
    ----------
    numbers
        A row per column, extract and distinct text: column, extract, written, first_line, tidied.

    Returns
    -------
    separators
        ``point`` or ``comma`` by extract.
    faults
        The extracts whose numbers leave it open, or contradict each other.
    """
    both = numbers.mutate(point=read_number(numbers.tidied, "point"), comma=read_number(numbers.tidied, "comma"))
    told = ibis.cases(
        (both.point.notnull() & both.comma.isnull(), "point"),
        (both.comma.notnull() & both.point.isnull(), "comma"),
        (both.tidied.contains(",") & (both.point != both.comma), "either"),
        else_="nothing",
    )
    evidence = (
        both.mutate(told=told)
        .group_by("extract", "told")
        .agg(
            first_line=lambda group: group.first_line.min(),
            column=lambda group: group.column.argmin(group.first_line),
            example=lambda group: group.written.argmin(group.first_line),
        )
        .to_pandas()
    )
    separators, faults = {}, []
    for extract, group in evidence.groupby("extract"):
        found = group.set_index("told")
        proven = [separator for separator in _SEPARATORS if separator in found.index]
        if len(proven) > 1:
            faults.append(Fault(extract, found.column[proven[1]], _contradiction(found.loc[proven])))
        elif "either" in found.index and not proven:
            faults.append(Fault(extract, found.column["either"], _doubt(found.loc["either"])))
        separators[extract] = proven[0] if proven else "point"
    return separators, faults


def _contradiction(found: pd.DataFrame) -> str:
    examples = [
        f"{row.example!r} (data line {row.first_line}, column {row.column}: a decimal {row.Index})"
        for row in found.itertuples()
    ]
    return f"found {' and '.join(examples)}, expected one decimal separator; set ingestion.decimal_separator"


def _doubt(found: pd.Series) -> str:
    return (
        f"data line {found.first_line}, column {found.column}: found {found.example!r}, and no number that tells "
        "whether the comma separates decimals or thousands; set ingestion.decimal_separator to comma or point"
    )


def rewrite(numbers: ir.Table, separator: ir.StringValue) -> ir.Table:
    """Each number in plain form: a row per column, extract and text: column, extract, written, read."""
    point, comma = (read_number(numbers.tidied, name) for name in _SEPARATORS)
    return numbers.select("column", "extract", "written", read=ibis.ifelse(separator == "comma", comma, point))
