"""Chapters are plain data: what a room says survives a file, and comes in the order of the settings."""

import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from lgs_pipeline.chapters import Chapter, Finding, Section, read_chapters, rows_of
from lgs_pipeline.tables import Column

NAME, VALUE = Column(name="name", heading="Name"), Column(name="value", heading="Value", kind="number")


def test_a_chapter_survives_a_file():
    frame = pd.DataFrame({"name": ["a"], "value": [np.float64(1.5)]})
    chapter = Chapter(
        findings=[Finding(topic="sales", section="a", figure="1", sentence="One.")],
        sections=[Section(anchor="a", question="What?", tables=[rows_of("Rows", frame, [NAME, VALUE])])],
    )
    assert Chapter.model_validate(json.loads(json.dumps(chapter.model_dump(mode="json")))) == chapter


def test_rows_are_plain_values_in_the_order_of_the_columns():
    frame = pd.DataFrame(
        {"value": np.array([1.5, np.nan, np.inf]), "name": pd.to_datetime(["2011-12-09", None, "2011-12-10"])}
    )
    rows = rows_of("Rows", frame, [NAME, VALUE])
    assert rows.values == [["2011-12-09", 1.5], [None, None], ["2011-12-10", None]]


def test_whole_numbers_and_flags_keep_their_kind():
    frame = pd.DataFrame({"name": [True], "value": np.array([3], dtype="int64")})
    ((flag, number),) = rows_of("Rows", frame, [NAME, VALUE]).values
    assert flag is True
    assert type(number) is int


def test_chapters_come_in_the_order_given_and_others_are_left_out():
    made = {f"{room}_chapter": Chapter(log=room).model_dump(mode="json") for room in ("a", "b", "c")}
    assert [chapter.log for chapter in read_chapters(made, ["c", "missing", "a"]).values()] == ["c", "a"]


def test_a_word_that_no_chapter_has_is_refused():
    with pytest.raises(ValidationError, match="headline"):
        Chapter.model_validate({"headline": "x"})
