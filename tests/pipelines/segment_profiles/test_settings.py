"""Mistakes in the settings of segment profiles are answered with what would be right."""

import pytest

from lgs_pipeline.errors import InputError
from tests.building import settings_of


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"minimum_lift": 0.5}, "segment_profiles.minimum_lift: found 0.5"),
        ({"product": 5}, "segment_profiles.product is unknown; did you mean segment_profiles.products"),
    ],
)
def test_a_mistake_is_answered_with_what_was_expected(changes, complaint):
    with pytest.raises(InputError) as error:
        settings_of("base", segment_profiles=changes)
    assert complaint in str(error.value)
