"""What campaigns did, as a public table."""

from typing import Any

import pandas as pd

from lgs_pipeline.tables import Table, change, count, flag, moment, name, pounds, share, statistic, text

RANDOMISED, MATCHED = "randomised", "matched"
"""How a control arm came about: drawn at random before the launch, or looked for after it."""

_LOWER, _UPPER = "lower end of its interval", "upper end of its interval"


def _p_value(heading: str) -> Any:
    meaning = "chance of a difference so large if the campaign did nothing"
    return statistic(heading, meaning, ge=0, le=1 + 1e-9, nullable=True)


class CampaignEffect(Table):
    """A row per launched campaign and past mailing; measures are empty as long as the data cannot say."""

    campaign: str = name("Campaign", "name of the campaign")
    launched_on: pd.Timestamp = moment("Launched on", "the day from which on the effect counts")
    method: str = text(
        "Compared with",
        "the control arm: drawn at random before, or looked for after (weaker evidence)",
        isin=[RANDOMISED, MATCHED],
        labels={RANDOMISED: "customers held back at random", MATCHED: "similar customers: weaker evidence"},
    )
    days: int = count("Days so far", "days of the measurement window that the data covers so far")
    is_complete: bool = flag("Complete", "whether the data covers the whole window")
    customers_treatment: int = count("Contacted", "customers contacted, without those left out")
    customers_control: int = count("Not contacted", "customers compared with, without those left out")
    customers_left_out: int = count(
        "Left out",
        "of a launch: customers of either arm who are no longer in the data; of a past mailing: customers contacted "
        "with nobody to compare with",
    )
    conversion_treatment: float = share(
        "Ordered, contacted", "share of the customers contacted who ordered", digits=1, nullable=True
    )
    conversion_control: float = share(
        "Ordered, not contacted", "share of the customers compared with who ordered", digits=1, nullable=True
    )
    conversion_difference: float = change("Ordered, difference", "treatment less control", nullable=True)
    conversion_low: float = change("Ordered, difference from", _LOWER, nullable=True)
    conversion_high: float = change("Ordered, difference to", _UPPER, nullable=True)
    conversion_p_value: float = _p_value("Ordered, p-value")
    sales_treatment: float = pounds("Sales per customer, contacted", "net sales per customer contacted", nullable=True)
    sales_control: float = pounds(
        "Sales per customer, not contacted", "net sales per customer compared with", nullable=True
    )
    sales_difference: float = pounds("Sales per customer, difference", "treatment less control", nullable=True)
    sales_low: float = pounds("Sales per customer, difference from", _LOWER, nullable=True)
    sales_high: float = pounds("Sales per customer, difference to", _UPPER, nullable=True)
    sales_p_value: float = _p_value("Sales per customer, p-value")
    incremental_sales: float = pounds("Sales gained", "sales_difference times the customers contacted", nullable=True)
    incremental_low: float = pounds("Sales gained, from", _LOWER, nullable=True)
    incremental_high: float = pounds("Sales gained, to", _UPPER, nullable=True)
    customers_needed: float = count(
        "Customers needed to see the effect hoped for",
        "customers in both arms that show the conversion hoped for",
        nullable=True,
    )
    detectable_conversion: float = change(
        "Smallest difference in orders that shows",
        "smallest difference in conversion that these arms show",
        nullable=True,
        ge=0,
    )
    detectable_sales: float = pounds(
        "Smallest difference in sales per customer that shows",
        "smallest difference in sales per customer that these arms show",
        nullable=True,
        ge=0,
    )
