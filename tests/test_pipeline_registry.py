"""The registry: what can be run by name, that rooms build on each other, and that names tell the story."""

import re
from collections import Counter
from graphlib import TopologicalSorter

import pytest

from lgs_pipeline.pipeline_registry import DECIDED_ON, ROOMS, register_pipelines

PIPELINES = register_pipelines()
NODES = PIPELINES["__default__"].nodes


def test_the_default_is_every_room_but_those_that_somebody_decides_on():
    by_name = {name: {node.name for node in pipeline.nodes} for name, pipeline in PIPELINES.items()}
    default = by_name.pop("__default__")
    decided_on = [by_name.pop(room) for room in DECIDED_ON]
    assert default == set.union(*by_name.values())
    assert not default & set.union(*decided_on)


def test_each_room_is_a_box_of_the_graph():
    assert {node.namespace for node in NODES} == {*ROOMS, "reporting"}
    for room in (*ROOMS, *DECIDED_ON):
        assert {node.namespace for node in PIPELINES[room].nodes} == {room}


def test_rooms_build_on_each_other_without_a_circle():
    maker = {output: node.namespace for node in NODES for output in node.outputs}
    order = TopologicalSorter({room: set() for room in (*ROOMS, "reporting")})
    for node in NODES:
        for name in node.inputs:
            if maker.get(name, node.namespace) != node.namespace:
                order.add(node.namespace, maker[name])
    assert set(order.static_order()) == {*ROOMS, "reporting"}


def test_recommendations_need_no_clusters():
    needed = PIPELINES["__default__"].to_outputs("product_recommendations")
    assert "clustering" not in {node.namespace for node in needed.nodes}


def test_a_node_is_called_by_one_name_in_the_log():
    assert [name for name, times in Counter(node.short_name for node in NODES).items() if times > 1] == []


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.short_name)
def test_a_node_is_named_by_a_verb_and_its_function_explained(node):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", node.short_name)
    assert node.short_name.startswith(node.func.__name__.split("_")[0])
    assert node.func.__doc__


def test_everything_starts_from_the_extract_and_from_what_was_launched():
    free = {name for name in PIPELINES["__default__"].inputs() if not name.startswith("param")}
    assert free == {"extract", "launched_campaigns", "past_mailings"}
