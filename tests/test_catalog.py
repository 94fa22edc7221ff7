"""The catalog: every entry resolves, is used, says its layer, and guards what others read."""

import re
from fnmatch import filter as matching
from graphlib import TopologicalSorter
from itertools import product

import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import AbstractVersionedDataset, DataCatalog

from lgs_pipeline.pipeline_registry import ROOMS, register_pipelines
from lgs_pipeline.settings import CONFIG_LOADER_ARGS
from tests.building import PROJECT

LAYERS = {
    "01_raw",
    "02_intermediate",
    "03_primary",
    "04_feature",
    "06_models",
    "07_model_output",
    "08_reporting",
}

# What others read, by the design; what is not here is between our own nodes.
PUBLIC_TABLES = {
    "retail", "transactions", "excluded_lines", "data_quality", "invoices", "invoice_amount_distribution",
    "monthly_metrics", "cohort_retention", "rfm", "rfm_thresholds", "rfm_segments", "segment_migration",
    "findings", "segment_places", "moments", "product_names", "extracts",
    "customer_features", "kmeans_selection", "kmeans_clusters", "kmeans_profile",
    "segment_cluster_crosstab", "segment_cluster_agreement", "segmentation_comparison", "segment_profiles",
    "clv_parameters", "customer_lifetime_value", "clv_tiers", "clv_validation",
    "campaign_plan", "campaign_targets", "campaign_ledger", "campaign_effect",
    "product_recommendations", "recommendation_evaluation", "recommendation_selection",
}  # fmt: skip
ENGINE_TABLES = {"retail", "transactions", "excluded_lines", "invoices"}


def config_of(environment: str) -> dict:
    """The catalog's entries; one for a kind of dataset, such as any chart, is there once for each of them."""
    loader = OmegaConfigLoader(conf_source=str(PROJECT / "conf"), env=environment, **CONFIG_LOADER_ARGS)
    entries: dict = {}
    for name, entry in loader["catalog"].items():
        if not (kind := re.search(r"\{\w+\}", name)):
            entries[name] = entry
            continue
        for dataset in matching(register_pipelines()["__default__"].datasets(), name.replace(kind[0], "*")):
            one = dataset.removesuffix(name.removeprefix(kind[0]))
            entries[dataset] = {**entry, "filepath": entry["filepath"].replace(kind[0], one)}
    # Kedro reads files in any order; tests are named after entries, in the same order in every process.
    return dict(sorted(entries.items()))


BASE = config_of("base")


@pytest.mark.parametrize("environment", ["base", "poc"])
def test_every_entry_resolves(environment):
    catalog = DataCatalog.from_config(config_of(environment))
    for name in BASE:
        assert catalog[name] is not None


def test_every_entry_is_used():
    pipelines = register_pipelines()
    assert set(BASE) <= pipelines["__default__"].datasets() | pipelines["launch_campaign"].datasets()


@pytest.mark.parametrize("name", BASE)
def test_an_entry_says_its_layer_and_lies_there(name):
    layer = BASE[name]["metadata"]["kedro-viz"]["layer"]
    assert layer in LAYERS
    assert f"/{layer}/" in BASE[name]["filepath"]


def test_layers_follow_each_other_without_a_circle():
    layer_of = {name: entry["metadata"]["kedro-viz"]["layer"] for name, entry in BASE.items()}
    feeds: dict[str, set[str]] = {}
    for node in register_pipelines()["__default__"].nodes:
        for source, target in product(node.inputs, node.outputs):
            feeds.setdefault(target, set()).add(source)
    order = TopologicalSorter({layer: set() for layer in LAYERS})
    for name, layer in layer_of.items():
        for source in _filed_before(name, feeds, layer_of):
            if layer_of[source] != layer:
                order.add(layer, layer_of[source])
    assert set(order.static_order()) == LAYERS


def _filed_before(name: str, feeds: dict[str, set[str]], layer_of: dict[str, str]) -> set[str]:
    """The catalog entries that a dataset is made from, looking through what stays in memory."""
    found = set()
    for source in feeds.get(name, ()):
        found |= {source} if source in layer_of else _filed_before(source, feeds, layer_of)
    return found


@pytest.mark.parametrize("name", [*ROOMS, "reporting", "launch_campaign"])
def test_a_room_can_run_on_what_an_earlier_run_has_made(name):
    begins_with = {name for name in register_pipelines()[name].inputs() if not name.startswith("param")}
    assert begins_with <= BASE.keys()


def test_every_public_table_has_a_schema_on_save():
    for name in PUBLIC_TABLES:
        assert BASE[name]["validator"]["on"] == ["save"]


def test_every_public_table_but_those_of_the_engine_is_versioned():
    catalog = DataCatalog.from_config(BASE)
    for name in PUBLIC_TABLES - ENGINE_TABLES:
        assert BASE[name]["versioned"]
        assert isinstance(catalog[name], AbstractVersionedDataset)


def test_each_environment_writes_under_its_own_root():
    for name, entry in config_of("poc").items():
        if name != "extract":
            assert entry["filepath"].startswith("data/poc/")


def test_all_tables_of_the_engine_share_one_connection():
    connections = [entry["connection"] for entry in BASE.values() if "connection" in entry]
    assert all(connection == connections[0] for connection in connections)
