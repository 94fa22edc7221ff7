"""Kedro settings of the project."""

from typing import Any

from lgs_pipeline.datasets.atomic import register_atomic_local_filesystem
from lgs_pipeline.hooks import AllOrNothing, ParameterCheck, RunStory

# A run killed while it saves must not leave a file that a later load would take for a result.
register_atomic_local_filesystem()

HOOKS = (ParameterCheck(), RunStory(), AllOrNothing())

CONFIG_LOADER_ARGS: dict[str, Any] = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment names only the settings that it changes.
    "merge_strategy": {"parameters": "soft", "globals": "soft"},
}
