"""What may be wrong in the data although it can be read: the run stops if it contradicts the settings, else warns."""

import logging
from collections.abc import Iterator

import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.cleaning.dates import FUTURE
from lgs_pipeline.pipelines.cleaning.schemas import RULES
from lgs_pipeline.pipelines.cleaning.settings import Cancellations, CleaningSettings
from lgs_pipeline.wording import count, day, percent, pluralise, pounds

logger = logging.getLogger(__name__)

_TIMES_THE_MEDIAN = 20
"""A customer with more than so many times the orders of the median customer is unusual."""

_SETTINGS_OF_RULES = {
    "invalid": "ingestion",
    "repeated_invoice": "cleaning.most_loads and cleaning.copies",
    "implausible_date": "cleaning.dates",
    "superseded": "cleaning.copies",
    "zero_price": "cleaning.exclude",
}


def find_doubts(
    data_quality: pd.DataFrame, implausible_dates: pd.DataFrame, invoices: ir.Table, settings: CleaningSettings
) -> pd.DataFrame:
    """What to check before relying on the figures; each doubt is also logged as a warning.

    Returns
    -------
    pandas.DataFrame
        A row per doubt: doubt (the rule that leaves out lines, order, date or customer), statement (a sentence) and
        setting (the one to change, if it is an error).

    Raises
    ------
    InputError
        If invoices contradict the settings of cancellations.
    """
    doubts = [
        *_doubt_orders(invoices, settings.cancellations),
        *_doubt_rules(data_quality, settings),
        *_doubt_dates(data_quality, implausible_dates),
        *_doubt_customers(invoices, settings.largest_customer_share),
    ]
    found = pd.DataFrame(doubts, columns=["doubt", "statement", "setting"], dtype="str")
    for doubt in found.itertuples():
        logger.warning("%s: %s See %s", doubt.doubt, doubt.statement, doubt.setting)
    return found


def _doubt_orders(invoices: ir.Table, cancellations: Cancellations) -> Iterator[tuple[str, str, str]]:
    """Doubt negative orders. If they are many, or most cancellations are positive, the settings take one for the other.

    Raises
    ------
    InputError
        With the figures, an example and the setting.
    """
    orders, negative, cancelled, positive, example = _count_signs(invoices)
    setting = "see cleaning.cancellations (by: prefix, sign or type; largest_contradiction)"
    rule = {
        "prefix": f"by the prefix {', '.join(cancellations.prefixes)} before digits",
        "sign": "by the sign of their amount",
        "type": "by their type",
    }[cancellations.by]
    if negative > cancellations.largest_contradiction * orders:
        raise InputError(
            f"Cancellations are told {rule}: found {negative:,} of the {orders:,} other invoices with a negative "
            f"amount (such as {example}), expected orders to be positive; {setting}"
        )
    if positive * 2 > cancelled:
        raise InputError(
            f"Cancellations are told {rule}: found {positive:,} of {cancelled:,} with a positive amount, expected "
            f"cancellations to be negative; {setting}"
        )
    if negative:
        yield (
            "order",
            f"Orders with a negative amount: {negative:,} of {orders:,}, such as {example}.",
            "cleaning.cancellations",
        )


def _count_signs(invoices: ir.Table) -> tuple[int, int, int, int, str]:
    is_order = ~invoices.is_cancellation
    is_negative = is_order & (invoices.amount < 0)
    counts = invoices.agg(
        orders=invoices.count(where=is_order),
        negative=invoices.count(where=is_negative),
        cancelled=invoices.count(where=invoices.is_cancellation),
        positive=invoices.count(where=invoices.is_cancellation & (invoices.amount > 0)),
        example=invoices.invoice_no.min(where=is_negative),
    )
    return tuple(counts.to_pandas().iloc[0])


def _doubt_rules(data_quality: pd.DataFrame, settings: CleaningSettings) -> Iterator[tuple[str, str, str]]:
    # Implausible dates have a doubt of their own.
    reasons = data_quality[~data_quality.rule.isin(["transactions", "total", "implausible_date"])]
    pounds_in_all = data_quality.amount[data_quality.rule != "total"].abs().sum()
    for reason in reasons.itertuples():
        share = abs(reason.amount) / pounds_in_all if pounds_in_all else 0.0
        if max(reason.share_of_lines, share) > settings.largest_unremarked_share:
            taken = f"{pluralise(reason.lines, 'line')} ({percent(reason.share_of_lines, digits=1)})"
            if pd.notna(reason.amount):
                taken += f" with {pounds(reason.amount)} ({percent(share, digits=1)} of the pounds)"
            setting = _SETTINGS_OF_RULES.get(reason.rule, f"cleaning.line_types.{reason.rule}")
            yield reason.rule, f"Left out: {taken}. The reason: {RULES[reason.rule]}.", setting


def _doubt_dates(data_quality: pd.DataFrame, implausible_dates: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    excluded = data_quality.lines[data_quality.rule == "implausible_date"].sum()
    if not excluded:
        return
    first = implausible_dates.iloc[0]
    why = "later than the day of the run" if first.problem == FUTURE else "far from all others"
    yield (
        "date",
        f"{pluralise(excluded, 'line')} {'has' if excluded == 1 else 'have'} an implausible date and "
        f"{'is' if excluded == 1 else 'are'} left out. The first is line {first.line_number} of {first.extract}: "
        f"invoice {first.invoice_no}, dated {day(first.day)}, which is {why}.",
        "cleaning.dates",
    )


def _doubt_customers(invoices: ir.Table, largest_share: float) -> Iterator[tuple[str, str, str]]:
    named = invoices.filter(~invoices.is_cancellation, invoices.customer_id.notnull())
    orders = named.group_by("customer_id").agg(orders=lambda group: group.count())
    total, median = orders.agg(total=orders.orders.sum(), median=orders.orders.median()).to_pandas().iloc[0]
    if pd.isna(total):
        return
    is_outlying = (orders.orders > largest_share * int(total)) & (orders.orders > _TIMES_THE_MEDIAN * float(median))
    for customer in orders.filter(is_outlying).order_by("customer_id").to_pandas().itertuples():
        yield (
            "customer",
            f"Customer {customer.customer_id} has {count(customer.orders)} of all {count(total)} orders with a "
            f"customer ({percent(customer.orders / total, digits=1)}). Such a number often stands for guests.",
            "ingestion.nobody",
        )
