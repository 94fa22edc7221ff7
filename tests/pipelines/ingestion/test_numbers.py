"""Numbers: what separates decimals is told by the whole column, and nothing is guessed."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgs_pipeline.errors import InputError
from tests.pipelines.ingestion.lines import read, read_or_refuse


def prices(*texts: str, **settings: object) -> list[Decimal | None]:
    return read(*[{"unit_price": text} for text in texts], **settings)[0].unit_price.tolist()


WITH_POINTS: dict[str, str | None] = {
    "1,250.00": "1250",
    "1,250": "1250",
    "1,234,567.89": "1234567.89",
    "12,34,567.89": "1234567.89",
    "1 250.5": "1250.5",
    "1\u00a0250.5": "1250.5",
    "1\u202f250": "1250",
    "1'250.50": "1250.5",
    "1’250": "1250",
    "£2.55": "2.55",
    "2.55 £": "2.55",
    "GBP 1,250.00": "1250",
    "2.55GBP": "2.55",
    "gbp2.55": "2.55",
    "2.55-": "-2.55",
    "\u22122.55": "-2.55",
    "(2.55)": "-2.55",
    "(£1,250.00)": "-1250",
    "£(2.55)": "-2.55",
    "-£2.55": "-2.55",
    "£-2.55": "-2.55",
    "+2.55": "2.55",
    " 2.55 ": "2.55",
    "0.123456": "0.123456",
    "0.1234567": None,
    "2.0999999999999996": "2.1",
    "1,2500.00": None,
    "1,25": None,
    "12 50": None,
    "2.55.1": None,
    "2.55 each": None,
    "--2.55": None,
    "(2.55": None,
    "£": None,
    "nan": None,
}


@pytest.fixture(scope="module")
def read_with_points() -> dict[str, Decimal | None]:
    """All of them as prices of one extract."""
    return dict(zip(WITH_POINTS, prices(*WITH_POINTS, decimal_separator="point"), strict=True))


@pytest.mark.parametrize("text", WITH_POINTS)
def test_with_decimal_points_a_price_is(text, read_with_points):
    expected = WITH_POINTS[text]
    assert read_with_points[text] == (expected and Decimal(expected))


WITH_COMMAS: dict[str, str | None] = {
    "2,55": "2.55",
    "1.250,00": "1250",
    "1.250": "1250",
    "1,250": "1.25",
    "1.234.567,8": "1234567.8",
    "1 250,5": "1250.5",
    "15,00 €": "15",
    "€ 1.250,00": "1250",
    "(1.250,00)": "-1250",
    "1.250,00-": "-1250",
    "0,123456": "0.123456",
    "12": "12",
    "2.55": None,
    "1,250.00": None,
}


@pytest.fixture(scope="module")
def read_with_commas() -> dict[str, Decimal | None]:
    """All of them as prices of one extract."""
    return dict(zip(WITH_COMMAS, prices(*WITH_COMMAS, decimal_separator="comma"), strict=True))


@pytest.mark.parametrize("text", WITH_COMMAS)
def test_with_decimal_commas_a_price_is(text, read_with_commas):
    expected = WITH_COMMAS[text]
    assert read_with_commas[text] == (expected and Decimal(expected))


@pytest.mark.parametrize(
    ("text", "evidence", "price"),
    [
        ("1,250", "2.5", "1250"),
        ("1,250", "2,5", "1.25"),
        ("1,250", "1,250.00", "1250"),
        ("1,250", "1,250,000", "1250"),
        ("1,250", "0,125", "1.25"),
        ("1,250", "1250,125", "1.25"),
        ("1.250", "2,5", "1250"),
        ("1.250", "1.250,00", "1250"),
        ("1.250", "1.250.000", "1250"),
        ("1.250", "0.125", "1.25"),
        ("1.250", "2", "1.25"),
        ("1.250", "£2", "1.25"),
    ],
)
def test_one_number_tells_how_all_are_written(text, evidence, price):
    assert prices(text, evidence)[0] == Decimal(price)
    # Whether it is a price or a quantity.
    lines, _ = read({"unit_price": text}, {"unit_price": "3", "quantity": evidence})
    assert lines.unit_price[0] == Decimal(price)


def test_quantities_are_written_as_prices_are():
    lines, _ = read({"quantity": "1.250", "unit_price": "2,50"}, {"quantity": "1.000", "unit_price": "3"})
    assert lines.quantity.tolist() == [1250, 1000]
    lines, _ = read({"quantity": "1,250", "unit_price": "2.50"}, {"quantity": "12-", "unit_price": "3"})
    assert lines.quantity.tolist() == [1250, -12]


def test_each_extract_is_written_in_its_own_way():
    rows = [
        {"extract": "a.csv", "unit_price": "1,250"},
        {"extract": "a.csv", "unit_price": "2.5"},
        {"extract": "b.csv", "unit_price": "1,250"},
        {"extract": "b.csv", "unit_price": "2,5"},
    ]
    assert read(*rows)[0].unit_price.tolist() == [Decimal(price) for price in ("1250", "2.5", "1.25", "2.5")]


def test_numbers_that_contradict_each_other_are_refused_with_an_example_of_each():
    with pytest.raises(InputError) as error:
        prices("3", "2.55", "2,55")
    assert str(error.value) == (
        "retail.csv: found '2.55' (data line 2, column unit_price: a decimal point) and '2,55' (data line 3, column "
        "unit_price: a decimal comma), expected one decimal separator; set ingestion.decimal_separator"
    )
    assert prices("3", "2.55", "2,55", decimal_separator="point") == [3, Decimal("2.55"), None]


def test_commas_that_could_be_either_are_refused():
    with pytest.raises(InputError) as error:
        prices("3", "1,250", "2,500")
    assert str(error.value) == (
        "retail.csv: data line 2, column unit_price: found '1,250', and no number that tells whether the comma "
        "separates decimals or thousands; set ingestion.decimal_separator to comma or point"
    )
    assert prices("1,250", decimal_separator="point") == [1250]
    assert prices("1,250", decimal_separator="comma") == [Decimal("1.25")]


def _written(number: Decimal, decimal: str, thousands: str, sign: str, currency: str) -> str:
    text = f"{abs(number):,f}".translate(str.maketrans({",": thousands, ".": decimal}))
    text = currency.format(text)
    return sign.format(text) if number < 0 else text


@pytest.mark.slow
@settings(max_examples=15)
@given(
    numbers=st.lists(
        st.decimals(-10_000_000, 10_000_000, places=2) | st.decimals(-99, 99, places=6), min_size=1, max_size=8
    ),
    separators=st.sampled_from([(".", ""), (".", ","), (",", "."), (",", ""), (".", " "), (",", "\u00a0"), (",", "'")]),
    sign=st.sampled_from(["-{}", "{}-", "({})", "\u2212{}"]),
    currency=st.sampled_from(["{}", "£{}", "{} €", "CHF {}", "{}SEK"]),
)
def test_a_column_written_in_any_format_reads_back_or_is_refused(numbers, separators, sign, currency):
    texts = [_written(number, *separators, sign, currency) for number in numbers]
    lines, complaint = read_or_refuse(*[{"unit_price": text} for text in texts])
    assert "ingestion.decimal_separator" in complaint or lines.unit_price.tolist() == numbers
    given_setting = {"decimal_separator": "comma" if separators[0] == "," else "point"}
    assert prices(*texts, **given_setting) == numbers
