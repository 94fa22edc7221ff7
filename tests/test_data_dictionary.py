"""The data dictionary says what the schemas say, and the schemas say something about everything."""

import pytest

from lgs_pipeline.data_dictionary import PAGE, base_catalog, render
from tests.test_catalog import BASE

SCHEMAS = sorted({entry["validator"]["class"] for entry in BASE.values() if "validator" in entry})


def test_the_page_is_what_make_docs_writes():
    assert PAGE.read_text(encoding="utf-8") == render(base_catalog()), "run `make docs`"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_table_and_column_is_explained(schema):
    section = render({"table": {**BASE["retail"], "validator": {"class": schema}}})
    assert "None" not in section
    assert "|  |" not in section
