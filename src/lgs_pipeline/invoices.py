"""Which lines make one invoice, and what an invoice adds up to.

Lines with the same number are one invoice if each is at most the gap later than the one before it, and they do not name
two customers. So numbers may begin again each year, or in each of two shops. The key of an invoice is its number, the
moment of its first line, and its customer.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from lgs_pipeline.lines import MONEY

_NOBODY = ""
"""Stands in for a missing customer where customers are compared: to a database, two nulls are not equal."""

_SECONDS = 60


def owner_of(lines: ir.Table) -> ir.StringColumn:
    """The customer of each line as text, blank where there is none, for comparing and joining."""
    return lines.customer_id.cast("string").fill_null(_NOBODY)


def number_parts(moments: ir.Table, keys: Sequence[str], gap_minutes: float) -> ir.Table:
    """The moments of each key with ``part``: 1 up to the first gap, 2 up to the second, and so on.

    Parameters
    ----------
    moments
        A row per key and invoice_date, with any other columns.
    keys
        The columns within which moments follow each other.
    gap_minutes
        A moment that comes more than this after the one before it begins a new part.
    """
    in_time = ibis.window(group_by=list(keys), order_by="invoice_date")
    seconds = moments.invoice_date.epoch_seconds()
    since = seconds - seconds.lag().over(in_time)
    begins = ibis.ifelse(since.isnull() | (since > round(gap_minutes * _SECONDS)), 1, 0)
    marked = moments.mutate(begins=begins)
    until_here = ibis.window(group_by=list(keys), order_by="invoice_date", rows=(None, 0))
    return marked.mutate(part=marked.begins.sum().over(until_here).cast("int64")).drop("begins")


def list_moments(retail: ir.Table) -> ir.Table:
    """A row per extract, number, customer and moment of lines, which is far fewer than the lines.

    Columns: extract, invoice_no, customer_id, invoice_date; codes, how many stock codes; fewest, how often the rarest
    of them occurs; last_line, the largest line_number. Lines without a number or a moment are left out.
    """
    dated = retail.filter(retail.invoice_no.notnull(), retail.invoice_date.notnull())
    moment = ["extract", "invoice_no", "customer_id", "invoice_date"]
    codes = dated.group_by(*moment, "stock_code").agg(
        lines=lambda group: group.count(), last_line=lambda group: group.line_number.max()
    )
    moments = codes.group_by(moment).agg(
        codes=lambda group: group.count(),
        fewest=lambda group: group.lines.min(),
        last_line=lambda group: group.last_line.max(),
    )
    return moments.order_by(moment)


def number_invoices(lines: ir.Table, within: Sequence[str], gap_minutes: float) -> ir.Table:
    """The lines with the key of their invoice, for comparing and joining: ``owner`` and ``part``.

    Parameters
    ----------
    lines
        Lines with their customers. Those without a number or a moment are left out.
    within
        Columns within which invoices are told apart, such as extract; none for all lines together.
    gap_minutes
        See :func:`number_parts`.
    """
    keys = [*within, "invoice_no", "owner"]
    owned = lines.mutate(owner=owner_of(lines))
    moments = owned.filter(owned.invoice_date.notnull()).select(*keys, "invoice_date").distinct()
    return owned.inner_join(number_parts(moments, keys, gap_minutes), [*keys, "invoice_date"])


def assign_customers(retail: ir.Table, invoice_moments: ir.Table, gap_minutes: float) -> ir.Table:
    """The customers of lines that name none, where other lines of their invoice do.

    If lines of one number and time name several customers, a line without one gets the customer named last before it in
    the extract. Lines before the first customer get that one.

    Returns
    -------
    ibis.Table
        A row per line that gets a customer: extract, line_number, customer_id.
    """
    mixed = (
        invoice_moments.group_by("invoice_no")
        .agg(moments=lambda group: group.count(), named=lambda group: group.customer_id.count())
        .filter(lambda numbers: (numbers.named > 0) & (numbers.named < numbers.moments))
    )
    dated = retail.filter(retail.invoice_date.notnull())
    lines = dated.semi_join(mixed, "invoice_no").select(
        "extract", "line_number", "invoice_no", "invoice_date", "customer_id"
    )
    parts = number_parts(lines.select("invoice_no", "invoice_date").distinct(), ["invoice_no"], gap_minutes)
    numbered = lines.inner_join(parts, ["invoice_no", "invoice_date"])
    one_part = ["invoice_no", "part"]
    as_delivered = ibis.window(group_by=one_part, order_by=["extract", "line_number"], rows=(None, 0))
    # Counts the customers named so far; lines before the first customer belong to it.
    counted = numbered.mutate(named=ibis.greatest(numbered.customer_id.count().over(as_delivered), 1))
    assigned = counted.mutate(owner=counted.customer_id.max().over(ibis.window(group_by=[*one_part, "named"])))
    return (
        assigned.filter(assigned.customer_id.isnull(), assigned.owner.notnull())
        .select("extract", "line_number", customer_id=assigned.owner)
        .order_by("extract", "line_number")
    )


def with_customers(lines: ir.Table, line_customers: ir.Table) -> ir.Table:
    """The lines, with the customers that :func:`assign_customers` found for some of them."""
    # Counting is cheaper than passing every line through a join, and few shops need it.
    if not line_customers.count().execute():
        return lines
    found = line_customers.rename(found_customer="customer_id")
    joined = lines.left_join(found, ["extract", "line_number"])
    customer = ibis.coalesce(joined.customer_id, joined.found_customer)
    return joined.mutate(customer_id=customer).select(*lines.columns)


def build_invoices(transactions: ir.Table, gap_minutes: float) -> ir.Table:
    """A row per invoice: when it began, whose it is, and what it adds up to.

    The columns of ``invoices``. Should the countries of its lines differ, the alphabetically first one counts, so that
    it is the same on every run.
    """
    by_moment = transactions.group_by("invoice_no", "customer_id", "invoice_date").agg(
        country=lambda lines: lines.country.min(),
        is_cancellation=lambda lines: lines.is_cancellation.any(),
        lines=lambda lines: lines.count(),
        units=lambda lines: lines.quantity.sum(),
        amount=lambda lines: lines.amount.sum(),
    )
    parts = number_parts(by_moment, ["invoice_no", "customer_id"], gap_minutes)
    invoices = parts.group_by("invoice_no", "customer_id", "part").agg(
        invoice_date=lambda moments: moments.invoice_date.min(),
        country=lambda moments: moments.country.min(),
        is_cancellation=lambda moments: moments.is_cancellation.any(),
        lines=lambda moments: moments.lines.sum().cast("int64"),
        units=lambda moments: moments.units.sum().cast("int64"),
        amount=lambda moments: moments.amount.sum().cast(MONEY),
    )
    key = ("invoice_no", "invoice_date", "customer_id")
    facts = ("country", "is_cancellation", "lines", "units", "amount")
    return invoices.select(*key, *facts).order_by(key)


def select_lines(transactions: ir.Table, invoices: ir.Table, gap_minutes: float) -> ir.Table:
    """The lines of these invoices, which all have a customer: the columns of ``transactions``."""
    moment = ["invoice_no", "customer_id", "invoice_date"]
    named = transactions.filter(transactions.customer_id.notnull())
    parts = number_parts(named.select(*moment).distinct(), ["invoice_no", "customer_id"], gap_minutes)
    of_invoice = ibis.window(group_by=["invoice_no", "customer_id", "part"])
    began = parts.mutate(began=parts.invoice_date.min().over(of_invoice))
    wanted = invoices.select("invoice_no", "customer_id", began="invoice_date")
    return named.semi_join(began.semi_join(wanted, ["invoice_no", "customer_id", "began"]), moment)
