"""The data dictionary, written from the catalog and the schemas; run the module to write it again."""

from importlib import import_module
from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader
from kedro.framework.project import settings
from kedro.framework.startup import bootstrap_project

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "data_dictionary.md"


def render(catalog: dict[str, Any]) -> str:
    """The page: a section for every dataset of the catalog that has a schema, by layer and name."""
    described = {name: entry for name, entry in catalog.items() if "validator" in entry}
    ordered = sorted(described, key=lambda name: (_layer(described[name]), name))
    sections = "\n".join(_section(name, described[name]) for name in ordered)
    return f"""# Data dictionary

Every table that others may read. This page is written by `make docs` from the catalog and from the
rooms' schemas (`src/lgs_pipeline/pipelines/<room>/schemas.py`), which guard each table when it is saved; do
not edit it by hand. The heading is what the report, the workbook and the charts call the column. Shares and
growth are fractions. An engine table's values may be empty.
Each table is sorted by what its row is.

{sections}"""


def _section(dataset: str, entry: dict[str, Any]) -> str:
    schema = _schema(entry)
    rows = "\n".join(
        f"| `{name}` | {column.title} | {_type(column)} | {column.description} |"
        for name, column in schema.to_schema().columns.items()
    )
    kept = "a version for each run" if entry.get("versioned") else "that of the latest run"
    grain = " ".join(schema.__doc__.split())
    return f"""## {dataset}

{grain} `{entry["filepath"]}`, {kept}.

| column | heading | type | meaning |
|---|---|---|---|
{rows}
"""


def _layer(entry: dict[str, Any]) -> str:
    return entry["metadata"]["kedro-viz"]["layer"]


def _schema(entry: dict[str, Any]) -> Any:
    module, name = entry["validator"]["class"].rsplit(".", 1)
    return getattr(import_module(module), name)


def _type(column: Any) -> str:
    kinds = {
        "str": "text",
        "int": "whole number",
        "float": "number",
        "bool": "yes or no",
        "datetime": "moment",
        "timestamp": "moment",
        "decimal": "exact decimal",
    }
    name, unit = str(column.dtype).lower(), column.metadata["unit"]
    kind = next((words for beginning, words in kinds.items() if name.startswith(beginning)), name)
    return f"{kind} ({unit})" if unit else kind


def base_catalog() -> dict[str, Any]:
    """The catalog of the base environment, as configuration."""
    bootstrap_project(PROJECT)
    loader = OmegaConfigLoader(conf_source=str(PROJECT / "conf"), env="base", **settings.CONFIG_LOADER_ARGS)
    return loader["catalog"]


if __name__ == "__main__":
    PAGE.write_text(render(base_catalog()), encoding="utf-8")
