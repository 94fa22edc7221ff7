"""Numbers and dates as text: their format is worked out from a whole column, separately for each extract."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from lgs_pipeline.pipelines.ingestion import dates, numbers
from lgs_pipeline.pipelines.ingestion.faults import Fault
from lgs_pipeline.pipelines.ingestion.settings import IngestionSettings

NUMBERS = ("quantity", "unit_price")
"""The columns of numbers; one extract writes both in one way."""

DATE = "invoice_date"

_PLAIN = "plain_{}"


def plainest(extract: ir.Table, column: str) -> ir.Column:
    """A column as it is to be cast: rewritten if it had to be, else as delivered."""
    return extract[_PLAIN.format(column) if _PLAIN.format(column) in extract.columns else column]


def rewrite_by_format(
    extract: ir.Table, columns: Sequence[str], settings: IngestionSettings
) -> tuple[ir.Table, list[Fault]]:
    """The extract with plain values beside those of these columns, and what is wrong with their formats.

    Only distinct values are parsed, which saves most of the work.
    """
    faults: list[Fault] = []
    if set(columns) & set(NUMBERS):
        rewritten, faults = _rewrite_numbers(extract, settings)
        for column in NUMBERS:
            if extract[column].type().is_string():
                of_column = rewritten.filter(rewritten.column == column).drop("column")
                extract = _beside(extract, column, of_column)
    if DATE in columns:
        rewritten, more = _rewrite_dates(extract, settings)
        extract, faults = _beside(extract, DATE, rewritten), faults + more
    return extract, faults


def _rewrite_numbers(extract: ir.Table, settings: IngestionSettings) -> tuple[ir.Table, list[Fault]]:
    texts = [
        _distinct_values(extract, column).mutate(column=ibis.literal(column))
        for column in NUMBERS
        if extract[column].type().is_string()
    ]
    distinct = ibis.union(*texts) if len(texts) > 1 else texts[0]
    tidied = distinct.mutate(tidied=numbers.tidied(distinct.written))
    if settings.decimal_separator != "auto":
        return numbers.rewrite(tidied, ibis.literal(settings.decimal_separator)), []
    separators, faults = numbers.find_separators(tidied)
    return numbers.rewrite(tidied, _of_extract(tidied, separators)), faults


def _rewrite_dates(extract: ir.Table, settings: IngestionSettings) -> tuple[ir.Table, list[Fault]]:
    apart = dates.take_apart(_distinct_values(extract, DATE))
    if settings.date_order != "auto":
        return dates.put_together(apart, ibis.literal(settings.date_order), settings), []
    orders, faults = dates.find_date_orders(apart)
    return dates.put_together(apart, _of_extract(apart, orders), settings), faults


def _distinct_values(extract: ir.Table, column: str) -> ir.Table:
    """A row per extract and value: extract, written, and first_line, the first line that has it."""
    values = extract.select("extract", "line_number", written=extract[column].cast("string"))
    return (
        values.filter(values.written.notnull())
        .group_by("extract", "written")
        .agg(first_line=lambda group: group.line_number.min())
    )


def _of_extract(table: ir.Table, formats: Mapping[str, str]) -> ir.StringValue:
    """The format of each row's extract; nothing where it has none."""
    extracts: dict[str, list[str]] = {}
    for extract, chosen in formats.items():
        extracts.setdefault(chosen, []).append(extract)
    branches = [(table.extract.isin(names), chosen) for chosen, names in extracts.items()]
    return ibis.cases(*branches, else_="") if branches else ibis.literal("")


def _beside(extract: ir.Table, column: str, rewritten: ir.Table) -> ir.Table:
    """The extract with the rewritten values beside the delivered ones."""
    plain = rewritten.select("extract", "written", **{_PLAIN.format(column): rewritten.read})
    # Joined by names: ibis would take the text of a number on the left for the column made of it on the right.
    joined = extract.mutate(written=extract[column].cast("string")).left_join(plain, ["extract", "written"])
    return joined.select(*extract.columns, _PLAIN.format(column))
