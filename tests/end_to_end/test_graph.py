"""The pipeline graph as kedro-viz draws it: its rooms, and on a click their nodes; layers and previews."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lgs_pipeline.pipeline_registry import ROOMS, register_pipelines
from tests.end_to_end.browser import build_graph, serve
from tests.test_catalog import LAYERS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(sample_run, tmp_path_factory) -> Path:
    """The static pages; their program keeps what it draws under ``api``."""
    return build_graph(sample_run.copy(tmp_path_factory.mktemp("graph") / "project"))


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    with serve(site) as address:
        yield address


@pytest.fixture
def open_graph(chromium, address) -> Iterator:
    """Opens the graph of a pipeline, all rooms open unless the view says otherwise, with an entry selected."""
    context = chromium.new_context(viewport={"width": 1600, "height": 1000})
    # The fonts of another host are not missed.
    context.route(lambda url: not url.startswith(address), lambda route: route.abort())

    def opened(pipeline: str, selected: str | None = None, view: str = "expandAllPipelines=true"):
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{address}?pid={pipeline}&{view}")
        # Of a graph as large as that of all rooms, kedro-viz asks first.
        anyway = page.get_by_role("button", name="Render it anyway")
        page.locator(".pipeline-node").or_(anyway).first.wait_for()
        if anyway.is_visible():
            anyway.click()
            page.locator(".pipeline-node").first.wait_for()
        if selected:
            page.get_by_role("button", name=selected, exact=True).or_(
                page.get_by_text(selected, exact=True)
            ).first.click()
            page.locator(".pipeline-metadata").wait_for()
        return page

    yield opened
    context.close()


def test_it_holds_every_pipeline_and_layer_and_no_path_of_this_machine(site):
    graph = json.loads((site / "api" / "main").read_text())
    assert {pipeline["id"] for pipeline in graph["pipelines"]} == set(register_pipelines())
    assert graph["layers"] == sorted(LAYERS)
    assert str(Path.home()) not in (site / "api" / "main").read_text()


def test_it_opens_on_the_rooms_and_a_click_on_one_shows_its_nodes(open_graph):
    page = open_graph("__default__", view="types=nodes")
    rooms, nodes = page.locator(".pipeline-node--modularPipeline"), page.locator(".pipeline-node--task")
    assert set(rooms.all_text_contents()) == {*ROOMS, "reporting"}
    assert nodes.count() == 0
    rooms.filter(has_text="rfm").first.click()
    nodes.first.wait_for()
    in_room = {node.short_name for node in register_pipelines()["__default__"].nodes if node.namespace == "rfm"}
    assert set(nodes.all_text_contents()) == in_room
    assert page.errors == []


@pytest.mark.parametrize("pipeline", ["__default__", "rfm"])
def test_every_node_of_a_pipeline_is_drawn(open_graph, pipeline):
    page = open_graph(pipeline)
    drawn = set(page.locator(".pipeline-node--task").all_text_contents())
    assert drawn == {node.short_name for node in register_pipelines()[pipeline].nodes}
    assert page.errors == []


def test_a_table_is_previewed(open_graph):
    page = open_graph("rfm", "rfm_segments")
    preview = page.locator(".pipeline-metadata table").first
    preview.wait_for()
    assert "Champions" in preview.inner_text()


def test_a_chart_is_previewed(open_graph):
    page = open_graph("reporting", "segment_treemap_chart")
    picture = page.locator(".pipeline-metadata img").first
    picture.wait_for()
    assert picture.evaluate("image => image.naturalWidth") > 100
