"""The public table of reporting."""

from lgs_pipeline.tables import Table, text


class Findings(Table):
    """A row per finding, in the order of the report."""

    topic: str = text("Topic", "what the finding is about")
    section: str = text("Section", "anchor of the section of the report that says more")
    figure: str = text("Figure", "the figure, as it is written; empty where there is only a sentence")
    finding: str = text("Finding", "the sentence or sentences that say what the figure means")
    heading: str = text("Heading", "heading over the finding and others like it; empty for most")
    title: str = text("Title", "title of the finding itself; empty for most")
    advice: str = text("Advice", "what to do; empty for most")
