"""What a month is and what an hour is: shops closed at the edge of their data, and one without times, run whole."""

import gzip
from pathlib import Path

import ibis
import pandas as pd
import pytest

from lgs_pipeline.pipelines.cleaning.nodes import count_orders_by_day, find_data_period
from lgs_pipeline.pipelines.monthly_metrics import nodes
from lgs_pipeline.pipelines.monthly_metrics.takeaways import sales_development
from tests.building import settings_of
from tests.end_to_end.project import Project

SATURDAYS = "17-closed-on-last-day/to_end_of_april.csv.gz"
MONTHS = ("--pipelines", "ingestion,cleaning,monthly_metrics")
UP_TO_CAMPAIGNS = (
    "--pipelines",
    "ingestion,cleaning,customers,rfm,clustering,segment_profiles,lifetime_value,recommendations,campaigns",
)


@pytest.fixture(scope="module")
def closed_on_saturdays(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("saturdays") / "project")


@pytest.fixture(scope="module")
def lines_without_saturdays(cases):
    with gzip.open(cases / SATURDAYS, "rt") as file:
        return file.readlines()


@pytest.fixture(scope="module")
def without_times(cases, tmp_path_factory):
    project = Project.make(tmp_path_factory.mktemp("without_times") / "project")
    project.succeed(*UP_TO_CAMPAIGNS, extract=cases / "10-date-spellings/date_only.csv")
    return project


@pytest.fixture(scope="module")
def months_of(real_run):
    engine = ibis.duckdb.connect()
    transactions, invoices = (
        engine.read_parquet(real_run.folder / "data" / "03_primary" / f"{name}.parquet")
        for name in ("transactions", "invoices")
    )
    settings = settings_of("base").monthly_metrics

    def measure(first: str = "2009-01-01", end: str = "2012-01-01") -> pd.DataFrame:
        """monthly_metrics of the lines from the first day up to the end."""
        lines, cut = (
            table.filter(table.invoice_date >= ibis.timestamp(first), table.invoice_date < ibis.timestamp(end))
            for table in (transactions, invoices)
        )
        orders_by_day = count_orders_by_day(cut)
        period = find_data_period(lines, orders_by_day, settings)
        cohorts = nodes.summarise_cohorts(cut, settings)
        return nodes.measure_months(nodes.summarise_months(cut), cohorts, orders_by_day, period, settings)

    return measure


class TestAShopWithoutSaturdays:
    """Its data ends on Thursday 28 April 2011: the 29th was a public holiday, the 30th a Saturday."""

    @staticmethod
    def partial_months(project: Project, extract: Path, *settings: str) -> list[str]:
        """The months of which days are missing."""
        project.succeed(*MONTHS, "--params", ",".join([f"extract={extract}", *settings]))
        found = project.table("monthly_metrics")
        return found.month[found.is_partial].tolist()

    def test_april_is_whole_and_in_the_headline(self, closed_on_saturdays, cases):
        # January is not: the data begins with the 12th.
        assert self.partial_months(closed_on_saturdays, cases / SATURDAYS) == ["2010-01-01"]
        findings = closed_on_saturdays.folder.glob("data/08_reporting/chapters/monthly_metrics.json/*/*.json")
        assert "in the 3 months to April 2011, 108% more than a year earlier" in max(findings).read_text()

    @pytest.mark.parametrize(
        ("cut", "settings", "partial"),
        [
            pytest.param("2011-04-28", (), True, id="a day on which it sells is missing"),
            pytest.param("2011-05-01", ("monthly_metrics.country=FR", "monthly_metrics.subdivision=null"), True,
                         id="in France the 29th was no holiday"),
            pytest.param("2011-05-01", ("monthly_metrics.country=null", "monthly_metrics.subdivision=null",
                                        "monthly_metrics.closed_days=[04-29]"), False, id="the 29th is set as closed"),
            pytest.param("2011-04-01", (), False, id="March ends on a day on which it sells"),
        ],
    )  # fmt: skip
    def test_its_neighbours(self, closed_on_saturdays, lines_without_saturdays, tmp_path, cut, settings, partial):
        header, *rows = lines_without_saturdays
        (tmp_path / "cut.csv").write_text(header + "".join(row for row in rows if row.split(",")[4] < cut))
        last = f"{pd.Timestamp(cut) - pd.Timedelta(days=1):%Y-%m}-01"
        found = self.partial_months(closed_on_saturdays, tmp_path / "cut.csv", *settings)
        assert (last in found) == partial


class TestAnExtractWithoutTimes:
    def test_nobody_has_a_usual_hour_but_everybody_a_weekday_and_a_season(self, without_times):
        targets = without_times.table("campaign_targets")
        assert len(targets) > 0
        assert targets.best_hour.isna().all()
        assert targets[["best_weekday", "season"]].notna().all(axis=None)

    def test_no_list_has_an_hour(self, without_times):
        lists = [pd.read_csv(file) for file in without_times.folder.glob("data/08_reporting/campaign_lists/*/*/*.csv")]
        assert sum(map(len, lists)) > 0
        assert all(contacts.best_hour.isna().all() for contacts in lists)

    def test_segments_have_no_hours(self, without_times):
        aspects = set(without_times.table("segment_profiles").aspect)
        assert "hour" not in aspects
        assert {"month", "season", "weekday"} <= aspects


class TestTheRealExtract:
    """Cut where it is whole, and where it is not."""

    @staticmethod
    def partial(months: pd.DataFrame) -> list[str]:
        return months.month[months.is_partial].dt.strftime("%Y-%m").tolist()

    def test_uncut_all_months_but_the_last_are_whole(self, months_of, real_run):
        months = months_of()
        assert self.partial(months) == ["2011-12"]
        assert sales_development(months) == (
            "Sales were £9.53m in the 12 months to November 2011, 2.3% more than in the 12 months before"
        )
        saved = real_run.table("monthly_metrics", parse_dates=["month"])
        pd.testing.assert_frame_equal(months, saved, check_dtype=False)

    def test_a_month_that_ends_on_a_holiday_and_a_saturday_is_whole(self, months_of):
        months = months_of(end="2011-05-01")
        assert self.partial(months) == []
        assert "in the 5 months to April 2011" in sales_development(months)

    def test_one_of_which_a_thursday_is_missing_is_not(self, months_of):
        assert self.partial(months_of(end="2011-04-28")) == ["2011-04"]

    def test_a_calendar_year_has_twelve_full_months(self, months_of):
        months = months_of("2010-01-01", "2011-01-01")
        assert self.partial(months) == []
        assert sales_development(months) == "Sales were £9.31m in the 12 full months to December 2010"

    def test_a_year_that_begins_a_working_day_late_has_eleven(self, months_of):
        assert self.partial(months_of("2010-01-05", "2011-01-01")) == ["2010-01"]
