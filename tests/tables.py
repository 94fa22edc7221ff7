"""Small tables with the public columns, for charts and documents: what a row leaves out is ordinary."""

from typing import Any

import pandas as pd

from lgs_pipeline.chapters import Rows


def shown(rows: Rows) -> pd.DataFrame:
    """A chapter's table as people see it: its headings, and its values as they are written."""
    headings = [column.heading for column in rows.columns]
    texts = [
        [column.format_value(value) for column, value in zip(rows.columns, row, strict=True)] for row in rows.values
    ]
    return pd.DataFrame(texts, columns=headings)


def months(
    *sales: float,
    start: str = "2010-01-01",
    partial: tuple[int, ...] = (),
    without_data: tuple[int, ...] = (),
    **columns: list,
) -> pd.DataFrame:
    """Monthly metrics with these sales; ten orders a month, of eight customers, two of them new.

    Months without data are partial, and everything in them is 0.
    """
    table = pd.DataFrame(
        {
            "month": pd.date_range(start, periods=len(sales), freq="MS"),
            "invoices": 12,
            "placed_orders": 10,
            "cancelled_orders": 2,
            "sales": [float(value) for value in sales],
            "active_customers": 8,
            "new_customers": 2,
            "existing_customers": 6,
            "average_order_value": [value / 10 for value in sales],
            "is_partial": [position in (*partial, *without_data) for position in range(len(sales))],
        }
    ).assign(**columns)
    counted = table.columns.difference(["month", "is_partial"])
    table.loc[list(without_data), counted] = 0
    before = table.sales.shift()
    table.insert(5, "sales_growth", (table.sales - before) / before.where(before > 0))
    table.loc[list(without_data), ["sales_growth", "average_order_value"]] = float("nan")
    return table


def segments(**customers_and_sales: tuple[int, float]) -> pd.DataFrame:
    """Segments with so many customers and such sales; underscores in names stand for spaces."""
    rows = [
        {
            "segment": name.replace("_", " "),
            "customers": customers,
            "recency_mean": 30.0,
            "recency_median": 20.0 + 40 * position,
            "frequency_mean": 5.0,
            "frequency_median": 4.0 / (1 + position),
            "monetary_mean": sales / customers if customers else float("nan"),
            "monetary_median": sales / customers if customers else float("nan"),
            "sales": float(sales),
        }
        for position, (name, (customers, sales)) in enumerate(customers_and_sales.items())
    ]
    table = pd.DataFrame(rows)
    table.insert(2, "share_of_customers", table.customers / table.customers.sum())
    return table.assign(share_of_sales=table.sales / table.sales.sum())


def migration(*moves: tuple[str, str, int]) -> pd.DataFrame:
    """Moves between segments: before, after, customers."""
    table = pd.DataFrame(moves, columns=["segment_before", "segment_after", "customers"])
    return table.assign(share=table.customers / table.groupby("segment_before").customers.transform("sum"))


def rfm(*customers: tuple[int, int, float, str]) -> pd.DataFrame:
    """Scored customers: recency score, frequency score, monetary, segment."""
    table = pd.DataFrame(customers, columns=["r_score", "f_score", "monetary", "segment"])
    return pd.DataFrame(
        {
            "customer_id": _customers(12346, len(table)),
            "country": "United Kingdom",
            "first_order": pd.Timestamp("2010-01-05 10:00"),
            "last_order": pd.Timestamp("2010-03-01 11:30"),
            "recency": 10,
            "frequency": table.f_score,
            "monetary": table.monetary.astype(float),
            "r_score": table.r_score,
            "f_score": table.f_score,
            "m_score": 3,
            "rfm_score": table.r_score.astype(str) + table.f_score.astype(str) + "3",
            "segment": table.segment,
        }
    )


def _customers(first: int, number: int) -> pd.Series:
    """The ids of so many customers."""
    return pd.Series(range(first, first + number)).astype("str")


def cohorts(*sizes_and_actives: tuple[int, list[int]], start: str = "2010-01-01") -> pd.DataFrame:
    """Cohorts of so many customers, of whom so many are active in each later month."""
    rows = []
    for cohort, (size, actives) in zip(
        pd.date_range(start, periods=len(sizes_and_actives), freq="MS"), sizes_and_actives, strict=True
    ):
        rows += [
            (cohort, since, size, active, active / size, 100.0 * active)
            for since, active in enumerate([size, *actives])
        ]
    columns = ["cohort", "months_since", "customers", "active", "retention", "sales"]
    return pd.DataFrame(rows, columns=columns)


def amounts(*amounts_and_orders: tuple[float, int]) -> pd.DataFrame:
    """How many orders come to each amount."""
    return pd.DataFrame(amounts_and_orders, columns=["amount", "invoices"])


def distribution(counts: pd.DataFrame) -> pd.DataFrame:
    """The distribution of counted amounts, the same for both populations."""
    values = counts.amount.repeat(counts.invoices)
    told = {
        "invoices": len(values), "min": values.min(), "q25": values.quantile(0.25), "median": values.median(),
        "mean": values.mean(), "mode": values.mode().min(), "q75": values.quantile(0.75), "max": values.max(),
        "std": values.std(), "p85": values.quantile(0.85),
    }  # fmt: skip
    return pd.DataFrame([{"population": population, **told} for population in ("all", "up_to_p85")])


def selection(*silhouettes: float, chosen: int = 3) -> pd.DataFrame:
    """What speaks for 2, 3, ... clusters."""
    numbers = range(2, 2 + len(silhouettes))
    return pd.DataFrame(
        {
            "k": numbers,
            "inertia": [100.0 / k for k in numbers],
            "silhouette": silhouettes,
            "davies_bouldin": [0.5 + k / 10 for k in numbers],
            "stability": [1 - k / 20 for k in numbers],
            "smallest_share": [1 / (k + 1) for k in numbers],
            "chosen": [k == chosen for k in numbers],
        }
    )


def clusters(**customers_and_sales: tuple[int, float]) -> pd.DataFrame:
    """Profiles of clusters with so many customers and such sales."""
    rows = [
        {
            "cluster": position,
            "cluster_name": name.replace("_", " "),
            "customers": customers,
            "recency_median": 10.0 * (position + 1),
            "frequency_median": 5.0 / (position + 1),
            "monetary_median": sales / customers,
            "tenure_median": 300.0,
            "average_order_value_median": 250.0,
            "distinct_products_median": 20.0,
            "share_cancelled_median": 0.0,
            "days_between_orders_median": 40.0,
            "sales": float(sales),
        }
        for position, (name, (customers, sales)) in enumerate(customers_and_sales.items())
    ]
    table = pd.DataFrame(rows)
    table.insert(3, "share", table.customers / table.customers.sum())
    return table.assign(share_of_sales=table.sales / table.sales.sum())


def components(*points: tuple[int, float, float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers as points (cluster, component 1, component 2), and what the components mean."""
    table = pd.DataFrame(points, columns=["cluster", "component_1", "component_2"])
    table.insert(0, "customer_id", _customers(10_000, len(table)))
    table.insert(2, "cluster_name", "cluster " + table.cluster.astype(str))
    meanings = [
        ("component_1", 0.7, "frequency", 0.9), ("component_1", 0.7, "recency", -0.8),
        ("component_2", 0.2, "frequency", 0.1), ("component_2", 0.2, "recency", 0.5),
    ]  # fmt: skip
    return table, pd.DataFrame(meanings, columns=["component", "share_of_variance", "feature", "correlation"])


def comparison(**values: tuple[float, float, float]) -> pd.DataFrame:
    """What segmentations tell, the same by every measure: value, low and high."""
    measures = [
        "log_sales_variance_explained", "auc_buying_again", "sales_share_of_top_fifth", "membership_kept",
    ]  # fmt: skip
    rows = [(name, measure, *told) for name, told in values.items() for measure in measures]
    return pd.DataFrame(rows, columns=["segmentation", "measure", "value", "low", "high"])


def crosstab(**rows: list[int]) -> pd.DataFrame:
    """Customers of each segment in clusters 0, 1, ..."""
    table = pd.DataFrame.from_dict({name.replace("_", " "): row for name, row in rows.items()}, orient="index")
    return table.add_prefix("cluster_").rename_axis("segment").reset_index()


def validation() -> pd.DataFrame:
    """Predictions of orders against what came: in two months, by one and by twelve or more past orders."""
    told = {
        ("orders_by_month", "2011-06"): {"actual": 100.0, "expected": 110.0},
        ("orders_by_month", "2011-07"): {"actual": 90.0, "expected": 95.0},
        ("orders_by_past_orders", "01"): {"customers": 100.0, "actual": 50.0, "expected": 60.0},
        ("orders_by_past_orders", "12+"): {"customers": 10.0, "actual": 20.0, "expected": 18.0},
        ("totals", "orders"): {"actual": 190.0, "expected": 205.0},
        ("totals", "sales"): {"actual": 9000.0, "expected": 8000.0},
    }
    rows = [(*of, measure, value) for of, values in told.items() for measure, value in values.items()]
    return pd.DataFrame(rows, columns=["part", "item", "measure", "value"])


def sureness(**inside: float) -> pd.DataFrame:
    """Customers spread evenly over what was predicted for them, but so many of them in its middle 80%."""
    rows = []
    for item, share in inside.items():
        rows += [("coverage", item, "level", 0.8), ("coverage", item, "randomised", share)]
        tenths = [(1 - share) / 2, *[share / 8] * 8, (1 - share) / 2]
        rows += [
            (f"transform_of_{item}", f"{tenth / 10:.1f}-{(tenth + 1) / 10:.1f}", "share", value)
            for tenth, value in enumerate(tenths)
        ]
    return pd.DataFrame(rows, columns=["part", "item", "measure", "value"])


def errors(**of: tuple[float, float]) -> pd.DataFrame:
    """The mean absolute and the root mean square error of some ways to predict."""
    measures = ("mean_absolute_error", "root_mean_square_error")
    rows = [("errors", item, *pair) for item, both in of.items() for pair in zip(measures, both, strict=True)]
    return pd.DataFrame(rows, columns=["part", "item", "measure", "value"])


def lifetime_values(*customers: tuple[float, str]) -> pd.DataFrame:
    """Customers with their lifetime value and tier."""
    table = pd.DataFrame(customers, columns=["clv", "clv_tier"])
    table.insert(0, "customer_id", _customers(12346, len(table)))
    return table


def tiers(**customers_and_values: tuple[int, float]) -> pd.DataFrame:
    """Tiers of so many customers with such lifetime values, and the row of all."""
    rows = [(name, *both) for name, both in customers_and_values.items()]
    table = pd.DataFrame(rows, columns=["clv_tier", "customers", "clv"])
    table.loc[len(table)] = ["all", table.customers.sum(), table.clv.sum()]
    total = table.iloc[-1]
    return pd.DataFrame(
        {
            "clv_tier": table.clv_tier,
            "customers": table.customers,
            "share_of_customers": table.customers / total.customers,
            "expected_orders": 2.0 * table.customers,
            "clv": table.clv,
            "clv_low": 0.9 * table.clv,
            "clv_high": 1.1 * table.clv,
            "share_of_clv": table.clv / total.clv,
        }
    )


CAMPAIGN_PLAN = pd.DataFrame(
    {
        "campaign": ["win_back", "keep_close"],
        "segment": ["At Risk", "Champions; Loyal Customers"],
        "audience": [1, 2],
        "treatment": [1, 1],
        "control": [0, 1],
        "offer": ["15% off", "New products first"],
        "rationale": ["They have stopped.", "They bring most."],
        "value_at_stake": [90.0, 900.0],
    }
)


def campaign_targets(customer_id: pd.Series) -> pd.DataFrame:
    """Two customers of one campaign, contacted and held back, and one of another."""
    return pd.DataFrame(
        {
            "customer_id": customer_id.head(3).tolist(),
            "campaign": ["keep_close", "keep_close", "win_back"],
            "segment": ["Champions", "Champions", "At Risk"],
            "arm": ["treatment", "control", "treatment"],
            "priority": [1, 2, 1],
            "value_at_stake": [800.0, 100.0, 90.0],
            "clv": [700.0, 90.0, None],
            "p_alive": [0.9, 0.8, None],
            "last_order": pd.to_datetime(["2011-02-01 10:00", "2011-01-20 12:00", "2010-03-01 09:00"]),
            "usual_products": ["MUG; TRAY", None, "LANTERN"],
            "suggested_products": ["CAKESTAND", None, None],
            "best_weekday": ["Thursday", "Monday", None],
            "best_hour": pd.array([12, 9, None], dtype="Int64"),
            "season": ["autumn (Sep-Nov)", "winter (Dec-Feb)", None],
        }
    )


def campaign_effects(**changes: Any) -> pd.DataFrame:
    """What one campaign did; what a test does not name is ordinary."""
    row = {
        "campaign": "win_back", "launched_on": pd.Timestamp("2011-01-01"), "method": "randomised", "days": 60,
        "is_complete": True, "customers_treatment": 600, "customers_control": 150, "customers_left_out": 0,
        "conversion_treatment": 0.2, "conversion_control": 0.15, "conversion_difference": 0.05,
        "conversion_low": 0.01, "conversion_high": 0.09, "conversion_p_value": 0.012,
        "sales_treatment": 60.0, "sales_control": 50.0, "sales_difference": 10.0, "sales_low": 2.0,
        "sales_high": 18.0, "sales_p_value": 0.01, "incremental_sales": 6000.0, "incremental_low": 1200.0,
        "incremental_high": 10800.0, "customers_needed": 900.0, "detectable_conversion": 0.08,
        "detectable_sales": 12.0,
    }  # fmt: skip
    return pd.DataFrame([{**row, **changes}])
