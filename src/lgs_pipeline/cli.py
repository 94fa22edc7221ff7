"""The project's commands: Kedro's own, with errors that the user can mend in one line."""

from traceback import walk_tb
from typing import Any

import click
import duckdb
from kedro.config import MissingConfigException
from kedro.framework.cli.project import run as kedro_run
from kedro.io import DatasetError
from kedro.validation import DataValidationError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from lgs_pipeline.errors import InputError, database_complaint

# What these say is about the extract, the settings or the files of the run, not about the code.
ERRORS_OF_THE_RUN = (
    InputError,
    DatasetError,
    DataValidationError,
    MissingConfigException,
    OmegaConfBaseException,
    YAMLError,
    duckdb.Error,
)


@click.group(name="lgs_pipeline")
def cli() -> None:
    """Commands of lgs_pipeline."""


class _InOneLine(click.Command):
    """A command that says in one line what the user can mend."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Exception as error:
            complaint = database_complaint(error)
            if complaint is None and not _is_for_the_user(error):
                raise
            click.secho(f"Error: {' '.join((complaint or str(error)).split())}", fg="red", err=True)
            raise click.exceptions.Exit(1) from error


def _is_for_the_user(error: Exception) -> bool:
    if isinstance(error, ERRORS_OF_THE_RUN):
        return True
    # Before any node runs, a ValueError is Kedro's: the pipeline or node asked for is not there.
    modules = (frame.f_globals["__name__"] for frame, _ in walk_tb(error.__traceback__))
    return isinstance(error, ValueError) and not any(module.startswith("kedro.runner") for module in modules)


cli.add_command(_InOneLine("run", params=kedro_run.params, callback=kedro_run.callback, help=kedro_run.help))
