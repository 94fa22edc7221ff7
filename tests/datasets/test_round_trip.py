"""Whatever the texts, all forms of an extract deliver them the same."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgs_pipeline.lines import DELIVERED_COLUMNS
from tests.datasets.extracts import copy_text, csv_text, insert_text, pg_dump_text, values, write

# UTF-8 has no surrogates, and no text format of PostgreSQL holds NUL.
ordinary = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
awkward = st.text(st.sampled_from("\\'\"\n\r\t,;.N-/*$()Ee\x0b\x0c\x08\u2028é€🎁 1"), max_size=8)
value = st.one_of(st.none(), ordinary, awkward)
rows = st.lists(st.lists(value, min_size=8, max_size=8), min_size=1, max_size=5)


def _delivered(name: str, text: str) -> list[list[str | None]]:
    with tempfile.TemporaryDirectory() as folder:
        return values(write(Path(folder) / name, text))


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(rows)
def test_copy_delivers_what_was_written(rows):
    assert _delivered("a.sql", pg_dump_text(copy_text(*rows))) == rows


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(rows)
def test_inserts_deliver_what_was_written(rows):
    assert _delivered("a.sql", pg_dump_text(insert_text(*rows))) == rows


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(rows)
def test_one_insert_of_many_rows_delivers_what_was_written(rows):
    text = insert_text(*rows).replace(f";\nINSERT INTO public.retail ({', '.join(DELIVERED_COLUMNS)}) VALUES (", ",\n(")
    assert _delivered("a.sql", pg_dump_text(text)) == rows


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(rows)
def test_csv_delivers_what_was_written_but_for_empty_texts(rows):
    # An empty field of a CSV file is null: most programs quote both or neither.
    assert _delivered("a.csv", csv_text(*rows)) == [[value or None for value in row] for row in rows]
