"""The same sales in other habits give the same tables, or are refused in one line: never others without a word."""

import logging
import re
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis.expr.types as ir
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lgs_pipeline.datasets import RetailExtractDataset
from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.errors import InputError
from lgs_pipeline.parameters import check_parameters
from lgs_pipeline.pipeline_registry import import_room
from tests.end_to_end.habits import Delivery, Habits, deliver, plain_shop, settings_with
from tests.end_to_end.project import UP_TO_RFM, Project

COMPARED = (
    "invoices",
    "invoice_amount_distribution",
    "monthly_metrics",
    "cohort_retention",
    "rfm",
    "rfm_thresholds",
    "rfm_segments",
    "segment_migration",
)
"""The public tables that must be those of the plain shop; of data_quality, the lines and pounds that do not depend on
copies and wrong dates."""

ENGINE = {"backend": "duckdb", "database": ":memory:", "threads": 1}
"""So few lines are counted fastest by one thread."""

LOOKED_AT = ("data_quality", "implausible_dates", "data_doubts")

Tables = dict[str, pd.DataFrame]


def run_rooms(path: str, changes: dict[str, Any]) -> Tables:
    """Run all rooms up to the segments, node by node as they are wired, with all tables in the engine's memory."""
    checked = check_parameters(settings_with(changes))
    extract = RetailExtractDataset(path, connection=ENGINE)
    made: dict[str, Any] = {"extract": extract.load()}
    rooms = sum(import_room(room, "pipeline").create_pipeline() for room in UP_TO_RFM[1].split(","))
    for node in rooms.to_outputs(*COMPARED, *LOOKED_AT).nodes:
        given = {name: getattr(checked, name[7:]) if name.startswith("params:") else made[name] for name in node.inputs}
        for name, table in node.run(given).items():
            is_lazy = isinstance(table, ir.Table)
            made[name] = extract.connection.create_table(name, table, overwrite=True) if is_lazy else table
    tables = {name: made[name] for name in (*COMPARED, *LOOKED_AT)}
    return {name: table.to_pandas() if isinstance(table, ir.Table) else table for name, table in tables.items()}


@cache
def plain_tables(seed: int, closed: str) -> Tables:
    """What comes of the plain shop."""
    with TemporaryDirectory() as folder:
        delivery = deliver(Habits(seed=seed, closed=closed), Path(folder) / "plain")
        return run_rooms(delivery.path, delivery.settings)


def expect_the_plain_tables(found: Tables, habits: Habits, delivery: Delivery) -> None:
    """Compare the tables, with the numbers and customers of the plain shop in the place of those of the habits."""
    expected = plain_tables(habits.seed, habits.closed)
    for name in COMPARED:
        undone = in_plain_terms(found[name], delivery)
        plain = in_plain_terms(expected[name], None)
        pd.testing.assert_frame_equal(undone, plain, rtol=1e-12, atol=0, obj=name)
    expect_the_account(found, expected, delivery)
    expect_wrong_dates_to_be_named(found, delivery)


def in_plain_terms(table: pd.DataFrame, delivery: Delivery | None) -> pd.DataFrame:
    """The table in the order of the plain shop's keys, its exact amounts as floats."""
    table = table.copy()
    if delivery and "invoice_no" in table:
        named = table.customer_id.astype(object).where(table.customer_id.notna(), None)
        keys = zip(table.invoice_no, table.invoice_date, named, strict=True)
        table["invoice_no"] = pd.Series([delivery.plain_numbers.get(key, f"{key}") for key in keys], dtype="str")
    if delivery and "customer_id" in table:
        table["customer_id"] = table.customer_id.map(lambda read: delivery.plain_customers.get(read, f"unknown {read}"),
                                                     na_action="ignore").astype("str")  # fmt: skip
    if "amount" in table:
        table["amount"] = table.amount.astype(float)
    keys = [key for key in ("invoice_no", "customer_id") if key in table]
    return table.sort_values(keys, ignore_index=True) if keys else table


def expect_the_account(found: Tables, expected: Tables, delivery: Delivery) -> None:
    account, plain = (tables["data_quality"].set_index("rule") for tables in (found, expected))
    of_copies_and_dates = ["repeated_invoice", "superseded", "implausible_date", "total"]
    compared = [account.drop(of_copies_and_dates), plain.drop(of_copies_and_dates)]
    pd.testing.assert_frame_equal(*(table[["lines", "amount"]] for table in compared), rtol=1e-12, obj="data_quality")
    delivered, added = delivery.lines, len(delivery.added)
    assert account.lines["total"] == delivered
    assert account.lines["implausible_date"] == added
    assert account.lines[["repeated_invoice", "superseded"]].sum() == delivered - added - plain.lines["total"]


def expect_wrong_dates_to_be_named(found: Tables, delivery: Delivery) -> None:
    days = delivery.added.invoice_date.dt.normalize()
    assert found["implausible_dates"].day.tolist() == sorted(set(days))
    assert (found["data_doubts"].doubt == "date").sum() == (1 if len(days) else 0)


SETTING = re.compile(r"\b(ingestion|cleaning)\.\w+|header_spellings|export (it|them) again")
"""What a refusal names: a setting, or what to do."""


def outcome_of(habits: Habits) -> str:
    """``tables``, if those are of the plain shop; else why the run stopped, which is a line that says what to do."""
    with TemporaryDirectory() as folder:
        delivery = deliver(habits, Path(folder) / "shop")
        try:
            found = run_rooms(delivery.path, delivery.settings)
        except (InputError, ExtractError) as error:
            expect_a_line_that_helps(str(error))
            return ", ".join(sorted({match[0] for match in SETTING.finditer(str(error))}))
        assert not habits.contradict_the_settings, "expected to stop"
        expect_the_plain_tables(found, habits, delivery)
        return "tables"


def expect_a_line_that_helps(message: str) -> None:
    assert "\n" not in message
    assert SETTING.search(message), message


def any_habits(**fixed: Any) -> st.SearchStrategy[Habits]:
    """A way from each group, but for those that are fixed."""
    groups = {name: ways for name, ways in Habits.choices().items() if name not in fixed}
    return st.builds(
        Habits,
        **{name: st.sampled_from(ways) for name, ways in groups.items()},
        **{name: st.just(way) for name, way in fixed.items()},
    )


@pytest.mark.parametrize("closed", Habits.choices()["closed"])
def test_the_plain_shop_is_counted_right_and_all_its_months_are_whole(closed):
    tables, lines = plain_tables(1, closed), plain_shop(1, closed)
    counted = lines[(lines.unit_price > 0) & ~lines.stock_code.str.startswith("TEST")]
    amounts = counted.quantity * counted.unit_price.astype(float)
    orders = counted[~counted.is_refund]
    assert len(tables["invoices"]) == counted.sale.nunique()
    assert tables["monthly_metrics"].sales.sum() == pytest.approx(amounts.round(3).sum())
    assert tables["monthly_metrics"].placed_orders.sum() == orders.sale.nunique()
    assert tables["rfm"].frequency.sum() == orders[orders.customer_id.notna()].sale.nunique()
    assert len(tables["monthly_metrics"]) == 15
    assert not tables["monthly_metrics"].is_partial.any()


@settings(max_examples=10, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(habits=any_habits(seed=1))
def test_any_combination_of_habits_gives_the_plain_tables_or_stops_in_one_line(habits):
    outcome_of(habits)


THROUGHOUT = [
    Habits(wrong_dates="both", numbering="two_shops", refunds="type", customers="zeros", guests="guest",
           named_on="first_line", delivery="overlapping", numbers="euro", dates="dmy_short", form="semicolon"),
    Habits(closed="saturdays", numbering="restarts_daily", refunds="sign", customers="decimals", guests="NULL",
           order="newest_first", delivery="sheets", dates="serial_1904", form="xlsx", title="title"),
]  # fmt: skip
"""Combinations with a habit from nearly every group."""


@pytest.mark.parametrize("habits", THROUGHOUT, ids=["files", "workbook"])
def test_the_command_gives_the_plain_tables_too(habits, project, tmp_path):
    delivery = deliver(habits, tmp_path / "shop")
    changes = [f"{name}={value}" for name, value in delivery.settings.items()]
    project.succeed(*UP_TO_RFM, "--params", ",".join([f"extract={delivery.path}", *changes]))
    found = {name: as_in_memory(project, name) for name in (*COMPARED, *LOOKED_AT)}
    expect_the_plain_tables(found, habits, delivery)


def as_in_memory(project: Project, name: str) -> pd.DataFrame:
    """A table of the run with the types that it has in memory, which a CSV file does not keep."""
    if name == "invoices":
        return project.lines(name)
    kept = plain_tables(1, "never")[name]
    table = project.table(name, dtype={"customer_id": "str", "rfm_score": "str"})
    return table.astype({column: kind for column, kind in kept.dtypes.items() if str(kind) != "str"})


@pytest.mark.proof
def test_many_combinations_of_habits_give_the_plain_tables_or_stop_in_one_line(caplog):
    # Else the warnings of all runs would stand beside the figures.
    caplog.set_level(logging.CRITICAL)
    outcomes: Counter[str] = Counter()

    @settings(max_examples=200, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(habits=any_habits())
    def tried(habits: Habits) -> None:
        outcomes[outcome_of(habits)] += 1

    tried()
    number = outcomes.total()
    stops = {why: count for why, count in outcomes.most_common() if why != "tables"}
    print(f"{number} combinations: {outcomes['tables']} gave the plain shop's tables, the others stopped: {stops}")
    assert outcomes["tables"] > 0.6 * number
