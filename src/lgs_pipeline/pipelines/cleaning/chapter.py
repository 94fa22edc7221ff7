"""What report, workbook and log say of the lines that count and of those that do not."""

import pandas as pd

from lgs_pipeline.chapters import Chapter, Finding, Section, Sheet, rows_of
from lgs_pipeline.pipelines.cleaning.schemas import RULES, DataQuality
from lgs_pipeline.tables import column_of, columns_of
from lgs_pipeline.wording import count, percent

_TERMS = {
    "Cancellation": "An invoice that takes goods back.",
    "Line": "One product, or one charge, on an invoice.",
}


def tell_cleaning(data_quality: pd.DataFrame, data_doubts: pd.DataFrame) -> Chapter:
    """How far the data can be trusted: where every line of the extract went, and what is doubtful."""
    doubts = [Finding(topic="trust", section="trust", sentence=doubt) for doubt in data_doubts.statement]
    numbers = columns_of(DataQuality, "lines", "share_of_lines", "amount")
    rule = column_of(DataQuality, "rule")
    table = rows_of("Where every line of the extract went", data_quality, [rule, *numbers])
    as_code = column_of(DataQuality, "rule", labels={})
    in_words = column_of(DataQuality, "rule", heading="In words")
    return Chapter(
        findings=[_share_that_counts(data_quality), *doubts],
        sections=[Section(anchor="trust", question="How far can this be trusted?", tables=[table])],
        sheets=[Sheet(name="Lines", dataset="data_quality", columns=[as_code, in_words, *numbers])],
        log=_log(data_quality),
        terms=_TERMS,
    )


def _share_that_counts(data_quality: pd.DataFrame) -> Finding:
    lines = data_quality.set_index("rule")
    counted = lines.share_of_lines["transactions"]
    share = percent(counted, digits=1 if counted < 1 else 0)
    sentence = (
        f"{share} of the extract's lines count ({count(lines.lines['transactions'])} of {count(lines.lines['total'])})."
    )
    reasons = lines.lines.drop(["transactions", "total"])
    if reasons.sum():
        top = reasons.idxmax()
        sentence += f" The most common reason for leaving out a line: {RULES.get(top, top)}."
    return Finding(topic="trust", section="trust", figure=share, sentence=sentence)


def _log(data_quality: pd.DataFrame) -> str:
    lines = data_quality.set_index("rule").lines
    reasons = lines.drop(["transactions", "total"])
    excluded = ", ".join(f"{number:,} {reason}" for reason, number in reasons[reasons > 0].items())
    counts = f"{lines.total:,} read, {lines.transactions:,} count, {reasons.sum():,} excluded"
    return f"Lines: {counts}: {excluded}" if excluded else f"Lines: {counts}"
