"""The report as text: complete, self-contained, safe whatever it is told, and always the same."""

import re
from html.parser import HTMLParser

import pytest

from lgs_pipeline import __version__
from lgs_pipeline.pipeline_registry import register_pipelines
from lgs_pipeline.pipelines.reporting.report import list_settings
from tests import tables
from tests.building import settings_of
from tests.pipelines.reporting.documents import PROFILES, emptied, ordinary_tables, report
from tests.tables import CAMPAIGN_PLAN, campaign_effects

HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'&amp; =HYPERLINK("http://x") \u202etfel\u202c'
CHARTS = [name for name in register_pipelines()["reporting"].all_outputs() if name.endswith("_drawing")]
# For those who check the models.
NOT_IN_REPORT = {"clv_coverage", "clv_errors"}
VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """The elements and the text of a page; complains where tags do not match."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page() -> str:
    return report()


def test_the_page_is_the_same_every_time(page):
    assert report() == page


def test_tags_match_and_identifiers_are_unique(page):
    identifiers = [attributes["id"] for _, attributes in Page(page).elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def test_every_link_leads_to_a_place_on_the_page(page):
    parsed = Page(page)
    places = {attributes.get("id") for _, attributes in parsed.elements}
    links = [link["href"] for link in parsed.all("a")]
    assert links
    assert {link.removeprefix("#") for link in links} <= places


def test_every_chart_is_shown_with_words_for_those_who_do_not_see_it(page):
    images = Page(page).all("img")
    assert len(images) == len(CHARTS) - len(NOT_IN_REPORT)
    assert all(": " in image["alt"] and image["src"].startswith("data:image/svg+xml;base64,") for image in images)
    assert "Sales: Sales were £2,000 in" not in page
    assert any(image["alt"].startswith("Sales: Sales were £1,100 in January 2011") for image in images)


@pytest.mark.slow
def test_a_chart_with_nothing_to_show_is_left_out():
    parsed = Page(report(**emptied("segmentation_comparison", "clv_validation")))
    assert len(parsed.all("img")) == len(CHARTS) - len(NOT_IN_REPORT) - 2


def test_nothing_is_fetched_and_only_its_own_script_runs(page):
    parsed = Page(page)
    for tag, attributes in parsed.elements:
        for name in ("src", "href", "action", "data"):
            if name in attributes:
                assert attributes[name].startswith(("data:", "#")), tag
        assert not any(name.startswith("on") for name in attributes)
        assert "style" not in attributes
    policy = next(meta["content"] for meta in parsed.all("meta") if "http-equiv" in meta)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"@import|url\(", page)


def test_it_tells_no_time_of_its_making(page):
    assert not re.search(r"20[2-9]\d", page.partition("<body>")[2].partition("data:")[0])


def test_it_names_shop_period_extract_settings_and_excluded_lines(page):
    text = Page(page).text
    for told in (
        "London Gift Shop", "1 January 2010 to 10 February 2011", "retail.csv: 1,000 lines", "rfm.population",
        "an invoice that was delivered more than once", "Glossary",
    ):  # fmt: skip
        assert told in text


def test_segments_say_who_they_are_and_what_they_order(page):
    text = " ".join(Page(page).text.split())
    assert "They placed 3 orders each, more than most customers." in text
    assert "Typical products: REGENCY CAKESTAND." in text
    assert "1 customer stayed. Joined mostly from At Risk (1). Left mostly for At Risk (1)." in text


def test_it_opens_with_the_campaigns_with_most_at_stake_as_the_plan_has_them(page):
    text = " ".join(Page(page).text.split())
    opening = text.partition("How have sales developed? ")[2].partition("How have sales developed?")[0]
    assert "The campaigns with the most at stake Keep close £900" in opening
    assert "New products first" in opening


def test_it_names_the_version_that_made_it(page):
    assert f"Made by lgs_pipeline {__version__}." in page


class TestCampaigns:
    def test_the_plan_tells_whom_to_contact_and_how_many_are_held_back(self, page):
        text = " ".join(Page(page).text.split())
        assert "2 campaigns together address 3 customers, with £990 at stake" in text
        assert "the largest part, £900, is in Keep close." in text
        assert "Of these, 1 customer, chosen at random, must not be contacted" in text
        assert "No campaign has been launched yet." in text

    def test_the_first_customers_of_each_list_have_their_products_and_times(self, page):
        text = " ".join(Page(page).text.split())
        assert "Thursday, 12:00, autumn (Sep-Nov)" in text
        assert "MUG; TRAY" in text
        assert "Monday, 09:00" not in text

    @pytest.mark.slow
    def test_an_effect_is_told_with_its_interval(self):
        text = " ".join(Page(report(campaign_effect=campaign_effects())).text.split())
        assert "Win back, from 1 January 2011: £6,000 of additional sales because of it, between" in text
        assert "weaker evidence" not in text

    @pytest.mark.slow
    def test_an_effect_that_may_be_none_is_told_as_such(self):
        unsure = campaign_effects(incremental_low=-100.0, method="matched", is_complete=False)
        text = " ".join(Page(report(campaign_effect=unsure)).text.split())
        assert "between −£100 and £10.8k, so the campaign may have had no effect" in text
        assert "this is weaker evidence" in text
        assert "its measurement is not finished" in text

    @pytest.mark.slow
    def test_without_customers_no_campaign_addresses_anybody(self):
        nobody = CAMPAIGN_PLAN.assign(audience=0, treatment=0, control=0, value_at_stake=0.0)
        text = Page(report(campaign_plan=nobody, **emptied("campaign_targets"))).text
        assert "No customer matches any campaign." in text


def test_segments_without_customers_have_no_card(page):
    assert "<bdi>Hibernating</bdi></h3>" not in page
    assert "<bdi>Champions</bdi></h3>" in page


class TestHostileText:
    @pytest.mark.slow
    def test_names_and_descriptions_are_shown_as_text(self):
        segments = [
            {"name": HOSTILE, "recency": [1, 2, 3, 4, 5], "frequency": [1, 2, 3]},
            {"name": "x" * 4000, "recency": [1, 2, 3, 4, 5], "frequency": [4, 5]},
        ]
        rfm = settings_of("base").model_dump()["rfm"]
        settings = settings_of(
            "base",
            rfm={**rfm, "reference_moment": "data_end", "segments": segments},
            reporting={"shop": HOSTILE},
            campaigns={"plan": []},
        )
        renamed = {"Champions": HOSTILE, "At Risk": "x" * 4000, "Potential Loyalists": HOSTILE[:-1]}
        found = ordinary_tables()
        hostile = report(
            settings,
            rfm_segments=found["rfm_segments"].replace({"segment": renamed}).head(2),
            segment_migration=tables.migration((HOSTILE, "x" * 4000, 5)),
            segment_profiles=PROFILES.replace({"segment": renamed}).assign(description=HOSTILE),
            kmeans_profile=found["kmeans_profile"].assign(cluster_name=[HOSTILE, "y" * 4000]),
            extracts=found["extracts"].assign(extract=HOSTILE),
        )
        parsed = Page(hostile)
        assert len(parsed.all("script")) == 1
        assert all(image["src"].startswith("data:") for image in parsed.all("img"))
        assert "<script>alert(1)</script>" in parsed.text
        assert "x" * 4000 in parsed.text
        # Marks that turn the direction of writing are gone, what they turned is there.
        assert "\u202e" not in hostile
        assert "tfel" in parsed.text

    @pytest.mark.slow
    def test_a_chart_cannot_break_out_of_its_image(self):
        found, name = ordinary_tables(), '"></title><script>'
        renamed = {"segment": {"At Risk": name}}
        hostile = report(
            _with_segment(name),
            rfm_segments=found["rfm_segments"].replace(renamed),
            rfm=found["rfm"].replace(renamed),
        )
        assert len(Page(hostile).all("script")) == 1


def _with_segment(name: str):
    rfm = settings_of("base").model_dump()["rfm"]
    segments = [{**segment, "name": segment["name"].replace("At Risk", name)} for segment in rfm["segments"]]
    return settings_of(
        "base", rfm={**rfm, "reference_moment": "data_end", "segments": segments}, campaigns={"plan": []}
    )


class TestNothing:
    @pytest.mark.slow
    def test_without_customers_the_page_says_so(self):
        nobody = emptied(
            "rfm", "segment_migration", "segment_profiles", "kmeans_profile", "kmeans_clusters",
            "kmeans_selection", "segment_cluster_crosstab", "cluster_components", "component_meanings",
            "segmentation_comparison", "customer_lifetime_value", "clv_tiers", "clv_validation",
            "cohort_retention",
        )  # fmt: skip
        parsed = Page(report(**nobody, rfm_segments=tables.segments(Champions=(0, 0))))
        assert "No order has a customer number." in parsed.text
        # Among the settings are the names of nobody.
        assert "nan" not in parsed.text.replace(", nan,", "")

    @pytest.mark.slow
    def test_one_month_is_enough(self):
        parsed = Page(report(monthly_metrics=tables.months(83.4, partial=(0,))))
        assert "Sales were £83 in the part of January 2010 that the data covers." in parsed.text


class TestSettings:
    def test_every_setting_has_a_row_with_its_full_name(self):
        listed = list_settings({"rfm": settings_of("base").rfm, "extract": "a.csv"}).set_index("setting").value
        assert listed["rfm.population"] == "buyers"
        assert listed["rfm.frequency.method"] == "quantile"
        assert listed["rfm.recency.quantiles"] == "0.2, 0.4, 0.6, 0.8"
        assert listed["rfm.segments.Champions"] == "recency 5; frequency 4, 5"
        assert listed["rfm.reference_moment"] == "not set"

    def test_groups_without_a_model_are_as_good(self):
        listed = list_settings({"own": {"empty": [], "flag": True, "nested": {"deep": 1}}})
        assert listed.to_numpy().tolist() == [
            ["own.empty", "none"], ["own.flag", "True"], ["own.nested.deep", "1"],
        ]  # fmt: skip

    def test_groups_come_in_one_order_whatever_that_of_the_files(self):
        groups = {"rfm": {"a": 1}, "campaigns": {"b": 2}}
        listed = list_settings(groups)
        assert listed.setting.tolist() == ["campaigns.b", "rfm.a"]
        assert list_settings(dict(reversed(groups.items()))).equals(listed)

    def test_no_setting_makes_no_table_without_columns(self):
        assert list(list_settings({})) == ["setting", "value"]
