"""From the ledger, past mailings and the invoices since to what campaigns did."""

import logging
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.customer_ids import read_customers
from lgs_pipeline.errors import InputError
from lgs_pipeline.lines import MONEY, to_frame
from lgs_pipeline.models.arms import CONTROL, TREATMENT
from lgs_pipeline.pipelines.campaign_effect.schemas import MATCHED, RANDOMISED, CampaignEffect
from lgs_pipeline.pipelines.campaign_effect.settings import CampaignEffectSettings
from lgs_pipeline.pipelines.rfm.nodes import score_customers, summarise_customers
from lgs_pipeline.pipelines.rfm.settings import RfmSettings

logger = logging.getLogger(__name__)

CAMPAIGN = ["campaign", "launched_on", "method"]
CONTACT = [*CAMPAIGN, "customer_id", "arm"]
_LEFT_OUT = "left out"


def match_past_mailings(
    past_mailings: pd.DataFrame,
    scored_invoices: ir.Table,
    data_period: pd.DataFrame,
    rfm_settings: RfmSettings,
    settings: CampaignEffectSettings,
) -> pd.DataFrame:
    """The customers of mailings that had no control arm, and for each the customer most like them.

    Alike as of the day of the mailing: in the same segment, and near in value and recency. Nobody is compared
    with a customer whom the same campaign mailed, or any other within the days in which its effect is looked
    for.

    Returns
    -------
    pandas.DataFrame
        A row per mailing and customer: campaign, launched_on, customer_id, arm. The arm of a mailed customer
        who had not ordered before, or has nobody near enough, is ``left out``.
    """
    mailings = _read_mailings(past_mailings)
    matched = [
        _match(campaign, sent_on, mailings, scored_invoices, rfm_settings, settings)
        for (campaign, sent_on), _ in mailings.groupby(["campaign", "sent_on"])
        if _is_within(campaign, sent_on, data_period)
    ]
    columns = ["campaign", "launched_on", "customer_id", "arm"]
    return pd.concat(matched, ignore_index=True) if matched else pd.DataFrame(columns=columns)


def _read_mailings(past_mailings: pd.DataFrame) -> pd.DataFrame:
    """The file's columns in their types."""
    file = "past_mailings.csv"
    if missing := [name for name in ("customer_id", "campaign", "sent_on") if name not in past_mailings]:
        raise InputError(f"{file}: found no column {', '.join(missing)}, expected customer_id, campaign and sent_on")
    customer_id = read_customers(past_mailings.customer_id)
    sent_on = pd.to_datetime(past_mailings.sent_on, format="%Y-%m-%d", errors="coerce")
    is_wrong = customer_id.isna() | sent_on.isna() | (past_mailings.campaign == "")
    if is_wrong.any():
        line = int(np.argmax(is_wrong))
        raise InputError(
            f"{file}, line {line + 2}: found {','.join(past_mailings.iloc[line].astype('str'))}, expected a "
            "customer, a name and a date such as 2011-05-31"
        )
    typed = past_mailings.assign(customer_id=customer_id, sent_on=sent_on)
    return typed.drop_duplicates(["customer_id", "campaign", "sent_on"])


def _is_within(campaign: str, sent_on: pd.Timestamp, data_period: pd.DataFrame) -> bool:
    is_known = data_period.first_line.iloc[0] < sent_on
    if not is_known:
        logger.warning("Mailing %s of %s: left out, because the data begins only after it", campaign, sent_on.date())
    return is_known


def _match(
    campaign: str,
    sent_on: pd.Timestamp,
    mailings: pd.DataFrame,
    scored_invoices: ir.Table,
    rfm_settings: RfmSettings,
    settings: CampaignEffectSettings,
) -> pd.DataFrame:
    from lgs_pipeline.models.matching import match_pairs

    customers = score_customers(summarise_customers(scored_invoices, sent_on), sent_on, rfm_settings)
    mailed = mailings[(mailings.campaign == campaign) & (mailings.sent_on == sent_on)].customer_id
    is_near = abs(mailings.sent_on - sent_on) < pd.Timedelta(days=settings.window_days)
    reached = mailings[(mailings.campaign == campaign) | is_near].customer_id
    is_mailed = customers.customer_id.isin(mailed)
    comparable = customers[is_mailed | ~customers.customer_id.isin(reached)].assign(
        is_treated=is_mailed, log_value=np.log1p(customers.monetary.clip(lower=0))
    )
    pairs = match_pairs(comparable, "segment", ["log_value", "recency"], settings.largest_distance)
    treated, control = (customers.customer_id[pairs[arm]] for arm in ("treated", "matched"))
    left_out = mailed[~mailed.isin(treated)]
    arms = {TREATMENT: treated, CONTROL: control, _LEFT_OUT: left_out}
    parts = [pd.DataFrame({"customer_id": who.to_numpy(), "arm": arm}) for arm, who in arms.items()]
    return pd.concat(parts, ignore_index=True).assign(campaign=campaign, launched_on=sent_on)


def list_contacts(
    launched_campaigns: pd.DataFrame,
    matched_mailings: pd.DataFrame,
    scored_invoices: ir.Table,
    data_period: pd.DataFrame,
) -> pd.DataFrame:
    """Who is compared: a row per launch or mailing, and customer.

    If a customer of a launch has no invoice before it, they are no longer in the data: erased since, or now under
    another number. Whether they ordered after the launch is not known, so their arm, contacted or not, becomes
    ``left out``. If the data begins only after the launch, no customer counts as missing from it.

    Columns, and what it is sorted by: campaign, launched_on, method, customer_id, arm.
    """
    contacts = pd.concat([launched_campaigns.assign(method=RANDOMISED), matched_mailings.assign(method=MATCHED)])[
        CONTACT
    ]
    kinds = {"campaign": "str", "launched_on": "datetime64[us]", "customer_id": "str", "arm": "str"}
    contacts = contacts.astype({**kinds, "method": "str"}).sort_values(CONTACT, ignore_index=True)
    is_covered = contacts.launched_on > data_period.first_line.iloc[0].normalize()
    is_gone = is_covered & ~_are_known(contacts, scored_invoices)
    for (campaign, launched_on, _), gone in is_gone.groupby([contacts[key] for key in CAMPAIGN]):
        if gone.all():
            logger.warning(
                "Campaign %s of %s cannot be measured: none of its %s customers is in the data; have customer numbers "
                "changed?", campaign, launched_on.date(), f"{len(gone):,}",
            )  # fmt: skip
        elif gone.any():
            logger.warning(
                "Campaign %s of %s: %s of its %s customers are no longer in the data, and are left out",
                campaign, launched_on.date(), f"{gone.sum():,}", f"{len(gone):,}",
            )  # fmt: skip
    return contacts.assign(arm=contacts.arm.mask(is_gone, _LEFT_OUT))


def _are_known(contacts: pd.DataFrame, scored_invoices: ir.Table) -> pd.Series:
    """Whether each contact has an invoice before the launch."""
    invoices = scored_invoices.select("customer_id", "invoice_date")
    before = _in_engine(contacts).inner_join(invoices, "customer_id")
    before = before.filter(before.invoice_date < before.launched_on)
    known = before.select(*CAMPAIGN, "customer_id").distinct().to_pandas() if len(contacts) else contacts
    keys = [*CAMPAIGN, "customer_id"]
    known = known[keys].astype(contacts[keys].dtypes)
    return contacts.merge(known, how="left", on=keys, indicator=True)["_merge"] == "both"


def _in_engine(contacts: pd.DataFrame) -> ir.Table:
    kinds = {"launched_on": "timestamp(6)"}
    return ibis.memtable(contacts[CONTACT], schema={name: kinds.get(name, "string") for name in CONTACT})


def sum_up_windows(contacts: pd.DataFrame, scored_invoices: ir.Table, settings: CampaignEffectSettings) -> ir.Table:
    """What customers did in the days after: a row per launch or mailing, and customer with an invoice then.

    Columns: campaign, launched_on, method, customer_id; orders; sales, cancellations taken off (pounds).
    """
    in_engine = _in_engine(contacts)
    end = in_engine.launched_on + ibis.interval(days=settings.window_days)
    invoices = scored_invoices.select("customer_id", "invoice_date", "is_order", "amount")
    within = in_engine.mutate(end=end).inner_join(invoices, "customer_id")
    within = within.filter(within.invoice_date >= within.launched_on, within.invoice_date < within.end)
    return within.group_by([*CAMPAIGN, "customer_id"]).agg(
        orders=within.count(where=within.is_order), sales=within.amount.sum().cast(MONEY)
    )


def measure_effects(
    contacts: pd.DataFrame, contact_results: ir.Table, data_period: pd.DataFrame, settings: CampaignEffectSettings
) -> pd.DataFrame:
    """What each launched campaign and past mailing did.

    Returns
    -------
    pandas.DataFrame
        A row per launch or mailing, by name and date: the public columns of ``campaign_effect``. Without a
        day of data after the launch only the customers are counted.
    """
    results = to_frame(contact_results) if len(contacts) else pd.DataFrame(columns=[*CONTACT, "orders", "sales"])
    results = results.astype({"sales": float, "launched_on": "datetime64[us]"})
    customers = contacts.merge(
        results[[*CAMPAIGN, "customer_id", "orders", "sales"]], how="left", on=[*CAMPAIGN, "customer_id"]
    )
    customers = customers.fillna({"orders": 0, "sales": 0.0})
    rows = [
        dict(zip(CAMPAIGN, key, strict=True)) | _measure(launch, key[1], data_period, settings)
        for key, launch in customers.groupby(CAMPAIGN)
    ]
    columns = list(CampaignEffect.to_schema().columns)
    counts = ["days", "customers_treatment", "customers_control", "customers_left_out"]
    kinds = dict.fromkeys(columns, "float64") | dict.fromkeys(counts, "int64")
    kinds |= {"campaign": "str", "method": "str", "launched_on": "datetime64[us]", "is_complete": "bool"}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def _measure(
    launch: pd.DataFrame, launched_on: pd.Timestamp, data_period: pd.DataFrame, settings: CampaignEffectSettings
) -> dict[str, Any]:
    treatment, control = (launch[launch.arm == arm] for arm in (TREATMENT, CONTROL))
    days = _days_seen(launched_on, data_period, settings.window_days)
    seen = {
        "days": days,
        "is_complete": days == settings.window_days,
        "customers_treatment": len(treatment),
        "customers_control": len(control),
        "customers_left_out": len(launch) - len(treatment) - len(control),
    }
    return seen | (_compare(treatment, control, settings) if days else {})


def _days_seen(launched_on: pd.Timestamp, data_period: pd.DataFrame, window_days: int) -> int:
    """Days of the window that the data has, all if only closed days are missing; none if it begins after the launch."""
    period = data_period.iloc[0]
    if period.covered_from > launched_on or period.data_end <= launched_on:
        return 0
    if launched_on + pd.Timedelta(days=window_days) <= period.covered_until:
        return window_days
    return int(np.clip((period.data_end - launched_on).days, 0, window_days))


def _compare(treatment: pd.DataFrame, control: pd.DataFrame, settings: CampaignEffectSettings) -> dict[str, float]:
    from lgs_pipeline.models import experiments

    sizes, level, power = (len(treatment), len(control)), settings.interval, settings.power
    converted = [int((arm.orders > 0).sum()) for arm in (treatment, control)]
    conversion = experiments.compare_conversions(converted[0], sizes[0], converted[1], sizes[1], level)
    sales = experiments.compare_means(treatment.sales, control.sales, level)
    usual = converted[1] / sizes[1] if sizes[1] else np.nan
    share = sizes[1] / sum(sizes) if sum(sizes) else np.nan
    return {
        "conversion_treatment": converted[0] / sizes[0] if sizes[0] else np.nan,
        "conversion_control": usual,
        **_named("conversion", conversion),
        "sales_treatment": treatment.sales.mean(),
        "sales_control": control.sales.mean(),
        **_named("sales", sales),
        "incremental_sales": sizes[0] * sales.estimate,
        "incremental_low": sizes[0] * sales.low,
        "incremental_high": sizes[0] * sales.high,
        "customers_needed": experiments.customers_needed(usual, settings.hoped_uplift, share, level, power),
        "detectable_conversion": experiments.detectable_effect(np.sqrt(usual * (1 - usual)), *sizes, level, power),
        "detectable_sales": experiments.detectable_effect(control.sales.std(), *sizes, level, power),
    }


def _named(measure: str, difference: Any) -> dict[str, float]:
    return {
        f"{measure}_difference": difference.estimate,
        f"{measure}_low": difference.low,
        f"{measure}_high": difference.high,
        f"{measure}_p_value": difference.p_value,
    }
