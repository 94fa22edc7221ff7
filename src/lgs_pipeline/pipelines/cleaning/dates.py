"""Which dates are typing errors: later than the day of the run, or far from all others."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.lines import is_invalid
from lgs_pipeline.pipelines.cleaning.settings import CleaningSettings, ImplausibleDates

FUTURE, ISOLATED = "future", "isolated"

_TIMES_THE_USUAL = 10
"""A gap between two days is unusual if it is more than so many times the median gap."""


def find_implausible_dates(retail: ir.Table, settings: CleaningSettings) -> pd.DataFrame:
    """The days on which lines cannot have been invoiced, a row for each.

    Columns: day; problem (``future`` or ``isolated``); lines, how many have this date; and the first of them by its
    extract, line_number and invoice_no.
    """
    lines = retail.filter(~is_invalid(retail)).mutate(day=retail.invoice_date.truncate("D"))
    days = lines.group_by("day").agg(lines=lambda group: group.count()).order_by("day").to_pandas()
    implausible = judge_days(days, settings.dates)
    columns = ["extract", "line_number", "invoice_no"]
    if implausible.empty:
        return implausible.assign(extract="", line_number=0, invoice_no="").astype({"line_number": "int64"})
    # Few enough to be looked at one by one, and to be named.
    dated = lines.filter(is_on(lines.day, implausible.day))
    first = ibis.window(group_by="day", order_by=["extract", "line_number"])
    numbered = dated.mutate(place=ibis.row_number().over(first))
    named = numbered.filter(numbered.place == 0).select("day", *columns).to_pandas()
    return implausible.merge(named.astype({"day": implausible.day.dtype}), on="day").sort_values(
        "day", ignore_index=True
    )


def is_on(moments: ir.TimestampColumn, days: pd.Series) -> ir.BooleanValue:
    """Whether each moment lies on one of the days."""
    if days.empty:
        return ibis.literal(False)
    return moments.date().isin([day.date() for day in days])


def judge_days(days: pd.DataFrame, settings: ImplausibleDates) -> pd.DataFrame:
    """The implausible days among those of the lines.

    Parameters
    ----------
    days
        A row per day, ascending: day, lines.

    Returns
    -------
    pandas.DataFrame
        A row per implausible day: day, lines, problem. A group of days is isolated if the gaps before and after it
        are longer than ``isolated_by_days`` and ten times the median gap, unless such groups hold more lines
        than ``largest_isolated_share``: then the data has gaps, not errors.
    """
    is_future = days.day > pd.Timestamp(settings.run_day)
    past = days[~is_future]
    gaps = past.day.diff().dt.days
    longest = max(settings.isolated_by_days, _TIMES_THE_USUAL * gaps.median()) if len(past) > 1 else np.inf
    group = (gaps > longest).cumsum()
    share = past.lines.groupby(group).transform("sum") / past.lines.sum()
    is_isolated = share <= settings.largest_isolated_share
    if past.lines[is_isolated].sum() > settings.largest_isolated_share * past.lines.sum():
        is_isolated = pd.Series(False, index=past.index)
    parts = [past[is_isolated].assign(problem=ISOLATED), days[is_future].assign(problem=FUTURE)]
    return pd.concat(parts, ignore_index=True).astype({"problem": "str"})[["day", "problem", "lines"]]
