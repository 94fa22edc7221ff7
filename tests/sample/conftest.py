"""The default sample, made once for all tests, and its lines in a form to count with."""

import pandas as pd
import pytest

from lgs_pipeline.sample import SampleExtract, generate


@pytest.fixture(scope="session")
def sample() -> SampleExtract:
    return generate()


@pytest.fixture(scope="session")
def once(sample: SampleExtract) -> pd.DataFrame:
    """The lines of the default sample, without second copies, with what a reader can see in each."""
    lines = sample.lines
    second = (lines["export"] == 2) & lines["invoice_no"].isin(sample.truth.repeated_invoices)
    lines = lines[~second].copy()
    lines["code"] = lines["stock_code"].str.upper()
    lines["price"] = lines["unit_price"].astype("float64")
    lines["amount"] = lines["quantity"] * lines["price"]
    lines["cancelled"] = lines["invoice_no"].str.startswith("C")
    lines["product"] = lines["code"].str.fullmatch(r"\d{5}[A-Z]?")
    return lines


@pytest.fixture(scope="session")
def purchases(once: pd.DataFrame) -> pd.DataFrame:
    """The product lines that were ordered."""
    return once[once["product"] & ~once["cancelled"] & (once["price"] > 0)]
