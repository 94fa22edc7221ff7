from pathlib import Path

import pytest
from kedro.io import DatasetError

from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.datasets.headers import USUAL_SPELLINGS, Headers, normalise
from lgs_pipeline.lines import DELIVERED_COLUMNS
from tests.datasets.extracts import HEADER

FILE = Path("retail.csv")


@pytest.mark.parametrize(
    "found",
    [
        HEADER,
        [
            "InvoiceNo",
            "StockCode",
            "Description",
            "Quantity",
            "InvoiceDate",
            "UnitPrice",
            "CustomerID",
            "Country",
        ],
        list(DELIVERED_COLUMNS),
        [
            " INVOICE NO. ",
            "sku",
            "Product name",
            "QTY",
            "Order date",
            "Price per unit",
            "Customer-No",
            "COUNTRY",
        ],
    ],
)
def test_usual_spellings_are_recognised(found):
    assert list(Headers().locate(found, FILE).values()) == list(range(8))


def test_columns_may_come_in_any_order_and_with_others_between_which_are_ignored_aloud(caplog):
    found = ["Till", *reversed(HEADER), ""]
    assert list(Headers().locate(found, FILE).values()) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert "retail.csv: ignored columns 'Till', ''" in caplog.text


@pytest.mark.parametrize("currency", ["Currency", "currency_code", "Invoice currency"])
@pytest.mark.parametrize("invoice_type", ["Type", "invoice_type", "Transaction type", "Document Type"])
def test_columns_that_not_every_extract_has_are_recognised_by_their_usual_spellings(currency, invoice_type):
    positions = Headers().locate([currency, *HEADER, invoice_type], FILE)
    assert (positions["currency"], positions["invoice_type"]) == (0, 9)
    # Many a sheet that holds no lines has a column called "Type".
    assert Headers().known([currency, invoice_type]) == []


def test_extra_spellings_may_name_a_column_that_not_every_extract_has():
    assert Headers({"currency": ["Till currency"]}).locate([*HEADER, "till_currency"], FILE)["currency"] == 8


def test_no_spelling_stands_for_two_columns():
    spellings = [normalise(way) for ways in USUAL_SPELLINGS.values() for way in ways]
    assert len(spellings) == len(set(spellings))


def test_a_missing_column_is_named_with_what_was_found_and_what_would_do():
    with pytest.raises(ExtractError) as error:
        Headers().locate([name for name in HEADER if name != "Price"], FILE, "header line")
    message = str(error.value)
    assert message.startswith("retail.csv: header line: found the headers 'Invoice', 'StockCode'")
    assert "expected also unit_price (as 'Price', 'Unit price'" in message
    assert "country (" not in message


def test_a_doubled_column_is_named_with_both_headers():
    with pytest.raises(ExtractError, match="found 'Price', 'UnitPrice' for column unit_price, expected one header"):
        Headers().locate([*HEADER, "UnitPrice"], FILE)


def test_extra_spellings_add_to_the_usual_ones_and_win_over_them():
    headers = Headers({"unit_price": ["Cost each", "Item name"]})
    assert headers.known(["cost_each", "Price", "Item name", "Product"]) == [
        "cost_each",
        "Price",
        "Item name",
        "Product",
    ]
    found = ["Item name" if name == "Price" else name for name in HEADER]
    assert list(headers.locate(found, FILE).values()) == list(range(8))


def test_an_extra_spelling_for_an_unknown_column_is_refused():
    with pytest.raises(DatasetError, match="header_spellings: found price, expected any of invoice_no"):
        Headers({"price": ["Cost each"]})


def test_headers_none_of_which_is_known_are_told_briefly():
    with pytest.raises(ExtractError) as error:
        Headers().locate(["x" * 1000] * 1000, FILE, "header line")
    assert len(str(error.value)) < 3000
    assert str(error.value).endswith("put them into one of the first lines, with commas, semicolons or tabs between")
