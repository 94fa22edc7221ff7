"""The workbook, read back: values are of their kinds, text is text, and nothing tells when it was made."""

import io
import re
import zipfile
from xml.etree import ElementTree

import fastexcel
import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.chapters import Sheet
from lgs_pipeline.pipelines.reporting import workbook as module
from tests import tables
from tests.building import settings_of
from tests.pipelines.reporting.documents import emptied, ordinary_tables, workbook
from tests.tables import CAMPAIGN_PLAN, campaign_effects

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet(content: bytes, name: str) -> pd.DataFrame:
    return fastexcel.read_excel(content).load_sheet(name).to_pandas()


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read(name).decode()


@pytest.fixture(scope="module")
def content() -> bytes:
    return workbook()


def test_there_is_a_sheet_for_findings_metrics_segments_and_each_list(content):
    assert fastexcel.read_excel(content).sheet_names == [
        "Findings", "Months", "Segments", "Moves between segments", "Tiers", "Campaigns", "Win back",
        "Keep close", "Clusters", "Lists", "Champions", "At Risk", "Potential Loyalists", "Lines", "Glossary",
        "About",
    ]  # fmt: skip


def test_months_are_real_dates_and_sales_real_numbers(content):
    months = sheet(content, "Months")
    assert months.Month.iloc[0] == pd.Timestamp("2010-01-01")
    assert months["Sales (£)"].iloc[0] == 1000.0
    assert np.isnan(months["Growth over the month before"].iloc[0])
    assert months["Part of a month"].iloc[-1] == "yes"


def test_a_list_holds_the_segment_s_customers_those_who_brought_most_first(content):
    champions = sheet(content, "Champions")
    assert champions.Customer.tolist() == ["12346", "12347"]
    assert champions["Monetary (£)"].tolist() == [800.0, 100.0]
    assert champions["Lifetime value (£)"].tolist() == [700.0, 90.0]
    assert champions.Cluster.tolist() == ["Frequent spenders"] * 2
    assert champions["Latest order"].iloc[0] == pd.Timestamp("2010-03-01")
    # A score such as 055 is text.
    assert champions["RFM score"].tolist() == ["553", "543"]


def test_numbers_of_customers_are_text_and_not_marked_as_an_error(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [part(content, name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert all('numberStoredAsText="1"' in sheet for sheet in sheets)


def test_a_campaign_s_list_holds_whom_to_contact_and_nobody_who_is_held_back(content):
    listed = sheet(content, "Keep close")
    assert listed.Customer.tolist() == ["12346"]
    assert listed["Usual products"].tolist() == ["MUG; TRAY"]
    assert sheet(content, "Campaigns").set_index("Sheet").loc["Keep close", "Held back"] == 1


def test_who_is_held_back_is_marked_in_the_list_of_the_segment(content):
    champions = sheet(content, "Champions").set_index("Customer")
    assert champions["Do not contact"].fillna("").to_dict() == {"12346": "", "12347": "yes"}
    assert champions.Campaign.tolist() == ["keep_close"] * 2


def test_effects_have_a_sheet_once_there_are_some():
    measured = sheet(workbook(campaign_effect=campaign_effects()), "Effects")
    assert measured["Sales gained (£)"].tolist() == [6000.0]
    assert measured["Complete"].tolist() == ["yes"]


def test_a_campaign_may_be_called_like_a_sheet():
    called = {
        "campaign_plan": CAMPAIGN_PLAN.replace("win_back", "effects"),
        "campaign_targets": ordinary_tables()["campaign_targets"].replace("win_back", "effects"),
    }
    names = fastexcel.read_excel(workbook(**called, campaign_effect=campaign_effects())).sheet_names
    assert "Effects (2)" in names


def test_a_campaign_and_a_segment_of_one_name_refer_each_to_its_own_list():
    found = ordinary_tables()
    renamed = {
        name: found[name].replace("Champions", "win_back")
        for name in ("rfm", "rfm_segments", "campaign_targets", "segment_migration")
    }
    content = workbook(settings_named("win_back"), **renamed)
    assert sheet(content, "Campaigns").set_index("Campaign").Sheet["win_back"] == "Win back"
    assert sheet(content, "Lists").set_index("Segment").Sheet["win_back"] == "win_back"


def settings_named(segment: str):
    """The settings with Champions under another name, and no campaigns."""
    rfm = settings_of("base").model_dump()["rfm"]
    segments = [{**each, "name": each["name"].replace("Champions", segment)} for each in rfm["segments"]]
    changed = {**rfm, "reference_moment": "data_end", "segments": segments}
    return settings_of("base", rfm=changed, campaigns={"plan": []})


def test_terms_have_a_sheet(content):
    glossary = sheet(content, "Glossary").set_index("Term").Meaning
    assert {"Cluster", "Lifetime value", "Median", "Recency", "Sales", "Segment", "Tier"} <= set(glossary.index)
    assert glossary["Lifetime value"].startswith("What a customer is expected to bring in the 12 months after")


@pytest.mark.slow
@pytest.mark.parametrize("segment", ["Tiers", "Clusters", "Campaigns"])
def test_a_segment_may_be_called_like_a_sheet(segment):
    found = ordinary_tables()
    renamed = {name: found[name].replace("Champions", segment) for name in ("rfm", "rfm_segments")}
    assert f"{segment} (2)" in fastexcel.read_excel(workbook(**renamed)).sheet_names


def test_a_value_without_end_is_an_empty_cell():
    months = ordinary_tables()["monthly_metrics"]
    endless = months.assign(sales_growth=float("inf"))
    assert sheet(workbook(monthly_metrics=endless), "Months")["Growth over the month before"].isna().all()


def test_a_long_list_is_cut_and_the_index_says_so():
    settings = settings_of("base", reporting={"largest_list": 1})
    content = workbook(settings)
    assert sheet(content, "Champions").Customer.tolist() == ["12346"]
    index = sheet(content, "Lists").set_index("Sheet")
    assert index.loc["Champions", ["Customers", "Listed here"]].tolist() == [2, 1]


def test_headers_are_frozen_in_every_sheet(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [name for name in book.namelist() if re.match(r"xl/worksheets/sheet\d+\.xml", name)]
        assert len(sheets) == 16
        for name in sheets:
            pane = ElementTree.fromstring(book.read(name)).find(f".//{MAIN}pane")
            assert pane.attrib["ySplit"] == "1"
            assert pane.attrib["state"] == "frozen"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ['=HYPERLINK("http://evil.example")', "+1", "-1", "@SUM(A1)", "http://evil.example", "\x07bell", "{=1}"],
)
def test_text_that_looks_like_a_formula_or_an_address_stays_text(name):
    changed = ordinary_tables()["rfm"].assign(country=name)
    content = workbook(rfm=changed)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert not any("<f>" in book.read(entry).decode() for entry in book.namelist() if "sheet" in entry)
        assert not any("hyperlink" in book.read(entry).decode() for entry in book.namelist() if "sheet" in entry)
    found = sheet(content, "Champions").Country.iloc[0]
    assert found.replace("_x0007_", "\x07") == name


def test_text_of_any_length_fits_into_a_cell():
    long = ordinary_tables()["rfm"].assign(country="x" * 40_000)
    assert len(sheet(workbook(rfm=long), "Champions").Country.iloc[0]) == 32_767


def test_nothing_tells_when_it_was_made(content):
    core = part(content, "docProps/core.xml")
    ElementTree.fromstring(core)
    assert "created" not in core
    assert "modified" not in core
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_same_tables_give_the_same_bytes(content):
    assert workbook() == content


def test_without_customers_there_are_no_lists():
    nobody = emptied("rfm", "segment_migration", "kmeans_profile", "kmeans_clusters", "customer_lifetime_value")
    content = workbook(**nobody, rfm_segments=tables.segments(Champions=(0, 0)))
    assert "Champions" not in fastexcel.read_excel(content).sheet_names
    assert sheet(content, "Lists").empty


def test_sheet_names_are_such_as_excel_takes():
    long = "A segment with a very long name indeed"
    given = ["a/b:c?[d]*\\", "'quoted'", long, long + "!", "FINDINGS", "", "history", "\x00"]
    lists = [Sheet(name=name, dataset="x", columns=[], is_list=True) for name in given]
    names = module._name_sheets([*lists, Sheet(name="Findings", dataset="x", columns=[])])
    assert names == [
        "a b c  d", "quoted", "A segment with a very long name", "A segment with a very long (2)",
        "FINDINGS (2)", "List", "history (2)", "List (2)", "Findings",
    ]  # fmt: skip
    assert all(0 < len(name) <= 31 for name in names)
