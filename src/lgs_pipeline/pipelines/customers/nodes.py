"""Facts of customers and products that several rooms read, and the moments that customers are looked at."""

from functools import reduce

import ibis
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.calendar import SEASONS
from lgs_pipeline.errors import InputError
from lgs_pipeline.invoices import build_invoices, select_lines
from lgs_pipeline.lines import MONEY, known_hour
from lgs_pipeline.moments import (
    COMPARISON_CUT,
    DATA_END,
    LIFETIME_CUT,
    MEANINGS,
    MIGRATION_START,
    RECOMMENDATION_CUT,
    REFERENCE,
    SELECTION_CUT,
)
from lgs_pipeline.pipelines.cleaning.settings import CleaningSettings
from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings
from lgs_pipeline.pipelines.recommendations.settings import RecommendationsSettings
from lgs_pipeline.pipelines.rfm.settings import RfmSettings
from lgs_pipeline.pipelines.segmentation_comparison.settings import SegmentationComparisonSettings


def set_moments(
    data_period: pd.DataFrame,
    rfm_settings: RfmSettings,
    comparison_settings: SegmentationComparisonSettings,
    lifetime_value_settings: LifetimeValueSettings,
    recommendations_settings: RecommendationsSettings,
) -> pd.DataFrame:
    """The moments at which customers are looked at, a row for each: moment, at.

    Segments are of the reference moment, and compared with those of a moment before it. Tests are on the last
    months of the data, before which their cuts lie; the settings of recommendations are chosen on as many
    months before those.

    Raises
    ------
    InputError
        If the reference moment lies before the data, so that no customer would be known yet.
    """
    data_end, first_line = data_period.data_end.iloc[0], data_period.first_line.iloc[0]
    reference = pd.Timestamp(rfm_settings.reference_moment or data_end)
    if reference <= first_line:
        raise InputError(
            f"Settings: rfm.reference_moment: found {reference}, expected a moment after the extract "
            f"begins ({first_line}), or data_end"
        )
    moments = {
        DATA_END: data_end,
        REFERENCE: reference,
        MIGRATION_START: reference - pd.DateOffset(months=rfm_settings.migration_months),
        COMPARISON_CUT: data_end - pd.DateOffset(months=comparison_settings.held_out_months),
        LIFETIME_CUT: data_end - pd.DateOffset(months=lifetime_value_settings.held_out_months),
        RECOMMENDATION_CUT: data_end - pd.DateOffset(months=recommendations_settings.held_out_months),
        SELECTION_CUT: data_end - pd.DateOffset(months=2 * recommendations_settings.held_out_months),
    }
    return pd.DataFrame({"moment": list(MEANINGS), "at": [moments[moment] for moment in MEANINGS]})


def select_scored_invoices(
    transactions: ir.Table, invoices: ir.Table, cleaning_settings: CleaningSettings, rfm_settings: RfmSettings
) -> ir.Table:
    """A row per invoice that the scoring looks at: the columns of ``invoices`` and is_order.

    is_order says which of them count towards recency and frequency; monetary sums up all of them.
    """
    if rfm_settings.population == "purchases":
        positive = transactions.filter(transactions.quantity > 0, transactions.amount > 0)
        invoices = build_invoices(positive, cleaning_settings.invoice_gap_minutes)
    is_order = ~invoices.is_cancellation if rfm_settings.population == "buyers" else ibis.literal(True)
    return invoices.filter(invoices.customer_id.notnull()).mutate(is_order=is_order)


def summarise_habits(scored_invoices: ir.Table, moment: pd.Timestamp) -> ir.Table:
    """A row per customer with an invoice before the moment, as known then.

    Columns: customer_id; order_days, the number of days with an order; purchases, the number of purchase
    invoices; lines, units and gross, what these add up to (pounds, cancellations not taken off); cancelled,
    what was paid back by cancellations (pounds, as a positive number).
    """
    known = scored_invoices.filter(scored_invoices.invoice_date < moment)
    is_purchase, is_paid_back = ~known.is_cancellation, known.is_cancellation & (known.amount < 0)
    return (
        known.group_by("customer_id")
        .agg(
            order_days=known.invoice_date.date().nunique(where=known.is_order),
            purchases=known.count(where=is_purchase),
            lines=known.lines.sum(where=is_purchase).fill_null(0).cast("int64"),
            units=known.units.sum(where=is_purchase).fill_null(0).cast("int64"),
            gross=known.amount.sum(where=is_purchase).fill_null(0).cast(MONEY),
            cancelled=(-known.amount.sum(where=is_paid_back)).fill_null(0).cast(MONEY),
        )
        .order_by("customer_id")
    )


def count_products(
    transactions: ir.Table, scored_invoices: ir.Table, moment: pd.Timestamp, cleaning_settings: CleaningSettings
) -> ir.Table:
    """A row per customer and product that the customer ordered before the moment.

    Columns: customer_id, stock_code, lines (how many times it was ordered).
    """
    known = scored_invoices.filter(scored_invoices.invoice_date < moment, ~scored_invoices.is_cancellation)
    lines = select_lines(transactions, known, cleaning_settings.invoice_gap_minutes)
    return (
        lines.filter(lines.line_type == "product")
        .group_by("customer_id", "stock_code")
        .agg(lines=lambda lines: lines.count())
        .order_by("customer_id", "stock_code")
    )


def find_order_times(scored_invoices: ir.Table, moment: pd.Timestamp) -> ir.Table:
    """When each customer usually orders: a row per customer with an order before the moment.

    Columns: customer_id; orders; weekday (0 is Monday), hour and season (0 is winter), each the one with most
    orders, of equals the one that was last ordered in, and of these the smallest. Orders without a time do not count
    for the hour; it is null for customers who have no others.
    """
    orders = scored_invoices.filter(scored_invoices.is_order, scored_invoices.invoice_date < moment)
    timed = orders.mutate(
        weekday=orders.invoice_date.day_of_week.index().cast("int64"),
        hour=known_hour(orders.invoice_date),
        season=_season_of(orders.invoice_date.month().cast("int64")),
    )
    counted = timed.group_by("customer_id").agg(orders=timed.count())
    usual = [_most_frequent(timed, time) for time in ("weekday", "hour", "season")]
    joined = reduce(lambda table, time: table.left_join(time, "customer_id").drop("customer_id_right"), usual, counted)
    return joined.order_by("customer_id")


def _season_of(month: ir.IntegerColumn) -> ir.IntegerColumn:
    months = [(month.isin(list(months)), season) for season, months in enumerate(SEASONS.values())]
    return ibis.cases(*months).cast("int64")


def _most_frequent(timed: ir.Table, time: str) -> ir.Table:
    by_time = (
        timed.filter(timed[time].notnull())
        .group_by("customer_id", time)
        .agg(orders=lambda group: group.count(), latest=lambda group: group.invoice_date.max())
    )
    best_first = ibis.window(
        group_by="customer_id", order_by=[by_time.orders.desc(), by_time.latest.desc(), by_time[time]]
    )
    ranked = by_time.mutate(rank=ibis.row_number().over(best_first))
    return ranked.filter(ranked["rank"] == 0).select("customer_id", time)


def count_descriptions(transactions: ir.Table) -> ir.Table:
    """What products are called: a row per stock code and description, with the lines that say so."""
    described = transactions.filter(transactions.line_type == "product", transactions.description.notnull())
    return (
        described.group_by("stock_code", "description")
        .agg(lines=lambda group: group.count())
        .order_by("stock_code", "description")
    )


def name_products(product_descriptions: ir.Table) -> pd.DataFrame:
    """The description that most lines of a product carry, of equally frequent ones the first by alphabet.

    A row per product that has one: stock_code, description.
    """
    descriptions = product_descriptions.to_pandas()
    ranked = descriptions.sort_values(["stock_code", "lines", "description"], ascending=[True, False, True])
    return ranked.drop_duplicates("stock_code", ignore_index=True)[["stock_code", "description"]]


def list_purchase_days(transactions: ir.Table) -> ir.Table:
    """A row per customer, product and day on which the customer bought it: customer_id, stock_code, day.

    Cancellations are left out, and so is whatever is no product, such as postage and vouchers.
    """
    bought = transactions.filter(
        transactions.line_type == "product",
        ~transactions.is_cancellation,
        transactions.quantity > 0,
        transactions.customer_id.notnull(),
    )
    # Not distinct(): for PostgreSQL, ibis 12 draws the columns of the filter into it.
    days = bought.group_by("customer_id", "stock_code", day=bought.invoice_date.truncate("D")).agg()
    return days.order_by("customer_id", "stock_code", "day")
