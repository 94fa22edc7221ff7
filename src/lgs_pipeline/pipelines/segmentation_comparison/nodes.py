"""What was known of customers at a cut, what they did after it, and how well segmentations predict that."""

import logging
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.lines import MONEY, to_frame
from lgs_pipeline.models.sampling import draw_customers
from lgs_pipeline.pipelines.cleaning.settings import CleaningSettings
from lgs_pipeline.pipelines.clustering.nodes import count_distinct_products, derive_features
from lgs_pipeline.pipelines.clustering.settings import ClusteringSettings
from lgs_pipeline.pipelines.customers.nodes import count_products
from lgs_pipeline.pipelines.lifetime_value.segmentation import NO_TIER
from lgs_pipeline.pipelines.segmentation_comparison.segmentations import SEGMENTATIONS
from lgs_pipeline.pipelines.segmentation_comparison.settings import SegmentationComparisonSettings

logger = logging.getLogger(__name__)

_PRIME = 2**31 - 1  # squares of what is smaller fit into 64 bits
_FACTOR = 48271
_TICKETS = 10_000
_LONGEST_NUMBER = 15  # digits that fit into 64 bits


def remove_orders(scored_invoices: ir.Table, settings: SegmentationComparisonSettings) -> ir.Table:
    """The invoices without a random share of the orders; cancellations stay.

    The lot is drawn by arithmetic on customer, moment and seed, so that it falls alike on every engine and in
    every run. Orders that a customer places in the same second go or stay together.
    """
    share = round(settings.removed_orders * _TICKETS)
    is_removed = scored_invoices.is_order & (_draw_ticket(scored_invoices, settings.seed) < share)
    return scored_invoices.filter(~is_removed)


def _draw_ticket(invoices: ir.Table, seed: int) -> ir.IntegerColumn:
    """A number from 0 to 9,999 for each invoice, as good as random."""
    moment = invoices.invoice_date
    day = (moment.year().cast("int64") * 12 + moment.month()) * 31 + moment.day()
    second = (moment.hour().cast("int64") * 60 + moment.minute()) * 60 + moment.second()
    state = _number_of(invoices.customer_id) % _PRIME
    for part in (day, second, seed % _PRIME):
        mixed = (state * _FACTOR + part) % _PRIME
        state = (mixed * mixed + _FACTOR) % _PRIME
    return state % _TICKETS


def _number_of(customers: ir.StringColumn) -> ir.IntegerColumn:
    """A whole number for each customer: their own, or one that is made from the letters of their code."""
    digits = _md5(customers).translate("abcdef", "123456").left(_LONGEST_NUMBER)
    return ibis.ifelse(customers.re_search(rf"^\d{{1,{_LONGEST_NUMBER}}}$"), customers, digits).cast("int64")


@ibis.udf.scalar.builtin(name="md5")
def _md5(text: str) -> str:  # type: ignore[empty-body]
    """The engine's own function, which Ibis does not know for all of them."""


def count_products_known(
    transactions: ir.Table,
    scored_invoices: ir.Table,
    moment: pd.Timestamp,
    cleaning_settings: CleaningSettings,
    clustering_settings: ClusteringSettings,
) -> ir.Table:
    """As ``count_distinct_products``, if customers are clustered by it.

    Otherwise there are no rows, as every line would be read once more for nothing.
    """
    known = count_distinct_products(count_products(transactions, scored_invoices, moment, cleaning_settings))
    return known if "distinct_products" in clustering_settings.features else known.limit(0)


def gather_known_customers(
    rfm: pd.DataFrame, customer_habits: ir.Table, distinct_products: ir.Table, moment: pd.Timestamp
) -> pd.DataFrame:
    """A row per customer known at the moment: the columns of ``rfm``, and those of ``customer_features``."""
    features = derive_features(rfm, customer_habits, distinct_products, moment)
    new = features.columns.difference(rfm.columns, sort=False)
    return rfm.merge(features[["customer_id", *new]], on="customer_id", validate="one_to_one")


def sum_up_held_out(scored_invoices: ir.Table, moment: pd.Timestamp) -> ir.Table:
    """What customers did from the moment on, a row for each who did something: customer_id, orders, sales."""
    held_out = scored_invoices.filter(scored_invoices.invoice_date >= moment)
    return (
        held_out.group_by("customer_id")
        .agg(orders=held_out.count(where=held_out.is_order), sales=held_out.amount.sum().cast(MONEY))
        .order_by("customer_id")
    )


def compare_segmentations(
    customers: pd.DataFrame,
    customers_with_orders_removed: pd.DataFrame,
    held_out_orders: ir.Table,
    settings: SegmentationComparisonSettings,
    **settings_of_rooms: Any,
) -> pd.DataFrame:
    """How much each registered segmentation, made at the cut, says about the months after it.

    Parameters
    ----------
    customers
        The customers known at the cut.
    customers_with_orders_removed
        The same, without a random share of their orders; customers who have none left are missing.
    held_out_orders
        What they did after the cut.
    settings
        How segmentations are put to the test.
    **settings_of_rooms
        Settings of other rooms, by the names of these, for the segmentations to use.

    Returns
    -------
    pandas.DataFrame
        A row per segmentation and measure: segmentation, measure, value, low, high. Without values, and with
        the reason in the log, where the extract is too short to say.
    """
    from lgs_pipeline.models import segment_evaluation as evaluation

    held_out = to_frame(held_out_orders)
    if reason := _why_not(customers, held_out, settings):
        logger.warning("Segmentations cannot be compared: %s", reason)
        return evaluation.undefined(list(SEGMENTATIONS))
    labels, labels_again = _segment(customers, customers_with_orders_removed, settings_of_rooms)
    sample = labels.index[draw_customers(len(labels), settings.sample_customers, settings.seed)]
    outcomes = held_out.set_index("customer_id").reindex(sample, fill_value=0)
    trial = evaluation.Trial(settings.folds, settings.bootstrap_samples, settings.interval, settings.seed)
    table = evaluation.evaluate_segmentations(labels.loc[sample], labels_again.loc[sample], outcomes, trial)
    # That nobody has a tier is no segmentation that tells nothing: there is none to judge.
    not_made = labels.columns[labels.eq(NO_TIER).all()]
    is_made = ~table.segmentation.isin(not_made)
    return table.assign(**{column: table[column].where(is_made) for column in ("value", "low", "high")})


def _segment(
    customers: pd.DataFrame, customers_with_orders_removed: pd.DataFrame, settings_of_rooms: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The segment of each customer by each segmentation, as known and on fewer orders."""
    known = customers.set_index("customer_id", drop=False)
    with_fewer = customers_with_orders_removed.set_index("customer_id", drop=False)
    labels, labels_again = pd.DataFrame(index=known.index), pd.DataFrame(index=known.index)
    for name, segmentation in SEGMENTATIONS.items():
        segment = segmentation(known, settings_of_rooms)
        labels[name] = segment(known)
        labels_again[name] = segment(with_fewer).reindex(known.index)
    return labels, labels_again


def _why_not(customers: pd.DataFrame, held_out: pd.DataFrame, settings: SegmentationComparisonSettings) -> str | None:
    known, fewest = len(customers), 2 * settings.folds
    if known < fewest:
        return (
            f"{known} customers had ordered {settings.held_out_months} months before the data ends, "
            f"expected at least {fewest}, two for each of {settings.folds} folds"
        )
    if not customers.customer_id.isin(held_out.customer_id[held_out.orders > 0]).any():
        return f"none of {known:,} customers ordered in the last {settings.held_out_months} months"
    return None
