"""What a segment's place in recency and frequency says of its customers, and what to do for them."""

from typing import Literal, NamedTuple

import pandas as pd

from lgs_pipeline.parameters import RfmSettings

Recency = Literal["recent", "quiet", "gone"]
Frequency = Literal["often", "some", "few"]

_RECENT, _GONE = 3.5, 2.0
_OFTEN, _SOME = 3.5, 2.0


class Advice(NamedTuple):
    """Who these customers are, and what to do for them."""

    description: str
    action: str


ADVICE: dict[tuple[str, str], Advice] = {
    ("recent", "often"): Advice(
        "They order more often than most, and ordered more recently.",
        "Thank them and keep them close: new products first, a personal word.",
    ),
    ("recent", "some"): Advice(
        "They ordered more recently than most, and about as often as others.",
        "Make ordering a habit: suggest what goes with what they bought, reward the next order.",
    ),
    ("recent", "few"): Advice(
        "They ordered more recently than most, and less often: many are new.",
        "Welcome them, and give them a reason for the next order within weeks.",
    ),
    ("quiet", "often"): Advice(
        "They order more often than most, but not lately.",
        "Remind them now of what they usually order.",
    ),
    ("quiet", "some"): Advice(
        "They order about as often as others, but not lately.",
        "Remind them while they still think of the shop.",
    ),
    ("quiet", "few"): Advice(
        "They order less often than most, and not lately.",
        "One friendly reminder; expect little of it.",
    ),
    ("gone", "often"): Advice(
        "They ordered more often than most, and longer ago than most.",
        "Win them back: ask what went wrong, make an offer worth coming back for, call the largest.",
    ),
    ("gone", "some"): Advice(
        "They ordered about as often as others, and longer ago than most.",
        "One offer to come back.",
    ),
    ("gone", "few"): Advice(
        "They ordered less often than most, and longer ago.",
        "Leave them in the newsletter, and spend little more on them.",
    ),
}
"""By recency and frequency."""


def place_segments(rfm: RfmSettings) -> pd.DataFrame:
    """Where each segment of the map lies, whatever its name is.

    Returns
    -------
    pandas.DataFrame
        A row per segment: segment; recency (recent, quiet, gone) and frequency (often, some, few), by the
        mean scores of its cells; level, the sum of the two means: higher is better.
    """
    cells = pd.DataFrame([(name, *cell) for cell, name in rfm.segment_of_cells().items()])
    scores = cells.set_axis(["segment", "r", "f"], axis="columns").groupby("segment")[["r", "f"]].mean()
    return pd.DataFrame(
        {
            "recency": [_band(score, _RECENT, _GONE, ("recent", "quiet", "gone")) for score in scores.r],
            "frequency": [_band(score, _OFTEN, _SOME - 1e-9, ("often", "some", "few")) for score in scores.f],
            "level": scores.r + scores.f,
        },
        index=scores.index,
    ).reset_index()


def _band(score: float, high: float, low: float, names: tuple[str, str, str]) -> str:
    best, middle, worst = names
    if score >= high:
        return best
    return middle if score > low else worst
