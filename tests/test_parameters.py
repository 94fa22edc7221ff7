"""The settings are closed, and every mistake in them is answered with what would be right."""

import copy

import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.parameters import check_parameters
from tests.building import settings_of


def mistaken(*path: str | int, value: object) -> str:
    """What is said of the base settings with one value changed."""
    settings = copy.deepcopy(settings_of("base").model_dump())
    place = settings
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(InputError) as error:
        check_parameters(settings)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("path", "value", "advice"),
    [
        (("rfn",), {}, "rfn is unknown; did you mean rfm?"),
        (("rfm", "populaton"), "all", "rfm.populaton is unknown; did you mean rfm.population?"),
        (("rfm", "recency", "metod"), "rank", "did you mean rfm.recency.method?"),
        (("rfm", "segments", 0, "nmae"), "Champions", "did you mean rfm.segments.0.name?"),
        (("cleaning", "line_types", "test", "codez"), [], "did you mean cleaning.line_types.test.codes?"),
        (("rfm", "xyzzy"), 1, "expected one of frequency, migration_months, monetary"),
    ],
)
def test_an_unknown_setting_at_any_level_is_answered_with_the_nearest_right_name(path, value, advice):
    assert advice in mistaken(*path, value=value)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (
            ("rfm", "population"),
            "al",
            "rfm.population: found 'al', input should be 'buyers', 'all' or 'purchases'",
        ),
        (("rfm", "migration_months"), 0, "rfm.migration_months: found 0"),
        (("rfm", "reference_moment"), "yesterday", "rfm.reference_moment: found 'yesterday'"),
        (
            ("rfm", "reference_moment"),
            2012,
            "rfm.reference_moment: found 2012, expected data_end or a moment",
        ),
        (("rfm", "reference_moment"), "2012-01-01T00:00:00Z", "should not have timezone info"),
        (("monthly_metrics", "country"), "Germany", "monthly_metrics.country: found 'Germany', expected the code of"),
        (("monthly_metrics", "country"), "United Kingdom", "did you mean GB?"),
        (("monthly_metrics", "country"), "gb", "did you mean GB?"),
        (("monthly_metrics", "country"), False, 'write "NO" in quotes'),
        (("monthly_metrics", "country"), 44, "monthly_metrics.country: found 44, expected the code of a country"),
        (
            ("monthly_metrics", "subdivision"),
            "England",
            "monthly_metrics.subdivision: found 'England', which is no part of GB; expected one of ENG, NIR, SCT, WLS",
        ),
        (("monthly_metrics", "country"), None, "subdivision: found 'ENG', expected null, as country is null"),
        (
            ("monthly_metrics", "closed_days"),
            ["24 December"],
            "monthly_metrics.closed_days: found '24 December', expected a month and a day, as 08-15, or two",
        ),
        (("monthly_metrics", "closed_days"), ["02-30"], "closed_days: found '02-30'"),
        (("monthly_metrics", "closed_days"), ["12-24 to 13-03"], "closed_days: found '12-24 to 13-03'"),
        (("rfm", "migration_months"), 30000, "rfm.migration_months: found 30000"),
        (("cleaning", "line_types", "fees"), {"codes": ["CARD"]}, "line_types.fees is unknown"),
        (("rfm", "recency"), {"method": "breaks"}, "rfm.recency: found no breaks"),
        (("rfm", "recency", "quantiles"), [0.2, 0.4], "rfm.recency.quantiles: found 2 values, expected 4"),
        (
            ("rfm", "recency", "quantiles"),
            [0.2, 0.2, 0.4, 0.6],
            "expected each value above the one before it",
        ),
        (("ingestion", "largest_invalid_share"), 7, "ingestion.largest_invalid_share: found 7"),
        (("cleaning", "exclude"), ["tests"], "cleaning.exclude.0: found 'tests'"),
        (("cleaning", "line_types", "test"), {}, "found neither codes, prefixes nor numbered"),
        (("cleaning", "line_types", "test", "codes"), ["post"], "stock code POST is both test and postage"),
        (("cleaning",), 3, "cleaning: found 3"),
    ],
)
def test_a_value_that_is_not_of_its_kind_is_named_with_what_was_expected(path, value, complaint):
    assert complaint in mistaken(*path, value=value)


def test_a_missing_group_of_settings_is_named():
    settings = settings_of("base").model_dump()
    del settings["rfm"]
    with pytest.raises(InputError, match="rfm is missing"):
        check_parameters(settings)


def test_a_segment_map_with_a_gap_is_refused_and_the_cells_named():
    segments = settings_of("base").model_dump()["rfm"]["segments"]
    complaint = mistaken("rfm", "segments", value=[s for s in segments if s["name"] != "New Customers"])
    assert "in no segment: (recency 5, frequency 1)" in complaint


def test_a_segment_map_with_an_overlap_is_refused_and_the_cells_and_segments_named():
    segments = settings_of("base").model_dump()["rfm"]["segments"]
    extra = {"name": "Best", "recency": [5], "frequency": [5]}
    complaint = mistaken("rfm", "segments", value=[*segments, extra])
    assert "in several segments: (recency 5, frequency 5) in Champions and Best" in complaint


def test_the_segment_map_names_all_twenty_five_cells():
    cells = settings_of("base").rfm.segment_of_cells()
    assert len(cells) == 25
    assert cells[5, 5] == "Champions"
    assert cells[1, 5] == "Can't Lose"
    assert cells[3, 3] == "Need Attention"


@pytest.mark.parametrize(
    ("tiers", "complaint"),
    [
        (
            [("A", 0.5), ("B", 0.4)],
            "found shares that add up to 0.9, expected 1: every customer is in a tier",
        ),
        ([("A", 0.5), ("A", 0.5)], "found A, expected a different name for each tier"),
        ([("all", 1.0)], "found all, expected a different name for each tier, and none called all"),
        ([("A", 1.5)], "lifetime_value.tiers.0.share: found 1.5"),
        ([], "lifetime_value.tiers: found []"),
    ],
)
def test_tiers_that_do_not_divide_the_customers_are_refused(tiers, complaint):
    value = [{"name": name, "share": share} for name, share in tiers]
    assert complaint in mistaken("lifetime_value", "tiers", value=value)


def test_a_tier_reaches_as_far_as_the_shares_up_to_it():
    bounds = settings_of("base").lifetime_value.tier_bounds()
    assert list(bounds) == ["Platinum", "Gold", "Silver", "Bronze"]
    assert list(bounds.values()) == pytest.approx([0.05, 0.2, 0.5, 1.0])


def planned(**changes: object) -> dict:
    """A campaign of the settings, with changes."""
    ordinary = {"name": "a", "segments": ["At Risk"], "offer": "A card", "rationale": "Cards", "control": 0.2}
    return {**ordinary, **changes}


@pytest.mark.parametrize(
    ("plan", "complaint"),
    [
        (
            [planned(segments=["At risk"])],
            "campaigns: a: found At risk, did you mean At Risk?",
        ),
        (
            [planned(segments=[], tiers=["Diamond"])],
            "campaigns: a: found Diamond, expected one of Platinum, Gold, Silver, Bronze",
        ),
        ([planned(), planned()], "campaigns.plan: found a more than once, expected a different name"),
        (
            [planned(tiers=["Gold"])],
            "campaigns.plan.0: a: found segments and tiers addressed, expected one of segments, clusters and",
        ),
        ([planned(segments=[])], "campaigns.plan.0: a: found nobody addressed"),
        ([planned(name="Win back")], "campaigns.plan.0.name: found 'Win back'"),
        ([planned(name="../list")], "campaigns.plan.0.name: found '../list'"),
        ([planned(control=1)], "campaigns.plan.0.control: found 1"),
        ([planned(at_most=0)], "campaigns.plan.0.at_most: found 0"),
        ([planned(ofer="A card")], "campaigns.plan.0.ofer is unknown; did you mean campaigns.plan.0.offer?"),
    ],
)
def test_a_campaign_that_cannot_be_is_refused(plan, complaint):
    assert complaint in mistaken("campaigns", "plan", value=plan)


def test_a_campaign_that_is_not_planned_cannot_be_launched():
    assert "campaign: found winback, did you mean win_back?" in mistaken("campaign", value="winback")
    assert "launch_date: found 'soon'" in mistaken("launch_date", value="soon")


def test_clusters_are_named_when_they_are_made():
    campaigns = settings_of("base").model_dump()["campaigns"]
    plan = [planned(segments=[], clusters=["Whatever they are called"])]
    assert settings_of("base", campaigns={**campaigns, "plan": plan}).campaigns.plan[0].kind == "clusters"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("half_lives", [20, 20], "found 20 more than once, expected each value once"),
        ("half_lives", [], "recommendations.half_lives: found []"),
        ("ridges", [0], "recommendations.ridges.0: found 0"),
        ("blends", [-1], "recommendations.blends.0: found -1"),
        ("sold_within_days", 0, "recommendations.sold_within_days: found 0"),
    ],
)
def test_settings_that_nothing_can_be_chosen_from_are_refused(name, value, complaint):
    assert complaint in mistaken("recommendations", name, value=value)


@pytest.mark.parametrize(
    ("chapters", "complaint"),
    [
        (["monthly_metric"], "reporting.chapters: found monthly_metric, did you mean monthly_metrics?"),
        (["rfm", "rfm"], "reporting.chapters: found rfm more than once, expected each room once"),
    ],
)
def test_a_chapter_that_no_room_has_is_refused(chapters, complaint):
    assert complaint in mistaken("reporting", "chapters", value=chapters)


def test_every_group_that_does_not_fit_the_others_is_named():
    settings = copy.deepcopy(settings_of("base").model_dump())
    settings["campaigns"]["plan"][0]["segments"] = ["Champion"]
    settings["campaign"] = "keep"
    with pytest.raises(InputError) as error:
        check_parameters(settings)
    assert "campaigns: win_back_best: found Champion, did you mean Champions?" in str(error.value)
    assert "campaign: found keep, did you mean keep_close?" in str(error.value)
