"""Currencies: an extract is in one, whether a column or the prices say so."""

import pytest

from lgs_pipeline.errors import InputError
from tests.pipelines.ingestion.lines import read


def test_a_column_of_several_currencies_stops_the_run_in_one_line():
    rows = [{"currency": currency} for currency in ("GBP", "GBP", "eur ", "EUR", "", None, "JPY")]
    with pytest.raises(InputError) as error:
        read(*rows)
    assert str(error.value) == (
        "retail.csv: found the currencies EUR (2 lines), GBP (2 lines), JPY (1 line), expected one; export the lines "
        "of one currency, or all in the same"
    )


@pytest.mark.parametrize("currencies", [("GBP", " gbp"), ("GBP", ""), ("", None), ("EUR", "€")])
def test_a_column_of_one_currency_is_fine(currencies):
    lines, _ = read(*[{"currency": currency} for currency in currencies])
    assert len(lines) == 2
    assert "currency" not in lines


@pytest.mark.parametrize(
    ("prices", "told"),
    [
        (("£2.50", "€3.50"), "EUR (1 line), GBP (1 line)"),
        (("2.50 GBP", "3.50 USD", "4.50 USD"), "GBP (1 line), USD (2 lines)"),
        (("-£2.50", "(3.50 kr)"), "GBP (1 line), KR (1 line)"),
    ],
)
def test_prices_with_several_signs_stop_the_run(prices, told):
    with pytest.raises(InputError, match=r"found the currencies ") as error:
        read(*[{"unit_price": price} for price in prices])
    assert told in str(error.value)


def test_a_sign_and_its_code_are_one_currency():
    lines, _ = read({"unit_price": "£2.50"}, {"unit_price": "GBP 2.50"}, {"unit_price": "2.50"})
    assert lines.unit_price.astype(float).tolist() == [2.5] * 3


def test_a_sign_that_contradicts_the_column_stops_the_run():
    with pytest.raises(InputError, match=r"EUR \(1 line\), GBP \(1 line\)"):
        read({"unit_price": "€2.50", "currency": "GBP"})


def test_two_extracts_of_two_currencies_stop_the_run():
    with pytest.raises(InputError, match=r"^a.csv, b.csv: found the currencies EUR \(1 line\), GBP \(1 line\)"):
        read({"extract": "a.csv", "currency": "GBP"}, {"extract": "b.csv", "currency": "EUR"})
