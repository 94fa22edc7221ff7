"""How segmentations are compared."""

from typing import Annotated

from pydantic import Field

from lgs_pipeline.typed_settings import ProperShare, Seed, Settings


class SegmentationComparisonSettings(Settings):
    """How segmentations are put to the test on months that they have not seen."""

    held_out_months: Annotated[int, Field(ge=1)]
    removed_orders: ProperShare
    folds: Annotated[int, Field(ge=2)]
    bootstrap_samples: Annotated[int, Field(ge=1)]
    interval: ProperShare
    sample_customers: Annotated[int, Field(ge=100)]
    seed: Seed
