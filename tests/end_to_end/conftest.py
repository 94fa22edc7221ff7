"""Projects to run things in."""

from pathlib import Path

import pytest

from tests.end_to_end.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of one's own, nothing run in it yet."""
    return Project.make(tmp_path / "project")


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which the default run has run on the sample extract; look, do not touch."""
    project = Project.make(tmp_path_factory.mktemp("sample") / "project")
    (project.folder / "run.log").write_text(project.succeed())
    return project
