"""The notebooks run on what a run made, are stored without outputs, and hold no logic of their own."""

from pathlib import Path

import nbformat
import pytest

from tests.building import PROJECT

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def _code_of(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_a_notebook_is_stored_without_outputs(notebook):
    assert all(not cell.outputs and not cell.execution_count for cell in notebook.cells if "outputs" in cell)


def test_a_notebook_defines_nothing_and_reads_no_file_itself(notebook):
    for code in _code_of(notebook):
        assert not any(word in code for word in ("def ", "class ", "lambda ", "read_csv", "read_parquet", "open("))


@pytest.mark.slow
def test_a_notebook_runs_on_what_a_run_made(notebook, sample_run):
    from nbclient import NotebookClient

    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(sample_run.folder)}})
    executed = client.execute()
    said = [output for cell in executed.cells for output in cell.get("outputs", []) if output.output_type == "stream"]
    assert not [output.text for output in said if "arning" in output.text]
    assert sum("image/png" in output.get("data", {}) for cell in executed.cells for output in cell.get("outputs", []))


def test_there_are_notebooks():
    assert Path(PROJECT / "notebooks").is_dir()
    assert NOTEBOOKS
