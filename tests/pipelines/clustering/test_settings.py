"""The settings of clustering are closed, and mistakes in them are answered with what would be right."""

import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.parameters import check_parameters
from lgs_pipeline.pipelines.clustering.settings import FEATURES
from tests.building import settings_of


def settings_with(setting: str, value: object) -> dict:
    settings = settings_of("base").model_dump()
    return {**settings, "clustering": {**settings["clustering"], setting: value}}


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("features", [], "clustering.features: found []"),
        ("features", ["recenty"], "clustering.features.0: found 'recenty', input should be 'recency'"),
        ("features", ["recency", "recency"], "found recency more than once"),
        ("k", 0, "clustering.k: found 0"),
        ("k", "some", "clustering.k: found 'some'"),
        ("fewest_clusters", 1, "clustering.fewest_clusters: found 1"),
        ("fewest_clusters", 11, "found fewest_clusters 11 above most_clusters 10"),
        ("smallest_share", 5, "clustering.smallest_share: found 5"),
        ("seed", -1, "clustering.seed: found -1"),
    ],
)
def test_a_mistake_is_answered_with_what_was_expected(setting, value, complaint):
    with pytest.raises(InputError) as error:
        check_parameters(settings_with(setting, value))
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("k", ["by_evidence", None, 1, 7])
def test_the_number_of_clusters_is_by_evidence_or_ones_own(k):
    clustering = check_parameters(settings_with("k", k)).clustering
    assert clustering.k == (None if k == "by_evidence" else k)


def test_every_feature_that_is_offered_can_be_used():
    clustering = check_parameters(settings_with("features", list(FEATURES))).clustering
    assert clustering.features == list(FEATURES)
