"""What report, workbook and log say of lifetime values."""

from collections.abc import Iterator

import pandas as pd

from lgs_pipeline.chapters import Chapter, Finding, Section, Sheet, rows_of
from lgs_pipeline.pipelines.lifetime_value.schemas import ClvTiers
from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings
from lgs_pipeline.pipelines.lifetime_value.takeaways import (
    ALL_TIERS,
    measures_of,
    top_tier,
    why_nothing_is_predicted,
)
from lgs_pipeline.tables import columns_of
from lgs_pipeline.wording import percent, period, pluralise, pounds


def tell_lifetime_value(
    clv_tiers: pd.DataFrame,
    clv_validation: pd.DataFrame,
    clv_parameters: pd.DataFrame,
    settings: LifetimeValueSettings,
) -> Chapter:
    """What customers will bring, and how far such predictions held; or why nothing is predicted."""
    reason = why_nothing_is_predicted(clv_parameters)
    return Chapter(
        findings=list(_outlook(clv_tiers, reason, settings)),
        sections=[
            Section(
                anchor="outlook",
                question="What will customers bring?",
                sentences=list(_held_out(clv_validation)),
                drawings=["clv_tiers", "clv_distribution", "clv_calibration"],
                tables=[rows_of("The tiers in numbers", clv_tiers, columns_of(ClvTiers))],
            )
        ],
        sheets=[Sheet(name="Tiers", dataset="clv_tiers", columns=columns_of(ClvTiers))],
        log=_log(clv_tiers, reason),
        terms={
            "Lifetime value": f"What a customer is expected to bring in the {period(settings.horizon_months, 'month')} "
            "after the end of the data, discounted to today.",
            "Tier": "Customers with similar lifetime values, under a name.",
        },
    )


def _outlook(clv_tiers: pd.DataFrame, reason: str | None, settings: LifetimeValueSettings) -> Iterator[Finding]:
    if reason:
        yield Finding(topic="outlook", section="outlook", sentence=f"{reason}.")
        return
    known = clv_tiers.dropna(subset="clv").set_index("clv_tier")
    if ALL_TIERS not in known.index or not known.clv[ALL_TIERS] > 0:
        return
    total = known.loc[ALL_TIERS]
    of_what = "sales" if settings.margin == 1 else "margin"
    sentence = (
        f"Today's customers are expected to bring {pounds(total.clv)} of {of_what} in the next "
        f"{period(settings.horizon_months, 'month')}, discounted to today; with a "
        f"probability of {percent(settings.interval)} it will be {pounds(total.clv_low)} to {pounds(total.clv_high)}. "
        "New customers, and orders without a customer number, are not included. "
        f"{top_tier(clv_tiers)}."
    )
    yield Finding(topic="outlook", section="outlook", figure=pounds(total.clv), sentence=sentence)


_FORMATS = {"orders": lambda orders: pluralise(orders, "order"), "sales": lambda sales: f"{pounds(sales)} of sales"}


def _held_out(clv_validation: pd.DataFrame) -> Iterator[str]:
    """How far the same predictions held on months that the models had not seen."""
    totals = measures_of(clv_validation, "totals", "expected", "actual")
    compared = [
        f"{format_value(totals.expected[item])} expected, {format_value(totals.actual[item])} actual"
        for item, format_value in _FORMATS.items()
        if item in totals.index
    ]
    if compared:
        yield (
            "Tested on months that the models had not seen, for the customers known before those months: "
            f"{'; '.join(compared)}."
        )


def _log(clv_tiers: pd.DataFrame, reason: str | None) -> str:
    if reason:
        return f"Lifetime value: {reason[0].lower()}{reason[1:]}"
    if clv_tiers.clv.isna().all():
        return "Lifetime value: there are no buyers"
    *tiers, everybody = clv_tiers.itertuples()
    interval = f"£{everybody.clv_low:,.0f} to £{everybody.clv_high:,.0f}"
    best = f"{tiers[0].customers:,} {tiers[0].clv_tier} customers are {tiers[0].share_of_clv:.0%} of it"
    return f"Lifetime value: £{everybody.clv:,.0f} ({interval}) of {everybody.customers:,} customers; {best}"
