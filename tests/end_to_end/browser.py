"""What is seen in a browser: the report as a file, and the pipeline graph as a site."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from tests.end_to_end.project import Project

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
NO_BROWSER = f"no browser was found: the PATH has none of {', '.join(NAMES)}"


def find_browser() -> str | None:
    """The path of an installed browser that Playwright can drive."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser(executable: str) -> Iterator["Browser"]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


def report_of(project: Project) -> Path:
    """The latest report."""
    return max((project.folder / "data" / "08_reporting" / "report.html").glob("*/report.html"))


def build_graph(project: Project) -> Path:
    """Make the pipeline graph as static pages, as ``kedro viz build`` does."""
    command = [sys.executable, "-W", "ignore", "-m", "kedro", "viz", "build", "--include-previews"]
    subprocess.run(command, cwd=project.folder, env=project.environment, check=True, capture_output=True)
    return project.folder / "build"


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
