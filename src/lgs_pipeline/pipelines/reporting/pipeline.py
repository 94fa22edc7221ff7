from collections.abc import Iterable

from kedro.pipeline import Pipeline

from lgs_pipeline.chapters import SUFFIX
from lgs_pipeline.pipelines.reporting import findings, report, segment_cards, workbook
from lgs_pipeline.pipelines.reporting.settings import SEGMENTS
from lgs_pipeline.wiring import make_room, step, tell


def create_pipeline(rooms: Iterable[Pipeline], charts: Iterable[Pipeline]) -> Pipeline:
    """From the rooms' chapters and drawings to the findings, the report and the workbook.

    The workbook's sheets show datasets that the rooms' chapters are made from.
    """
    cards = _segment_cards()
    telling = [node for room in [*rooms, cards] for node in room.nodes if node.outputs[0].endswith(SUFFIX)]
    chapters = _by_name(node.outputs[0] for node in telling)
    tables = _by_name(name for node in telling for name in node.inputs if not name.startswith("params:"))
    drawings = _by_name(name for room in charts for name in room.outputs() if name.endswith("_drawing"))
    about = {"findings": "findings", "data_period": "data_period", "settings": "params:reporting"}
    return make_room(
        "reporting",
        cards,
        step(findings.gather_findings, {"settings": "params:reporting", **chapters}, "findings"),
        step(report.list_settings, "parameters", "settings_in_force"),
        step(
            report.write_report, {**about, "settings_in_force": "settings_in_force", **chapters, **drawings}, "report"
        ),
        step(workbook.write_workbook, {**tables, **chapters, **about}, "workbook"),
    )


def _segment_cards() -> Pipeline:
    """What several rooms know of each segment."""
    return Pipeline(
        [
            step(
                segment_cards.list_customers,
                [*("rfm", "customer_lifetime_value", "kmeans_clusters", "campaign_targets"), "params:reporting"],
                ["segment_customers", "segment_lists"],
            ),
            tell(
                SEGMENTS,
                segment_cards.tell_segments,
                [
                    *("rfm_segments", "segment_places", "segment_migration", "segment_profiles"),
                    *("campaign_targets", "campaign_plan", "segment_customers", "segment_lists", "data_quality"),
                    *("params:rfm", "params:lifetime_value"),
                ],
            ),
        ]
    )


def _by_name(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in sorted(set(names))}
