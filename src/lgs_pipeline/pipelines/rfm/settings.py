"""How customers are scored, and which scores make which segment."""

from collections.abc import Iterator
from itertools import pairwise, product
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, NaiveDatetime, field_validator, model_validator

from lgs_pipeline.typed_settings import Name, ProperShare, Settings, data_end_or_moment

Score = Literal[1, 2, 3, 4, 5]


SCORES: tuple[int, ...] = get_args(Score)


def _four_ascending(values: list[float]) -> list[float]:
    if len(values) != len(SCORES) - 1:
        raise ValueError(f"found {len(values)} values, expected {len(SCORES) - 1}, one between each two scores")
    if any(lower >= upper for lower, upper in pairwise(values)):
        raise ValueError(f"found {values}, expected each value above the one before it")
    return values


FourAscending = AfterValidator(_four_ascending)


class Scoring(Settings):
    """How the values of one measure become scores from 1 to 5."""

    method: Literal["quantile", "rank", "breaks"]
    quantiles: Annotated[list[ProperShare], FourAscending] = [0.2, 0.4, 0.6, 0.8]
    breaks: Annotated[list[float], FourAscending] | None = None

    @model_validator(mode="after")
    def _have_breaks_to_cut_at(self) -> "Scoring":
        if self.method == "breaks" and self.breaks is None:
            raise ValueError("found no breaks, expected four ascending values because the method is `breaks`")
        return self


class Segment(Settings):
    """A named group of recency and frequency scores."""

    name: Name
    recency: Annotated[list[Score], Field(min_length=1)]
    frequency: Annotated[list[Score], Field(min_length=1)]

    @property
    def cells(self) -> Iterator[tuple[int, int]]:
        """The (recency score, frequency score) pairs that belong to the segment."""
        return product(sorted(set(self.recency)), sorted(set(self.frequency)))


class RfmSettings(Settings):
    """Who is scored, over what, how, and which scores make which segment."""

    population: Literal["buyers", "all", "purchases"]
    # None: the end of the data.
    reference_moment: Annotated[NaiveDatetime | None, BeforeValidator(data_end_or_moment)]
    recency: Scoring
    frequency: Scoring
    monetary: Scoring
    segments: list[Segment]
    migration_months: Annotated[int, Field(ge=1, le=120)]

    @field_validator("segments")
    @classmethod
    def _cover_every_cell_once(cls, segments: list[Segment]) -> list[Segment]:
        owners: dict[tuple[int, int], list[str]] = {cell: [] for cell in product(SCORES, SCORES)}
        for segment in segments:
            for cell in segment.cells:
                owners[cell].append(segment.name)
        gaps = [f"(recency {r}, frequency {f})" for (r, f), names in owners.items() if not names]
        overlaps = [
            f"(recency {r}, frequency {f}) in {' and '.join(names)}"
            for (r, f), names in owners.items()
            if len(names) > 1
        ]
        problems = [f"in no segment: {', '.join(gaps)}"] if gaps else []
        problems += [f"in several segments: {'; '.join(overlaps)}"] if overlaps else []
        if problems:
            raise ValueError("; ".join(problems) + ". Every pair of scores belongs to exactly one segment")
        return segments

    def segment_of_cells(self) -> dict[tuple[int, int], str]:
        """The segment's name for every (recency score, frequency score)."""
        return {cell: segment.name for segment in self.segments for cell in segment.cells}
