"""What the suite asks of an engine. Whoever adds one describes it in a fixture, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import ibis.expr.types as ir
from ibis import BaseBackend

from lgs_pipeline.datasets import StagedTableDataset
from tests.end_to_end.project import Project
from tests.test_catalog import config_of


@dataclass(frozen=True)
class Engine:
    """An engine, by the environment of ``conf/`` that runs on it."""

    environment: str
    # The catalog's block, and what a shell has to set for it.
    connection: dict
    variables: dict[str, str] = field(default_factory=dict)
    # What brings an extract to where the environment begins; nothing where it begins with the extract.
    load: tuple[str, ...] = ()
    # A table of a project as a Parquet file, where it is not one.
    export: Callable[[str, Path], None] | None = None

    @property
    def session(self) -> BaseBackend:
        """The connection that all of its tables share."""
        return StagedTableDataset("any.parquet", connection=self.connection).connection

    def project(self, folder: Path) -> Project:
        """A project of one's own that runs on the engine."""
        return Project.make(folder, **self.variables)

    def run(self, project: Project, *arguments: str, extract: Path | None = None) -> str:
        """Run pipelines on an extract, as a user would."""
        told = ""
        if self.load:
            told += project.succeed("--env", self.environment, *self.load, extract=extract)
            extract = None
        return told + project.succeed("--env", self.environment, *arguments, extract=extract)

    def keep(self, folder: Path, name: str, table: ir.Table) -> ir.Table:
        """The table as the engine keeps what a node has made of it."""
        dataset = StagedTableDataset(str(folder / f"{name}.parquet"), connection=self.connection)
        dataset.save(table)
        return dataset.load()

    def table(self, project: Project, name: str) -> ir.Table:
        """A table of the engine after a run."""
        place = project.folder / self._entry(name)["filepath"]
        return StagedTableDataset(str(place), connection=self.connection).load()

    def parquet(self, project: Project, name: str) -> Path:
        """The same, as a file."""
        place = project.folder / self._entry(name)["filepath"]
        if self.export:
            place.parent.mkdir(parents=True, exist_ok=True)
            self.export(name, place)
        return place

    def _entry(self, name: str) -> dict:
        return config_of(self.environment)[name]
