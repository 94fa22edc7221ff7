"""The public table of reporting."""

from lgs_pipeline.tables import Table, text


class Findings(Table):
    """A row per finding, in the order of the report."""

    topic: str = text("Topic", "what the finding is about")
    figure: str = text("Figure", "the figure, as it is written; empty where there is only a sentence")
    finding: str = text("Finding", "the sentence or sentences that say what the figure means")
    title: str = text("Title", "what the finding stands under; empty for most")
    advice: str = text("Advice", "what to do; empty for most")
