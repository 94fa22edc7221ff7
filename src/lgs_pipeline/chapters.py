"""What a room says of itself in the report, the workbook and the log: plain data, laid out by ``reporting``.

The last node of a room makes its chapter, which the catalog saves as JSON. Other rooms' words are not in it:
where several rooms have something to say on one topic, each adds a finding of that topic.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict

from lgs_pipeline.tables import Column

SUFFIX = "_chapter"
"""What the name of the dataset of a chapter ends in, after the name of the room."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(_Frozen):
    """What a head of marketing should know after a minute.

    topic says what it is about; section is the anchor of the section that says more; figure is the figure as it
    is written, empty in a finding that only adds to another one of its topic; sentence is one or several
    sentences. A finding with a title stands apart from the others under a heading, with its advice.
    """

    topic: str
    section: str
    figure: str = ""
    sentence: str
    heading: str = ""
    title: str = ""
    advice: str = ""


class Rows(_Frozen):
    """A table to show: its values as numbers, texts, dates (as text, 2011-12-09) or None."""

    caption: str
    columns: list[Column]
    values: list[list[bool | int | float | str | None]]


class Card(_Frozen):
    """Something seen from close up: facts, sentences, and lists of names, each under its own name."""

    anchor: str
    name: str
    description: str = ""
    facts: list[tuple[str, str]] = []
    sentences: list[str] = []
    lists: list[tuple[str, list[str]]] = []


class Section(_Frozen):
    """A question, and what answers it: its findings, sentences, charts by name, tables and cards."""

    anchor: str
    question: str
    sentences: list[str] = []
    drawings: list[str] = []
    tables: list[Rows] = []
    cards: list[Card] = []


class Sheet(_Frozen):
    """A sheet of the workbook: some columns of a dataset.

    The dataset has to be one that the chapter is made from. where keeps the rows with these values, by
    column; sort_by is a column, with the largest first if descending. A list is cut to the length that the
    settings allow. The first column can name, for each row, the chapter's sheet that ``shows`` the row's value of
    ``links``.
    """

    name: str
    dataset: str
    columns: list[Column]
    where: dict[str, bool | int | str] = {}
    sort_by: str = ""
    descending: bool = False
    is_list: bool = False
    shows: str = ""
    links: str = ""


class Chapter(_Frozen):
    """What a room has to say.

    findings open the report; sections follow; sheets go into the workbook; log is the line at the end of a
    run; terms are words for the glossary, with their meanings; sources is what the report was made from.
    """

    findings: list[Finding] = []
    sections: list[Section] = []
    sheets: list[Sheet] = []
    log: str = ""
    terms: dict[str, str] = {}
    sources: list[str] = []


def rows_of(caption: str, frame: pd.DataFrame, columns: Sequence[Column]) -> Rows:
    """A frame's rows, in the columns given, as plain data."""
    kept = frame[[column.name for column in columns]]
    values = [list(map(_as_json, row)) for row in kept.itertuples(index=False, name=None)]
    return Rows(caption=caption, columns=list(columns), values=values)


def _as_json(value: Any) -> Any:
    if pd.isna(value) or (isinstance(value, float) and not isfinite(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    return value.item() if hasattr(value, "item") else value


def read_chapters(chapters: Mapping[str, Any], order: Sequence[str]) -> dict[str, Chapter]:
    """The chapters of the rooms that the order names, in that order, from the datasets ``<room>_chapter``."""
    return {
        room: Chapter.model_validate(chapters[dataset]) for room in order if (dataset := f"{room}{SUFFIX}") in chapters
    }
