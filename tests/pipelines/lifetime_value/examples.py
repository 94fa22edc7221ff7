"""The charts of lifetime values, each with tables that it draws."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from lgs_pipeline.pipelines.lifetime_value import charts
from tests import tables

EXAMPLES: dict[Callable[..., Any], list[pd.DataFrame]] = {
    charts.draw_clv_calibration: [tables.validation()],
    charts.draw_clv_coverage: [tables.sureness(orders=0.81, sales=0.79)],
    charts.draw_clv_errors: [tables.errors(model=(0.95, 1.77), last_period=(1.01, 1.87))],
    charts.draw_clv_distribution: [
        tables.lifetime_values((10.0, "Bronze"), (20.0, "Bronze"), (500.0, "Gold"), (0.0, "Bronze"))
    ],
    charts.draw_clv_tiers: [tables.tiers(Gold=(10, 900.0), Bronze=(90, 100.0))],
}
