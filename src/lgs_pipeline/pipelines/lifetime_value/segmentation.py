"""Tiers of lifetime value as one of the segmentations that ``segmentation_comparison`` puts to the test."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.lifetime_value.nodes import EVERYBODY, logger, terms_of
from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings

NO_TIER = "(none)"


def tier_customers(customers: pd.DataFrame, settings: Mapping[str, Any]) -> Callable[[pd.DataFrame], pd.Series]:
    """The way to tier customers, with models fitted to these.

    A tier is a rank among customers, so what all of them share does not matter to it: seasons, trend and
    discount are left out, and everybody is one population. A customer who is no buyer has no tier.

    Parameters
    ----------
    customers
        The customers known at the cut, with the columns of ``rfm`` and of ``customer_features``.
    settings
        The settings of pipelines; those of ``lifetime_value`` are used.

    Returns
    -------
    Callable
        From customers with the same columns to the tier of each.
    """
    lifetime_value = LifetimeValueSettings.model_validate(settings["lifetime_value"])
    try:
        model = _fit(customers, lifetime_value)
    except InputError as error:
        logger.warning("Tiers of lifetime value cannot be compared with other segmentations: %s", error)
        return lambda base: pd.Series(NO_TIER, index=base.index, dtype="str")
    return lambda base: _tier(model, base, lifetime_value)


def _fit(customers: pd.DataFrame, lifetime_value: LifetimeValueSettings) -> Any:
    from lgs_pipeline.models.lifetime_value import LifetimeValueModel, estimate_parameters
    from lgs_pipeline.models.seasonality import SeasonalBetaGeoModel

    buyers, now = _buyers(customers), _first_day_unknown(customers)
    on_calendar = SeasonalBetaGeoModel(
        with_season=False, with_trend=False, customer_spread=lifetime_value.customer_spread
    )
    # On which days the orders were placed matters to a season only.
    no_days = pd.Series(dtype=float, index=pd.DatetimeIndex([]))
    parameters = estimate_parameters(buyers, no_days, now, on_calendar, level=0.95)
    return LifetimeValueModel.from_parameters(parameters, now)


def _tier(model: Any, customers: pd.DataFrame, lifetime_value: LifetimeValueSettings) -> pd.Series:
    from lgs_pipeline.models.lifetime_value import assign_tiers, value_customers

    buyers = _buyers(customers)
    values = value_customers(model, buyers, terms_of(lifetime_value)).clv
    return assign_tiers(values, lifetime_value.tier_bounds()).reindex(customers.index).fillna(NO_TIER)


def _buyers(customers: pd.DataFrame) -> pd.DataFrame:
    """The buyers among the customers, as the models know them."""
    first, last = customers.first_order.dt.normalize(), customers.last_order.dt.normalize()
    between = customers.days_between_orders
    orders = 1 + np.where(between > 0, (last - first).dt.days / between.where(between > 0, 1), 0).round()
    buyers = pd.DataFrame(
        {
            "population": EVERYBODY,
            "orders": orders.astype("int64"),
            "first_order": first,
            "last_order": last,
            "monetary": customers.monetary / orders,
        },
        index=customers.index,
    )
    return buyers[customers.monetary > 0]


def _first_day_unknown(customers: pd.DataFrame) -> np.datetime64:
    """The day of the moment that recency, in whole days, is counted back from."""
    last = customers.last_order.iloc[0]
    days = customers.recency.iloc[0] + (last - last.normalize()) / pd.Timedelta(days=1)
    return np.datetime64(last.normalize() + pd.Timedelta(days=np.ceil(days)), "D")
