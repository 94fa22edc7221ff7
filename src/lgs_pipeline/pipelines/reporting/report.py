"""The report: one HTML page that needs nothing beside it, for a head of marketing."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pydantic import BaseModel

from lgs_pipeline import __version__
from lgs_pipeline.chapters import Section, read_chapters, rows_of
from lgs_pipeline.pipelines.reporting.page import Chart, make_chart, make_table, render_page
from lgs_pipeline.pipelines.reporting.settings import ReportingSettings
from lgs_pipeline.tables import Column
from lgs_pipeline.theme import NOTHING_TO_SHOW
from lgs_pipeline.wording import day, plain


def list_settings(parameters: Mapping[str, Any]) -> pd.DataFrame:
    """The settings of the run, by group: a row for each, with its name in full and its value as text."""
    # A group is a model where a node of the run asks for it as one.
    plain_values = {
        name: group.model_dump() if isinstance(group, BaseModel) else group for name, group in parameters.items()
    }
    # Kedro reads the files of settings in any order.
    groups = {name: group for name, group in sorted(plain_values.items()) if isinstance(group, Mapping)}
    return pd.DataFrame(_settings_in(groups), columns=["setting", "value"]).astype("str")


def _settings_in(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [row for key, inner in value.items() for row in _settings_in(inner, f"{name}.{key}" if name else key)]
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return [
            (f"{name}.{item.get('name', number)}", _in_words({k: v for k, v in item.items() if k != "name"}))
            for number, item in enumerate(value, start=1)
        ]
    return [(name, _in_words(value))]


def _in_words(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_in_words(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_in_words(item) for item in value) or "none"
    return "not set" if value is None else str(value)


def write_report(
    findings: pd.DataFrame,
    data_period: pd.DataFrame,
    settings: ReportingSettings,
    settings_in_force: pd.DataFrame,
    **made: Any,
) -> str:
    """The page, as HTML: findings, the sections of all chapters, and what it was made from.

    ``made`` has the rooms' chapters and drawings, by dataset.
    """
    chapters = read_chapters(made, settings.chapters).values()
    charts = {
        name.removesuffix("_drawing"): make_chart(drawing)
        for name, drawing in made.items()
        if name.endswith("_drawing")
    }
    sections = [section for chapter in chapters for section in chapter.sections]
    shown = findings[findings.figure != ""]
    is_on_page = shown.section.isin([section.anchor for section in sections])
    shown = shown.assign(section=shown.section.where(is_on_page, ""))
    columns = [Column(name="setting", heading="Setting"), Column(name="value", heading="Value")]
    return render_page(
        shop=plain(settings.shop),
        version=__version__,
        period=_period(data_period),
        findings=shown[shown.title == ""].to_dict("records"),
        highlights={
            heading: rows.to_dict("records")
            for heading, rows in shown[shown.title != ""].groupby("heading", sort=False)
        },
        sections=[_lay_out(section, findings, charts) for section in sections],
        terms=sorted((term for chapter in chapters for term in chapter.terms.items()), key=_by_letters),
        sources=[source for chapter in chapters for source in chapter.sources],
        settings=make_table(rows_of("Settings of this run", settings_in_force, columns)),
    )


def _by_letters(term: tuple[str, str]) -> str:
    return term[0].lower()


def _lay_out(section: Section, findings: pd.DataFrame, charts: Mapping[str, Chart]) -> dict[str, Any]:
    """A section as the page shows it; drawings with nothing to show are left out."""
    is_of_section = (findings.section == section.anchor) & (findings.title == "")
    drawn = [charts[name] for name in section.drawings]
    return {
        "anchor": section.anchor,
        "question": section.question,
        "sentences": [*findings.finding[is_of_section], *section.sentences],
        "charts": [chart for chart in drawn if not chart.alt.endswith(NOTHING_TO_SHOW)],
        "tables": [make_table(rows) for rows in section.tables],
        "cards": section.cards,
    }


def _period(data_period: pd.DataFrame) -> str:
    period = data_period.iloc[0]
    first, last = day(period.first_line), day(period.last_line)
    return first if first == last else f"{first} to {last}"
