"""The default run on the sample extract, held against what the generator knows to be true of it."""

import dataclasses
import hashlib

import pandas as pd
import pytest

from lgs_pipeline.pipeline_registry import ROOMS
from lgs_pipeline.sample import SampleSettings, generate, write
from tests.end_to_end.project import UP_TO_RFM, Project


@pytest.fixture(scope="module")
def truth():
    truth = generate().truth
    return dataclasses.replace(truth, customers=truth.customers.astype({"customer_id": "str"}))


def test_every_repeated_line_is_excluded_and_no_other(sample_run, truth):
    excluded = sample_run.lines("excluded_lines")
    repeated = excluded[excluded.reason == "repeated_invoice"]
    assert len(repeated) == truth.surplus_lines
    assert set(repeated.invoice_no) == set(truth.repeated_invoices)


def test_lines_and_pounds_reconcile_with_the_extract(sample_run, truth):
    quality = sample_run.table("data_quality").set_index("rule")
    assert quality.lines["total"] == truth.lines
    assert quality.amount["total"] == float(truth.amount)
    assert quality.amount["repeated_invoice"] == float(truth.surplus_amount)


def test_every_customer_who_bought_is_scored_with_the_orders_they_made(sample_run, truth):
    rfm = sample_run.table("rfm").set_index("customer_id")
    made = truth.customers.set_index("customer_id").orders
    assert rfm.frequency.to_dict() == made[made > 0].to_dict()


def test_customers_who_lapsed_have_lower_recency_scores(sample_run, truth):
    rfm = sample_run.table("rfm").merge(truth.customers, on="customer_id")
    assert rfm[rfm.alive_at_end].r_score.mean() > rfm[~rfm.alive_at_end].r_score.mean() + 1


def test_sales_by_month_cohort_and_invoice_agree(sample_run):
    months = sample_run.table("monthly_metrics")
    transactions, invoices = sample_run.lines("transactions"), sample_run.lines("invoices")
    assert months.sales.sum() == pytest.approx(float(transactions.amount.sum()))
    assert transactions.amount.sum() == invoices.amount.sum()
    cohorts = sample_run.table("cohort_retention")
    active = cohorts.assign(month=pd.to_datetime(cohorts.cohort)).groupby("month").customers.first()
    assert active.tolist() == months.new_customers[months.new_customers > 0].tolist()


def test_the_last_month_is_partial_and_no_other(sample_run):
    partial = sample_run.table("monthly_metrics").is_partial
    assert partial.tolist() == [False] * (len(partial) - 1) + [True]


def test_the_run_tells_its_story(sample_run):
    story = (sample_run.folder / "run.log").read_text()
    assert "retail (81,439 rows)" in story
    assert "Lines: 81,439 read" in story
    assert "1,394 repeated_invoice" in story
    assert "Months: 25, December 2023 to December 2025 (partial)" in story
    assert "Customers: 794 in 10 segments" in story
    assert "Outputs: data, version 20" in story
    told = [line for line in story.splitlines() if " INFO " not in line]
    assert all(" WARNING repeated_invoice: Left out: 1,394 lines" in line for line in told)
    assert "See cleaning.most_loads and cleaning.copies" in told[0]


@pytest.mark.slow
def test_two_runs_give_byte_identical_files_also_with_another_number_of_threads(sample_run, project, monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED"):
        monkeypatch.setenv(name, "3")
    project.succeed()
    first, second = (_digests(run) for run in (sample_run, project))
    assert first == second


@pytest.mark.slow
def test_shuffled_lines_give_the_same_tables(sample_run, project):
    extract = generate()
    lines = extract.lines.sample(frac=1, random_state=1)
    shuffled = project.folder / "shuffled.csv"
    lines.drop(columns="export").to_csv(shuffled, index=False)
    # The pictures are those of the same tables.
    project.succeed("--pipelines", ",".join(ROOMS), extract=shuffled)
    made, others = project.figures(), sample_run.figures()
    assert len(made) >= 30
    assert made == {path: others[path] for path in made}


def _digests(project: Project) -> dict[str, str]:
    return {path: hashlib.sha256(content).hexdigest() for path, content in project.outputs().items()}


@pytest.fixture(scope="module")
def small_extract():
    return generate(SampleSettings(customers=80, seed=7))


def _reports_of(extract, target: str, tmp_path_factory) -> dict[str, bytes]:
    project = Project.make(tmp_path_factory.mktemp("format") / "project")
    write(extract, f"{project.folder}/{target}")
    files = project.folder / (f"{target}*.parquet" if target.endswith("/") else target)
    project.succeed(*UP_TO_RFM, extract=files)
    return project.figures()


@pytest.fixture(scope="module")
def dump_reports(small_extract, tmp_path_factory):
    return _reports_of(small_extract, "retail.sql", tmp_path_factory)


@pytest.fixture(scope="module")
def parquet_reports(small_extract, tmp_path_factory):
    return _reports_of(small_extract, "yearly/", tmp_path_factory)


@pytest.mark.slow
class TestFormats:
    """The same lines in each format give the same metrics and segments."""

    def test_without_provenance_a_csv_file_is_like_a_dump(self, small_extract, dump_reports, project):
        file = project.folder / "retail.csv"
        small_extract.lines.drop(columns="export").to_csv(file, index=False)
        project.succeed(*UP_TO_RFM, extract=file)
        assert project.figures() == dump_reports

    def test_with_provenance_a_workbook_is_like_yearly_files(self, small_extract, parquet_reports, project):
        file = project.folder / "retail.xlsx"
        with pd.ExcelWriter(file, engine="xlsxwriter") as workbook:
            for export, lines in small_extract.lines.groupby("export"):
                typed = lines.drop(columns="export").astype({"unit_price": float})
                typed.to_excel(workbook, sheet_name=f"Year {export}", index=False)
        project.succeed(*UP_TO_RFM, extract=file)
        assert project.figures() == parquet_reports

    def test_with_and_without_provenance_agree_where_no_invoice_honestly_repeats_all_its_lines(
        self, dump_reports, parquet_reports
    ):
        assert dump_reports == parquet_reports
