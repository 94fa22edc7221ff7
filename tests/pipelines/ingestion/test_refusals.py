"""When the rest cannot be trusted: too many lines, or too much value, and all that is wrong said at once."""

import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.ingestion.refusals import estimate_values
from tests.building import retail
from tests.pipelines.ingestion.lines import read


def likely(*rows: dict) -> float:
    return round(float(estimate_values(retail(*rows)).to_pandas().likely[0]), 3)


A, B = {"stock_code": "A"}, {"stock_code": "B"}
USUAL = [
    {**A, "quantity": 2, "unit_price": "10"},
    {**A, "quantity": 4, "unit_price": "12"},
    {**A, "quantity": 4, "unit_price": "99"},
]
"""Product A: usually 4 units at 12 pounds; the mean line is worth (20 + 48 + 396) / 3."""


@pytest.mark.parametrize(
    ("line", "worth"),
    [
        ({**A, "quantity": 3, "unit_price": None}, 3 * 12),
        ({**A, "quantity": -3, "unit_price": None}, 3 * 12),
        ({**A, "quantity": None, "unit_price": "5"}, 4 * 5),
        ({**A, "quantity": None, "unit_price": None}, 4 * 12),
        ({**A, "quantity": 3, "unit_price": "5", "invoice_date": None}, 3 * 5),
        ({**A, "quantity": 10**9, "unit_price": "999999999"}, 4 * 12),
        ({**B, "quantity": 3, "unit_price": None}, 154.667),
        ({**B, "quantity": 3, "unit_price": "5", "invoice_no": None}, 3 * 5),
        ({"stock_code": None, "quantity": None}, 154.667),
    ],
)
def test_an_invalid_line_is_likely_worth_what_its_product_usually_is(line, worth):
    assert likely(*USUAL, line) == worth


def test_lines_of_which_none_is_valid_are_worth_nothing_known():
    assert likely({"quantity": None, "unit_price": None}) == 0
    assert likely({}) == 0


def test_a_line_in_a_hundred_is_too_much_if_it_is_likely_worth_more_than_the_limit():
    rows = [{"stock_code": "A", "quantity": "1", "unit_price": "1"}] * 999 + [{"stock_code": "B", "unit_price": "500"}]
    dear = {"stock_code": "B", "quantity": "1", "unit_price": "five hundred"}
    with pytest.raises(InputError) as error:
        read(*rows, dear, largest_invalid_share=0.01)
    # 999 lines of a pound, and one of 12 × £500.
    assert str(error.value) == (
        "retail.csv: data line 1001, column unit_price: found 'five hundred', expected a price with up to 6 decimals. "
        "1 of 1,001 lines are unusable (0.1%), likely worth £500 of £7,499 (6.7%), more than the 1.0% that "
        "ingestion.largest_invalid_share allows"
    )
    assert len(read(*rows, dear, largest_invalid_share=0.1)[0]) == 1001


def test_all_faults_are_told_at_once_with_the_setting_that_mends_each():
    rows = [
        {"invoice_date": "1/2/2010", "unit_price": "1,250", "quantity": "2"},
        {"stock_code": "", "quantity": "many"},
        {"quantity": "few", "invoice_no": ""},
    ]
    rows = [{"unit_price": "2", **row} for row in rows]
    with pytest.raises(InputError) as error:
        read(*rows)
    assert "\n" not in str(error.value)
    for part in (
        "retail.csv: data line 1, column unit_price: found '1,250'",
        "data line 1, column invoice_date: found '1/2/2010'",
        "set ingestion.date_order",
        "data line 2, column stock_code: found nothing, expected a stock code; see "
        "ingestion.stock_code_from_description",
        "data line 2, column quantity: found 'many', expected a whole number",
        "data line 3, column invoice_no: found nothing, expected an invoice number",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ({"invoice_date": "13/13/2010"}, "such as 2011-12-09 12:50:00; see ingestion.date_order."),
        ({"invoice_date": "1900-01-01 00:00:00"}, "; see ingestion.earliest_date and latest_date."),
        ({"invoice_date": "yesterday"}, "expected a date and time such as 2011-12-09 12:50:00."),
        ({"unit_price": "2.50.1"}, "expected a price with up to 6 decimals; see ingestion.decimal_separator."),
        ({"unit_price": "free"}, "expected a price with up to 6 decimals."),
        ({"quantity": ""}, "found nothing, expected a whole number."),
    ],
)
def test_advice_is_given_where_a_setting_can_help(line, advice):
    with pytest.raises(InputError) as error:
        read(line, largest_invalid_share=0)
    assert advice in str(error.value)
