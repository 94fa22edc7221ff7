"""The pipelines' own tests, run by every other engine."""

from collections.abc import Iterator

import ibis
import pytest

from tests.engines.engine import Engine


@pytest.fixture(autouse=True, scope="module")
def _on_other_engine(other_engine: Engine) -> Iterator[None]:
    """Let tables that are in no database yet be computed by the engine."""
    usual = ibis.options.default_backend
    ibis.set_backend(other_engine.session)
    yield
    ibis.options.default_backend = usual
