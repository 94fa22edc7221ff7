"""The public tables of customers."""

import pandas as pd

from lgs_pipeline import tables
from lgs_pipeline.moments import MEANINGS
from lgs_pipeline.tables import Table, text


class Moments(Table):
    """A row per moment at which customers are looked at."""

    moment: str = text("Moment", "what the moment is for", unique=True, isin=list(MEANINGS), labels=MEANINGS)
    at: pd.Timestamp = tables.moment("At", "when it is")


class ProductNames(Table):
    """A row per product that has a description."""

    stock_code: str = text("Stock code", "stock code", unique=True)
    description: str = text("Product", "usual description of the product")
