"""The registry: what can be run by name, and that the names tell the story."""

import re

import pytest

from lgs_pipeline.pipeline_registry import register_pipelines

PIPELINES = register_pipelines()
NODES = PIPELINES["__default__"].nodes


def test_the_default_is_every_pipeline_but_those_that_somebody_decides_on():
    by_name = {name: {node.name for node in pipeline.nodes} for name, pipeline in PIPELINES.items()}
    default, *decided_on = (
        by_name.pop(name) for name in ("__default__", "launch_campaign", "load_warehouse")
    )
    assert default == set.union(*by_name.values())
    assert not default & set.union(*decided_on)


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
def test_a_node_is_named_by_a_verb_and_its_function_explained(node):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", node.name)
    assert node.name.startswith(node.func.__name__.split("_")[0])
    assert node.func.__doc__


def test_everything_starts_from_the_extract_and_from_what_was_launched():
    free = {name for name in PIPELINES["__default__"].inputs() if not name.startswith("params:")}
    assert free == {"extract", "launched_campaigns", "past_mailings"}
