"""Wall time and peak memory of a command, as its users would feel them."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.building import PROJECT


@dataclass(frozen=True)
class Cost:
    """What one command cost."""

    seconds: float
    megabytes: float


def cost_of(*command: str, folder: Path = PROJECT, repeats: int = 3, variables: dict[str, str] | None = None) -> Cost:
    """The best wall time of some runs of a command, each in a fresh process, and the largest memory."""
    runs = [_run(command, folder, variables or {}) for _ in range(repeats)]
    return Cost(min(run.seconds for run in runs), max(run.megabytes for run in runs))


def _run(command: tuple[str, ...], folder: Path, variables: dict[str, str]) -> Cost:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= variables
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None  # it is a pipe
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed:\n{output}")
    return Cost(time.perf_counter() - started, usage.ru_maxrss / 1024)
