"""From segments, values and recommendations to whom to contact, when, and with what."""

import logging

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.calendar import SEASONS, WEEKDAYS
from lgs_pipeline.models.arms import CONTROL, TREATMENT, draw_control
from lgs_pipeline.pipelines.campaigns.schemas import CampaignTargets
from lgs_pipeline.pipelines.campaigns.settings import Campaign, CampaignsSettings
from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings

logger = logging.getLogger(__name__)

_DAYS_OF_MONTH = 365.25 / 12
_TIMES = ("weekday", "hour", "season")
_GROUPS = {"segments": "segment", "clusters": "cluster_name", "tiers": "clv_tier"}
# A customer may be known by a telephone number, such as +44 20 7946 0958: that is no formula.
_FORMULA = r"^(?=[=+\-@\t\r\n])(?!\+[\d ]+$)"


def value_customers(
    rfm: pd.DataFrame,
    kmeans_clusters: pd.DataFrame,
    customer_lifetime_value: pd.DataFrame,
    settings: CampaignsSettings,
    lifetime_value_settings: LifetimeValueSettings,
) -> pd.DataFrame:
    """What is at stake with each customer.

    That is what a lapsed customer would bring over the horizon at their former rate, and the lifetime value
    of others; the former rate, too, where there is no lifetime value. Both are on the terms of the settings
    ``lifetime_value``: discounted by month, and times the margin.

    Returns
    -------
    pandas.DataFrame
        A row per customer of ``rfm``: customer_id, segment, cluster_name, clv_tier, recency (days),
        last_order, clv, p_alive, value_at_stake (pounds, never empty).
    """
    customers = rfm.merge(kmeans_clusters[["customer_id", "cluster_name"]], how="left", on="customer_id").merge(
        customer_lifetime_value[["customer_id", "clv", "p_alive", "clv_tier"]], how="left", on="customer_id"
    )
    months = (customers.last_order - customers.first_order).dt.days / _DAYS_OF_MONTH
    former_rate = customers.monetary.clip(lower=0) / months.clip(lower=settings.fewest_months)
    discount = 1 / (1 + lifetime_value_settings.monthly_discount_rate)
    months_ahead = sum(discount**month for month in range(1, lifetime_value_settings.horizon_months + 1))
    has_lapsed = (customers.recency > settings.lapsed_after_days) | (customers.p_alive < settings.least_alive)
    former = former_rate * months_ahead * lifetime_value_settings.margin
    value = customers.clv.where(~has_lapsed).fillna(former)
    columns = [*("customer_id", "segment", "cluster_name", "clv_tier"), *("recency", "last_order", "clv", "p_alive")]
    # Pence, so that what differs in the last digit between machines does not change a rank.
    return customers[columns].assign(value_at_stake=value.astype(float).round(2))


def choose_audiences(
    customers: pd.DataFrame, launched_campaigns: pd.DataFrame, moment: pd.Timestamp, settings: CampaignsSettings
) -> pd.DataFrame:
    """Who is in which campaign, in which arm, and how important.

    Campaigns choose in their order; customers whom one leaves out because too little is at stake, or because
    there is no room, may be in a later one. Customers of a campaign that was launched a short time ago, in
    either arm, are in none: another one would blur its effect.

    Returns
    -------
    pandas.DataFrame
        A row per customer of a campaign, by customer: customer_id, campaign, segment, arm, priority (1 is
        most at stake in the campaign), value_at_stake, clv, p_alive, last_order.
    """
    is_recent = launched_campaigns.launched_on > moment - pd.Timedelta(days=settings.rest_days)
    is_resting = customers.customer_id.isin(launched_campaigns.customer_id[is_recent])
    if is_resting.any():
        logger.info("%s customers rest: their campaigns were launched too recently", f"{is_resting.sum():,}")
    ranked = customers[~is_resting].sort_values(["value_at_stake", "customer_id"], ascending=[False, True])
    audiences = [ranked.head(0).assign(campaign="", arm="", priority=0)]
    for campaign in settings.plan:
        audience = ranked[_is_addressed(ranked, campaign)].head(campaign.at_most or len(ranked))
        if audience.empty:
            logger.warning("Campaign %s: no customer matches it", campaign.name)
        ranked = ranked.drop(index=audience.index)
        audiences.append(
            audience.assign(
                campaign=campaign.name,
                arm=_assign_arms(audience, campaign, settings),
                priority=np.arange(1, len(audience) + 1),
            )
        )
    everyone = pd.concat(audiences).filter(list(CampaignTargets.to_schema().columns))
    typed = everyone.astype({"campaign": "str", "arm": "str", "priority": "int64"})
    return typed.sort_values("customer_id", ignore_index=True)


def _is_addressed(customers: pd.DataFrame, campaign: Campaign) -> pd.Series:
    is_in = customers[_GROUPS[campaign.kind]].isin(campaign.groups)
    return is_in & (customers.value_at_stake >= campaign.least_value)


def _assign_arms(audience: pd.DataFrame, campaign: Campaign, settings: CampaignsSettings) -> np.ndarray:
    is_control = draw_control(
        audience[["customer_id", "recency"]].assign(value=audience.value_at_stake),
        campaign.control,
        f"{settings.seed}:{campaign.name}",
        settings.balanced_from,
        settings.largest_difference,
    )
    return np.where(is_control, CONTROL, TREATMENT)


def describe_targets(
    audiences: pd.DataFrame,
    customer_order_times: ir.Table,
    segment_order_times: ir.Table,
    product_recommendations: pd.DataFrame,
    settings: CampaignsSettings,
) -> pd.DataFrame:
    """The customers of the campaigns, with what to offer them and when.

    Returns
    -------
    pandas.DataFrame
        A row per customer of a campaign, the public columns of ``campaign_targets``.
    """
    times = _order_times(
        audiences, customer_order_times.to_pandas(), segment_order_times.to_pandas(), settings.own_times_from
    )
    return audiences.assign(
        usual_products=_named(product_recommendations, "usual", settings.usual_products, audiences.customer_id),
        suggested_products=_named(product_recommendations, "new", settings.suggested_products, audiences.customer_id),
        best_weekday=_names(times.weekday, WEEKDAYS),
        best_hour=times.hour,
        season=_names(times.season, tuple(SEASONS)),
    )


def _named(products: pd.DataFrame, kind: str, most: int, customer_id: pd.Series) -> pd.Series:
    """The products of each customer in one text, best first; empty where there are none."""
    is_wanted = (products.kind == kind) & (products["rank"] <= most) & products.customer_id.isin(customer_id)
    wanted = products[is_wanted].sort_values(["customer_id", "rank"])
    # The sign between products must not be in one.
    name = wanted.description.fillna(wanted.stock_code).str.replace(";", ",")
    return customer_id.map(name.groupby(wanted.customer_id).agg("; ".join)).astype("str")


def _order_times(
    audiences: pd.DataFrame, of_customers: pd.DataFrame, of_segments: pd.DataFrame, own_from: int
) -> pd.DataFrame:
    """weekday, hour and season of each row: the customer's own after so many orders, else the segment's."""
    own = of_customers[of_customers.orders >= own_from].set_index("customer_id")
    seasons = {month: number for number, months in enumerate(SEASONS.values()) for month in months}
    of_segments = of_segments.assign(season=of_segments.month.map(seasons))
    usual = {time: _usual_of_segments(of_segments, time) for time in _TIMES}
    return pd.DataFrame(
        {
            time: audiences.customer_id.map(own[time]).fillna(audiences.segment.map(usual[time])).astype("Int64")
            for time in _TIMES
        }
    )


def _usual_of_segments(times: pd.DataFrame, time: str) -> pd.Series:
    orders = times.groupby(["segment", time]).orders.sum().reset_index()
    ordered = orders.sort_values(["segment", "orders", time], ascending=[True, False, True])
    return ordered.drop_duplicates("segment").set_index("segment")[time]


def _names(numbers: pd.Series, names: tuple[str, ...]) -> pd.Series:
    return numbers.map(dict(enumerate(names))).astype("str")


def plan_campaigns(campaign_targets: pd.DataFrame, settings: CampaignsSettings) -> pd.DataFrame:
    """How many customers each campaign addresses, with what, and what is at stake.

    Returns
    -------
    pandas.DataFrame
        A row per campaign of the settings, in their order: the public columns of ``campaign_plan``.
    """
    names = [campaign.name for campaign in settings.plan]
    by_campaign = campaign_targets.groupby("campaign")
    arms = campaign_targets.groupby(["campaign", "arm"]).size().unstack(fill_value=0)
    arms = arms.reindex(index=names, columns=[TREATMENT, CONTROL], fill_value=0)
    return pd.DataFrame(
        {
            "campaign": pd.Series(names, dtype="str"),
            "segment": pd.Series(["; ".join(campaign.groups) for campaign in settings.plan], dtype="str"),
            "audience": arms.sum(axis="columns").to_numpy(dtype="int64"),
            "treatment": arms[TREATMENT].to_numpy(dtype="int64"),
            "control": arms[CONTROL].to_numpy(dtype="int64"),
            "offer": pd.Series([campaign.offer for campaign in settings.plan], dtype="str"),
            "rationale": pd.Series([campaign.rationale for campaign in settings.plan], dtype="str"),
            "value_at_stake": by_campaign.value_at_stake.sum().reindex(names, fill_value=0.0).to_numpy(),
        }
    )


def write_lists(campaign_targets: pd.DataFrame, settings: CampaignsSettings) -> dict[str, pd.DataFrame]:
    """Whom to contact, as the e-mail tool reads it: a table per campaign, of its treatment arm alone.

    Texts that a spreadsheet would take for a formula begin with an apostrophe.
    """
    columns = [
        *("customer_id", "priority", "segment", "offer", "usual_products", "suggested_products"),
        *("best_weekday", "best_hour", "season", "last_order"),
    ]
    contacted = campaign_targets[campaign_targets.arm == TREATMENT].sort_values("priority")
    lists = {}
    for campaign in settings.plan:
        members = contacted[contacted.campaign == campaign.name].assign(offer=campaign.offer)
        texts = members[columns].select_dtypes("str").apply(_harmless)
        last_order = members.last_order.dt.strftime("%Y-%m-%d")
        lists[campaign.name] = members[columns].assign(**texts, last_order=last_order)
    return lists


def _harmless(texts: pd.Series) -> pd.Series:
    return texts.str.replace(_FORMULA, "'", regex=True)
