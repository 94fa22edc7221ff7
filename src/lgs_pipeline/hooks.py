"""Around a run: its settings are checked, its story is logged, and a failed one is taken back."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections import defaultdict
from pathlib import Path, PurePath
from time import perf_counter
from typing import Any, TextIO

import ibis.expr.types as ir
import pandas as pd
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import AbstractDataset, AbstractVersionedDataset, DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from lgs_pipeline import __version__
from lgs_pipeline.chapters import SUFFIX, read_chapters
from lgs_pipeline.datasets.staged_table import Staged, StagedTableDataset
from lgs_pipeline.errors import InputError
from lgs_pipeline.parameters import check_parameters
from lgs_pipeline.pipeline_registry import ROOMS

logger = logging.getLogger("lgs_pipeline")

PUBLISHED = "published"
"""The catalog entry of an environment whose tables are published in a database, beside the files."""


class ParameterCheck:
    """Refuses settings that no pipeline knows, wherever they come from, before anything runs."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check the merged settings of ``conf/`` and ``--params``."""
        check_parameters(context.config_loader["parameters"])

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Refuse what the run could not use, or not find."""
        if "SequentialRunner" not in run_params["runner"]:
            raise InputError("The engine shares one connection between nodes: run with the SequentialRunner")
        begins_with = sorted(name for name in pipeline.inputs() if not _is_setting(name))
        if missing := [name for name in begins_with if name not in catalog]:
            raise InputError(
                f"The environment {run_params['env'] or 'local'} has no {', '.join(missing)}, which the run "
                "begins with: choose another --env (load_warehouse needs postgres), or other --pipelines"
            )
        given = run_params["runtime_params"] or {}
        launching = sorted({"campaign", "launch_date"} & set(given))
        if launching and "params:campaign" not in pipeline.inputs():
            raise InputError(f"Settings: {' and '.join(launching)}: only for a launch; add --pipelines launch_campaign")
        if "extract" in given and not _reads_extract(catalog, begins_with):
            raise InputError(
                f"Settings: extract: the run begins with {', '.join(begins_with)} and would not read it; in "
                "the environment postgres, load it first (--pipelines load_warehouse); in others, include ingestion "
                "in the run"
            )
        _refuse_settings_of_others(pipeline, begins_with, set(given))
        for name in begins_with:
            maker = _maker_of(name)
            if maker and _is_of_a_run(catalog[name]) and not catalog.exists(name):
                raise InputError(
                    f"{name}: found no output of an earlier run, but this run needs it; run "
                    f"{maker} first, or the whole pipeline"
                )


class RunStory:
    """Logs each node with the rows that it made and its seconds, and at the end the headline figures."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Begin to keep the time."""
        self._catalog = catalog
        self._run_started = perf_counter()
        self._node_started: dict[str, float] = {}
        self._saved: dict[str, list[str]] = defaultdict(list)
        logger.info("Run %s of %d nodes, lgs_pipeline %s", run_params["run_id"], len(pipeline.nodes), __version__)

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
            saved = ", ".join(self._saved[node.name])
            logger.info("%-28s %5.1f s  %s", node.short_name, seconds, saved)

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Log what the chapters of the run's rooms say in a line, and where the outputs are."""
        made = [name for name in pipeline.all_outputs() if name.endswith(SUFFIX)]
        chapters = {name: catalog.load(name) for name in made}
        for chapter in read_chapters(chapters, ROOMS).values():
            if chapter.log:
                logger.info(chapter.log)
        folder = _common_folder(catalog, pipeline.all_outputs())
        seconds = perf_counter() - self._run_started
        logger.info("Done in %.1f s. Outputs: %s, version %s", seconds, folder, run_params["run_id"])


class AllOrNothing:
    """Makes what a run saved visible when it has succeeded, and takes it back when it has failed.

    Until then versions are written under ``.staging`` of the environment's data root, and tables of the
    engine beside their place: whoever loads something sees the last run that succeeded, also after one
    that was killed. One run at a time writes under a data root.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Learn where the environment writes."""
        self._data_root = Path(context.project_path) / context.config_loader["globals"]["data_root"]

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Lock the data root for this run, and write its versions to the staging folder."""
        self._lock = _locked(self._data_root)
        self._catalog = catalog
        self._staging = self._data_root / ".staging"
        # What a killed run left.
        shutil.rmtree(self._staging, ignore_errors=True)
        self._outputs = [catalog[name] for name in sorted(pipeline.all_outputs()) if name in catalog]
        self._places: dict[AbstractVersionedDataset, PurePath] = {}
        for dataset in self._outputs:
            if isinstance(dataset, AbstractVersionedDataset) and not isinstance(dataset, Staged):
                self._places[dataset] = dataset._filepath
                within = os.path.relpath(dataset._filepath, self._data_root)
                dataset._filepath = type(dataset._filepath)(self._staging) / within

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Where tables are published in a database, publish this one there as well."""
        is_file = isinstance(self._catalog[dataset_name], AbstractVersionedDataset)
        if is_file and isinstance(data, pd.DataFrame) and PUBLISHED in self._catalog:
            self._catalog.save(PUBLISHED, {dataset_name: data})

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Give everything its place: the tables of the engine first, then the versions."""
        try:
            for dataset in self._staged():
                dataset.promote()
        except Exception:
            self._take_back()
            raise
        for written, place in self._places.items():
            for version in Path(written._filepath).glob("*"):
                Path(place).mkdir(parents=True, exist_ok=True)
                version.rename(Path(place) / version.name)
        self._end()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Remove what was saved so far; everything of earlier runs stays."""
        self._take_back()

    def _take_back(self) -> None:
        for dataset in self._staged():
            dataset.discard()
        self._end()

    def _staged(self) -> list[Staged]:
        # A warehouse's own lines are replaced last, when nothing else can fail any more.
        published = [self._catalog[PUBLISHED]] if PUBLISHED in self._catalog else []
        return [dataset for dataset in [*published, *self._outputs] if isinstance(dataset, Staged)]

    def _end(self) -> None:
        for dataset, place in self._places.items():
            dataset._filepath = type(dataset._filepath)(place)
        shutil.rmtree(self._staging, ignore_errors=True)
        self._lock.close()


def _locked(folder: Path) -> TextIO:
    """A file that only one process at a time can have open like this; the lock ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise InputError(f"Another run is writing to {folder}: wait until it has ended") from error
    return lock


def _is_of_a_run(dataset: AbstractDataset) -> bool:
    return isinstance(dataset, StagedTableDataset | AbstractVersionedDataset)


def _is_setting(dataset_name: str) -> bool:
    return dataset_name == "parameters" or dataset_name.startswith("params:")


def _refuse_settings_of_others(pipeline: Pipeline, begins_with: list[str], groups: set[str]) -> None:
    """Refuse settings that what the run begins with depends on, but which would change nothing of it."""
    default = pipelines["__default__"]
    made_before = default.to_outputs(*default.all_outputs().intersection(begins_with))
    for node in sorted(set(made_before.nodes) - set(pipeline.nodes)):
        if changed := groups & {name.removeprefix("params:") for name in node.inputs if _is_setting(name)}:
            raise InputError(
                f"Settings: {changed.pop()}: the run begins with what {node.namespace} made in an earlier run, which "
                f"this setting would not change; add {node.namespace} to --pipelines"
            )


def _maker_of(dataset_name: str) -> str | None:
    makers = (name for name, pipeline in pipelines.items() if dataset_name in pipeline.all_outputs())
    return next(makers, None)


def _reads_extract(catalog: DataCatalog, names: list[str]) -> bool:
    from lgs_pipeline.datasets import RetailExtractDataset

    return any(isinstance(catalog[name], RetailExtractDataset) for name in names)


def _rows(catalog: DataCatalog, dataset_name: str, data: Any) -> str:
    if isinstance(data, pd.DataFrame):
        return f" ({len(data):,} rows)"
    if (saved := getattr(catalog[dataset_name], "saved_rows", None)) is not None:
        return f" ({saved:,} rows)"
    # Counting a table that was not saved would compute it once more.
    if isinstance(data, ir.Table) and not isinstance(catalog[dataset_name], MemoryDataset):
        return f" ({catalog.load(dataset_name).count().execute():,} rows)"
    return ""


def _common_folder(catalog: DataCatalog, dataset_names: set[str]) -> str:
    datasets = [catalog[name] for name in dataset_names if name in catalog]
    paths = [str(path) for dataset in datasets if (path := getattr(dataset, "_filepath", None))]
    return os.path.relpath(os.path.commonpath(paths)) if paths else "in memory only"
