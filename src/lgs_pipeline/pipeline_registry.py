"""The rooms, the pipelines by name, and what runs by default."""

from importlib import import_module
from types import ModuleType

from kedro.pipeline import Pipeline

ROOMS = (
    "ingestion",
    "cleaning",
    "customers",
    "monthly_metrics",
    "rfm",
    "clustering",
    "segment_profiles",
    "segmentation_comparison",
    "lifetime_value",
    "recommendations",
    "campaigns",
    "campaign_effect",
)
"""The rooms whose pipelines run by default, in the order of the story; ``reporting`` comes last."""

DECIDED_ON = ("launch_campaign", "load_warehouse")
"""The rooms whose pipelines run only when somebody asks for it, the second one in warehouses only."""


def register_pipelines() -> dict[str, Pipeline]:
    """Each room's pipeline by name; ``__default__`` is all but those that somebody has to decide on.

    The charts of all rooms are drawn with ``reporting``, so that a run of the others does not wait for them.
    """
    rooms = {room: import_room(room).create_pipeline() for room in ROOMS}
    charts = [draw() for room in ROOMS if (draw := getattr(import_room(room), "create_charts", None))]
    reporting = import_room("reporting").create_pipeline(rooms.values(), charts)
    pipelines = {**rooms, "reporting": sum(charts, start=reporting)}
    return {
        **pipelines,
        **{room: import_room(room).create_pipeline() for room in DECIDED_ON},
        "__default__": sum(pipelines.values(), start=Pipeline([])),
    }


def import_room(room: str, part: str = "pipeline") -> ModuleType:
    """A part of a room, such as its settings."""
    return import_module(f"lgs_pipeline.pipelines.{room}.{part}")
