"""What happens around a run: its settings are checked, its story is told, and a failed one is taken back."""

from __future__ import annotations

import logging
import os
import shutil
from collections import defaultdict
from pathlib import Path
from time import perf_counter
from typing import Any

import ibis.expr.types as ir
import pandas as pd
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import AbstractVersionedDataset, DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from lgs_pipeline.datasets import StagedTableDataset
from lgs_pipeline.headlines import headlines
from lgs_pipeline.parameters import check_parameters

logger = logging.getLogger("lgs_pipeline")


class ParameterCheck:
    """Refuses settings that no pipeline knows, wherever they come from, before anything runs."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check the merged settings of ``conf/`` and ``--params``."""
        check_parameters(context.config_loader["parameters"])


class RunStory:
    """Logs each node with the rows that it made and its seconds, and at the end the headline figures."""

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Begin to keep the time."""
        self._catalog = catalog
        self._run_started = perf_counter()
        self._node_started: dict[str, float] = {}
        self._saved: dict[str, list[str]] = defaultdict(list)
        logger.info("Run %s of %d nodes", run_params["run_id"], len(pipeline.nodes))

    @hook_impl
    def before_dataset_loaded(self, node: Node) -> None:
        """Begin to keep the node's time; with lazy tables, loading and saving are most of it."""
        self._node_started.setdefault(node.name, perf_counter())

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any, node: Node) -> None:
        """Log the node once it has saved all that it makes."""
        self._saved[node.name].append(f"{dataset_name}{_rows(self._catalog, dataset_name, data)}")
        if len(self._saved[node.name]) == len(node.outputs):
            seconds = perf_counter() - self._node_started[node.name]
            logger.info("%-28s %5.1f s  %s", node.name, seconds, ", ".join(self._saved[node.name]))

    @hook_impl
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Log the headline figures, and where the outputs are."""
        for headline in headlines(pipeline, catalog):
            logger.info(headline)
        folder = _common_folder(catalog, pipeline.all_outputs())
        seconds = perf_counter() - self._run_started
        logger.info("Done in %.1f s. Outputs: %s, version %s", seconds, folder, run_params["run_id"])


class AllOrNothing:
    """Makes what a run saved visible when it has succeeded, and takes it back when it has failed."""

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Nothing is saved yet."""
        self._saved: list[str] = []

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Remember what to make visible or take back."""
        self._saved.append(dataset_name)

    @hook_impl
    def after_pipeline_run(self, catalog: DataCatalog) -> None:
        """Give the engine's tables their place."""
        for dataset in (catalog[name] for name in self._saved):
            if isinstance(dataset, StagedTableDataset):
                dataset.promote()

    @hook_impl
    def on_pipeline_error(self, catalog: DataCatalog) -> None:
        """Remove the tables and versions saved so far; those of earlier runs stay."""
        for dataset in (catalog[name] for name in self._saved):
            if isinstance(dataset, StagedTableDataset):
                dataset.discard()
            elif isinstance(dataset, AbstractVersionedDataset) and (
                version := dataset.resolve_save_version()
            ):
                shutil.rmtree(Path(dataset._filepath) / version, ignore_errors=True)


def _rows(catalog: DataCatalog, dataset_name: str, data: Any) -> str:
    if isinstance(data, pd.DataFrame):
        return f" ({len(data):,} rows)"
    # Counting a table that was not saved would compute it once more.
    if isinstance(data, ir.Table) and not isinstance(catalog[dataset_name], MemoryDataset):
        return f" ({catalog.load(dataset_name).count().execute():,} rows)"
    return ""


def _common_folder(catalog: DataCatalog, dataset_names: set[str]) -> str:
    paths = [str(path) for name in dataset_names if (path := getattr(catalog[name], "_filepath", None))]
    return os.path.relpath(os.path.commonpath(paths)) if paths else "in memory only"
