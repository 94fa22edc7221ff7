"""Which lines are there only because their invoice was delivered, or loaded, more than once."""

from decimal import Decimal
from itertools import combinations

import ibis
import ibis.expr.types as ir

from lgs_pipeline.errors import InputError
from lgs_pipeline.invoices import number_invoices, with_customers
from lgs_pipeline.lines import as_code
from lgs_pipeline.pipelines.cleaning.settings import CleaningSettings
from lgs_pipeline.wording import pluralise

LINES_AS_EVIDENCE = 3
"""How many distinct lines an invoice loaded more than once must have to show that its extract is merged.

A small invoice that genuinely repeats its one or two lines would be taken for a repeated one.
"""

_INVOICE = ["invoice_no", "owner", "part"]
_SAME_LINE = [*_INVOICE, "code", "description", "quantity", "invoice_date", "unit_price", "country"]
"""What two lines of an extract must share to be the same line, twice."""

_PRODUCT = [*_INVOICE, "code", "invoice_date"]
_SAME_ITEM = [*_PRODUCT, "quantity", "unit_price"]
"""What lines of two extracts must share to be the same line: products are renamed between two exports."""


def find_suspects(
    retail: ir.Table, invoice_moments: ir.Table, line_customers: ir.Table, settings: CleaningSettings
) -> ir.Table:
    """The lines of the invoice numbers that, at some moment, have every stock code more than once.

    Comparing whole lines is the most expensive step, and only these invoices can have been loaded more than once.

    Columns: those of a line, with the key of its invoice (invoice_no, owner, part); large_invoices, how many invoices
    of the line's extract have at least LINES_AS_EVIDENCE stock codes. There are no rows if most_loads is 1.
    """
    sizes = invoice_moments.group_by("extract").agg(
        large_invoices=lambda moments: moments.count(where=moments.codes >= LINES_AS_EVIDENCE)
    )
    suspected = invoice_moments.filter(invoice_moments.fewest > 1, ibis.literal(settings.most_loads > 1))
    few = with_customers(retail.semi_join(suspected, ["extract", "invoice_no"]), line_customers)
    numbered = number_invoices(few, ["extract"], settings.invoice_gap_minutes).inner_join(sizes, "extract")
    return numbered.order_by("extract", "line_number")


def find_further_loads(suspected_lines: ir.Table, settings: CleaningSettings) -> ir.Table:
    """The lines that are there only because their extract was merged from several loads of the same invoices.

    Nothing marks the loads: an invoice was loaded n times when n divides the number of occurrences of each of its
    distinct lines, and one n-th of each counts. An extract is searched for such invoices only if one of them proves
    that it is merged (:func:`_find_merged_extracts`). Lines that an invoice genuinely repeats stay.

    Returns
    -------
    ibis.Table
        A row per line that does not count: extract, line_number.
    """
    suspects = _comparable(suspected_lines)
    loads = (
        suspects.group_by("extract", *_SAME_LINE)
        .agg(occurrences=lambda group: group.count(), large_invoices=lambda group: group.large_invoices.max())
        .group_by("extract", *_INVOICE)
        .agg(
            loads=lambda group: _largest_common_divisor(group.occurrences, settings.most_loads),
            distinct_lines=lambda group: group.count(),
            most_units=lambda group: group.quantity.abs().max(),
            large_invoices=lambda group: group.large_invoices.max(),
        )
        .filter(lambda group: group.loads > 1)
    )
    loads = loads.semi_join(_find_merged_extracts(loads), "extract").select("extract", *_INVOICE, "loads")
    one_line = ["extract", *_SAME_LINE]
    in_delivery_order = ibis.window(group_by=one_line, order_by="line_number")
    counted = suspects.inner_join(loads, ["extract", *_INVOICE]).mutate(
        occurrence=ibis.row_number().over(in_delivery_order),
        occurrences=lambda joined: joined.count().over(ibis.window(group_by=one_line)),
    )
    further = counted.filter(counted.occurrence * counted.loads >= counted.occurrences)
    return further.select("extract", "line_number").order_by("extract", "line_number")


def _find_merged_extracts(loads: ir.Table) -> ir.Table:
    """The extracts that were merged from several loads, as an invoice of at least LINES_AS_EVIDENCE lines shows.

    A till that writes a row for each unit repeats lines, too. So if all quantities are 1, such an invoice proves
    nothing, unless at least half of the extract's invoices of this size are repeated.
    """
    proven = loads.filter(loads.distinct_lines >= LINES_AS_EVIDENCE)
    counts = proven.group_by("extract").agg(
        repeated=lambda group: group.count(),
        large=lambda group: group.large_invoices.max(),
        most_units=lambda group: group.most_units.max(),
    )
    return counts.filter((counts.most_units > 1) | (2 * counts.repeated >= counts.large)).select("extract")


def find_copies(
    retail: ir.Table,
    invoice_moments: ir.Table,
    line_customers: ir.Table,
    further_loads: ir.Table,
    settings: CleaningSettings,
) -> ir.Table:
    """The lines of the invoice numbers that are in more than one extract.

    Columns: extract, line_number; from_end, the line's number counted from the end of the extract; the key of its
    invoice (invoice_no, owner, part); code, invoice_date, quantity, unit_price. There are no rows if the settings say
    that nothing is a copy.
    """
    numbers = invoice_moments.group_by("invoice_no").agg(
        first=lambda moments: moments.extract.min(), last=lambda moments: moments.extract.max()
    )
    in_several = numbers.filter(numbers.first != numbers.last, ibis.literal(settings.copies != "all"))
    ends = invoice_moments.group_by("extract").agg(last_line=lambda moments: moments.last_line.max())
    few = retail.semi_join(in_several, "invoice_no").anti_join(further_loads, ["extract", "line_number"])
    numbered = number_invoices(with_customers(few, line_customers), [], settings.invoice_gap_minutes)
    copies = _comparable(numbered).inner_join(ends, "extract")
    from_end = copies.last_line - copies.line_number + 1
    return copies.select("extract", "line_number", *_SAME_ITEM, from_end=from_end).order_by("extract", "line_number")


def find_cut_invoices(invoice_copies: ir.Table) -> ir.Table:
    """The invoices that the end of an extract cuts in two, so that the two extracts hold parts of it and not copies.

    One extract ends with the invoice and another begins with it. An invoice is not cut if it is in more than two
    extracts, or if the two extracts hold copies of it: one ends with the lines that the other begins with, or they
    share at least half of their items (:func:`_find_alike`).

    Returns
    -------
    ibis.Table
        A row per invoice: invoice_no, owner, part.
    """
    if _is_empty(invoice_copies):
        return invoice_copies.select(_INVOICE)
    in_two = (
        invoice_copies.group_by(_INVOICE)
        .agg(extracts=lambda lines: lines.extract.nunique())
        .filter(lambda invoices: invoices.extracts == 2)
    )
    lines = invoice_copies.semi_join(in_two, _INVOICE)
    last, first = lines.filter(lines.from_end == 1), lines.filter(lines.line_number == 1)
    meeting = _join_extracts(last, first, _INVOICE).select(_INVOICE).distinct()
    # If the last n lines of one are the first n lines of the other, both overlaps are n.
    last_in_other = _join_extracts(last, lines, _SAME_ITEM).select(*_INVOICE, overlap="line_number_of_other")
    first_in_other = _join_extracts(first, lines, _SAME_ITEM).select(*_INVOICE, overlap="from_end_of_other")
    overlapping = last_in_other.semi_join(first_in_other, [*_INVOICE, "overlap"])
    # Of all copies: as a part of this, Ibis would write the choice of ``lines`` in a way that PostgreSQL cannot read.
    alike = _find_alike(invoice_copies)
    return meeting.anti_join(overlapping, _INVOICE).anti_join(alike, _INVOICE).order_by(_INVOICE)


def _find_alike(lines: ir.Table) -> ir.Table:
    """The invoices whose two extracts share at least half of the items of the smaller one, and more than one item."""
    items = lines.select("extract", *_SAME_ITEM).distinct()
    sizes = items.group_by("extract", *_INVOICE).agg(items=lambda group: group.count())
    beside = sizes.group_by(_INVOICE).agg(
        both=lambda group: group["items"].sum(), smaller=lambda group: group["items"].min()
    )
    together = items.drop("extract").distinct().group_by(_INVOICE).agg(distinct=lambda group: group.count())
    compared = beside.inner_join(together, _INVOICE).mutate(shared=lambda group: group.both - group["distinct"])
    return compared.filter(compared.shared > 1, 2 * compared.shared >= compared.smaller).select(_INVOICE)


def _join_extracts(lines: ir.Table, others: ir.Table, keys: list[str]) -> ir.Table:
    """Each line beside those of other extracts that share the keys."""
    joined = lines.inner_join(others, keys, rname="{name}_of_other")
    return joined.filter(joined.extract != joined.extract_of_other)


def find_differing_copies(invoice_copies: ir.Table, cut_invoices: ir.Table, settings: CleaningSettings) -> ir.Table:
    """The products that two extracts sell differently on one invoice.

    Copies differ where neither has all items (units and price) of a product that the other has.

    Returns
    -------
    ibis.Table
        A row per invoice (invoice_no, owner, part), code and invoice_date.

    Raises
    ------
    InputError
        If there are any, and the settings do not say which copy counts.
    """
    if _is_empty(invoice_copies):
        return invoice_copies.select(_PRODUCT)
    copies = invoice_copies.anti_join(cut_invoices, _INVOICE)
    items = copies.select("extract", *_SAME_ITEM).distinct()
    counts = items.group_by("extract", *_PRODUCT).agg(number=lambda group: group.count())
    fullest = counts.group_by(_PRODUCT).agg(most=lambda group: group.number.max(), extracts=lambda group: group.count())
    together = items.drop("extract").distinct().group_by(_PRODUCT).agg(number=lambda group: group.count())
    beside = fullest.inner_join(together, _PRODUCT)
    differing = beside.filter(beside.extracts > 1, beside.number > beside.most).select(_PRODUCT)
    if settings.copies == "stop" and differing.count().execute():
        _refuse_differing_copies(copies, differing)
    return differing.order_by(_PRODUCT)


def list_repeated_lines(
    further_loads: ir.Table,
    invoice_copies: ir.Table,
    cut_invoices: ir.Table,
    differing_copies: ir.Table,
    settings: CleaningSettings,
) -> ir.Table:
    """The lines that are there only because their invoice was delivered or loaded more than once.

    Between extracts, each distinct line of an invoice counts as often as in the extract that has it most often (if
    several do, the first by name). So overlaps count once, and a fuller copy counts instead of one that is cut off. If
    the end of an extract cuts an invoice in two, both parts count.

    Returns
    -------
    ibis.Table
        A row per line that does not count: extract, line_number, reason (``repeated_invoice``, or ``superseded`` where
        the copies of its invoice differ and the settings say that another one counts).
    """
    if _is_empty(invoice_copies):
        loads = further_loads.mutate(reason=ibis.literal("repeated_invoice"))
        return loads.order_by("extract", "line_number")
    superseded = _copies_that_do_not_count(invoice_copies, differing_copies, settings.copies)
    alike = invoice_copies.anti_join(differing_copies, _INVOICE).anti_join(cut_invoices, _INVOICE)
    occurring = alike.mutate(
        occurrences=lambda lines: lines.count().over(ibis.window(group_by=["extract", *_SAME_ITEM]))
    )
    most_first = ibis.window(group_by=_SAME_ITEM, order_by=[ibis.desc("occurrences"), "extract"])
    ranked = occurring.mutate(copy=ibis.rank().over(most_first))
    further = ranked.filter(ranked.copy > 0).select("extract", "line_number")
    repeated = ibis.union(further_loads, further).mutate(reason=ibis.literal("repeated_invoice"))
    return ibis.union(repeated, superseded.mutate(reason=ibis.literal("superseded"))).order_by("extract", "line_number")


def _refuse_differing_copies(copies: ir.Table, differing: ir.Table) -> None:
    """Stop with the first product that two extracts sell differently on one invoice.

    Raises
    ------
    InputError
        Naming the two lines, and the settings.
    """
    first = differing.order_by("invoice_date", *(key for key in _PRODUCT if key != "invoice_date")).limit(1)
    lines = copies.semi_join(first, _PRODUCT).order_by("extract", "line_number").to_pandas()
    items = {extract: set(zip(of.quantity, of.unit_price, strict=True)) for extract, of in lines.groupby("extract")}
    one, other = next((a, b) for a, b in combinations(items, 2) if items[a] - items[b] and items[b] - items[a])
    places, found = [], []
    for extract, beside in ((one, other), (other, one)):
        of_extract = lines[lines.extract == extract]
        is_other = [item not in items[beside] for item in zip(of_extract.quantity, of_extract.unit_price, strict=True)]
        line = of_extract[is_other].iloc[0]
        places.append(f"{extract} data line {line.line_number}")
        found.append(f"{line.quantity} x {_exact(line.unit_price)}")
    invoices = differing.select(_INVOICE).distinct().count().execute()
    raise InputError(
        f"{' and '.join(places)}: found {' and '.join(found)} of stock code {line.code} on invoice "
        f"{line.invoice_no} of {line.invoice_date}, expected copies of an invoice to have the same units and prices. "
        f"{pluralise(invoices, 'invoice')} {'differs' if invoices == 1 else 'differ'} between extracts: leave out the "
        "extract that is out of date, or set cleaning.copies to the copy that counts: first, last or fullest (all, if "
        "they are not copies)"
    )


def _exact(price: Decimal) -> str:
    """A price with all its digits, at least to the penny: £29.90, £0.0125."""
    return f"£{price:,.2f}" if price == round(price, 2) else f"£{price.normalize():,f}"


def _copies_that_do_not_count(copies: ir.Table, differing: ir.Table, counts: str) -> ir.Table:
    """Of the invoices whose copies differ, the lines of all copies but one: extract, line_number."""
    lines = copies.semi_join(differing, _INVOICE)
    of_extract = lines.group_by("extract", *_INVOICE).agg(lines=lambda group: group.count())
    orders = {"last": [ibis.desc("extract")], "fullest": [ibis.desc("lines"), "extract"]}
    best_first = ibis.window(group_by=_INVOICE, order_by=orders.get(counts, ["extract"]))
    ranked = of_extract.mutate(copy=ibis.row_number().over(best_first))
    return lines.semi_join(ranked.filter(ranked.copy > 0), ["extract", *_INVOICE]).select("extract", "line_number")


def _is_empty(invoice_copies: ir.Table) -> bool:
    """Whether no invoice is in two extracts, as when a shop sends only one: then the remaining steps can be skipped."""
    return not invoice_copies.count().execute()


def _comparable(lines: ir.Table) -> ir.Table:
    """The lines with their texts as they are compared."""
    return lines.mutate(code=as_code(lines.stock_code), description=lines.description.strip().nullif(""))


def _largest_common_divisor(counts: ir.IntegerColumn, largest: int) -> ir.IntegerScalar:
    divisors = [ibis.ifelse((counts % divisor == 0).all(), divisor, 1) for divisor in range(2, largest + 1)]
    return ibis.greatest(*divisors, 1)
