"""What the settings of rooms are made of: typed, and closed."""

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
ProperShare = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(min_length=1)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Settings(BaseModel):
    """A closed group of settings: a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def check_beside(self, others: Mapping[str, Any]) -> None:
        """Raise a ValueError where these settings do not fit those of other rooms, given by room."""


def data_end_or_moment(value: Any) -> Any:
    """None for ``data_end``; for use before a moment is read."""
    # A bare number would be taken for seconds since 1970.
    if not isinstance(value, str | date | None):
        raise ValueError(f"found {value!r}, expected data_end or a moment such as 2012-01-01 00:00:00")
    return None if value == "data_end" else value


def repeated(values: Sequence[Any]) -> list[Any]:
    """The values that occur more than once, in order."""
    return sorted({value for value in values if values.count(value) > 1})


def nearest(name: str, known: Sequence[str], prefix: str = "") -> str:
    """What to say to a person who gave a name that is not known."""
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {prefix}{close[0]}?" if close else f"expected one of {', '.join(known)}"
