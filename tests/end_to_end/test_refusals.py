"""What a user can get wrong is answered in one line; what earlier runs made stays as it was."""

import gzip
import os
import signal
import subprocess
import time

import pandas as pd
import pytest

from tests.end_to_end.project import SAMPLE

# Each case is a run of its own.
pytestmark = pytest.mark.slow

HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
LINE = "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"


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
def test_a_bad_extract_is_refused_and_earlier_outputs_stay(sample_run, name, content, complaint):
    path = sample_run.folder / name
    if content is not None:
        _write(sample_run.folder, name, content)
    before = sample_run.snapshot()
    said = sample_run.refuse(extract=path)
    assert name in said
    assert complaint in said
    assert sample_run.snapshot() == before


def test_a_workbook_without_a_data_sheet_is_refused(sample_run):
    path = sample_run.folder / "notes.xlsx"
    pd.DataFrame({"Remark": ["see the other file"]}).to_excel(path, engine="xlsxwriter", index=False)
    assert "notes.xlsx" in sample_run.refuse(extract=path)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--params", "rfm.populaton=all"], "rfm.populaton is unknown; did you mean rfm.population?"),
        (["--params", "extrat=retail.csv"], "extrat is unknown; did you mean extract?"),
        (["--params", "rfm.recency.methd=rank"], "did you mean rfm.recency.method?"),
        (["--params", "rfm.population=everyone"], "found 'everyone'"),
        (["--env", "pco"], "conf/pco"),
        (["--pipelines", "rmf"], "Failed to find the pipeline named 'rmf'"),
        (["--nodes", "score_customer"], "score_customer"),
        (["--env", "poc"], "rfm.reference_moment: found 2012-01-01 00:00:00"),
    ],
)
def test_a_wrong_setting_or_name_is_answered_in_one_line(sample_run, arguments, complaint):
    before = sample_run.snapshot()
    assert complaint in sample_run.refuse(*arguments)
    assert sample_run.snapshot() == before


def test_a_run_that_fails_late_takes_its_versions_back(sample_run, project):
    project.succeed()
    before = {path for path in project.snapshot() if path.endswith((".csv", "rfm.parquet"))}
    # A base in which nobody is a customer fails nowhere; a frozen folder does.
    blocked = project.folder / "data" / "08_reporting" / "segment_migration.csv"
    for version in blocked.iterdir():
        for file in version.iterdir():
            file.unlink()
        version.rmdir()
    blocked.rmdir()
    blocked.write_text("in the way")
    assert project.run().returncode == 1
    after = {path for path in project.snapshot() if path.endswith((".csv", "rfm.parquet"))}
    assert {path for path in after if "Z/" in path} == {
        path for path in before if "segment_migration" not in path
    }


@pytest.mark.parametrize("seconds", [1.6, 2.0, 2.3, 2.6, 2.9, 3.2])
def test_a_killed_run_leaves_nothing_half_written(sample_run, project, seconds):
    process = subprocess.Popen(
        project.command(), cwd=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    whole = sample_run.outputs()
    for path, content in project.outputs().items():
        if path.endswith(".csv") or "/rfm" in path:
            assert content == whole[path]
    project.succeed()
    assert project.outputs() == whole
