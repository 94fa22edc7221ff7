"""What an order is and what a cancellation, in the extracts of other shops: from the file to the figures."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.project import UP_TO_RFM, Project
from tests.end_to_end.test_refusals import HEADER

# Each case is a run of its own.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def run_on(cases: Path, made_once: Callable) -> Callable[..., Project]:
    """A run on a case, up to the scores, with settings; look, do not touch."""

    def ran(case: str, *settings: str) -> Project:
        def run(folder: Path) -> None:
            parameters = ",".join([f"extract={cases / case}", *settings])
            (folder / "run.log").write_text(Project.make(folder).succeed(*UP_TO_RFM, "--params", parameters))

        name = re.sub(r"[^\w.-]+", "_", "_".join(["case", case, *settings]))
        return Project(made_once(name, run))

    return ran


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory) -> Project:
    """A project for runs of which nothing but the answer matters."""
    return Project.make(tmp_path_factory.mktemp("anywhere") / "project")


def log(project: Project) -> str:
    return (project.folder / "run.log").read_text()


def months(project: Project) -> pd.DataFrame:
    """The months in which anything was invoiced."""
    table = project.table("monthly_metrics").set_index("month")
    return table[table.invoices > 0]


def write(folder: Path, name: str, *lines: str) -> Path:
    """An extract of lines such as "1,MILK,2,2010-03-01 10:00:00,1.20,101"."""
    fields = (line.split(",") for line in lines)
    rows = (f"{no},{code},{code},{units},{date},{price},{who},France\n" for no, code, units, date, price, who in fields)
    (folder / name).write_text(HEADER + "".join(rows))
    return folder / name


def rewritten(path: Path, place: Path, column: str, spelling: Callable[[str], str]) -> Path:
    """The same extract with a column written in another way."""
    delivered = pd.read_csv(path, dtype=str, keep_default_na=False)
    delivered[column] = delivered[column].map(spelling)
    delivered.to_csv(place, index=False)
    return place


class TestNumbers:
    def test_that_begin_again_each_year_are_different_orders(self, run_on):
        run = run_on("01-numbers-restart/yearly.csv")
        assert months(run).sales.to_dict() == {"2010-03-01": 52.5, "2011-03-01": 52.5}
        assert months(run).placed_orders.tolist() == [3, 3]
        assert run.table("rfm").set_index("customer_id").frequency.to_dict() == {
            "101": 2, "102": 1, "103": 1, "104": 1, "105": 1,
        }  # fmt: skip

    def test_of_two_shops_are_different_orders(self, run_on):
        run = run_on("02-two-shops/shop_*.csv")
        assert months(run).sales.to_dict() == {"2011-05-01": 126}
        assert run.table("rfm").customer_id.tolist() == ["201", "202", "203", "301", "302", "303"]
        assert len(run.lines("invoices")) == 6

    def test_of_two_shops_in_the_same_minute_are_different_orders_by_their_customers(self, anywhere, tmp_path):
        write(tmp_path, "north.csv", "1,A,1,2011-05-01 09:30:00,3.00,201", "2,A,1,2011-05-02 09:30:00,3.00,202")
        write(tmp_path, "south.csv", "1,A,1,2011-05-01 09:30:00,3.00,301", "2,A,1,2011-05-02 09:30:00,3.00,302")
        anywhere.succeed(*UP_TO_RFM, extract=tmp_path / "*.csv")
        assert months(anywhere).sales.to_dict() == {"2011-05-01": 12}
        assert anywhere.table("rfm").frequency.tolist() == [1, 1, 1, 1]


class TestATill:
    def test_rows_for_each_unit_are_no_second_load(self, run_on):
        run = run_on("03-row-per-item/till.csv")
        assert months(run)[["placed_orders", "sales"]].to_numpy().tolist() == [[5, 29.1]]
        assert run.table("data_quality").set_index("rule").lines["repeated_invoice"] == 0

    def test_the_search_for_loads_can_be_switched_off_from_the_command_line(self, anywhere, tmp_path):
        receipt = [f"1,{code},2,2011-05-01 09:30:00,1.00,201" for code in ("MILK", "EGGS", "TEA")]
        extract = write(tmp_path, "till.csv", *receipt, *receipt)
        said = anywhere.succeed(*UP_TO_RFM, extract=extract)
        assert months(anywhere).sales.tolist() == [6]
        assert "3 lines (50.0%) with £6 (50.0% of the pounds)" in said
        assert "See cleaning.most_loads and cleaning.copies" in said
        anywhere.succeed(*UP_TO_RFM, "--params", f"extract={extract},cleaning.most_loads=1")
        assert months(anywhere).sales.tolist() == [12]


class TestCopies:
    def test_an_invoice_cut_by_the_end_of_a_file_stays_whole(self, run_on):
        run = run_on("25-invoice-cut-by-a-file/p*.csv")
        total = run.table("data_quality").set_index("rule").loc["transactions"]
        assert (total.lines, total.amount) == (560, 33939.814)
        assert run.table("monthly_metrics").placed_orders.sum() == 73
        assert run.lines("transactions").customer_id.nunique() == 20

    def test_a_month_that_was_corrected_is_refused_with_both_lines(self, cases, anywhere):
        assert anywhere.refuse(*UP_TO_RFM, extract=cases / "27-corrected-month" / "*.csv*") == (
            "month_04.csv data line 3 and month_04_corrected.csv data line 3: found 3 x £14.95 and 3 x £29.90 of stock "
            "code 20414A on invoice 489697 of 2024-03-01 10:06:00, expected copies of an invoice to have the same "
            "units and prices. 55 invoices differ between extracts: leave out the extract that is out of date, or set "
            "cleaning.copies to the copy that counts: first, last or fullest (all, if they are not copies)"
        )

    def test_unless_a_setting_says_which_counts(self, run_on):
        run = run_on("27-corrected-month/*.csv*", "cleaning.copies=last")
        assert round(months(run).sales.sum()) == 301_114
        excluded = run.lines("excluded_lines")
        assert set(excluded.extract[excluded.reason == "superseded"]) == {"month_04.csv"}
        assert "See cleaning.copies" in log(run)


class TestCancellations:
    REFUND = "07-refund-without-C/tiny.csv"

    def test_refunds_that_are_not_numbered_as_such_are_refused(self, cases, anywhere):
        said = anywhere.refuse(*UP_TO_RFM, extract=cases / self.REFUND)
        assert "found 1 of the 4 other invoices with a negative amount (such as RINV/1)" in said
        assert "see cleaning.cancellations" in said

    def test_by_their_sign_the_customer_who_returned_all_has_no_value_and_no_further_order(self, run_on):
        run = run_on(self.REFUND, "cleaning.cancellations.by=sign")
        assert months(run)[["placed_orders", "cancelled_orders", "sales"]].to_numpy().tolist() == [
            [2, 0, 40], [1, 1, -20],
        ]  # fmt: skip
        returned = run.table("rfm").set_index("customer_id").loc["701"]
        assert (returned.frequency, returned.monetary) == (1, 0)
        assert returned.segment == "Hibernating"

    def test_by_their_prefix_they_come_to_the_same(self, run_on, cases, anywhere):
        conf = anywhere.folder / "conf" / "local" / "parameters.yml"
        conf.write_text("cleaning: {cancellations: {prefixes: [RINV/]}}\n")
        anywhere.succeed(*UP_TO_RFM, extract=cases / self.REFUND)
        conf.unlink()
        pd.testing.assert_frame_equal(
            anywhere.table("rfm"), run_on(self.REFUND, "cleaning.cancellations.by=sign").table("rfm")
        )

    def test_by_a_column_of_types_they_do_too(self, run_on, cases, anywhere, tmp_path):
        lines = pd.read_csv(cases / self.REFUND, dtype=str)
        lines["Type"] = ["invoice", "invoice", "invoice", "Credit Note"]
        lines.to_csv(tmp_path / "typed.csv", index=False)
        anywhere.succeed(*UP_TO_RFM, "--params", f"extract={tmp_path / 'typed.csv'},cleaning.cancellations.by=type")
        pd.testing.assert_frame_equal(
            anywhere.table("rfm"), run_on(self.REFUND, "cleaning.cancellations.by=sign").table("rfm")
        )

    def test_orders_whose_numbers_begin_with_ch_are_orders(self, run_on):
        run = run_on("08-number-begins-with-C/all_ch.csv.gz")
        assert months(run).placed_orders.sum() == 1254
        assert months(run).cancelled_orders.sum() == 0
        assert months(run).sales.sum() == pytest.approx(140_778, abs=0.5)

    def test_orders_whose_numbers_are_c_and_digits_are_refused(self, cases, anywhere, tmp_path):
        extract = rewritten(
            cases / "08-number-begins-with-C" / "all_ch.csv.gz", tmp_path / "shop.csv", "Invoice",
            lambda number: number.replace("CH", "C"),
        )  # fmt: skip
        said = anywhere.refuse(*UP_TO_RFM, extract=extract)
        assert "found 1,254 of 1,254 with a positive amount, expected cancellations to be negative" in said
        assert "see cleaning.cancellations" in said
        anywhere.succeed(*UP_TO_RFM, "--params", f"extract={extract},cleaning.cancellations.by=sign")
        assert anywhere.table("monthly_metrics").placed_orders.sum() == 1254


class TestImplausibleDates:
    def test_an_invoice_in_the_wrong_year_is_named_and_left_out(self, run_on):
        run = run_on("09-year-typo/2021.csv.gz")
        assert "invoice 500633, dated 20 November 2021, which is far from all others. See cleaning.dates" in log(run)
        excluded = run.lines("excluded_lines")
        assert set(zip(excluded.invoice_no, excluded.reason, strict=True)) == {("500633", "implausible_date")}
        assert run.table("monthly_metrics").month.max() < "2012"
        assert months(run).placed_orders.sum() == 1253

    def test_no_headline_compares_with_years_without_data(self, run_on):
        run = run_on("09-year-typo/2021.csv.gz")
        chapter = max(run.folder.glob("data/08_reporting/chapters/monthly_metrics.json/*/*.json")).read_text()
        assert "2021" not in chapter
        assert "were £0 " not in chapter

    def test_a_line_in_the_future_is_named_and_left_out(self, run_on):
        run = run_on("26-one-future-date/csv_dates_one_future.csv")
        assert "1 line has an implausible date and is left out. The first is line 51" in log(run)
        assert "dated 5 January 2071, which is later than the day of the run" in log(run)
        quality = run.table("data_quality").set_index("rule")
        assert quality.lines[["transactions", "implausible_date"]].tolist() == [559, 1]
        assert quality.amount["transactions"] == 33938.964

    @pytest.mark.parametrize(
        ("date", "is_left_out"), [("1999-01-05", True), ("2010-01-05", True), ("2010-11-05", False)]
    )
    def test_its_neighbours_lie_before_the_others(self, cases, anywhere, tmp_path, date, is_left_out):
        extract = rewritten(
            cases / "26-one-future-date" / "csv_dates_one_future.csv", tmp_path / "shop.csv", "InvoiceDate",
            lambda written: written.replace("2071-01-05", date),
        )  # fmt: skip
        anywhere.succeed(*UP_TO_RFM, extract=extract)
        found = anywhere.table("data_quality").set_index("rule").lines["implausible_date"]
        assert found == (1 if is_left_out else 0)

    def test_the_day_of_the_run_can_be_set_from_the_command_line(self, cases, anywhere):
        extract = cases / "26-one-future-date" / "csv_dates_one_future.csv"
        anywhere.succeed(*UP_TO_RFM, "--params", f"extract={extract},cleaning.dates.run_day=2011-02-28")
        days = anywhere.table("implausible_dates")
        assert days.day.min() == "2011-03-01"
        assert set(days.problem) == {"future"}


@pytest.fixture(scope="module")
def shops(cases: Path, made_once: Callable) -> list[Project]:
    """Two whole runs on the same shop: the customer on the first line of an invoice, and on every line."""

    def run(name: str) -> Project:
        def make(folder: Path) -> None:
            project = Project.make(folder)
            # Under one name, so that what names the extract is the same as well.
            (folder / "shop.csv.gz").symlink_to(cases / "16-first-line-only" / f"{name}.csv.gz")
            parameters = "extract=shop.csv.gz,cleaning.dates.run_day=2011-12-31"
            (folder / "run.log").write_text(project.succeed("--params", parameters))

        return Project(made_once(f"case_16_{name}", make))

    return [run("customer_first_line"), run("every_line")]


class TestOneCustomerForAnInvoice:
    """The customer stands on each line of an invoice, or on the first only: the same shop."""

    def test_the_tables_of_all_rooms_are_the_same(self, shops):
        first_line, every_line = (
            {path: content for path, content in shop.outputs().items() if not path.startswith("02_")} for shop in shops
        )
        assert len(first_line) > 60
        assert any("product_recommendations" in path for path in first_line)
        assert first_line.keys() == every_line.keys()
        assert [path for path, content in first_line.items() if content != every_line[path]] == []

    def test_the_day_of_the_run_is_among_the_settings_of_the_report(self, shops):
        report = next(shops[0].folder.glob("data/08_reporting/report.html/*/report.html")).read_text()
        assert re.search(r"cleaning\.dates\.run_day<.{0,60}>2011-12-31<", report)

    def test_with_its_value_where_it_is_today(self, sample_run):
        report = next(sample_run.folder.glob("data/08_reporting/report.html/*/report.html")).read_text()
        assert re.search(r"cleaning\.dates\.run_day<.{0,60}>20\d\d-\d\d-\d\d<", report)


def test_several_currencies_are_refused_in_one_line(cases, anywhere):
    assert anywhere.refuse(*UP_TO_RFM, extract=cases / "18-currencies" / "orders.csv.gz") == (
        "orders.csv.gz: found the currencies EUR (149 lines), GBP (1,435 lines), JPY (93 lines), expected one; export "
        "the lines of one currency, or all in the same"
    )
