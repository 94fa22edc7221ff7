"""Which campaigns there are, and how their audiences and arms are chosen."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from lgs_pipeline.typed_settings import Name, Settings, Share, nearest, repeated


class Campaign(Settings):
    """Whom to contact, why, with what, and how many of them to hold back, to see what it does."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    segments: list[str] = []
    clusters: list[str] = []
    tiers: list[str] = []
    offer: Name
    rationale: Name
    control: Annotated[float, Field(ge=0, lt=1)]
    at_most: Annotated[int, Field(ge=1)] | None = None
    least_value: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _address_one_kind(self) -> "Campaign":
        found = [kind for kind in ("segments", "clusters", "tiers") if getattr(self, kind)]
        if len(found) != 1:
            raise ValueError(
                f"{self.name}: found {' and '.join(found) or 'nobody'} addressed, expected one of segments, "
                "clusters and tiers"
            )
        return self

    @property
    def kind(self) -> Literal["segments", "clusters", "tiers"]:
        """Which kind of groups it addresses."""
        return "segments" if self.segments else "clusters" if self.clusters else "tiers"

    @property
    def groups(self) -> list[str]:
        """The names of the groups that it addresses."""
        return getattr(self, self.kind)


class CampaignsSettings(Settings):
    """The campaigns, what is at stake with a customer, and what the lists say of them."""

    plan: list[Campaign]
    lapsed_after_days: Annotated[int, Field(ge=1)]
    least_alive: Share
    fewest_months: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0)]
    balanced_from: Annotated[int, Field(ge=0)]
    largest_difference: Annotated[float, Field(gt=0)]
    rest_days: Annotated[int, Field(ge=0)]
    own_times_from: Annotated[int, Field(ge=1)]
    usual_products: Annotated[int, Field(ge=0)]
    suggested_products: Annotated[int, Field(ge=0)]

    @field_validator("plan")
    @classmethod
    def _name_each_campaign_once(cls, plan: list[Campaign]) -> list[Campaign]:
        if twice := repeated([campaign.name for campaign in plan]):
            raise ValueError(f"found {', '.join(twice)} more than once, expected a different name for each campaign")
        return plan

    def check_beside(self, others: Mapping[str, Any]) -> None:
        """Raise a ValueError if a campaign addresses a segment or tier that does not exist.

        Clusters are not checked: their names are known when they are made.
        """
        known = {
            "segments": [segment.name for segment in others["rfm"].segments],
            "tiers": [tier.name for tier in others["lifetime_value"].tiers],
        }
        for campaign in self.plan:
            for name in campaign.groups if known.get(campaign.kind) else ():
                if name not in known[campaign.kind]:
                    raise ValueError(f"{campaign.name}: found {name}, {nearest(name, known[campaign.kind])}")
