"""What the chapter says of the lines that count and of those that do not."""

import pandas as pd

from lgs_pipeline.pipelines.cleaning.chapter import tell_cleaning
from lgs_pipeline.pipelines.cleaning.schemas import RULES
from lgs_pipeline.wording import NOTHING
from tests.building import settings_of


def quality(**lines: int) -> pd.DataFrame:
    """data_quality of so many lines by rule, of a pound each."""
    table = pd.DataFrame({"rule": list(lines), "lines": list(lines.values())})
    table.loc[len(table)] = ["total", table.lines.sum()]
    return table.assign(amount=1.0 * table.lines, share_of_lines=table.lines / table.lines.iloc[-1])


QUALITY = quality(transactions=970, invalid=0, repeated_invoice=25, zero_price=5)
NO_DOUBTS = pd.DataFrame({"doubt": [], "statement": [], "setting": []}, dtype="str")


def test_the_share_that_counts_is_found_with_the_largest_reason_why_others_do_not():
    (finding,) = tell_cleaning(QUALITY, NO_DOUBTS).findings
    assert (finding.topic, finding.section, finding.figure) == ("trust", "trust", "97.0%")
    assert finding.sentence == (
        "97.0% of the extract's lines count (970 of 1,000). The most common reason for leaving out "
        "a line: an invoice that was delivered more than once."
    )


def test_where_all_lines_count_there_is_no_reason():
    (finding,) = tell_cleaning(quality(transactions=1000, invalid=0), NO_DOUBTS).findings
    assert (finding.figure, finding.sentence) == (
        "100%",
        "100% of the extract's lines count (1,000 of 1,000).",
    )


def test_the_report_shows_every_rule_in_words():
    (section,) = tell_cleaning(QUALITY, NO_DOUBTS).sections
    (table,) = section.tables
    assert [column.heading for column in table.columns] == [
        "Lines", "Number of lines", "Share of lines", "Amount (£)",
    ]  # fmt: skip
    rows = [
        [column.format_value(value) for column, value in zip(table.columns, row, strict=True)] for row in table.values
    ]
    assert rows[0] == ["counted", "970", "97.00%", "970"]
    assert rows[2] == ["an invoice that was delivered more than once", "25", "2.50%", "25"]
    assert rows[-1] == ["all of the extract", "1,000", "100.00%", "1,000"]


def test_there_are_words_for_every_reason_that_settings_can_name():
    exclude = settings_of("base").cleaning.exclude
    assert {"transactions", "invalid", *exclude, "total"} == set(RULES)


def test_the_sheet_shows_the_rule_as_in_the_table_and_beside_it_in_words():
    (sheet,) = tell_cleaning(QUALITY, NO_DOUBTS).sheets
    assert (sheet.name, sheet.dataset) == ("Lines", "data_quality")
    assert [column.format_value("invalid") for column in sheet.columns[:2]] == [
        "invalid", "a value that is missing or cannot be read",
    ]  # fmt: skip


def test_the_log_gives_excluded_lines_by_reason():
    table = quality(transactions=1000, invalid=0, test=7)
    assert tell_cleaning(table, NO_DOUBTS).log == "Lines: 1,007 read, 1,000 count, 7 excluded: 7 test"


def test_where_nothing_is_excluded_the_log_gives_no_reason():
    assert tell_cleaning(quality(transactions=5, invalid=0), NO_DOUBTS).log == "Lines: 5 read, 5 count, 0 excluded"


def test_every_doubt_is_a_finding():
    doubts = pd.DataFrame({"doubt": ["date"], "statement": ["A line is dated 2071."], "setting": ["cleaning.dates"]})
    assert [finding.sentence for finding in tell_cleaning(QUALITY, doubts).findings][1:] == ["A line is dated 2071."]


def test_an_amount_that_is_not_known_is_a_dash_in_the_report_and_the_workbook():
    unknown = QUALITY.assign(amount=QUALITY.amount.mask(QUALITY.rule == "invalid"))
    chapter = tell_cleaning(unknown, NO_DOUBTS)
    (report,), (sheet,) = chapter.sections[0].tables, chapter.sheets
    assert report.columns[-1].format_value(report.values[1][-1]) == NOTHING
    assert sheet.columns[-1].format_value(unknown.amount[1]) == NOTHING
