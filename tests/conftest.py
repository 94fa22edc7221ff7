"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest

from lgs_pipeline.parameters import Parameters
from tests.building import PROJECT, settings_of


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
