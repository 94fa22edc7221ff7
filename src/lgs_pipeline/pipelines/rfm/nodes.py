"""From invoices to recency, frequency and monetary scores, and the segments that they make.

The names and the map of the segments are those of the proof of concept; the scores are quintiles, as in
A. M. Hughes, *Strategic Database Marketing* (1994), unless the settings say otherwise.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.lines import MONEY, to_frame
from lgs_pipeline.pipelines.rfm.settings import SCORES, RfmSettings, Scoring

MEASURES = ("recency", "frequency", "monetary")


def summarise_customers(scored_invoices: ir.Table, moment: pd.Timestamp) -> ir.Table:
    """A row per customer with an order before the moment, as known then.

    Columns: customer_id; country of the latest order; first_order and last_order; frequency, the number
    of orders; monetary, the net amount in pounds.
    """
    known = scored_invoices.filter(scored_invoices.invoice_date < moment)
    latest_first = ibis.window(
        group_by="customer_id", order_by=[ibis.desc("is_order"), ibis.desc("invoice_date"), "invoice_no"]
    )
    ranked = known.mutate(rank=ibis.row_number().over(latest_first))
    return (
        ranked.group_by("customer_id")
        .agg(
            country=ranked.country.max(where=ranked["rank"] == 0),
            first_order=ranked.invoice_date.min(where=ranked.is_order),
            last_order=ranked.invoice_date.max(where=ranked.is_order),
            frequency=ranked.count(where=ranked.is_order),
            monetary=ranked.amount.sum().cast(MONEY),
        )
        .filter(lambda customers: customers.frequency > 0)
        .order_by("customer_id")
    )


def score_customers(customers: ir.Table, moment: pd.Timestamp, settings: RfmSettings) -> pd.DataFrame:
    """Scores and segment of every customer, at the moment given.

    Returns
    -------
    pandas.DataFrame
        A row per customer, the public columns of ``rfm``: recency in whole days, frequency in orders,
        monetary in pounds, scores from 1 to 5 (5 best), rfm_score their digits, and the segment.
    """
    frame = to_frame(customers.order_by("customer_id"))
    measures = pd.DataFrame(
        {"recency": (moment - frame.last_order).dt.days, "frequency": frame.frequency, "monetary": frame.monetary}
    )
    scores = pd.DataFrame({measure: score(measures[measure], getattr(settings, measure)) for measure in MEASURES})
    scores["recency"] = 1 + max(SCORES) - scores.recency
    segment_of_cells = settings.segment_of_cells()
    cells = zip(scores.recency, scores.frequency, strict=True)
    return pd.DataFrame(
        {
            "customer_id": frame.customer_id,
            "country": frame.country,
            "first_order": frame.first_order,
            "last_order": frame.last_order,
            **measures,
            "r_score": scores.recency,
            "f_score": scores.frequency,
            "m_score": scores.monetary,
            "rfm_score": scores.astype("str").sum(axis="columns"),
            "segment": pd.array([segment_of_cells[cell] for cell in cells], dtype="str"),
        }
    )


def score(values: pd.Series, scoring: Scoring) -> pd.Series:
    """The score of each value, 1 for the lowest group to 5 for the highest.

    Groups are closed on the right: a value on a cut belongs to the group below it, as with ``pandas.qcut``.
    By quantile and by breaks, equal values get equal scores, and by quantile the lowest value gets a 1: where many
    values are equal, some scores go to nobody. By rank, ties are ranked in the order of the rows.
    """
    compared = values.rank(method="first") if scoring.method == "rank" else values
    groups = np.searchsorted(cut_points(compared, scoring), compared, side="left")
    return pd.Series(groups + 1, index=values.index, dtype="int64")


def cut_points(values: pd.Series, scoring: Scoring) -> np.ndarray:
    """The four values between the five scores, in the unit of the values."""
    if scoring.method == "breaks":
        return np.asarray(scoring.breaks, dtype=float)
    return np.quantile(values, scoring.quantiles) if len(values) else np.full(len(scoring.quantiles), np.nan)


def describe_thresholds(rfm: pd.DataFrame, settings: RfmSettings) -> pd.DataFrame:
    """Which values got which score.

    Returns
    -------
    pandas.DataFrame
        A row per measure and score: measure, score, lower (excluded, but for the lowest group), upper
        (included), customers. Between groups stand the cuts that were used; where ranks were cut, and at
        the outer ends, the lowest and highest value that got the score. Empty where no value can get the score,
        because the cuts on both sides of it are the same.
    """
    return pd.concat(
        [_thresholds_of(rfm, measure, getattr(settings, measure)) for measure in sorted(MEASURES)], ignore_index=True
    )


def _thresholds_of(rfm: pd.DataFrame, measure: str, scoring: Scoring) -> pd.DataFrame:
    values = rfm[measure]
    groups = values.groupby(rfm[f"{measure[0]}_score"]).agg(["min", "max", "count"]).reindex(SCORES)
    lower, upper = groups["min"].astype(float), groups["max"].astype(float)
    if scoring.method != "rank":
        cuts = cut_points(values, scoring)
        descending = measure == "recency"
        inner = list(SCORES)[::-1] if descending else list(SCORES)
        lower.loc[inner[1:]] = cuts
        upper.loc[inner[:-1]] = cuts
        is_impossible = (groups["count"].fillna(0) == 0) & ~(lower < upper)
        lower, upper = lower.mask(is_impossible), upper.mask(is_impossible)
    return pd.DataFrame(
        {
            "measure": measure,
            "score": SCORES,
            "lower": lower.to_numpy(),
            "upper": upper.to_numpy(),
            "customers": groups["count"].fillna(0).astype("int64").to_numpy(),
        }
    )


def summarise_segments(rfm: pd.DataFrame, settings: RfmSettings) -> pd.DataFrame:
    """What each segment amounts to.

    Returns
    -------
    pandas.DataFrame
        A row per segment of the map, also one without customers: its customers and sales (pounds), its
        shares of both, and mean and median of recency (days), frequency (orders) and monetary (pounds).
    """
    names = sorted({segment.name for segment in settings.segments})
    groups = rfm.groupby("segment")
    segments = groups[list(MEASURES)].agg(["mean", "median"]).reindex(names)
    customers = groups.size().reindex(names, fill_value=0)
    sales = groups.monetary.sum().reindex(names, fill_value=0.0)
    return pd.DataFrame(
        {
            "customers": customers,
            "share_of_customers": customers / customers.sum(),
            **{f"{measure}_{statistic}": segments[measure, statistic] for measure, statistic in segments.columns},
            "sales": sales,
            "share_of_sales": sales / sales.sum(),
        }
    ).reset_index(names="segment")


def compare_segments(earlier: pd.DataFrame, rfm: pd.DataFrame) -> pd.DataFrame:
    """How customers moved between segments since the earlier moment.

    Returns
    -------
    pandas.DataFrame
        A row per pair of segments that customers moved between: segment_before (``(new)`` for customers
        who had not ordered yet), segment_after (``(none)`` for customers no longer scored), customers,
        and share, of the customers of segment_before.
    """
    moves = earlier[["customer_id", "segment"]].merge(
        rfm[["customer_id", "segment"]], how="outer", on="customer_id", suffixes=("_before", "_after")
    )
    moves = moves.fillna({"segment_before": "(new)", "segment_after": "(none)"})
    migration = moves.groupby(["segment_before", "segment_after"]).size().reset_index(name="customers")
    return migration.assign(share=migration.customers / migration.groupby("segment_before").customers.transform("sum"))


_RECENT, _GONE = 3.5, 2.0
_OFTEN, _FEW = 3.5, 2.0


def place_segments(settings: RfmSettings) -> pd.DataFrame:
    """Where each segment of the map lies, whatever its name is.

    Returns
    -------
    pandas.DataFrame
        A row per segment: segment; recency (recent, quiet, gone) and frequency (often, some, few), by the
        mean scores of its cells; level, the sum of the two means: higher is better.
    """
    cells = pd.DataFrame([(name, *cell) for cell, name in settings.segment_of_cells().items()])
    scores = cells.set_axis(["segment", "r", "f"], axis="columns").groupby("segment")[["r", "f"]].mean()
    is_recent, is_gone = scores.r >= _RECENT, scores.r <= _GONE
    is_often, is_few = scores.f >= _OFTEN, scores.f < _FEW
    return pd.DataFrame(
        {
            "recency": np.select([is_recent, is_gone], ["recent", "gone"], "quiet"),
            "frequency": np.select([is_often, is_few], ["often", "few"], "some"),
            "level": scores.r + scores.f,
        },
        index=scores.index,
    ).reset_index()
