"""What a change touches: a new room two lines beside its own files, a new column its node and its schema."""

import difflib
import shutil
import subprocess
import sys
from pathlib import Path

import fastexcel
import pytest

from tests.building import PROJECT
from tests.end_to_end.project import Project

pytestmark = pytest.mark.slow

ROOM = {
    "src/lgs_pipeline/pipelines/weekdays/__init__.py": "",
    "src/lgs_pipeline/pipelines/weekdays/settings.py": '''
from lgs_pipeline.typed_settings import Settings


class WeekdaysSettings(Settings):
    """Whether the weekend is looked at, too."""

    with_weekend: bool
''',
    "src/lgs_pipeline/pipelines/weekdays/schemas.py": '''
from lgs_pipeline.tables import Table, count, text


class WeekdayOrders(Table):
    """A row per weekday."""

    weekday: str = text("Day of the week", "name of the day", unique=True)
    orders: int = count("Orders on it", "orders placed on such a day")
''',
    "src/lgs_pipeline/pipelines/weekdays/nodes.py": '''
import ibis.expr.types as ir
import pandas as pd

from lgs_pipeline.calendar import WEEKDAYS
from lgs_pipeline.pipelines.weekdays.settings import WeekdaysSettings


def count_weekdays(invoices: ir.Table, settings: WeekdaysSettings) -> pd.DataFrame:
    """How many orders there are on each weekday."""
    orders = invoices.filter(~invoices.is_cancellation)
    days = orders.invoice_date.day_of_week.index().execute().value_counts()
    shown = WEEKDAYS if settings.with_weekend else WEEKDAYS[:5]
    return pd.DataFrame({"weekday": shown, "orders": [int(days.get(day, 0)) for day in range(len(shown))]})
''',
    "src/lgs_pipeline/pipelines/weekdays/charts.py": '''
import pandas as pd

from lgs_pipeline import theme
from lgs_pipeline.pipelines.weekdays.schemas import WeekdayOrders
from lgs_pipeline.tables import heading


@theme.chart("Orders by weekday")
def draw_weekday_orders(weekday_orders: pd.DataFrame) -> theme.Figure:
    """Orders of each weekday."""
    figure, axes = theme.new_chart("Some weekdays have more orders")
    axes.bar(weekday_orders.weekday.str[:3], weekday_orders.orders, color=theme.BLUE)
    axes.set_ylabel(heading(WeekdayOrders, "orders"))
    return figure
''',
    "src/lgs_pipeline/pipelines/weekdays/chapter.py": '''
import pandas as pd

from lgs_pipeline.chapters import Chapter, Finding, Section, Sheet, rows_of
from lgs_pipeline.pipelines.weekdays.schemas import WeekdayOrders
from lgs_pipeline.tables import columns_of


def tell_weekdays(weekday_orders: pd.DataFrame) -> Chapter:
    """On which days people order."""
    columns = columns_of(WeekdayOrders)
    return Chapter(
        findings=[Finding(topic="weekdays", section="weekdays", figure="7", sentence="A week has seven days.")],
        sections=[
            Section(
                anchor="weekdays",
                question="On which days do people order?",
                drawings=["weekday_orders"],
                tables=[rows_of("Every weekday in numbers", weekday_orders, columns)],
            )
        ],
        sheets=[Sheet(name="Weekdays", dataset="weekday_orders", columns=columns)],
        log=f"Weekdays: {len(weekday_orders)}",
    )
''',
    "src/lgs_pipeline/pipelines/weekdays/pipeline.py": '''
from kedro.pipeline import Pipeline

from lgs_pipeline.pipelines.weekdays import chapter, charts, nodes
from lgs_pipeline.wiring import draw_charts, make_room, step, tell


def create_pipeline() -> Pipeline:
    """From invoices to orders by weekday."""
    return make_room(
        "weekdays",
        step(nodes.count_weekdays, ["invoices", "params:weekdays"], "weekday_orders"),
        tell("weekdays", chapter.tell_weekdays, "weekday_orders"),
    )


def create_charts() -> Pipeline:
    """The chart of weekdays."""
    return draw_charts("weekdays", {charts.draw_weekday_orders: "weekday_orders"})
''',
    "conf/base/weekdays/parameters.yml": "weekdays: {with_weekend: true}\n",
    "conf/base/weekdays/catalog.yml": """
weekday_orders:
  type: pandas.CSVDataset
  filepath: ${globals:data_root}/08_reporting/weekday_orders.csv
  versioned: true
  save_args: ${_csv_save_args}
  validator: {class: lgs_pipeline.pipelines.weekdays.schemas.WeekdayOrders, "on": [save]}
  metadata: ${_table_preview}
""",
}


class Checkout:
    """The project with what the sample run made, and its code, to be changed."""

    def __init__(self, sample_run: Project, folder: Path) -> None:
        copied = sample_run.copy(folder)
        shutil.copytree(PROJECT / "src" / "lgs_pipeline", folder / "src" / "lgs_pipeline")
        self.project = Project(folder, {**copied.variables, "PYTHONPATH": str(folder / "src")})

    def change(self, file: str, before: str, after: str) -> None:
        """Put a line in after another one."""
        path = self.project.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{before!r} is not once in {file}"
        path.write_text(text.replace(before, f"{before}\n{after}"), encoding="utf-8")

    def changed(self) -> dict[str, int]:
        """The files of the project that differ, with how many lines were added or removed in each."""
        found = {}
        for folder in ("src/lgs_pipeline", "conf/base"):
            for path in sorted((self.project.folder / folder).rglob("*")):
                file = path.relative_to(self.project.folder)
                if path.suffix in (".py", ".yml", ".html") and (PROJECT / file).exists():
                    lines = (p.read_text(encoding="utf-8").splitlines() for p in (PROJECT / file, path))
                    differing = [line for line in difflib.ndiff(*lines) if line[0] in "+-"]
                    if differing:
                        found[str(file)] = len(differing)
        return found

    def sheet(self, name: str):
        content = self.project.outputs()["08_reporting/workbook.xlsx/workbook.xlsx"]
        return fastexcel.read_excel(content).load_sheet(name).to_pandas()

    def dictionary(self) -> str:
        code = "from lgs_pipeline.data_dictionary import base_catalog, render; print(render(base_catalog()))"
        return subprocess.run(
            [sys.executable, "-c", code], cwd=self.project.folder, env=self.project.environment, text=True,
            check=True, stdout=subprocess.PIPE,
        ).stdout  # fmt: skip


@pytest.fixture
def checkout(sample_run: Project, tmp_path: Path) -> Checkout:
    return Checkout(sample_run, tmp_path / "project")


def test_a_room_appears_everywhere_by_its_own_files_and_two_lines(checkout):
    for file, content in ROOM.items():
        path = checkout.project.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.lstrip("\n"), encoding="utf-8")
    checkout.change("src/lgs_pipeline/pipeline_registry.py", '    "monthly_metrics",', '    "weekdays",')
    checkout.change("conf/base/reporting/parameters.yml", "    - monthly_metrics", "    - weekdays")
    assert checkout.changed() == {
        "src/lgs_pipeline/pipeline_registry.py": 1,
        "conf/base/reporting/parameters.yml": 1,
    }

    log = checkout.project.succeed("--pipelines", "weekdays,reporting")

    report = checkout.project.outputs()["08_reporting/report.html/report.html"].decode()
    assert '<a href="#weekdays">On which days do people order?</a>' in report
    assert "A week has seven days." in report
    assert "Every weekday in numbers" in report
    assert 'alt="Orders by weekday: Some weekdays have more orders"' in report
    assert "weekdays.with_weekend" in report
    sheet = checkout.sheet("Weekdays").set_index("Day of the week")["Orders on it"]
    assert sheet.sum() == checkout.project.table("weekday_orders").orders.sum() > 1000
    assert "INFO    Weekdays: 7\n" in log
    assert "| `orders` | Orders on it | whole number | orders placed on such a day |" in checkout.dictionary()
    complaint = checkout.project.refuse("--params", "weekdays.with_weekends=false")
    assert complaint.endswith("weekdays.with_weekends is unknown; did you mean weekdays.with_weekend?")


def test_a_column_is_in_the_workbook_and_the_dictionary_by_its_node_and_its_schema(checkout):
    rfm = "src/lgs_pipeline/pipelines/rfm"
    node = '            "monetary_max": groups.monetary.max().reindex(names),'
    line = '    monetary_max: float = pounds("Monetary, highest", "highest monetary", nullable=True)'
    checkout.change(f"{rfm}/nodes.py", '            "sales": sales,', node)
    checkout.change(f"{rfm}/schemas.py", '    sales: float = pounds("Sales", "sum of monetary")', line)
    assert checkout.changed() == {f"{rfm}/nodes.py": 1, f"{rfm}/schemas.py": 1}

    checkout.project.succeed("--pipelines", "rfm,reporting", "--to-outputs", "workbook")

    segments = checkout.sheet("Segments").set_index("Segment")["Monetary, highest (£)"]
    assert segments.max() == checkout.project.table("rfm").monetary.max()
    assert "| `monetary_max` | Monetary, highest | number (£) | highest monetary |" in checkout.dictionary()
