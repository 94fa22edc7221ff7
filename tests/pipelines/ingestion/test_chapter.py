"""What the chapter says of the extract: which files, how many lines, from when to when."""

import pandas as pd

from lgs_pipeline.pipelines.ingestion.chapter import tell_ingestion


def extract(name: str = "retail.csv", lines: int = 1000, first: str | None = "2010-01-01 08:00") -> pd.DataFrame:
    first_line, last_line = pd.Timestamp(first), pd.Timestamp(first and "2011-02-10 16:00")
    return pd.DataFrame({"extract": [name], "lines": [lines], "first_line": [first_line], "last_line": [last_line]})


def test_each_extract_is_a_source_with_its_lines_and_its_period():
    extracts = pd.concat([extract(), extract("more.csv", 1)])
    assert tell_ingestion(extracts).sources == [
        "retail.csv: 1,000 lines, 1 January 2010 to 10 February 2011",
        "more.csv: 1 line, 1 January 2010 to 10 February 2011",
    ]


def test_an_extract_without_a_readable_date_has_no_period():
    assert tell_ingestion(extract(first=None)).sources == ["retail.csv: 1,000 lines"]


def test_marks_that_turn_the_direction_of_writing_are_left_out_of_names():
    assert tell_ingestion(extract("\u202elakin.csv\u202c")).sources[0].startswith("lakin.csv: ")
