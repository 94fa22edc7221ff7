"""How products are recommended, and how recommendations are tested."""

from typing import Annotated

from pydantic import AfterValidator, Field

from lgs_pipeline.typed_settings import ProperShare, Seed, Settings, repeated


def _distinct_values(values: list[float]) -> list[float]:
    if found := repeated(values):
        raise ValueError(f"found {', '.join(f'{value:g}' for value in found)} more than once, expected each value once")
    return values


Candidates = Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1), AfterValidator(_distinct_values)]


class RecommendationsSettings(Settings):
    """What is recommended, which settings of the models are tried, and how recommendations are tested."""

    products: Annotated[int, Field(ge=1, le=1000)]
    sold_within_days: Annotated[int, Field(ge=1, le=36500)]
    most_products: Annotated[int, Field(ge=1, le=50_000)]
    held_out_months: Annotated[int, Field(ge=1, le=120)]
    half_lives: Candidates
    ridges: Candidates
    repeat_half_lives: Candidates
    blends: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=1), AfterValidator(_distinct_values)]
    trend: Annotated[float, Field(ge=0)]
    repeat_trend: Annotated[float, Field(ge=0)]
    recent_days: Annotated[int, Field(ge=1)]
    bootstrap_samples: Annotated[int, Field(ge=1)]
    interval: ProperShare
    sample_customers: Annotated[int, Field(ge=100)]
    customers_at_once: Annotated[int, Field(ge=100)]
    seed: Seed
