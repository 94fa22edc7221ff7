"""Custom Kedro datasets."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lgs_pipeline.datasets.retail_extract import RetailExtractDataset

__all__ = ["RetailExtractDataset"]


def __getattr__(name: str) -> type:
    # Lazy, so that a run that reads no extract does not pay for importing ibis and pyarrow.
    if name == "RetailExtractDataset":
        from lgs_pipeline.datasets.retail_extract import RetailExtractDataset

        return RetailExtractDataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
