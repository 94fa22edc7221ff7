"""A shop made up from a seed, whose products go together in pairs, and settings for it."""

import ibis
import numpy as np
import pandas as pd

from lgs_pipeline.pipelines.recommendations.settings import RecommendationsSettings
from tests.building import customer, settings_of, transactions

SETTINGS = settings_of("base").recommendations
END, CUT, SELECTION_CUT = pd.to_datetime(["2011-12-10", "2011-09-10", "2011-06-10"])


def changed(**changes: object) -> RecommendationsSettings:
    """The settings with some changed."""
    return settings_of("base", recommendations=changes).recommendations


def code(product: int) -> str:
    return f"P{product:02d}"


def lines_of_shop(customers: int = 80, pairs: int = 10, seed: int = 1) -> list[dict]:
    """Lines of customers who order once a month for a year, one product of a pair, and later the other."""
    generator = np.random.default_rng(seed)
    rows = []
    for number in range(1, customers + 1):
        wanted = generator.choice(pairs, size=4, replace=False)
        for month in range(12):
            day = END - pd.DateOffset(months=12 - month) + pd.Timedelta(days=int(generator.integers(28)))
            pair = wanted[month % 4]
            side = 0 if month < 4 else int(generator.integers(2))
            product = code(2 * pair + side)
            rows.append(
                {"customer_id": customer(number), "stock_code": product, "description": f"THING {product}",
                 "invoice_date": day}
            )  # fmt: skip
    return rows


def shop(**options: int) -> ibis.Table:
    """The lines as ``transactions`` holds them."""
    return transactions(*lines_of_shop(**options))
