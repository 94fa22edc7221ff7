"""From invoices and lines to what is particular to each rule-based segment."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.calendar import MONTHS, SEASONS, WEEKDAYS
from lgs_pipeline.lines import known_hour, to_frame
from lgs_pipeline.pipelines.rfm.settings import SCORES
from lgs_pipeline.pipelines.segment_profiles.schemas import SegmentProfiles
from lgs_pipeline.pipelines.segment_profiles.settings import SegmentProfilesSettings

TOP, TYPICAL = "top_products", "typical_products"


def count_order_times(scored_invoices: ir.Table, rfm: pd.DataFrame, moment: pd.Timestamp) -> ir.Table:
    """When each segment orders: a row per segment, month, weekday (0 is Monday) and hour, with the orders.

    The hour of orders without a time is null.
    """
    orders = scored_invoices.filter(scored_invoices.is_order, scored_invoices.invoice_date < moment)
    times = ["segment", "month", "weekday", "hour"]
    return (
        orders.inner_join(_segment_of_customers(rfm), "customer_id")
        .mutate(
            month=orders.invoice_date.month().cast("int64"),
            weekday=orders.invoice_date.day_of_week.index().cast("int64"),
            hour=known_hour(orders.invoice_date),
        )
        .group_by(times)
        .agg(orders=lambda group: group.count())
        .order_by(times)
    )


def count_segment_products(customer_products: ir.Table, rfm: pd.DataFrame) -> ir.Table:
    """What each segment orders: a row per segment and product, with lines, and customers who ordered it."""
    return (
        customer_products.inner_join(_segment_of_customers(rfm), "customer_id")
        .group_by("segment", "stock_code")
        .agg(lines=lambda group: group.lines.sum().cast("int64"), customers=lambda group: group.count())
        .order_by("segment", "stock_code")
    )


def _segment_of_customers(rfm: pd.DataFrame) -> ir.Table:
    return ibis.memtable(rfm[["customer_id", "segment"]], schema={"customer_id": "string", "segment": "string"})


def profile_segments(
    rfm: pd.DataFrame,
    customer_features: pd.DataFrame,
    customer_habits: ir.Table,
    segment_order_times: ir.Table,
    segment_products: ir.Table,
    product_names: pd.DataFrame,
    settings: SegmentProfilesSettings,
) -> pd.DataFrame:
    """Each segment from close up, beside all customers.

    Returns
    -------
    pandas.DataFrame
        A row per segment, aspect and item: rank, the item's place in the aspect; description, of a product;
        unit and value; share, of the segment's total (empty for averages); share_of_all, the same of all
        customers; lift, the share, or for averages the value, divided by that of all customers. Aspects:

        country, monetary_score : customers.
        month, season, weekday, hour : orders.
        basket : the median customer's average lines, units and pounds of a purchase invoice.
        cancelled : pounds cancelled, of gross sales.
        days_between_orders : quartiles over the customers with more than one day of orders.
        top_products : lines of the products ordered most.
        typical_products : lines of those ordered most beyond what all customers do, by lift.
    """
    customers = _with_habits(rfm, customer_features, customer_habits)
    aspects = [
        _shares(_count(customers, "country"), "country", "customers"),
        _shares(_count(customers, "m_score"), "monetary_score", "customers", items=SCORES),
        *_order_times(segment_order_times.to_pandas()),
        _baskets(customers),
        _cancelled(customers),
        _days_between_orders(customers),
        *_products(segment_products.to_pandas(), customers.segment.value_counts(), settings),
    ]
    profile = pd.concat(aspects, ignore_index=True)
    description = profile.item.map(product_names.set_index("stock_code").description)
    profile["description"] = description.where(profile.aspect.isin((TOP, TYPICAL))).astype("str")
    return profile[list(SegmentProfiles.to_schema().columns)].sort_values(
        ["segment", "aspect", "rank"], ignore_index=True
    )


def _with_habits(rfm: pd.DataFrame, customer_features: pd.DataFrame, customer_habits: ir.Table) -> pd.DataFrame:
    features = customer_features[["customer_id", "days_between_orders"]]
    return (
        rfm[["customer_id", "country", "m_score", "segment"]]
        .merge(to_frame(customer_habits), how="left", on="customer_id")
        .merge(features, how="left", on="customer_id")
    )


def _count(customers: pd.DataFrame, column: str) -> pd.Series:
    return customers.groupby(["segment", column]).size()


def _shares(
    values: pd.Series, aspect: str, unit: str, items: Sequence[Any] | None = None, names: Sequence[str] = ()
) -> pd.DataFrame:
    """Rows of an aspect that the segments' totals divide into, from the values by segment and item.

    Items are in the order given, all of them for every segment, under their names if they have others. If
    none are given, those with the largest value come first, and only where there is a value.
    """
    values = values.rename_axis(["segment", "item"])
    if items is not None:
        segments = values.index.unique("segment")
        values = values.reindex(pd.MultiIndex.from_product([segments, items], names=values.index.names), fill_value=0)
    by_item = values.groupby("item").transform("sum")
    rows = pd.DataFrame(
        {
            "value": values.astype(float),
            "share": values / values.groupby("segment").transform("sum"),
            "share_of_all": by_item / values.sum(),
        }
    ).reset_index()
    rows["lift"] = rows.share / rows.share_of_all.where(rows.share_of_all > 0)
    if items is None:
        rows = _ranked(rows, "value")
    else:
        rows["rank"] = rows.groupby("segment").cumcount() + 1
    named = dict(zip(items or (), names, strict=True)) if names else {}
    rows["item"] = pd.array([named.get(item, str(item)) for item in rows.item], dtype="str")
    return rows.assign(aspect=aspect, unit=unit)


def _ranked(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """The rows with the largest first in each segment, numbered."""
    rows = rows.sort_values([by, "value", "item"], ascending=[False, False, True], kind="stable")
    return rows.assign(rank=rows.groupby("segment").cumcount() + 1)


def _order_times(times: pd.DataFrame) -> list[pd.DataFrame]:
    season_of_month = {month: season for season, months in SEASONS.items() for month in months}
    times = times.assign(season=times.month.map(season_of_month))
    orders = {
        column: times.groupby(["segment", column]).orders.sum() for column in ("month", "season", "weekday", "hour")
    }
    # Orders without a time are in no hour; where none has one, there is no such aspect.
    hours = sorted(times.hour.dropna().astype("int64").unique())
    return [
        _shares(orders["month"], "month", "orders", range(1, 13), MONTHS),
        _shares(orders["season"], "season", "orders", tuple(SEASONS)),
        _shares(orders["weekday"], "weekday", "orders", range(7), WEEKDAYS),
        _shares(orders["hour"], "hour", "orders", hours, [f"{hour:02d}:00" for hour in hours]),
    ]


def _baskets(customers: pd.DataFrame) -> pd.DataFrame:
    purchases = customers.purchases.where(customers.purchases > 0)
    baskets = {"lines": customers.lines, "units": customers.units, "pounds": customers.gross}
    averages = {f"{unit} per order": total / purchases for unit, total in baskets.items()}
    return _averages(averages, customers.segment, "basket", list(baskets))


def _days_between_orders(customers: pd.DataFrame) -> pd.DataFrame:
    quartiles = {"lower quartile": 0.25, "median": 0.5, "upper quartile": 0.75}
    values = dict.fromkeys(quartiles, customers.days_between_orders)
    return _averages(values, customers.segment, "days_between_orders", ["days"] * 3, quantiles=list(quartiles.values()))


def _averages(
    values: dict[str, pd.Series],
    segment: pd.Series,
    aspect: str,
    units: Sequence[str],
    quantiles: Sequence[float] = (0.5, 0.5, 0.5),
) -> pd.DataFrame:
    """Rows of an aspect that consists of quantiles over customers: one item per series of values."""
    items = []
    for rank, (item, column) in enumerate(values.items(), start=1):
        quantile, unit = quantiles[rank - 1], units[rank - 1]
        of_all = column.quantile(quantile)
        rows = pd.DataFrame({"value": column.groupby(segment).quantile(quantile)})
        rows["lift"] = rows.value / (of_all if of_all > 0 else np.nan)
        items.append(rows.assign(item=item, unit=unit, rank=rank))
    table = pd.concat(items).reset_index(names="segment")
    return table.assign(aspect=aspect, share=np.nan, share_of_all=np.nan)


def _cancelled(customers: pd.DataFrame) -> pd.DataFrame:
    totals = customers.groupby("segment")[["cancelled", "gross"]].sum()
    # More can be paid back than was paid, where the orders lie before the data.
    share = (totals.cancelled / totals.gross.where(totals.gross > 0)).clip(upper=1)
    share_of_all = min(totals.cancelled.sum() / totals.gross.sum(), 1) if totals.gross.sum() > 0 else np.nan
    rows = pd.DataFrame({"value": totals.cancelled, "share": share, "share_of_all": share_of_all})
    rows["lift"] = rows.share / (share_of_all if share_of_all > 0 else np.nan)
    return rows.reset_index().assign(aspect="cancelled", item="sales cancelled", unit="pounds", rank=1)


def _products(products: pd.DataFrame, customers: pd.Series, settings: SegmentProfilesSettings) -> list[pd.DataFrame]:
    counted = products.set_index(["segment", "stock_code"])
    rows = _shares(counted.lines, TOP, "lines")
    buyers = counted.customers.rename_axis(["segment", "item"]).rename("buyers").reset_index()
    rows = rows.merge(buyers, on=["segment", "item"])
    support = rows.buyers / customers.reindex(rows.segment).to_numpy()
    is_typical = (
        (rows.buyers >= settings.minimum_customers)
        & (support >= settings.minimum_support)
        & (rows.lift >= settings.minimum_lift)
    )
    typical = _ranked(rows[is_typical].assign(aspect=TYPICAL), "lift")
    return [part[part["rank"] <= settings.products].drop(columns="buyers") for part in (rows, typical)]
