"""Mistakes in the settings of the comparison are answered with what would be right."""

import pytest

from lgs_pipeline.errors import InputError
from tests.building import settings_of


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"removed_orders": 1}, "segmentation_comparison.removed_orders: found 1"),
        ({"fold": 5}, "segmentation_comparison.fold is unknown; did you mean segmentation_comparison.folds"),
    ],
)
def test_a_mistake_is_answered_with_what_was_expected(changes, complaint):
    with pytest.raises(InputError) as error:
        settings_of("base", segmentation_comparison=changes)
    assert complaint in str(error.value)
