"""A run killed at any moment leaves what was there; test_refusals kills a few at chosen ones."""

import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.project import UP_TO_RFM, Project

KILLS = 80

HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
LINE = "{},85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"


def visible(project: Project) -> dict[str, bytes]:
    """What somebody sees who loads outputs: no hidden files, the latest versions."""
    return {path: content for path, content in project.outputs().items() if "/." not in f"/{path}"}


def kill_after(project: Project, seconds: float, *arguments: str) -> None:
    with subprocess.Popen(
        project.command(*arguments), cwd=project.folder, env=project.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)


def state_of(seen: dict[str, bytes], before: dict[str, bytes], after: dict[str, bytes]) -> str:
    if seen in (before, after):
        return "as before" if seen == before else "as after"
    assert seen.keys() == before.keys()
    assert all(content in (before[path], after[path]) for path, content in seen.items())
    return "files of both runs, each whole"


@pytest.mark.proof
def test_killed_at_any_of_many_moments_a_run_leaves_outputs_of_one_run(tmp_path: Path):
    first = Project.make(tmp_path / "first")
    first.succeed(*UP_TO_RFM)
    before = visible(first)
    extract = tmp_path / "small.csv"
    extract.write_text(HEADER + "".join(LINE.format(invoice) for invoice in range(500001, 500031)))
    arguments = (*UP_TO_RFM, "--params", f"extract={extract}")
    second = first.copy(tmp_path / "second")
    started = time.monotonic()
    second.succeed(*arguments)
    duration = time.monotonic() - started
    after = visible(second)
    assert after.keys() == before.keys()
    states: Counter[str] = Counter()
    for seconds in np.linspace(0.02, 1.02, KILLS) * duration:
        project = first.copy(tmp_path / "killed")
        kill_after(project, seconds, *arguments)
        states[state_of(visible(project), before, after)] += 1
        if seconds > 0.9 * duration:
            project.succeed(*UP_TO_RFM)
            assert visible(project) == before
        shutil.rmtree(project.folder)
    print(f"{KILLS} kills within the {duration:.1f} s of a run: {dict(states)}")
    assert states["as before"] > 0.8 * KILLS
    # They can only be left beside each other in the milliseconds in which they are moved to their places.
    assert states["files of both runs, each whole"] <= 0.05 * KILLS
