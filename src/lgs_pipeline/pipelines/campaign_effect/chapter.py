"""What report, workbook and log say of what campaigns did."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from lgs_pipeline.chapters import Chapter, Section, Sheet, rows_of
from lgs_pipeline.pipelines.campaign_effect.schemas import MATCHED, CampaignEffect
from lgs_pipeline.tables import column_of, columns_of
from lgs_pipeline.wording import count, day, exact_pounds, pluralise, pounds, readable

_WEAKER = "; this is weaker evidence, from similar customers instead of ones held back at random"
_ONLY_IN_TABLE = ("customers_left_out", "detectable_conversion", "detectable_sales")


def tell_campaign_effect(campaign_effect: pd.DataFrame) -> Chapter:
    """What each launched campaign and past mailing did."""
    shown = columns_of(
        CampaignEffect,
        *("campaign", "launched_on", "method", "customers_treatment", "customers_control"),
        *("conversion_treatment", "conversion_control", "conversion_p_value"),
        *("incremental_sales", "incremental_low", "incremental_high", "customers_needed"),
    )
    measures = [column for column in columns_of(CampaignEffect)[1:] if column.name not in _ONLY_IN_TABLE]
    # In the workbook a campaign is called what it is called in commands.
    in_commands = column_of(CampaignEffect, "campaign", kind="text")
    sheet = Sheet(name="Effects", dataset="campaign_effect", columns=[in_commands, *measures])
    table = rows_of("What campaigns have done", campaign_effect, shown)
    is_any = not campaign_effect.empty
    return Chapter(
        sections=[
            Section(
                anchor="effects",
                question="What have campaigns done?",
                sentences=_effects_in_words(campaign_effect),
                tables=[table] if is_any else [],
            )
        ],
        sheets=[sheet] if is_any else [],
        log=_log(campaign_effect),
    )


def _effects_in_words(effects: pd.DataFrame) -> list[str]:
    if effects.empty:
        return ["No campaign has been launched yet. What launched campaigns have done is shown here."]
    sentences = [sentence for row in effects.itertuples() for sentence in _effect_in_words(row)]
    return sentences or ["There is no result yet for the campaigns that were launched."]


def _effect_in_words(row: Any) -> Iterator[str]:
    campaign = f"{readable(row.campaign)}, from {day(row.launched_on)}"
    if nobody := _nobody_to_compare(row):
        yield f"{campaign}: {nobody}."
    elif pd.notna([row.incremental_sales, row.incremental_low, row.incremental_high]).all():
        yield (
            f"{campaign}: {pounds(row.incremental_sales)} of "
            f"additional sales because of it, {_between(row.incremental_low, row.incremental_high)}"
            f"{_WEAKER if row.method == MATCHED else ''}"
            f"{'' if row.is_complete else '; its measurement is not finished'}{_left_out(row)}."
        )
    elif row.is_complete:
        yield f"{campaign}: its effect cannot be measured with so few customers or orders{_left_out(row)}."


def _nobody_to_compare(row: Any) -> str:
    """Why nothing can be compared, where an arm is empty."""
    if row.customers_treatment and row.customers_control:
        return ""
    if not row.customers_treatment and not row.customers_control and row.method != MATCHED:
        everybody = pluralise(row.customers_left_out, "customer")
        return f"cannot be measured, because the data no longer has any of its {everybody}"
    return (
        f"cannot be measured with {pluralise(row.customers_treatment, 'customer')} contacted and "
        f"{count(row.customers_control)} to compare them with{_left_out(row)}"
    )


def _left_out(row: Any) -> str:
    if not row.customers_left_out:
        return ""
    why = "with nobody like them" if row.method == MATCHED else "no longer in the data"
    return f"; left out: {pluralise(row.customers_left_out, 'customer')} {why}"


def _between(low: float, high: float) -> str:
    interval = f"between {pounds(low)} and {pounds(high)}"
    return f"{interval}, so the campaign may have had no effect" if low <= 0 <= high else interval


def _log(effects: pd.DataFrame) -> str:
    if effects.empty:
        return "Effects: no campaign has been launched"
    newest = effects.sort_values("launched_on", kind="stable").iloc[-1]
    launched = f"{newest.campaign} of {day(newest.launched_on)} ({newest.method})"
    if pd.isna(newest.incremental_low):
        reason = _nobody_to_compare(newest) or (
            "its effect cannot be measured with so few customers or orders"
            if newest.is_complete
            else "too early to tell"
        )
        return f"Effects: {len(effects)} launched; {launched}: {reason}"
    added, low, high = (exact_pounds(newest[f"incremental_{name}"]) for name in ("sales", "low", "high"))
    return (
        f"Effects: {len(effects)} launched; {launched}: {added} of incremental sales "
        f"({low} to {high}) after {newest.days} days{_left_out(newest)}"
    )
