"""Custom Kedro datasets."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lgs_pipeline.datasets.csv_folder import CsvFolderDataset
    from lgs_pipeline.datasets.optional_csv import OptionalCsvDataset
    from lgs_pipeline.datasets.postgres import PublishedTablesDataset
    from lgs_pipeline.datasets.retail_extract import RetailExtractDataset
    from lgs_pipeline.datasets.retail_table import RetailTableDataset
    from lgs_pipeline.datasets.staged_table import StagedTableDataset

__all__ = [
    "CsvFolderDataset",
    "OptionalCsvDataset",
    "PublishedTablesDataset",
    "RetailExtractDataset",
    "RetailTableDataset",
    "StagedTableDataset",
]

_MODULES = {
    "CsvFolderDataset": "csv_folder",
    "OptionalCsvDataset": "optional_csv",
    "PublishedTablesDataset": "postgres",
    "RetailExtractDataset": "retail_extract",
    "RetailTableDataset": "retail_table",
    "StagedTableDataset": "staged_table",
}


def __getattr__(name: str) -> type:
    # Lazy, so that a run pays for importing only what it reads and writes.
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
