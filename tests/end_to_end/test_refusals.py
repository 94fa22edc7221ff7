"""What a user can get wrong is answered in one line; what earlier runs made stays as it was."""

import fcntl
import gzip
import os
import signal
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.project import SAMPLE, UP_TO_RFM, Project

# Each case is a run of its own.
pytestmark = pytest.mark.slow

HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
LINE = "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"


@pytest.fixture(scope="module")
def ran(sample_run, tmp_path_factory):
    """A project of this module's own in which the default run has run on the sample extract."""
    return sample_run.copy(tmp_path_factory.mktemp("ran") / "project")


@pytest.fixture
def project(ran, tmp_path):
    """A copy of that for a single test."""
    return ran.copy(tmp_path / "project")


def _write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("missing.csv", None, "no such file"),
        ("empty.csv", "", "an empty file (0 bytes)"),
        ("header.csv", HEADER, "no data lines"),
        ("column.csv", HEADER.replace("Quantity,", "") + LINE.replace("12,", "", 1), "quantity"),
        ("double.csv", HEADER.replace("Country", "Country,Unit price") + LINE, "unit_price"),
        ("latin.csv", (HEADER + LINE.replace("GLASS", "CAF\u00c9")).encode("latin-1"), "line 2"),
        ("lines.txt", HEADER + LINE, "the suffix '.txt'"),
        ("cut.sql.gz", gzip.compress(gzip.decompress(SAMPLE.read_bytes())[:500_000])[:-9], "cut.sql.gz"),
        ("other.sql", "CREATE TABLE public.customers (id integer);\n", "customers"),
        ("broken.xlsx", b"PK nothing", "broken.xlsx"),
        ("broken.parquet", b"PAR1 nothing PAR1", "broken.parquet"),
        ("american.csv", HEADER + LINE.replace("2009-12-01 07:45:00", "12/1/2009 7:45"), "date_order"),
    ],
)  # fmt: skip
def test_a_bad_extract_is_refused_and_earlier_outputs_stay(ran, name, content, complaint):
    path = ran.folder / name
    if content is not None:
        _write(ran.folder, name, content)
    before = ran.snapshot()
    said = ran.refuse(extract=path)
    assert name in said
    assert complaint in said
    assert ran.snapshot() == before


def test_a_workbook_without_a_data_sheet_is_refused(ran):
    path = ran.folder / "notes.xlsx"
    pd.DataFrame({"Remark": ["see the other file"]}).to_excel(path, engine="xlsxwriter", index=False)
    assert "notes.xlsx" in ran.refuse(extract=path)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--params", "rfm.populaton=all"], "rfm.populaton is unknown; did you mean rfm.population?"),
        (["--params", "extrat=retail.csv"], "extrat is unknown; did you mean extract?"),
        (["--params", "rfm.recency.methd=rank"], "did you mean rfm.recency.method?"),
        (["--params", "rfm.population=everyone"], "found 'everyone'"),
        (["--params", "extract="], "extract: found None"),
        (["--env", "pco"], "conf/pco"),
        (["--pipelines", "rmf"], "Failed to find the pipeline named 'rmf'"),
        (["--nodes", "score_customer"], "score_customer"),
        (["--env", "poc"], "rfm.reference_moment: found 2012-01-01 00:00:00"),
    ],
)
def test_a_wrong_setting_or_name_is_answered_in_one_line(ran, arguments, complaint):
    before = ran.snapshot()
    assert complaint in ran.refuse(*arguments)
    assert ran.snapshot() == before


def test_a_run_that_begins_with_what_no_run_has_made_is_refused(tmp_path):
    assert Project.make(tmp_path / "project").refuse("--pipelines", "rfm") == (
        "moments: found no output of an earlier run, but this run needs it; run customers first, or the whole pipeline"
    )


def test_a_setting_that_would_change_nothing_is_refused(project):
    complaint = project.refuse("--pipelines", "rfm", "--params", "rfm.migration_months=6")
    assert complaint == (
        "Settings: rfm: the run begins with what customers made in an earlier run, which this setting would not "
        "change; add customers to --pipelines"
    )
    assert "Customers: " in project.succeed("--pipelines", "customers,rfm", "--params", "rfm.migration_months=6")


def test_a_run_that_fails_late_leaves_everything_as_it_was(project):
    # A folder where a table should go makes the last node fail, after all others have saved.
    before = project.snapshot()
    broken = project.folder / "conf" / "local" / "catalog.yml"
    broken.write_text("segment_migration: {type: json.JSONDataset, filepath: data/08_reporting/m.json}\n")
    assert project.run(*UP_TO_RFM, extract=_write(project.folder, "small.csv", SMALL)).returncode == 1
    assert project.snapshot() == before


SMALL = HEADER + "".join(LINE.replace("489434", str(invoice)) for invoice in range(500001, 500031))


def test_runs_stopped_at_any_moment_leave_what_was_there_and_stop_no_later_run(project):
    before = project.outputs()
    extract = _write(project.folder, "small.csv", SMALL)
    for table, how in (
        ("retail", signal.SIGKILL),
        ("invoices", signal.SIGKILL),
        ("monthly_metrics", signal.SIGKILL),
        ("monthly_metrics", signal.SIGTERM),
        ("monthly_metrics", signal.SIGINT),
        ("rfm_thresholds", signal.SIGKILL),
    ):
        assert _stop(project, extract, table, how), (table, how)
        visible = {path: content for path, content in project.outputs().items() if "/." not in f"/{path}"}
        assert visible == before, (table, how)
    project.succeed(*UP_TO_RFM)
    assert project.outputs() == before


def _stop(project: Project, extract: Path, table: str, how: signal.Signals) -> bool:
    """Stop a run as soon as it has saved a table; whether it was running until then and failed."""
    with subprocess.Popen(
        project.command(*UP_TO_RFM, "--params", f"extract={extract}"), cwd=project.folder, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        # The log says when a table has been saved.
        for line in process.stderr:
            if f"{table} (" in line:
                os.kill(process.pid, how)
                break
        else:
            return False
    return process.returncode != 0


def test_two_runs_at_the_same_time_are_refused(project):
    with (project.folder / "data" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "Another run is writing to" in project.refuse()


def test_another_runner_is_refused(project):
    finished = project.run("--runner", "ThreadRunner")
    assert finished.returncode == 1
    assert "Error: The engine shares one connection" in finished.stdout


def test_broken_settings_are_answered_in_one_line(project):
    (project.folder / "conf" / "local" / "parameters.yml").write_text("rfm: {population: [}\n")
    assert "parameters.yml" in project.refuse()
