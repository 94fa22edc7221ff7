"""Which campaign to launch, and when."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator

from lgs_pipeline.typed_settings import Settings, data_end_or_moment, nearest


class LaunchCampaignSettings(Settings):
    """What to launch, when; None: nothing, and the end of the data."""

    campaign: str | None = None
    launch_date: Annotated[date | None, BeforeValidator(data_end_or_moment)] = None

    def check_beside(self, others: Mapping[str, Any]) -> None:
        """Raise a ValueError if no campaign of that name is planned."""
        planned = [each.name for each in others["campaigns"].plan]
        if self.campaign is not None and planned and self.campaign not in planned:
            raise ValueError(f"campaign: found {self.campaign}, {nearest(self.campaign, planned)}")
