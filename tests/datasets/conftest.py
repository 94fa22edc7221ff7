"""Fixtures for the datasets' tests."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from lgs_pipeline.datasets.atomic import register_atomic_local_filesystem
from tests.datasets.extracts import MUG, csv_text, write


@pytest.fixture(autouse=True)
def _logged_at_info(caplog) -> None:
    caplog.set_level(logging.INFO, logger="lgs_pipeline.datasets")


@pytest.fixture
def atomic_files() -> Iterator[None]:
    """Local files are written as in a run of the project: whole or not at all."""
    before = {protocol: fsspec.get_filesystem_class(protocol) for protocol in ("file", "local")}
    register_atomic_local_filesystem()
    yield
    for protocol, implementation in before.items():
        fsspec.register_implementation(protocol, implementation, clobber=True)


@pytest.fixture
def forbidden_file(tmp_path) -> Iterator[Path]:
    """A CSV file that may not be read, not even by the superuser while the test runs."""
    path = write(tmp_path / "secret.csv", csv_text(MUG))
    path.chmod(0)
    if os.geteuid():
        yield path
        return
    os.seteuid(65534)
    yield path
    os.seteuid(0)
