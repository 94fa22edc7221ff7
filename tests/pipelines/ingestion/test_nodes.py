"""Reading values: what is exact stays exact, what cannot be read is null and counted."""

import datetime
from decimal import Decimal

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.ingestion import nodes
from tests.building import retail, settings_of
from tests.pipelines.ingestion.lines import delivered, read

LENIENT = settings_of("base", ingestion={"largest_invalid_share": 1}).ingestion


def read_one(expression: ibis.Value) -> object:
    return ibis.memtable({"one": [1]}).select(value=expression).to_pyarrow()["value"][0].as_py()


def test_text_is_read_into_exact_values():
    retail, invalid_values = read({})
    line = retail.iloc[0]
    assert line.unit_price == Decimal("6.95")
    assert line.quantity == 12
    assert line.customer_id == "13085"
    assert line.invoice_date == pd.Timestamp("2009-12-01 07:45")
    assert line.description == " GLASS BALL "
    assert invalid_values.empty


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("2.55", "2.550"),
        (" 0.001 ", "0.001"),
        ("-11062.06", "-11062.060"),
        ("2.0999999999999996", "2.100"),
        ("1e-3", "0.001"),
        ("38970", "38970.000"),
        ("0.123456", "0.123456"),
        ("0.1234567", None),
        ("999999999999.999999", "999999999999.999999"),
        ("£2.55", None),
        ("2,55", None),
        ("free", None),
        ("nan", None),
        ("1e30", None),
    ],
)
def test_a_price_is_exact_to_the_sixth_decimal_or_unreadable(text, price):
    expected = None if price is None else Decimal(price)
    assert read_one(nodes.read_price(ibis.literal(text))) == expected


@pytest.mark.slow
@given(st.decimals(min_value=-99999, max_value=99999, places=6))
def test_every_price_survives_text_double_and_real(price):
    assert read_one(nodes.read_price(ibis.literal(str(price)))) == price
    assert read_one(nodes.read_price(ibis.literal(float(price), type="float64"))) == price
    # A real holds seven digits.
    short = round(price, 1)
    assert read_one(nodes.read_price(ibis.literal(float(short), type="float32"))) == short


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-1", -1),
        ("13085.0", 13085),
        ("12.5", None),
        ("a dozen", None),
        ("99999999999999999999", None),
    ],
)
def test_a_quantity_is_a_whole_number_or_unreadable(text, number):
    assert read_one(nodes.read_whole_number(ibis.literal(text))) == number


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 12.5, 1e300])
def test_a_double_that_is_no_whole_number_is_unreadable(number):
    assert read_one(nodes.read_whole_number(ibis.literal(number, type="float64"))) is None


def test_a_number_that_stands_for_a_code_loses_its_decimals():
    assert read_one(nodes.read_text(ibis.literal(489434.0, type="float64"))) == "489434"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2011-12-09 12:50:00", "2011-12-09 12:50:00"),
        ("2011-12-09T12:50:00", "2011-12-09 12:50:00"),
        ("2011-02-30 10:00:00", None),
        ("0011-12-09 10:00:00", None),
        ("1900-01-01 00:00:00", None),
        ("2099-12-31 23:59:59", "2099-12-31 23:59:59"),
        ("2100-01-01 00:00:00", None),
        # The engine would read these, and shift the second one by its offset.
        ("2011-12-09", None),
        ("2011-12-09 12:50+01", None),
        ("infinity", None),
    ],
)
def test_of_dates_only_plain_and_plausible_ones_are_cast(text, moment):
    expected = None if moment is None else pd.Timestamp(moment)
    assert read_one(nodes.read_moment(ibis.literal(text), LENIENT)) == expected


@pytest.mark.parametrize("value", [True, datetime.time(7, 45)])
def test_what_is_neither_text_nor_a_date_is_no_moment(value):
    assert read_one(nodes.read_moment(ibis.literal(value), LENIENT)) is None


def test_a_date_of_a_file_is_its_midnight():
    date = ibis.literal(datetime.date(2009, 12, 1))
    assert read_one(nodes.read_moment(date, LENIENT)) == pd.Timestamp("2009-12-01")


def test_a_boolean_is_no_quantity():
    assert read_one(nodes.read_whole_number(ibis.literal(True))) is None


def test_values_that_cannot_be_read_are_null_and_counted_with_their_first_line():
    retail, invalid_values = read(
        {},
        {"quantity": "many"},
        {"quantity": "few"},
        {"unit_price": ""},
        {"invoice_no": " "},
        {"stock_code": " "},
    )
    assert retail.quantity.isna().tolist() == [False, True, True, False, False, False]
    found = invalid_values.set_index(["column", "problem"])
    assert found.loc[("quantity", "unreadable"), ["lines", "first_line", "example"]].tolist() == [
        2,
        2,
        "many",
    ]
    assert found.loc[("unit_price", "missing"), ["lines", "first_line"]].tolist() == [1, 4]
    assert found.loc[("invoice_no", "missing"), ["lines", "first_line"]].tolist() == [1, 5]
    assert found.loc[("stock_code", "missing"), ["lines", "first_line"]].tolist() == [1, 6]
    assert len(found) == 4


def test_a_line_without_customer_is_nothing_to_complain_about():
    retail, invalid_values = read({"customer_id": None}, {"customer_id": ""}, {"customer_id": "guest"})
    assert retail.customer_id.isna().all()
    assert invalid_values.empty


def test_a_share_of_invalid_lines_within_the_limit_is_accepted():
    lines = delivered(*[{}] * 99, {"quantity": "x"})
    retail, _ = nodes.read_lines(lines, settings_of("base").ingestion)
    assert retail.count().execute() == 100


def test_customers_whom_their_type_has_rounded_stop_the_run_rather_than_become_one():
    rounded = delivered(*[{}] * 3).mutate(customer_id=ibis.literal(12345678901234567890.0, type="float64"))
    with pytest.raises(InputError) as error:
        nodes.read_lines(rounded, settings_of("base").ingestion)
    assert str(error.value).startswith(
        "retail.csv: data line 1, column customer_id: found '1.2345678901234567e+19', expected a customer's "
        "number or code, as text or an exact number. 3 of 3 lines are unusable"
    )


def test_a_shop_says_itself_who_is_nobody():
    settings = settings_of("base", ingestion={"nobody": [" Till ", 99999]}).ingestion
    retail, _ = nodes.read_lines(delivered(*[{"customer_id": c} for c in ("TILL", "99999", "guest", "0")]), settings)
    assert retail.order_by("line_number").to_pandas().customer_id.fillna("").tolist() == ["", "", "guest", ""]


def test_a_missing_stock_code_is_the_description_if_the_settings_say_so():
    rows = [{"stock_code": ""}, {"stock_code": " ", "description": ""}, {"stock_code": None}, {}]
    assert read(*rows)[0].stock_code.fillna("").tolist() == ["", "", "", "85048"]
    settings = settings_of("base", ingestion={"largest_invalid_share": 1, "stock_code_from_description": True})
    retail, invalid_values = nodes.read_lines(delivered(*rows), settings.ingestion)
    assert retail.to_pandas().stock_code.fillna("").tolist() == [" GLASS BALL ", "", " GLASS BALL ", "85048"]
    assert invalid_values[["column", "problem", "lines"]].to_numpy().tolist() == [["stock_code", "missing", 1]]


def test_lines_keep_their_order_where_text_had_to_be_rewritten():
    rows = [{"unit_price": f"£{number}", "invoice_date": f"{number % 28 + 1} Mar 2010"} for number in range(2000)]
    retail, _ = read(*rows)
    assert retail.line_number.tolist() == list(range(1, 2001))
    assert retail.unit_price.tolist() == list(range(2000))


def test_each_file_is_listed_with_its_lines_and_its_period():
    lines = retail(
        {"extract": "b.csv", "invoice_date": "2010-03-02 10:00"},
        {"extract": "a.csv", "invoice_date": "2010-03-01 09:00"},
        {"extract": "a.csv", "invoice_date": "2010-03-05 11:00"},
    )
    listed = nodes.list_extracts(lines)
    assert listed.extract.tolist() == ["a.csv", "b.csv"]
    assert listed.lines.tolist() == [2, 1]
    assert listed.first_line.iloc[0] == pd.Timestamp("2010-03-01 09:00")
    assert listed.last_line.iloc[0] == pd.Timestamp("2010-03-05 11:00")
