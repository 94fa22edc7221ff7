"""When the shop trades and how busy it is: the clock behind every invoice date."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from lgs_pipeline.arrays import FloatArray, IntArray
from lgs_pipeline.sample.settings import SampleSettings

# Demand of a trading day, by month (January first) and by weekday (Monday first); only ratios matter.
MONTH_DEMAND = np.array([0.72, 0.82, 0.92, 0.84, 0.98, 0.88, 0.80, 0.78, 1.05, 1.30, 1.60, 1.20])
WEEKDAY_DEMAND = np.array([1.00, 1.08, 1.08, 1.22, 0.92, 0.004, 0.72])
USUAL_TRADE = 0.1  # demand of a day on which people are at work; Saturdays stay below it

OPENS, CLOSES = 8 * 60, 20 * 60  # minutes of the day
BUSIEST, SPREAD = 12 * 60 + 45, 125.0


@dataclass(frozen=True, eq=False)
class TradingCalendar:
    """The days of the sample, numbered from its first day, each with its demand.

    Attributes
    ----------
    first_day
        Day 0.
    demand
        Demand of each day: 1 on average over a year, 0 when the shop is closed.
    month
        Number of the month that each day is in; the first is 0.
    month_of_year
        For each numbered month, 0 for January to 11 for December.
    exports
        First and last day (excluded) of each yearly export.
    """

    first_day: np.datetime64
    demand: FloatArray
    month: IntArray
    month_of_year: IntArray
    exports: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, settings: SampleSettings) -> Self:
        """Lay out the calendar of a sample."""
        first_day = np.datetime64(settings.first_day, "D")
        first_month = first_day.astype("datetime64[M]")

        def day_after(months: int) -> int:
            return int(((first_month + months).astype("datetime64[D]") - first_day).astype(int))

        length = day_after(settings.months) + settings.overlap_days
        days = first_day + np.arange(max(length, 365))
        demand = _demand(days)
        starts = [12 * export for export in range(settings.exports)]
        ends = [min(start + 12, settings.months) for start in starts]
        return cls(
            first_day=first_day,
            demand=(demand / demand[:365].mean())[:length],
            month=(days[:length].astype("datetime64[M]") - first_month).astype(np.int64),
            month_of_year=(first_month.astype(int) + np.arange(settings.months + 1)) % 12,
            exports=tuple(
                (day_after(start), day_after(end) + settings.overlap_days)
                for start, end in zip(starts, ends, strict=True)
            ),
        )

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.demand)

    @cached_property
    def clock(self) -> FloatArray:
        """Demand up to the end of each day: the clock on which customers order at a constant rate."""
        return np.cumsum(self.demand)

    @property
    def end(self) -> float:
        """What the clock shows when the sample ends."""
        return float(self.clock[-1])

    def day_at(self, clock: FloatArray) -> IntArray:
        """Day on which the clock shows a value; never a day on which the shop is closed."""
        return np.minimum(np.searchsorted(self.clock, clock), self.days - 1)

    def trading_day_from(self, day: IntArray | int) -> IntArray:
        """First day of usual trade (no Saturday) on or after a day; ``days`` if the sample ends before it."""
        trading = np.flatnonzero(self.demand > USUAL_TRADE)
        following = np.append(trading, self.days)
        return following[np.searchsorted(trading, day)]

    def any_minute(self, count: int, rng: np.random.Generator) -> IntArray:
        """Draw minutes of the sample as demand has them."""
        return minute_of(self.day_at(rng.random(count) * self.end), any_time(count, rng))


def any_time(count: int, rng: np.random.Generator, around: FloatArray | float = BUSIEST) -> IntArray:
    """Draw minutes of the day within opening hours, most of them around one."""
    time = rng.normal(around, SPREAD, count)
    outside = (time < OPENS) | (time > CLOSES - 2)
    time[outside] = rng.uniform(OPENS + 60, CLOSES - 180, outside.sum())
    return time.astype(np.int64)


def minute_of(day: IntArray, time: IntArray) -> IntArray:
    """Minutes from the start of the sample to a time of a day."""
    return day * 1440 + time


def _demand(days: npt.NDArray[np.datetime64]) -> FloatArray:
    month = days.astype("datetime64[M]").astype(int) % 12
    weekday = (days.astype("datetime64[D]").astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    day_of_month = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1
    closed = ((month == 11) & (day_of_month >= 24)) | ((month == 0) & (day_of_month <= 3))
    return np.where(closed, 0.0, MONTH_DEMAND[month] * WEEKDAY_DEMAND[weekday])
