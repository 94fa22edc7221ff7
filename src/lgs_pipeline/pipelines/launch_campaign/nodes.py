"""From a campaign's targets to the ledger: who was in which arm, from when on."""

import logging

import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.models.arms import TREATMENT
from lgs_pipeline.pipelines.campaign_effect.settings import CampaignEffectSettings
from lgs_pipeline.pipelines.campaigns.settings import CampaignsSettings
from lgs_pipeline.pipelines.launch_campaign.schemas import CampaignLedger

logger = logging.getLogger(__name__)


def launch_campaign(
    campaign_targets: pd.DataFrame,
    launched_campaigns: pd.DataFrame,
    data_period: pd.DataFrame,
    campaigns_settings: CampaignsSettings,
    effect_settings: CampaignEffectSettings,
    campaign: str | None,
    launch_date: str | None,
) -> pd.DataFrame:
    """The ledger with one more launch: the campaign's customers as they are now, both arms.

    Returns
    -------
    pandas.DataFrame
        The rows that there were, unchanged, and a row per customer of the campaign.

    Raises
    ------
    InputError
        If no campaign is named, nobody is in it, it was launched on that day already, or the day is before
        the end of the data that its customers were chosen by.
    """
    if campaign is None:
        names = ", ".join(each.name for each in campaigns_settings.plan)
        raise InputError(f"Settings: campaign: found none, expected --params campaign=NAME with one of {names}")
    data_end = data_period.data_end.iloc[0]
    launched_on = data_end if launch_date in (None, "data_end") else pd.Timestamp(launch_date)
    if launched_on < data_end:
        raise InputError(
            f"Settings: launch_date: found {launched_on:%Y-%m-%d}, but customers were chosen by data up to "
            f"{data_end:%Y-%m-%d}; expected that day or a later one, or data_end"
        )
    _refuse_again(launched_campaigns, campaign, launched_on)
    customers = campaign_targets[campaign_targets.campaign == campaign]
    if customers.empty:
        raise InputError(
            f"Campaign {campaign}: it has no customers in campaign_targets; run --pipelines campaigns first"
        )
    _warn_of_overlap(launched_campaigns, customers, launched_on, effect_settings.window_days)
    columns = list(CampaignLedger.to_schema().columns)
    launch = customers.assign(launched_on=launched_on)[columns].sort_values("priority", ignore_index=True)
    logger.info(
        "Launched %s on %s: %s customers, %s of them to be contacted",
        campaign, f"{launched_on:%Y-%m-%d}", f"{len(launch):,}", f"{(launch.arm == TREATMENT).sum():,}",
    )  # fmt: skip
    launch = launch.astype({"launched_on": "datetime64[us]"})
    return launch if launched_campaigns.empty else pd.concat([launched_campaigns, launch], ignore_index=True)


def _refuse_again(launched: pd.DataFrame, campaign: str, launched_on: pd.Timestamp) -> None:
    again = launched[(launched.campaign == campaign) & (launched.launched_on == launched_on)]
    if len(again):
        raise InputError(
            f"Campaign {campaign} was launched on {launched_on:%Y-%m-%d} already, with {len(again):,} "
            "customers; a launched list is never changed: launch another campaign, or this one with another "
            "launch_date"
        )


def _warn_of_overlap(
    launched: pd.DataFrame, customers: pd.DataFrame, launched_on: pd.Timestamp, window_days: int
) -> None:
    running = launched[abs(launched.launched_on - launched_on) < pd.Timedelta(days=window_days)]
    both = customers.customer_id.isin(running.customer_id).sum()
    if both:
        logger.warning(
            "%s of the customers are in %s, launched within %d days of this launch: effects cannot be told apart",
            f"{both:,}", ", ".join(sorted(set(running.campaign))), window_days,
        )  # fmt: skip
