"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from lgs_pipeline.parameters import Parameters
from tests.building import PROJECT, settings_of

# The same cases on every run; an engine's first query takes longer than hypothesis would wait.
hypothesis_settings.register_profile("lgs", deadline=None, derandomize=True)
hypothesis_settings.load_profile("lgs")


@pytest.fixture
def settings() -> Parameters:
    return settings_of("base")


@pytest.fixture
def poc_settings() -> Parameters:
    return settings_of("base", "poc")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real extract."""
    folder = Path(os.environ.get("LGS_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real extract is not here: {folder} (set LGS_REAL_DATA)")
    return folder
