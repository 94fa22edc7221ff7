"""Customers as the campaigns meet them, and settings for them."""

import numpy as np
import pandas as pd

from lgs_pipeline.pipelines.campaigns.nodes import choose_audiences
from lgs_pipeline.pipelines.campaigns.settings import CampaignsSettings
from tests.building import customer, settings_of, table

SETTINGS = settings_of("base")
MOMENT = pd.Timestamp("2011-12-10")


def campaign(name: str, **changes: object) -> dict:
    """A campaign that contacts everybody it addresses: At Risk unless it says otherwise."""
    addressed = {} if {"clusters", "tiers"} & set(changes) else {"segments": ["At Risk"]}
    return {
        "name": name,
        "offer": "A card",
        "rationale": "They like cards",
        "control": 0.0,
        **addressed,
        **changes,
    }


def planned(*campaigns: dict, **changes: object) -> CampaignsSettings:
    """The settings with these campaigns."""
    return CampaignsSettings.model_validate({**SETTINGS.campaigns.model_dump(), "plan": list(campaigns), **changes})


def customers(*rows: dict, **common: object) -> pd.DataFrame:
    """``campaign_customers``: customers 1, 2, 3 ... of whom each row says what matters."""
    ordinary = {
        **{"segment": "At Risk", "cluster_name": "Big spenders", "clv_tier": "Gold", "recency": 300},
        **{"clv": 100.0, "p_alive": 0.9, "value_at_stake": 100.0, **common},
    }
    built = pd.DataFrame(
        [{"customer_id": customer(number), **ordinary, **row} for number, row in enumerate(rows, start=1)],
        columns=["customer_id", *ordinary],
    )
    texts = dict.fromkeys(("segment", "cluster_name", "clv_tier"), "str")
    numbers = {
        "customer_id": "str",
        "recency": "int64",
        "clv": float,
        "p_alive": float,
        "value_at_stake": float,
    }
    built = built.astype({**texts, **numbers})
    return built.assign(last_order=MOMENT - pd.to_timedelta(built.recency, unit="D"))


NO_LAUNCH = pd.DataFrame({"launched_on": pd.to_datetime([]), "customer_id": pd.array([], dtype="str")})


def audiences(table: pd.DataFrame, plan: CampaignsSettings, launched: pd.DataFrame = NO_LAUNCH) -> pd.DataFrame:
    """``campaign_audiences`` of customers, on the day of ``MOMENT``."""
    return choose_audiences(table, launched, MOMENT, plan)


def crowd(size: int, seed: int = 1) -> pd.DataFrame:
    """Many different customers."""
    generator = np.random.default_rng(seed)
    segments = [segment.name for segment in SETTINGS.rfm.segments]
    rows = pd.DataFrame(
        {
            "segment": generator.choice(segments, size),
            "cluster_name": generator.choice(["Big spenders", "Small spenders"], size),
            "clv_tier": generator.choice(["Platinum", "Gold", "Silver", "Bronze"], size),
            "recency": generator.integers(0, 700, size),
            "value_at_stake": generator.lognormal(6, 1.5, size).round(2),
        }
    )
    return customers(*rows.to_dict("records"))


def order_times(*rows: tuple) -> object:
    """``customer_order_times`` of (customer_id, orders, weekday, hour, season)."""
    columns = ("customer_id", "orders", "weekday", "hour", "season")
    return table(
        [dict(zip(columns, row, strict=True)) for row in rows],
        {**dict.fromkeys(columns, "int64"), "customer_id": "string"},
    )


def segment_times(*rows: tuple) -> object:
    """``segment_order_times`` of (segment, month, weekday, hour, orders)."""
    types = {"segment": "string", "month": "int64", "weekday": "int64", "hour": "int64", "orders": "int64"}
    return table([dict(zip(types, row, strict=True)) for row in rows], types)


def recommendations(*rows: tuple) -> pd.DataFrame:
    """``product_recommendations`` of (customer_id, kind, rank, description)."""
    built = pd.DataFrame(rows, columns=["customer_id", "kind", "rank", "description"])
    built = built.astype({"customer_id": "str", "kind": "str", "rank": "int64", "description": "str"})
    return built.assign(stock_code="22423", score=1.0)
