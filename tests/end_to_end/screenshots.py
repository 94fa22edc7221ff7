"""Take the README's pictures: the report and the pipeline graph of the sample extract, in a real browser."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.building import PROJECT
from tests.end_to_end.browser import NO_BROWSER, build_graph, find_browser, open_browser, report_of, serve
from tests.end_to_end.project import Project

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = PROJECT / "docs" / "images"


def main() -> None:
    """Run on the sample extract in a folder that is gone afterwards, and look at it."""
    executable = find_browser()
    if executable is None:
        sys.exit(NO_BROWSER)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, open_browser(executable) as browser:
        project = Project.make(Path(scratch) / "lgs_pipeline")
        project.succeed()
        page = browser.new_page(viewport={"width": 1280, "height": 1240})
        page.goto(report_of(project).as_uri())
        page.screenshot(path=PICTURES / "report.png")
        with serve(build_graph(project)) as address:
            _open_graph(browser, f"{address}?pid=__default__&types=nodes").screenshot(path=PICTURES / "rooms.png")
            page = _open_graph(browser, f"{address}?pid=rfm&expandAllPipelines=true")
            page.get_by_text("rfm_segments", exact=True).first.click()
            page.locator(".pipeline-metadata table").first.wait_for()
            # The graph moves to what was selected.
            page.wait_for_timeout(1500)
            page.screenshot(path=PICTURES / "graph.png")


def _open_graph(browser: "Browser", address: str) -> "Page":
    """A page of its own, for the graph remembers what it has been set to."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.route(lambda url: not url.startswith(address.partition("?")[0]), lambda route: route.abort())
    page.goto(address)
    page.locator(".pipeline-node").first.wait_for()
    page.add_style_tag(content=".feature-hints { display: none }")
    page.wait_for_timeout(1500)
    return page


if __name__ == "__main__":
    main()
