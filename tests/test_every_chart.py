"""What holds for every chart: it survives any table, looks like the others, and is the same in every run."""

import io
import re
import warnings
from importlib import import_module
from importlib.util import find_spec
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.pipeline_registry import ROOMS, register_pipelines
from lgs_pipeline.theme import WIDTH, to_svg

EXAMPLES = {
    draw: tables
    for room in ROOMS
    if find_spec(f"tests.pipelines.{room}.examples")
    for draw, tables in import_module(f"tests.pipelines.{room}.examples").EXAMPLES.items()
}


def name_of(draw) -> str:
    return draw.__name__.removeprefix("draw_")


every_chart = pytest.mark.parametrize(("draw", "tables"), EXAMPLES.items(), ids=map(name_of, EXAMPLES))

HOSTILE = "<script>alert('$x^2$')</script> =HYPERLINK(\"http://x\") \u202eabc\u202c \u4f60 \x07 " + "long " * 800


def png_of(figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=60, metadata={"Software": None})
    return picture.getvalue()


def title_of(svg: str) -> str | None:
    """What a drawing that can be read says it shows."""
    return ElementTree.fromstring(svg).findtext("{http://www.w3.org/2000/svg}title")


def assert_is_drawn(figure) -> None:
    """The figure makes a drawing that can be read, and that says in words, not in "nan", what it shows."""
    label = figure.get_label()
    assert title_of(to_svg(figure)) == label
    assert label.partition(": ")[2]
    assert not re.search(r"\b(nan|inf|None)\b", label)


def test_every_chart_of_the_pipeline_is_put_to_the_test():
    drawn = {name for name in register_pipelines()["reporting"].all_outputs() if name.endswith("_drawing")}
    assert {f"{name_of(draw)}_drawing" for draw in EXAMPLES} == drawn


@pytest.mark.slow
@every_chart
def test_the_title_is_a_sentence_and_the_label_says_what_it_is_about(draw, tables):
    figure = draw(*tables)
    title = figure.texts[0].get_text().replace("\n", " ")
    subject, _, finding = figure.get_label().partition(": ")
    assert subject
    assert finding == title
    assert title[0].isupper() or title[0].isdigit()
    assert "nan" not in figure.get_label()
    assert "There is nothing to show" not in title


@pytest.mark.slow
@every_chart
def test_two_renders_are_byte_identical(draw, tables):
    first, second = draw(*tables), draw(*tables)
    assert to_svg(first) == to_svg(second)
    assert png_of(first) == png_of(second)


@pytest.mark.slow
@every_chart
def test_the_drawing_tells_no_time_and_no_program(draw, tables):
    svg = to_svg(draw(*tables))
    ElementTree.fromstring(svg)
    assert "<metadata" not in svg
    assert not re.search(r"20[2-9]\d-\d\d-\d\dT", svg)


@every_chart
def test_a_table_without_rows_gives_a_sheet_that_says_so(draw, tables):
    figure = draw(*(table.head(0) for table in tables))
    assert "There is nothing to show" in figure.get_label()
    assert_is_drawn(figure)


@every_chart
def test_an_empty_table_that_was_read_from_a_file_has_no_types_and_does_no_harm(draw, tables):
    figure = draw(*(table.head(0).astype(object) for table in tables))
    assert "There is nothing to show" in figure.get_label()


@pytest.mark.slow
@every_chart
def test_one_row_is_enough(draw, tables):
    assert_is_drawn(draw(*(table.head(1) for table in tables)))


@pytest.mark.slow
@every_chart
def test_tables_without_any_number_do_no_harm(draw, tables):
    figure = draw(*map(without_numbers, tables))
    assert "There is nothing to show" in figure.get_label()
    assert_is_drawn(figure)


@pytest.mark.slow
@every_chart
def test_a_number_that_is_missing_does_no_harm(draw, tables):
    for position, table in enumerate(tables):
        for column in table.select_dtypes("number"):
            holed = table.astype({column: float})
            holed.loc[holed.index[0], column] = np.nan
            assert_is_drawn(draw(*tables[:position], holed, *tables[position + 1 :]))


@pytest.mark.slow
@every_chart
def test_numbers_that_are_all_zero_do_no_harm(draw, tables):
    assert_is_drawn(draw(*(table.assign(**dict.fromkeys(table.select_dtypes("number"), 0)) for table in tables)))


@pytest.mark.slow
@every_chart
def test_numbers_below_zero_do_no_harm(draw, tables):
    assert_is_drawn(draw(*(table.assign(**{c: -table[c] for c in table.select_dtypes("float")}) for table in tables)))


@pytest.mark.slow
@every_chart
def test_hostile_names_are_shown_as_text(draw, tables):
    hostile = [table.assign(**{c: HOSTILE + table[c] for c in names_in(table)}) for table in tables]
    figure = draw(*hostile)
    svg = to_svg(figure)
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "\u202e" not in svg
    png_of(figure)


@pytest.mark.slow
@every_chart
def test_nothing_is_drawn_outside_the_sheet(draw, tables):
    figure = draw(*tables)
    assert figure.get_figwidth() == WIDTH
    figure.draw_without_rendering()
    inner = figure.get_tightbbox()
    assert inner.x0 >= -0.02
    assert inner.y0 >= -0.02
    assert inner.x1 <= figure.get_figwidth() + 0.02
    assert inner.y1 <= figure.get_figheight() + 0.02


@pytest.mark.slow
@every_chart
def test_the_settings_of_matplotlib_are_left_alone(draw, tables):
    before = dict(mpl.rcParams)
    to_svg(draw(*tables))
    assert dict(mpl.rcParams) == before


@pytest.mark.slow
@every_chart
def test_the_settings_of_matplotlib_make_no_difference(draw, tables):
    usual = to_svg(draw(*tables))
    with warnings.catch_warnings(), mpl.rc_context({"font.size": 30, "axes.grid": True, "svg.hashsalt": "x"}):
        assert to_svg(draw(*tables)) == usual


def without_numbers(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**dict.fromkeys(table.select_dtypes("number"), np.nan))


def names_in(table: pd.DataFrame) -> list[str]:
    """Columns of names that users choose: of segments, clusters and segmentations."""
    return [name for name in table if re.match("segment|cluster_name", str(name)) and table[name].dtype == "str"]
