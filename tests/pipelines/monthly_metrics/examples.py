"""The room's charts with tables that they draw."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from lgs_pipeline.pipelines.monthly_metrics import charts
from tests import tables

MONTHS = tables.months(*(1000 + 50 * month for month in range(14)), partial=(13,))
AMOUNTS = tables.amounts((0.0, 1), (5.0, 3), (100.0, 10), (300.5, 20), (9000.0, 1))

EXAMPLES: dict[Callable[..., Any], list[pd.DataFrame]] = {
    charts.draw_monthly_orders: [MONTHS],
    charts.draw_monthly_sales: [MONTHS],
    charts.draw_sales_growth: [MONTHS],
    charts.draw_active_customers: [MONTHS],
    charts.draw_new_customers: [MONTHS],
    charts.draw_invoice_amounts: [AMOUNTS, tables.distribution(AMOUNTS)],
    charts.draw_usual_invoice_amounts: [AMOUNTS, tables.distribution(AMOUNTS)],
    charts.draw_cohort_retention: [tables.cohorts((10, [3, 2]), (20, [5]), (5, [])), MONTHS],
}
