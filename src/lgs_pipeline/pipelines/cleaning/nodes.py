"""From typed lines to the transactions that count, and the lines that do not, each with its reason."""

from collections.abc import Mapping, Sequence
from functools import reduce

import ibis
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import RETAIL_COLUMNS, as_code, is_invalid, line_amount
from lgs_pipeline.pipelines.cleaning.settings import CleaningSettings, LineType, StockCodes
from lgs_pipeline.pipelines.monthly_metrics.settings import MonthlyMetricsSettings
from lgs_pipeline.selling_days import covered_period


class LinesLostError(Exception):
    """Lines or pounds of the extract went missing: a defect of the pipeline, never of the input."""


LINES_AS_EVIDENCE = 3
"""How many distinct lines an invoice loaded more than once must have to show that its extract is merged.

Among several extracts, each is usually complete in itself, and a small invoice that genuinely repeats its one
or two lines would be taken for a repeated one.
"""


def find_repeated_lines(retail: ir.Table, settings: CleaningSettings) -> ir.Table:
    """The lines that are there only because their invoice was delivered or loaded more than once.

    Within an extract nothing marks the loads: an invoice was loaded n times when n divides the number of
    occurrences of each of its distinct lines, and one n-th of each counts. Among several extracts, one is
    searched for such invoices only if at least one of them has ``LINES_AS_EVIDENCE`` distinct lines. Between
    extracts, an invoice that is in more than one counts once: its fullest copy, and of equally full ones that
    of the first extract by name. Lines that an invoice genuinely repeats stay.

    Returns
    -------
    ibis.Table
        A row per line that does not count: extract, line_number.
    """
    loads = _find_repeated_loads(retail, settings.most_loads)
    is_only_extract = retail.extract.nunique().execute() == 1
    if not is_only_extract:
        evidence = loads.filter(loads.distinct_lines >= LINES_AS_EVIDENCE)
        loads = loads.semi_join(evidence, "extract")
    further_loads = _lines_of_further_loads(retail, loads).select("extract", "line_number")
    if is_only_extract:
        return further_loads.order_by("extract", "line_number")
    loaded_once = retail.anti_join(further_loads, ["extract", "line_number"])
    further_extracts = _lines_of_further_extracts(loaded_once).select("extract", "line_number")
    return ibis.union(further_loads, further_extracts).order_by("extract", "line_number")


_SAME_LINE = [column for column in RETAIL_COLUMNS if column != "line_number"]
"""What two lines of an extract must share to be the same line, twice."""


def _find_repeated_loads(retail: ir.Table, most_loads: int) -> ir.Table:
    """A row per extract and invoice loaded more than once: how many loads, of how many distinct lines."""
    occurrences = _lines_that_may_repeat(retail).group_by(_SAME_LINE).agg(occurrences=lambda group: group.count())
    return (
        occurrences.group_by("extract", "invoice_no")
        .agg(
            loads=lambda group: _largest_common_divisor(group.occurrences, most_loads),
            distinct_lines=lambda group: group.count(),
        )
        .filter(lambda invoices: invoices.loads > 1)
    )


def _lines_that_may_repeat(retail: ir.Table) -> ir.Table:
    # Comparing whole lines is the most expensive step, so first find the invoices for which it can matter:
    # those in which no stock code occurs only once.
    invoices = (
        retail.group_by("extract", "invoice_no", "stock_code")
        .agg(occurrences=lambda lines: lines.count())
        .group_by("extract", "invoice_no")
        .agg(fewest=lambda codes: codes.occurrences.min())
        .filter(lambda invoices: invoices.fewest > 1)
    )
    lines = retail.semi_join(invoices, ["extract", "invoice_no"])
    return lines.mutate(description=_trimmed(lines.description))


def _lines_of_further_loads(retail: ir.Table, loads: ir.Table) -> ir.Table:
    in_delivery_order = ibis.window(group_by=_SAME_LINE, order_by="line_number")
    any_of_same = ibis.window(group_by=_SAME_LINE)
    return (
        _lines_that_may_repeat(retail)
        .inner_join(loads, ["extract", "invoice_no"])
        .mutate(
            occurrence=ibis.row_number().over(in_delivery_order),
            occurrences=lambda joined: joined.count().over(any_of_same),
        )
        .filter(lambda counted: counted.occurrence * counted.loads >= counted.occurrences)
    )


def _lines_of_further_extracts(lines: ir.Table) -> ir.Table:
    in_several = (
        lines.filter(lines.invoice_no.notnull())
        .group_by("invoice_no")
        .agg(first=lambda group: group.extract.min(), last=lambda group: group.extract.max())
        .filter(lambda invoices: invoices.first != invoices.last)
    )
    copies = (
        lines.semi_join(in_several, "invoice_no")
        .group_by("invoice_no", "extract")
        .agg(lines=lambda group: group.count())
    )
    fullest_first = ibis.window(group_by="invoice_no", order_by=[ibis.desc("lines"), "extract"])
    further = copies.mutate(copy=ibis.row_number().over(fullest_first)).filter(lambda ranked: ranked.copy > 0)
    return lines.semi_join(further, ["invoice_no", "extract"])


def _largest_common_divisor(counts: ir.IntegerColumn, largest: int) -> ir.IntegerScalar:
    divisors = [ibis.ifelse((counts % divisor == 0).all(), divisor, 1) for divisor in range(2, largest + 1)]
    return ibis.greatest(*divisors)


def separate_lines(retail: ir.Table, repeated_lines: ir.Table, settings: CleaningSettings) -> tuple[ir.Table, ir.Table]:
    """The lines that count and those that do not; every line of ``retail`` is in one of the two.

    Returns
    -------
    transactions
        A row per line that counts: the columns of ``retail`` (stock_code upper-cased and trimmed,
        description trimmed, empty ones null), line_type, is_cancellation, and amount in pounds.
    excluded_lines
        A row per line that does not: the columns of ``retail``, and the first reason that applies.
    """
    repeated = repeated_lines.mutate(is_repeated=True)
    codes = describe_codes(retail, settings.line_types)
    joined = retail.left_join(repeated, ["extract", "line_number"]).left_join(codes, "stock_code")
    lines = joined.select(*RETAIL_COLUMNS, "code", "line_type", is_repeated=joined.is_repeated.fill_null(False))
    reasoned = lines.mutate(reason=exclusion_reason(lines, settings.exclude))
    excluded_lines = reasoned.filter(reasoned.reason.notnull()).select(*RETAIL_COLUMNS, "reason")
    counted = reasoned.filter(reasoned.reason.isnull())
    transactions = counted.mutate(
        stock_code=counted.code,
        description=_trimmed(counted.description),
        is_cancellation=counted.invoice_no.upper().startswith("C"),
        amount=line_amount(counted),
    ).select(*RETAIL_COLUMNS, "line_type", "is_cancellation", "amount")
    # The join has left the lines in an order that may differ from one run to the next.
    in_delivery_order = ("extract", "line_number")
    return transactions.order_by(in_delivery_order), excluded_lines.order_by(in_delivery_order)


def describe_codes(retail: ir.Table, line_types: Mapping[LineType, StockCodes]) -> ir.Table:
    """A row per stock code as delivered: stock_code, code (as it is compared), and line_type.

    There are few of them, which saves finding out line by line what each line is.
    """
    codes = retail.select("stock_code").distinct()
    return codes.mutate(code=as_code(codes.stock_code), line_type=line_type(codes.stock_code, line_types))


def line_type(stock_code: ir.StringColumn, line_types: Mapping[LineType, StockCodes]) -> ir.StringColumn:
    """What each line is, by its stock code: the first type that names it, else ``product``."""
    code = as_code(stock_code)
    branches = [
        (reduce(lambda either, prefix: either | code.startswith(prefix), named.prefixes, code.isin(named.codes)), name)
        for name, named in line_types.items()
    ]
    return ibis.cases(*branches, else_="product")


def exclusion_reason(lines: ir.Table, exclude: Sequence[str]) -> ir.StringColumn:
    """Why each line does not count: ``invalid``, or the first of the reasons given; null where it counts."""
    tests = {"repeated_invoice": lines.is_repeated, "zero_price": lines.unit_price == 0}
    branches = [(tests.get(reason, lines.line_type == reason), reason) for reason in exclude]
    return ibis.cases((is_invalid(lines), "invalid"), *branches, else_=ibis.null("string"))


def _trimmed(text: ir.StringColumn) -> ir.StringColumn:
    return text.strip().nullif("")


def count_orders_by_day(invoices: ir.Table) -> ir.Table:
    """A row per day with an invoice: day, and how many orders were placed on it."""
    return (
        invoices.group_by(day=invoices.invoice_date.truncate("D"))
        .agg(orders=invoices.count(where=~invoices.is_cancellation))
        .order_by("day")
    )


def find_data_period(transactions: ir.Table, orders_by_day: ir.Table, settings: MonthlyMetricsSettings) -> pd.DataFrame:
    """The moments between which the data lies: one row.

    Columns: first_line and last_line, the earliest and latest transaction; data_end, the midnight that
    ends the last day; covered_from and covered_until, the midnights between which no selling day is missing: those
    around the data's days and the closed days next to them.

    Raises
    ------
    InputError
        If no line of the extract counts.
    """
    period = transactions.agg(first_line=transactions.invoice_date.min(), last_line=transactions.invoice_date.max())
    frame = period.to_pandas()
    if frame.last_line.isna().any():
        raise InputError("The extract has no line that counts: every line is invalid or excluded by cleaning.exclude")
    first_day, data_end = frame.first_line.dt.normalize(), frame.last_line.dt.normalize() + pd.Timedelta(days=1)
    orders = orders_by_day.to_pandas().set_index("day").orders
    covered_from, covered_until = covered_period(first_day.iloc[0], data_end.iloc[0], orders, settings)
    return frame.assign(data_end=data_end, covered_from=covered_from, covered_until=covered_until)


def account_for_lines(
    retail: ir.Table, transactions: ir.Table, excluded_lines: ir.Table, settings: CleaningSettings
) -> pd.DataFrame:
    """Where every line and every pound of the extract went.

    Returns
    -------
    pandas.DataFrame
        A row for the transactions, a row per reason for exclusion, and last the total, counted afresh
        from the extract: rule, lines, amount (pounds), share_of_lines.

    Raises
    ------
    LinesLostError
        If the rows before the total do not add up to it.
    InputError
        If no line counts.
    """
    counted = _lines_and_amount(transactions, ibis.literal("transactions"), transactions.amount)
    excluded = _lines_and_amount(excluded_lines, excluded_lines.reason, line_amount(excluded_lines))
    parts = ibis.union(counted, excluded).to_pandas().set_index("rule")
    parts = parts.reindex(["transactions", "invalid", *settings.exclude], fill_value=0)
    total = _lines_and_amount(retail, ibis.literal("total"), line_amount(retail)).to_pandas().set_index("rule")
    lost = total.loc["total"] - parts.sum()
    if lost.any():
        raise LinesLostError(f"{lost.lines} lines and {lost.amount} pounds of the extract are in neither table")
    if not parts.lines["transactions"]:
        reasons = ", ".join(f"{lines:,} {reason}" for reason, lines in parts.lines.items() if lines)
        raise InputError(f"The extract has no line that counts: {reasons}; see cleaning.exclude")
    account = pd.concat([parts, total]).reset_index()
    return account.assign(amount=account.amount.astype(float), share_of_lines=account.lines / int(total.lines.iloc[0]))


def _lines_and_amount(lines: ir.Table, rule: ir.StringValue, amount: ir.DecimalColumn) -> ir.Table:
    amounts = lines.select(rule=rule, amount=amount.fill_null(0))
    return amounts.group_by("rule").agg(lines=amounts.count(), amount=amounts.amount.sum().cast("decimal(38, 3)"))
