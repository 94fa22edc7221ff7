"""Kedro settings of the project."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from lgs_pipeline.datasets.atomic import register_atomic_local_filesystem
from lgs_pipeline.hooks import AllOrNothing, ParameterCheck, RunStory


def engine_table(name: str, layer: str, *, _parent_: DictConfig) -> DictConfig:
    """The catalog entry of a table of the engine that is not public: it has no schema.

    Kedro's own dataset factories go by the name of the dataset, which does not say its layer.
    """
    entry = {
        "type": "lgs_pipeline.datasets.StagedTableDataset",
        "filepath": f"${{globals:data_root}}/{layer}/{name}.parquet",
        "file_format": "parquet",
        "connection": "${globals:connection}",
        "metadata": {"kedro-viz": {"layer": layer}},
    }
    return OmegaConf.create(entry, parent=_parent_)


# A run killed while it saves must not leave a file that a later load would take for a result.
register_atomic_local_filesystem()

HOOKS = (ParameterCheck(), RunStory(), AllOrNothing())

CONFIG_LOADER_ARGS: dict[str, Any] = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment names only the settings that it changes.
    "merge_strategy": {"parameters": "soft", "globals": "soft"},
    "custom_resolvers": {"engine_table": engine_table},
}
