"""All settings of the project, composed of those of its rooms and checked.

What each setting does to the results is said beside its default, in ``conf/base/<room>/parameters.yml``.
"""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError, create_model, model_validator

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipeline_registry import ROOMS, import_room
from lgs_pipeline.pipelines.launch_campaign.settings import LaunchCampaignSettings
from lgs_pipeline.typed_settings import Settings, nearest


class _Composed(LaunchCampaignSettings):
    """What belongs to no group, and what groups have to agree on."""

    # The catalog has the path to read if none is given here.
    extract: Annotated[str, Field(min_length=1)] = "(not given)"

    @model_validator(mode="after")
    def _check_beside_each_other(self) -> "_Composed":
        groups = {name: getattr(self, name) for name in type(self).model_fields}
        problems = []
        for name, group in {**groups, "": self}.items():
            if isinstance(group, Settings):
                try:
                    group.check_beside(groups)
                except ValueError as error:
                    problems.append(": ".join(filter(None, [name, str(error)])))
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _groups() -> Iterator[tuple[str, type[Settings]]]:
    """The settings of each room that has any, by convention ``<Room>Settings`` in its ``settings.py``."""
    for room in (*ROOMS, "reporting"):
        if find_spec(f"lgs_pipeline.pipelines.{room}.settings"):
            yield room, getattr(import_room(room, "settings"), f"{room.title().replace('_', '')}Settings")


_GROUPS: dict[str, Any] = {room: (settings, ...) for room, settings in _groups()}
Parameters: Any = create_model("Parameters", __base__=_Composed, **_GROUPS)
"""All settings, as ``conf/`` and ``--params`` hold them: a group for each room."""


def check_parameters(parameters: Mapping[str, Any]) -> Any:
    """The project's settings, checked.

    Raises
    ------
    InputError
        If a setting is unknown (with the nearest right name), missing or not of its kind, or, where each is right
        by itself, if groups do not fit each other. One line, with every problem found.
    """
    try:
        return Parameters.model_validate(parameters)
    except ValidationError as error:
        problems = "; ".join(dict.fromkeys(_explain(problem) for problem in error.errors()))
        raise InputError(f"Settings: {problems}") from error


def _explain(problem: Any) -> str:
    path = [str(key) for key in problem["loc"]]
    message = problem["msg"].removeprefix("Value error, ")
    if not path:
        return message
    *parents, last = path
    within = "".join(f"{name}." for name in parents)
    if last == "[key]":
        *group, key = parents
        advice = nearest(key, _keys_of(group))
        return f"{'.'.join(parents)} is unknown; {advice}"
    if problem["type"] == "extra_forbidden":
        return f"{within}{last} is unknown; {nearest(last, _names_in(parents), within)}"
    if problem["type"] == "missing":
        return f"{within}{last} is missing"
    if problem["type"] == "value_error":
        return f"{within}{last}: {message}"
    return f"{within}{last}: found {problem['input']!r}, {message[0].lower()}{message[1:]}"


def _names_in(path: list[str]) -> list[str]:
    return sorted(name for model in _models(_annotation_at(path)) for name in model.model_fields)


def _keys_of(path: list[str]) -> list[str]:
    """The keys that a group with fixed keys can have."""
    annotation = _annotation_at(path)
    literals = [part for part in get_args(annotation) if get_origin(part) is Literal]
    return [key for literal in literals for key in get_args(literal)]


def _annotation_at(path: list[str]) -> Any:
    annotation: Any = Parameters
    for key in path:
        for model in _models(annotation):
            if key in model.model_fields:
                annotation = model.model_fields[key].annotation
    return annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The settings models named anywhere inside a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
