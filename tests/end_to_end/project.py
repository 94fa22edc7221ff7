"""A project of its own for each test: our code and settings, somewhere else's data."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from tests.building import PROJECT

SAMPLE = PROJECT / "data" / "01_raw" / "retail_sample.sql.gz"

UP_TO_RFM = ("--pipelines", "ingestion,cleaning,customers,monthly_metrics,rfm")
"""What takes seconds: everything before models and pictures."""


@dataclass(frozen=True)
class Project:
    """A checkout without data of its own but the sample extract, and what a shell has set for it."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, **variables: str) -> "Project":
        """Lay out the project in an empty folder."""
        shutil.copytree(PROJECT / "conf", folder / "conf", ignore=shutil.ignore_patterns("local"))
        (folder / "conf" / "local").mkdir()
        for name in ("pyproject.toml", ".telemetry"):
            shutil.copy(PROJECT / name, folder)
        # Kedro wants the folder; the package itself is installed.
        (folder / "src").mkdir()
        (folder / "data" / "01_raw").mkdir(parents=True)
        (folder / "data" / "01_raw" / SAMPLE.name).symlink_to(SAMPLE)
        return cls(folder, variables)

    def copy(self, folder: Path) -> "Project":
        """The same project with all that was run in it, in another folder."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder, self.variables)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "kedro", "run", *arguments]

    def run(self, *arguments: str, extract: Path | str | None = None) -> subprocess.CompletedProcess:
        """Run pipelines as a user would, from a shell; standard output and error come together."""
        if extract is not None:
            arguments = (*arguments, "--params", f"extract={extract}")
        return subprocess.run(
            self.command(*arguments), cwd=self.folder, env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of a run."""
        ours = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        return {**ours, **self.variables}

    def succeed(self, *arguments: str, extract: Path | str | None = None) -> str:
        """Run, expect success, and return what was printed."""
        finished = self.run(*arguments, extract=extract)
        assert finished.returncode == 0, finished.stdout
        return finished.stdout

    def refuse(self, *arguments: str, extract: Path | str | None = None) -> str:
        """Run, expect a refusal with exit code 1, and return the one line that says why."""
        finished = self.run(*arguments, extract=extract)
        assert finished.returncode == 1, finished.stdout
        story = finished.stdout.splitlines()
        errors = [line for line in story if " INFO " not in line and " WARNING " not in line]
        assert len(errors) == 1, finished.stdout
        assert errors[0].startswith("Error: ")
        return errors[0].removeprefix("Error: ")

    def outputs(self, root: str = "data") -> dict[str, bytes]:
        """Every file made, by its path; where a dataset is versioned, without the version."""
        files = {}
        for file in sorted((self.folder / root).rglob("*")):
            path = file.relative_to(self.folder / root)
            if file.is_file() and path.parts[0] != "01_raw" and file.name != ".lock":
                parts = [part for part in path.parts if not part.endswith("Z")]
                files["/".join(parts)] = file.read_bytes()
        return files

    def figures(self, root: str = "data") -> dict[str, bytes]:
        """The scored customers and the reports, but for those that name the extract."""
        naming = (".html", ".xlsx", "/extracts.csv", "/ingestion.json", "invalid_values.csv")
        return {
            path: content
            for path, content in self.outputs(root).items()
            if path.startswith(("04_feature/rfm", "08_")) and not path.endswith(naming)
        }

    def snapshot(self, root: str = "data") -> dict[str, bytes]:
        """Every file there is but the lock, by its whole path."""
        files = (f for f in (self.folder / root).rglob("*") if f.is_file() and f.name != ".lock")
        return {str(file.relative_to(self.folder)): file.read_bytes() for file in files}

    def table(self, name: str, root: str = "data", **options: object) -> pd.DataFrame:
        """The latest version of a table."""
        latest = sorted((self.folder / root).glob(f"*/{name}.*/*/{name}.*"))[-1]
        if latest.suffix != ".csv":
            return pd.read_parquet(latest)
        return pd.read_csv(latest, **{"dtype": {"customer_id": "str"}, **options})

    def lines(self, name: str, root: str = "data") -> pd.DataFrame:
        """A table of the engine."""
        return pd.read_parquet(next((self.folder / root).glob(f"*/{name}.parquet")))
