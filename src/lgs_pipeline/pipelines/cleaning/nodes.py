"""From typed lines to the transactions that count, and the lines that do not, each with its reason."""

import re
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.invoices import assign_customers, build_invoices, number_parts, owner_of, with_customers
from lgs_pipeline.lines import RETAIL_COLUMNS, as_code, is_invalid, line_amount
from lgs_pipeline.pipelines.cleaning.dates import is_on
from lgs_pipeline.pipelines.cleaning.settings import CleaningSettings, LineType, StockCodes
from lgs_pipeline.pipelines.monthly_metrics.settings import MonthlyMetricsSettings
from lgs_pipeline.selling_days import covered_period


class LinesLostError(Exception):
    """Lines or pounds of the extract went missing: a defect of the pipeline, never of the input."""


def assign_line_customers(retail: ir.Table, invoice_moments: ir.Table, settings: CleaningSettings) -> ir.Table:
    """The customers of lines that name none but whose invoice names one: extract, line_number, customer_id."""
    return assign_customers(retail, invoice_moments, settings.invoice_gap_minutes)


def separate_lines(
    retail: ir.Table,
    line_customers: ir.Table,
    repeated_lines: ir.Table,
    implausible_dates: pd.DataFrame,
    invoice_types: ir.Table,
    settings: CleaningSettings,
) -> tuple[ir.Table, ir.Table]:
    """The lines that count and those that do not; every line of ``retail`` is in one of the two.

    Returns
    -------
    transactions
        A row per line that counts: the columns of ``retail`` (stock_code upper-cased and trimmed,
        description trimmed, empty ones null, customer_id that of the invoice), line_type, is_cancellation, and amount
        in pounds.
    excluded_lines
        A row per line that does not: the columns of ``retail``, and the first reason that applies.
    """
    repeated = repeated_lines.rename(repeat="reason")
    codes = describe_codes(retail, settings.line_types)
    joined = with_customers(retail, line_customers).left_join(repeated, ["extract", "line_number"])
    lines = joined.left_join(codes, "stock_code").select(*RETAIL_COLUMNS, "code", "line_type", "repeat")
    is_implausible = is_on(lines.invoice_date, implausible_dates.day)
    reasoned = lines.mutate(reason=exclusion_reason(lines, is_implausible, settings.exclude))
    excluded_lines = reasoned.filter(reasoned.reason.notnull()).select(*RETAIL_COLUMNS, "reason")
    counted = reasoned.filter(reasoned.reason.isnull())
    counted = counted.mutate(
        stock_code=counted.code, description=_trimmed(counted.description), amount=line_amount(counted)
    )
    transactions = mark_cancellations(counted, lines, invoice_types, settings).select(
        *RETAIL_COLUMNS, "line_type", "is_cancellation", "amount"
    )
    # The joins have left the lines in an order that may differ from one run to the next.
    in_delivery_order = ("extract", "line_number")
    return transactions.order_by(in_delivery_order), excluded_lines.order_by(in_delivery_order)


def mark_cancellations(
    lines: ir.Table, delivered: ir.Table, invoice_types: ir.Table, settings: CleaningSettings
) -> ir.Table:
    """The lines with is_cancellation: by the number, the sign or the type of their invoice.

    Parameters
    ----------
    lines
        The lines that count, with their amounts.
    delivered
        All lines: the type may be given on a line that does not count.
    invoice_types
        What type of invoice a line was delivered with: extract, line_number, invoice_type.
    settings
        How a cancellation is recognised.
    """
    rule = settings.cancellations
    if rule.by == "prefix":
        prefixes = "|".join(re.escape(prefix.strip().upper()) for prefix in rule.prefixes)
        return lines.mutate(is_cancellation=as_code(lines.invoice_no).re_search(f"^({prefixes})[0-9]"))
    if rule.by == "sign":
        voted = lines.mutate(vote=-lines.amount)
    else:
        types = [name.strip().upper() for name in rule.types]
        typed = delivered.left_join(invoice_types, ["extract", "line_number"])
        is_cancelled = as_code(typed.invoice_type).isin(types)
        voted = typed.select(*delivered.columns, vote=ibis.ifelse(is_cancelled, 1, 0))
    # A vote above zero is for a cancellation; the lines of an invoice vote together.
    moment = ["invoice_no", "owner", "invoice_date"]
    keyed, voted = (table.mutate(owner=owner_of(table)) for table in (lines, voted))
    votes = voted.group_by(moment).agg(vote=lambda group: group.vote.sum())
    parts = number_parts(votes, ["invoice_no", "owner"], settings.invoice_gap_minutes)
    of_invoice = ibis.window(group_by=["invoice_no", "owner", "part"])
    marks = parts.mutate(is_cancellation=parts.vote.sum().over(of_invoice) > 0).select(*moment, "is_cancellation")
    return keyed.inner_join(marks, moment)


def describe_codes(retail: ir.Table, line_types: Mapping[LineType, StockCodes]) -> ir.Table:
    """A row per stock code as delivered: stock_code, code (as it is compared), and line_type.

    There are far fewer codes than lines, so the line type is worked out once for each code.
    """
    codes = retail.select("stock_code").distinct()
    return codes.mutate(code=as_code(codes.stock_code), line_type=line_type(codes.stock_code, line_types))


def line_type(stock_code: ir.StringColumn, line_types: Mapping[LineType, StockCodes]) -> ir.StringColumn:
    """What each line is, by its stock code: the first type that names it, else ``product``."""
    code = as_code(stock_code)
    branches = [(_is_named(code, named), name) for name, named in line_types.items()]
    return ibis.cases(*branches, else_="product")


def _is_named(code: ir.StringColumn, named: StockCodes) -> ir.BooleanColumn:
    by_prefix = [code.startswith(prefix) for prefix in named.prefixes]
    by_number = [code.re_search(f"^{re.escape(prefix)}[0-9]*$") for prefix in named.numbered]
    return ibis.or_(code.isin(named.codes), *by_prefix, *by_number)


def exclusion_reason(lines: ir.Table, is_implausible: ir.BooleanValue, exclude: Sequence[str]) -> ir.StringColumn:
    """Why each line does not count: ``invalid``, or the first of the reasons given; null where it counts."""
    tests = {
        "repeated_invoice": (lines.repeat == "repeated_invoice").fill_null(False),
        "superseded": (lines.repeat == "superseded").fill_null(False),
        "implausible_date": is_implausible,
        "zero_price": lines.unit_price == 0,
    }
    branches = [(tests.get(reason, lines.line_type == reason), reason) for reason in exclude]
    return ibis.cases((is_invalid(lines), "invalid"), *branches, else_=ibis.null("string"))


def list_invoices(transactions: ir.Table, settings: CleaningSettings) -> ir.Table:
    """A row per invoice: when it began, whose it is, and what it adds up to."""
    return build_invoices(transactions, settings.invoice_gap_minutes)


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
        from the extract: rule, lines, amount (pounds), share_of_lines. If the amount of a line is not known, its
        row has no amount; the total adds up the others.

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
        raise InputError(
            f"The extract has no line that counts: {reasons}; see cleaning.exclude, cleaning.dates and "
            "cleaning.line_types"
        )
    known = parts.amount.mask(parts.unknown > 0)
    total["amount"] = known.sum()
    account = pd.concat([parts.assign(amount=known), total]).reset_index()
    account["share_of_lines"] = account.lines / int(total.lines.iloc[0])
    return account.astype({"amount": float})[["rule", "lines", "amount", "share_of_lines"]]


def _lines_and_amount(lines: ir.Table, rule: ir.StringValue, amount: ir.DecimalColumn) -> ir.Table:
    amounts = lines.select(rule=rule, amount=amount)
    return amounts.group_by("rule").agg(
        lines=amounts.count(),
        unknown=amounts.amount.isnull().sum().cast("int64"),
        amount=amounts.amount.sum().fill_null(0).cast("decimal(38, 3)"),
    )
