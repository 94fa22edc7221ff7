"""From segments, values and recommendations to whom to contact, when, and with what."""

import logging
from functools import reduce

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.parameters import Campaign, CampaignsSettings, LifetimeValueSettings, RfmSettings
from lgs_pipeline.pipelines.clustering.profiles import SEASONS, WEEKDAYS
from lgs_pipeline.pipelines.rfm.nodes import set_reference_moments

logger = logging.getLogger(__name__)

TREATMENT, CONTROL = "treatment", "control"

_DAYS_OF_MONTH = 365.25 / 12
_TIMES = ("weekday", "hour", "season")
_GROUPS = {"segments": "segment", "clusters": "cluster_name", "tiers": "clv_tier"}
_FORMULA = r"^(?=[=+\-@\t\r\n])"


def set_campaign_moment(data_period: pd.DataFrame, rfm: RfmSettings) -> pd.Timestamp:
    """The moment of the segments, up to which orders are known."""
    return set_reference_moments(data_period, rfm)[0]


def find_order_times(scored_invoices: ir.Table, moment: pd.Timestamp) -> ir.Table:
    """When each customer usually orders: a row per customer with an order before the moment.

    Columns: customer_id; orders; weekday (0 is Monday), hour and season (0 is winter), each the one with most
    orders, of equals the one that was last ordered in, and of these the smallest.
    """
    orders = scored_invoices.filter(scored_invoices.is_order, scored_invoices.invoice_date < moment)
    timed = orders.mutate(
        weekday=orders.invoice_date.day_of_week.index().cast("int64"),
        hour=orders.invoice_date.hour().cast("int64"),
        season=_season_of(orders.invoice_date.month().cast("int64")),
    )
    counted = timed.group_by("customer_id").agg(orders=timed.count())
    usual = [_most_frequent(timed, time) for time in _TIMES]
    return reduce(lambda table, time: table.inner_join(time, "customer_id"), usual, counted).order_by(
        "customer_id"
    )


def _season_of(month: ir.IntegerColumn) -> ir.IntegerColumn:
    months = [(month.isin(list(months)), season) for season, months in enumerate(SEASONS.values())]
    return ibis.cases(*months).cast("int64")


def _most_frequent(timed: ir.Table, time: str) -> ir.Table:
    by_time = timed.group_by("customer_id", time).agg(
        orders=lambda group: group.count(), latest=lambda group: group.invoice_date.max()
    )
    best_first = ibis.window(
        group_by="customer_id", order_by=[by_time.orders.desc(), by_time.latest.desc(), by_time[time]]
    )
    ranked = by_time.mutate(rank=ibis.row_number().over(best_first))
    return ranked.filter(ranked["rank"] == 0).select("customer_id", time)


def value_customers(
    rfm_table: pd.DataFrame,
    kmeans_clusters: pd.DataFrame,
    customer_lifetime_value: pd.DataFrame,
    campaigns: CampaignsSettings,
    lifetime_value: LifetimeValueSettings,
) -> pd.DataFrame:
    """What is at stake with each customer.

    That is what a lapsed customer would bring over the horizon at their former rate, and the lifetime value
    of others; the former rate, too, for who has no lifetime value. Both are on the terms of
    ``lifetime_value``: discounted by month, and times the margin.

    Returns
    -------
    pandas.DataFrame
        A row per customer of ``rfm``: customer_id, segment, cluster_name, clv_tier, recency (days),
        last_order, clv, p_alive, value_at_stake (pounds, never empty).
    """
    customers = rfm_table.merge(
        kmeans_clusters[["customer_id", "cluster_name"]], how="left", on="customer_id"
    ).merge(
        customer_lifetime_value[["customer_id", "clv", "p_alive", "clv_tier"]], how="left", on="customer_id"
    )
    months = (customers.last_order - customers.first_order).dt.days / _DAYS_OF_MONTH
    former_rate = customers.monetary.clip(lower=0) / months.clip(lower=campaigns.fewest_months)
    discount = 1 / (1 + lifetime_value.monthly_discount_rate)
    months_ahead = sum(discount**month for month in range(1, lifetime_value.horizon_months + 1))
    has_lapsed = (customers.recency > campaigns.lapsed_after_days) | (
        customers.p_alive < campaigns.least_alive
    )
    former = former_rate * months_ahead * lifetime_value.margin
    value = customers.clv.where(~has_lapsed).fillna(former)
    columns = [
        "customer_id",
        "segment",
        "cluster_name",
        "clv_tier",
        "recency",
        "last_order",
        "clv",
        "p_alive",
    ]
    # Pence, so that what differs in the last digit between machines does not change a rank.
    return customers[columns].assign(value_at_stake=value.astype(float).round(2))


def choose_audiences(
    customers: pd.DataFrame,
    launched_campaigns: pd.DataFrame,
    moment: pd.Timestamp,
    campaigns: CampaignsSettings,
) -> pd.DataFrame:
    """Who is in which campaign, in which arm, and how important.

    Campaigns choose in their order; who is left over by one because too little is at stake, or because there
    is no room, may be in a later one. Who is in a campaign that was launched a short time ago, in either arm,
    is in none: another one would blur what it does.

    Returns
    -------
    pandas.DataFrame
        A row per customer of a campaign, by customer: customer_id, campaign, segment, arm, priority (1 is
        most at stake in the campaign), value_at_stake, clv, p_alive, last_order.
    """
    is_recent = launched_campaigns.launched_on > moment - pd.Timedelta(days=campaigns.rest_days)
    is_resting = customers.customer_id.isin(launched_campaigns.customer_id[is_recent])
    if is_resting.any():
        logger.info("%s customers rest: they are in campaigns already launched", f"{is_resting.sum():,}")
    ranked = customers[~is_resting].sort_values(["value_at_stake", "customer_id"], ascending=[False, True])
    audiences = []
    for campaign in campaigns.plan:
        audience = ranked[_is_addressed(ranked, campaign)].head(campaign.at_most or len(ranked))
        if audience.empty:
            logger.warning("Campaign %s: there is nobody for it", campaign.name)
        ranked = ranked.drop(index=audience.index)
        audiences.append(
            audience.assign(
                campaign=campaign.name,
                arm=_assign_arms(audience, campaign, campaigns),
                priority=np.arange(1, len(audience) + 1),
            )
        )
    columns = [
        *("customer_id", "campaign", "segment", "arm", "priority"),
        *("value_at_stake", "clv", "p_alive", "last_order"),
    ]
    everyone = pd.concat(audiences) if audiences else ranked.head(0).reindex(columns=columns)
    typed = everyone[columns].astype({"campaign": "str", "arm": "str", "priority": "int64"})
    return typed.sort_values("customer_id", ignore_index=True)


def _is_addressed(customers: pd.DataFrame, campaign: Campaign) -> pd.Series:
    is_in = customers[_GROUPS[campaign.kind]].isin(campaign.groups)
    return is_in & (customers.value_at_stake >= campaign.least_value)


def _assign_arms(audience: pd.DataFrame, campaign: Campaign, campaigns: CampaignsSettings) -> np.ndarray:
    from lgs_pipeline.models.arms import draw_control

    is_control = draw_control(
        audience[["customer_id", "recency"]].assign(value=audience.value_at_stake),
        campaign.control,
        f"{campaigns.seed}:{campaign.name}",
        campaigns.balanced_from,
        campaigns.largest_difference,
    )
    return np.where(is_control, CONTROL, TREATMENT)


def describe_targets(
    audiences: pd.DataFrame,
    customer_order_times: ir.Table,
    segment_order_times: ir.Table,
    product_recommendations: pd.DataFrame,
    campaigns: CampaignsSettings,
) -> pd.DataFrame:
    """The customers of the campaigns, with what to offer them and when.

    Returns
    -------
    pandas.DataFrame
        A row per customer of a campaign, the public columns of ``campaign_targets``.
    """
    times = _order_times(
        audiences, customer_order_times.to_pandas(), segment_order_times.to_pandas(), campaigns.own_times_from
    )
    return audiences.assign(
        usual_products=_named(
            product_recommendations, "usual", campaigns.usual_products, audiences.customer_id
        ),
        suggested_products=_named(
            product_recommendations, "new", campaigns.suggested_products, audiences.customer_id
        ),
        best_weekday=_names(times.weekday, WEEKDAYS),
        best_hour=times.hour,
        season=_names(times.season, tuple(SEASONS)),
    )


def _named(products: pd.DataFrame, kind: str, most: int, customer_id: pd.Series) -> pd.Series:
    """The products of each customer in one text, best first; empty for who has none."""
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
            time: audiences.customer_id.map(own[time])
            .fillna(audiences.segment.map(usual[time]))
            .astype("Int64")
            for time in _TIMES
        }
    )


def _usual_of_segments(times: pd.DataFrame, time: str) -> pd.Series:
    orders = times.groupby(["segment", time]).orders.sum().reset_index()
    ordered = orders.sort_values(["segment", "orders", time], ascending=[True, False, True])
    return ordered.drop_duplicates("segment").set_index("segment")[time]


def _names(numbers: pd.Series, names: tuple[str, ...]) -> pd.Series:
    return numbers.map(dict(enumerate(names))).astype("str")


def plan_campaigns(campaign_targets: pd.DataFrame, campaigns: CampaignsSettings) -> pd.DataFrame:
    """What each campaign comes to.

    Returns
    -------
    pandas.DataFrame
        A row per campaign of the settings, in their order: the public columns of ``campaign_plan``.
    """
    names = [campaign.name for campaign in campaigns.plan]
    by_campaign = campaign_targets.groupby("campaign")
    arms = campaign_targets.groupby(["campaign", "arm"]).size().unstack(fill_value=0)
    arms = arms.reindex(index=names, columns=[TREATMENT, CONTROL], fill_value=0)
    return pd.DataFrame(
        {
            "campaign": pd.Series(names, dtype="str"),
            "segment": pd.Series(["; ".join(campaign.groups) for campaign in campaigns.plan], dtype="str"),
            "audience": arms.sum(axis="columns").to_numpy(dtype="int64"),
            "treatment": arms[TREATMENT].to_numpy(dtype="int64"),
            "control": arms[CONTROL].to_numpy(dtype="int64"),
            "offer": pd.Series([campaign.offer for campaign in campaigns.plan], dtype="str"),
            "rationale": pd.Series([campaign.rationale for campaign in campaigns.plan], dtype="str"),
            "value_at_stake": by_campaign.value_at_stake.sum().reindex(names, fill_value=0.0).to_numpy(),
        }
    )


def write_lists(campaign_targets: pd.DataFrame, campaigns: CampaignsSettings) -> dict[str, pd.DataFrame]:
    """Whom to contact, as the e-mail tool reads it: a table per campaign, of its treatment arm alone.

    Texts that a spreadsheet would take for a formula begin with an apostrophe.
    """
    columns = [
        *("customer_id", "priority", "segment", "offer", "usual_products", "suggested_products"),
        *("best_weekday", "best_hour", "season", "last_order"),
    ]
    contacted = campaign_targets[campaign_targets.arm == TREATMENT].sort_values("priority")
    lists = {}
    for campaign in campaigns.plan:
        members = contacted[contacted.campaign == campaign.name].assign(offer=campaign.offer)
        texts = members[columns].select_dtypes("str").apply(_harmless)
        last_order = members.last_order.dt.strftime("%Y-%m-%d")
        lists[campaign.name] = members[columns].assign(**texts, last_order=last_order)
    return lists


def _harmless(texts: pd.Series) -> pd.Series:
    return texts.str.replace(_FORMULA, "'", regex=True)
