"""Take the README's pictures: the report and the pipeline graph of the sample extract, in a real browser."""

import sys
import tempfile
from pathlib import Path

from tests.building import PROJECT
from tests.end_to_end.browser import NO_BROWSER, build_graph, find_browser, open_browser, report_of, serve
from tests.end_to_end.project import Project

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
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.route(lambda url: not url.startswith(address), lambda route: route.abort())
            page.goto(f"{address}?pid=__default__&types=nodes")
            page.locator(".pipeline-node").first.wait_for()
            page.add_style_tag(content=".feature-hints { display: none }")
            page.wait_for_timeout(1500)
            page.screenshot(path=PICTURES / "rooms.png")
            page.goto(f"{address}?pid=rfm&expandAllPipelines=true")
            page.locator(".pipeline-node").first.wait_for()
            page.add_style_tag(content=".feature-hints { display: none }")
            page.get_by_text("rfm_segments", exact=True).first.click()
            page.locator(".pipeline-metadata table").first.wait_for()
            # The graph moves to what was selected.
            page.wait_for_timeout(1500)
            page.screenshot(path=PICTURES / "graph.png")


if __name__ == "__main__":
    main()
