"""The findings: what a head of marketing should know after a minute, each a figure and a sentence."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from lgs_pipeline.chapters import Finding, read_chapters
from lgs_pipeline.pipelines.reporting.settings import ReportingSettings


def gather_findings(settings: ReportingSettings, **chapters: Any) -> pd.DataFrame:
    """The findings of all chapters, by topic in the order of the settings; other topics follow.

    Findings of one topic become one, which begins with the one that has a figure; those with a title stay
    apart.

    Returns
    -------
    pandas.DataFrame
        A row per finding, the public columns of ``findings``.
    """
    found = [finding for chapter in read_chapters(chapters, settings.chapters).values() for finding in chapter.findings]
    topics = dict.fromkeys([*settings.findings, *(finding.topic for finding in found)])
    rows = [
        finding.model_dump()
        for topic in topics
        for finding in _joined([finding for finding in found if finding.topic == topic])
    ]
    table = pd.DataFrame(rows, columns=list(Finding.model_fields)).astype("str")
    return table.rename(columns={"sentence": "finding"})


def _joined(findings: Sequence[Finding]) -> Iterator[Finding]:
    apart = [finding for finding in findings if finding.title]
    together = sorted((finding for finding in findings if not finding.title), key=lambda found: not found.figure)
    if together:
        sentences = " ".join(finding.sentence for finding in together)
        yield together[0].model_copy(update={"sentence": sentences})
    yield from apart
