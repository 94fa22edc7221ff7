"""A shop of customers made up from a seed, and settings for it."""

import numpy as np
import pandas as pd

from lgs_pipeline.pipelines.lifetime_value.settings import LifetimeValueSettings
from tests.building import customer, data_period, settings_of

SETTINGS = settings_of("base").lifetime_value
END = pd.Timestamp("2011-12-10")
PERIOD = data_period("2009-12-01", "2011-12-09 12:50")


def changed(**changes: object) -> LifetimeValueSettings:
    """The settings with some changed."""
    return settings_of("base", lifetime_value=changes).lifetime_value


def shop_of(customers: int, seed: int = 1, months: int = 24) -> list[dict]:
    """Invoices of some customers who order at their own pace, and each time stay or do not."""
    generator = np.random.default_rng(seed)
    rows = []
    for number in range(1, customers + 1):
        day = generator.uniform(0, 30.4 * months)
        rate, value = generator.gamma(1, 1 / 60), 100 * generator.lognormal()
        while day < 30.4 * months:
            moment = END - pd.Timedelta(days=30.4 * months) + pd.Timedelta(days=day)
            amount = f"{value * generator.gamma(3, 1 / 3) + 0.01:.2f}"
            rows.append({"customer_id": customer(number), "invoice_date": moment.floor("s"), "amount": amount})
            day += generator.exponential(1 / rate) + 1
            if generator.random() < 0.1:
                break
    return rows
