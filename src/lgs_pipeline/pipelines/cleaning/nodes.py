"""From typed lines to the transactions that count, and the lines that do not, each with its reason."""

from functools import reduce

import ibis
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import MONEY, RETAIL_COLUMNS, is_invalid, line_amount
from lgs_pipeline.parameters import CleaningSettings, StockCodes


class LinesLostError(Exception):
    """Lines or pounds of the extract went missing: a defect of the pipeline, never of the input."""


def find_repeated_lines(retail: ir.Table, cleaning: CleaningSettings) -> ir.Table:
    """The lines that an invoice owes to having been delivered or loaded more than once.

    Where the lines come in several extracts, an invoice that stands in more than one counts once: its
    fullest copy, and of equally full ones that of the first extract by name. Where all lines come in one
    extract, an invoice was loaded n times when n divides the number of occurrences of each of its distinct
    lines; one n-th of each counts. Lines that an invoice honestly repeats stay in both cases.

    Returns
    -------
    ibis.Table
        A row per line that does not count: extract, line_number.
    """
    extracts = retail.extract.nunique().execute()
    surplus = (
        _lines_of_further_extracts(retail)
        if extracts > 1
        else _lines_of_further_loads(retail, cleaning.most_loads)
    )
    return surplus.select("extract", "line_number").order_by("extract", "line_number")


def _lines_of_further_extracts(retail: ir.Table) -> ir.Table:
    in_several = (
        retail.filter(retail.invoice_no.notnull())
        .group_by("invoice_no")
        .agg(first=lambda lines: lines.extract.min(), last=lambda lines: lines.extract.max())
        .filter(lambda invoices: invoices.first != invoices.last)
    )
    copies = (
        retail.semi_join(in_several, "invoice_no")
        .group_by("invoice_no", "extract")
        .agg(lines=lambda lines: lines.count())
    )
    fullest_first = ibis.window(group_by="invoice_no", order_by=[ibis.desc("lines"), "extract"])
    further = copies.mutate(copy=ibis.row_number().over(fullest_first)).filter(lambda ranked: ranked.copy > 0)
    return retail.semi_join(further, ["invoice_no", "extract"])


def _lines_of_further_loads(retail: ir.Table, most_loads: int) -> ir.Table:
    # Comparing whole lines is the dearest step, so first find the invoices for which it can matter:
    # those in which no stock code occurs only once.
    candidates = (
        retail.group_by("invoice_no", "stock_code")
        .agg(occurrences=lambda lines: lines.count())
        .group_by("invoice_no")
        .agg(fewest=lambda codes: codes.occurrences.min())
        .filter(lambda invoices: invoices.fewest > 1)
    )
    lines = retail.semi_join(candidates, "invoice_no").mutate(description=_trimmed(retail.description))
    same_line = [column for column in RETAIL_COLUMNS if column not in ("extract", "line_number")]
    occurrences = lines.group_by(same_line).agg(occurrences=lambda group: group.count())
    loads = (
        occurrences.group_by("invoice_no")
        .agg(loads=lambda group: _largest_common_divisor(group.occurrences, most_loads))
        .filter(lambda invoices: invoices.loads > 1)
    )
    in_delivery_order = ibis.window(group_by=same_line, order_by=["extract", "line_number"])
    any_of_same = ibis.window(group_by=same_line)
    return (
        lines.inner_join(loads, "invoice_no")
        .mutate(
            occurrence=ibis.row_number().over(in_delivery_order),
            occurrences=lambda joined: joined.count().over(any_of_same),
        )
        .filter(lambda counted: counted.occurrence * counted.loads >= counted.occurrences)
    )


def _largest_common_divisor(counts: ir.IntegerColumn, largest: int) -> ir.IntegerScalar:
    divisors = [ibis.ifelse((counts % divisor == 0).all(), divisor, 1) for divisor in range(2, largest + 1)]
    return ibis.greatest(*divisors)


def separate_lines(
    retail: ir.Table, repeated_lines: ir.Table, cleaning: CleaningSettings
) -> tuple[ir.Table, ir.Table]:
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
    lines = retail.left_join(repeated, ["extract", "line_number"])
    lines = lines.select(*RETAIL_COLUMNS, is_repeated=lines.is_repeated.fill_null(False))
    lines = lines.mutate(line_type=line_type(lines.stock_code, cleaning.line_types))
    reasoned = lines.mutate(reason=exclusion_reason(lines, cleaning.exclude))
    excluded_lines = reasoned.filter(reasoned.reason.notnull()).select(*RETAIL_COLUMNS, "reason")
    counted = reasoned.filter(reasoned.reason.isnull())
    transactions = counted.mutate(
        stock_code=counted.stock_code.strip().upper(),
        description=_trimmed(counted.description),
        is_cancellation=counted.invoice_no.upper().startswith("C"),
        amount=line_amount(counted),
    ).select(*RETAIL_COLUMNS, "line_type", "is_cancellation", "amount")
    return transactions, excluded_lines


def line_type(stock_code: ir.StringColumn, line_types: dict[str, StockCodes]) -> ir.StringColumn:
    """What each line is, by its stock code: the first type that names it, else ``product``."""
    code = stock_code.strip().upper()
    branches = [
        (
            reduce(
                lambda either, prefix: either | code.startswith(prefix),
                named.prefixes,
                code.isin(named.codes),
            ),
            name,
        )
        for name, named in line_types.items()
    ]
    return ibis.cases(*branches, else_="product")


def exclusion_reason(lines: ir.Table, exclude: list[str]) -> ir.StringColumn:
    """Why each line does not count: ``invalid``, or the first of the reasons given; null where it counts."""
    tests = {"repeated_invoice": lines.is_repeated, "zero_price": lines.unit_price == 0}
    branches = [(tests.get(reason, lines.line_type == reason), reason) for reason in exclude]
    return ibis.cases((is_invalid(lines), "invalid"), *branches, else_=ibis.null("string"))


def _trimmed(text: ir.StringColumn) -> ir.StringColumn:
    return text.strip().nullif("")


def build_invoices(transactions: ir.Table) -> ir.Table:
    """A row per invoice: when it began, whose it is, and what it adds up to.

    An invoice belongs to the customer and country of its lines; should they differ, to the smallest
    customer_id and the alphabetically first country, so that it is the same on every run.
    """
    return (
        transactions.group_by("invoice_no")
        .agg(
            invoice_date=lambda lines: lines.invoice_date.min(),
            customer_id=lambda lines: lines.customer_id.min(),
            country=lambda lines: lines.country.min(),
            is_cancellation=lambda lines: lines.is_cancellation.any(),
            lines=lambda lines: lines.count(),
            units=lambda lines: lines.quantity.sum().cast("int64"),
            amount=lambda lines: lines.amount.sum().cast(MONEY),
        )
        .order_by("invoice_no")
    )


def find_data_period(transactions: ir.Table) -> pd.DataFrame:
    """The moments between which the data lies: one row.

    Columns: first_line and last_line, the earliest and latest transaction; data_end, the midnight that
    ends the last day.

    Raises
    ------
    InputError
        If no line of the extract counts.
    """
    period = transactions.agg(
        first_line=transactions.invoice_date.min(), last_line=transactions.invoice_date.max()
    )
    frame = period.to_pandas()
    if frame.last_line.isna().any():
        raise InputError(
            "The extract has no line that counts: every one is excluded, see excluded_lines for the reasons"
        )
    return frame.assign(data_end=frame.last_line.dt.normalize() + pd.Timedelta(days=1))


def account_for_lines(
    retail: ir.Table, transactions: ir.Table, excluded_lines: ir.Table, cleaning: CleaningSettings
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
    """
    counted = _lines_and_amount(transactions, ibis.literal("transactions"), transactions.amount)
    excluded = _lines_and_amount(excluded_lines, excluded_lines.reason, line_amount(excluded_lines))
    parts = ibis.union(counted, excluded).to_pandas().set_index("rule")
    parts = parts.reindex(["transactions", "invalid", *cleaning.exclude], fill_value=0)
    total = (
        _lines_and_amount(retail, ibis.literal("total"), line_amount(retail)).to_pandas().set_index("rule")
    )
    lost = total.loc["total"] - parts.sum()
    if lost.any():
        raise LinesLostError(
            f"{lost.lines} lines and {lost.amount} pounds of the extract are in neither table"
        )
    account = pd.concat([parts, total]).reset_index()
    return account.assign(
        amount=account.amount.astype(float), share_of_lines=account.lines / int(total.lines.iloc[0])
    )


def _lines_and_amount(lines: ir.Table, rule: ir.StringValue, amount: ir.DecimalColumn) -> ir.Table:
    amounts = lines.select(rule=rule, amount=amount.fill_null(0))
    return amounts.group_by("rule").agg(
        lines=amounts.count(), amount=amounts.amount.sum().cast("decimal(38, 3)")
    )
