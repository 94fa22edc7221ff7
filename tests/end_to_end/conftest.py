"""Projects to run things in."""

from pathlib import Path

import pytest

from tests.end_to_end.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of one's own, nothing run in it yet."""
    return Project.make(tmp_path / "project")
