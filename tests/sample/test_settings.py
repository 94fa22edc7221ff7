"""Settings out of range are refused in words."""

import datetime as dt

import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.sample import SampleSettings


@pytest.mark.parametrize(
    ("setting", "value"),
    [("customers", 0), ("customers", 10_000_001), ("months", 0), ("products", 50), ("seed", -1)],
)
def test_a_number_out_of_range_is_refused_by_name(setting: str, value: int):
    with pytest.raises(InputError, match=rf"^{setting} must be between .* not {value:,}$"):
        SampleSettings(**{setting: value})


def test_a_period_starts_with_a_month():
    with pytest.raises(InputError, match="first_day must be the first of a month, not 2024-01-15"):
        SampleSettings(first_day=dt.date(2024, 1, 15))


@pytest.mark.parametrize(("months", "exports"), [(1, 1), (12, 1), (13, 2), (24, 2), (25, 3)])
def test_exports_are_yearly(months: int, exports: int):
    assert SampleSettings(months=months).exports == exports
