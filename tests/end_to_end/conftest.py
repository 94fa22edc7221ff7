"""Projects to run things in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.browser import NO_BROWSER, find_browser, open_browser
from tests.end_to_end.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of one's own, nothing run in it yet."""
    return Project.make(tmp_path / "project")


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A headless browser, if this machine has one."""
    executable = find_browser()
    if executable is None:
        pytest.skip(NO_BROWSER)
    with open_browser(executable) as browser:
        yield browser
