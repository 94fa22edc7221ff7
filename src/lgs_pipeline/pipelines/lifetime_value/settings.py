"""How customers are valued, and how the models are fitted and tested."""

from itertools import accumulate
from typing import Annotated

from pydantic import Field, field_validator

from lgs_pipeline.typed_settings import Name, ProperShare, Seed, Settings, Share, repeated


class Tier(Settings):
    """A named share of the customers, by what they will be worth."""

    name: Name
    share: Annotated[float, Field(gt=0, le=1)]


class LifetimeValueSettings(Settings):
    """How far ahead customers are valued, on which terms, with which models, and how these are tested."""

    horizon_months: Annotated[int, Field(ge=1, le=120)]
    monthly_discount_rate: Annotated[float, Field(ge=0, lt=1)]
    margin: Annotated[float, Field(gt=0, le=1)]
    interval: ProperShare
    tiers: Annotated[list[Tier], Field(min_length=1)]
    held_out_months: Annotated[int, Field(ge=1)]
    established_months: Annotated[int, Field(ge=0)]
    fewest_repeat_customers: Annotated[int, Field(ge=1)]
    fewest_repeat_customers_apart: Annotated[int, Field(ge=1)]
    season_months: Annotated[int, Field(ge=1)]
    trend_months: Annotated[int, Field(ge=1)]
    season_spread: Annotated[float, Field(gt=0)]
    trend_spread: Annotated[float, Field(gt=0)]
    customer_spread: Annotated[float, Field(gt=0)]
    sample_customers: Annotated[int, Field(ge=100)]
    draws: Annotated[int, Field(ge=10)]
    most_draws: Annotated[int, Field(ge=10)]
    seed: Seed
    largest_correlation: Share

    @field_validator("tiers")
    @classmethod
    def _share_all_customers(cls, tiers: list[Tier]) -> list[Tier]:
        names = [tier.name for tier in tiers]
        if refused := sorted(set(repeated(names)) | ({"all"} & set(names))):
            raise ValueError(
                f"found {', '.join(refused)}, expected a different name for each tier, and none called all"
            )
        if abs(sum(tier.share for tier in tiers) - 1) > 1e-9:
            raise ValueError(
                f"found shares that add up to {sum(tier.share for tier in tiers):g}, expected 1: "
                "every customer is in a tier"
            )
        return tiers

    def tier_bounds(self) -> dict[str, float]:
        """For each tier, best first, the share of the customers in it or in a better one."""
        shares = accumulate(tier.share for tier in self.tiers)
        return dict(zip((tier.name for tier in self.tiers), shares, strict=True))
