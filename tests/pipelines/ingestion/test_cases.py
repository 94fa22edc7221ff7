"""Extracts of other shops, from the file to the account: read right, or refused in one line."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lgs_pipeline import lines
from lgs_pipeline.datasets import RetailExtractDataset
from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.cleaning import nodes as cleaning
from lgs_pipeline.pipelines.ingestion import nodes as ingestion
from tests.building import settings_of
from tests.cleaning import separate
from tests.datasets.extracts import copy_text

# Each reads a whole extract.
pytestmark = pytest.mark.slow


def account(path: Path, **changes: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The transactions that come out of an extract, and the account of all its lines."""
    settings = settings_of("base", ingestion=changes)
    retail, _ = ingestion.read_lines(RetailExtractDataset(str(path)).load(), settings.ingestion)
    transactions, excluded = separate(retail, settings.cleaning)
    told = cleaning.account_for_lines(retail, transactions, excluded, settings.cleaning)
    return transactions.to_pandas(), told.set_index("rule")


def rewritten(path: Path, place: Path, column: str, spelling: Callable[[str], str]) -> Path:
    """The same extract with a column written in another way."""
    delivered = pd.read_csv(path, dtype=str, keep_default_na=False)
    delivered[column] = delivered[column].map(spelling)
    delivered.to_csv(place, index=False)
    return place


class TestOffsets:
    WRITTEN = ("2010-12-31 23:30:00", "2011-01-01 00:30:00", "2011-07-01 00:15:00", "2011-07-02 12:00:00")
    IN_LONDON = ("2010-12-31 22:30:00", "2010-12-31 23:30:00", "2011-06-30 23:15:00", "2011-07-02 11:00:00")

    @pytest.mark.parametrize(
        "spelling",
        [
            lambda date: date,
            lambda date: date.replace(" +0", "+0"),
            lambda date: date.replace(" +0100", "+01:00").replace(" +0200", "+02:00").replace(" ", "T"),
            lambda date: date[:-2],
        ],
    )
    def test_dates_with_an_offset_are_as_written_or_in_the_zone_set(self, cases, tmp_path, spelling):
        path = rewritten(cases / "05-offset" / "shopify.csv", tmp_path / "shop.csv", "InvoiceDate", spelling)
        transactions, _ = account(path)
        assert transactions.invoice_date.astype(str).tolist() == list(self.WRITTEN)
        transactions, _ = account(path, time_zone="Europe/London")
        assert transactions.invoice_date.astype(str).tolist() == list(self.IN_LONDON)


class TestThousands:
    def _check(self, path: Path, **changes: object) -> None:
        transactions, told = account(path, **changes)
        assert round(transactions.amount.astype(float).sum(), 2) == 150553.03
        assert told.lines["invalid"] == 0
        assert told.amount["total"] == 150553.03

    @pytest.mark.parametrize("name", ["plain.csv.gz", "thousands.csv.gz"])
    def test_prices_with_and_without_thousands_come_to_the_same(self, cases, name):
        self._check(cases / "06-thousands" / name)

    @pytest.mark.parametrize(
        "spelling",
        [
            lambda price: price.translate(str.maketrans(",.", ".,")),
            lambda price: f"£{price}",
            lambda price: price.replace(",", "\u202f"),
            lambda price: f"{price.replace(',', chr(39))} GBP",
        ],
    )
    def test_neighbours_come_to_the_same(self, cases, tmp_path, spelling):
        self._check(rewritten(cases / "06-thousands" / "thousands.csv.gz", tmp_path / "shop.csv", "Price", spelling))

    def test_eight_prices_that_cannot_be_read_are_worth_too_much_to_go_on(self, cases, tmp_path):
        path = rewritten(
            cases / "06-thousands" / "thousands.csv.gz", tmp_path / "shop.csv", "Price",
            lambda price: "on request" if price == "1,250.00" else price,
        )  # fmt: skip
        with pytest.raises(InputError, match=r"found 'on request'.* 8 of 4,344 lines are unusable \(0.2%\)") as error:
            account(path, largest_invalid_share=0.0001)
        assert "\n" not in str(error.value)


class TestDates:
    def _check(self, path: Path, is_midnight: bool, **changes: object) -> None:
        transactions, told = account(path, **changes)
        assert told.lines.to_dict() == {**told.lines.to_dict(), "total": 819, "invalid": 0}
        assert str(transactions.invoice_date.min().date()) == "2010-01-07"
        assert (transactions.invoice_date == transactions.invoice_date.dt.normalize()).all() == is_midnight

    @pytest.mark.parametrize("name", ["date_only.csv", "us_am_pm.csv.gz", "uk_month_name.csv.gz"])
    def test_dates_are_read_however_they_are_spelt(self, cases, name):
        self._check(cases / "10-date-spellings" / name, is_midnight="only" in name)

    @pytest.mark.parametrize(
        "spelling", ["%d/%m/%Y %H:%M", "%m-%d-%y %I:%M%p", "%A, %B %d, %Y %H:%M:%S", "%Y%m%dT%H%M", "%d.%m.%Y %H:%M Z"]
    )
    def test_neighbours_are_read_as_well(self, cases, tmp_path, spelling):
        path = rewritten(
            cases / "10-date-spellings" / "uk_month_name.csv.gz", tmp_path / "shop.csv", "InvoiceDate",
            lambda date: pd.Timestamp(date).strftime(spelling),
        )  # fmt: skip
        first, _ = account(cases / "10-date-spellings" / "us_am_pm.csv.gz")
        again, _ = account(path)
        assert again.invoice_date.tolist() == first.invoice_date.tolist()

    @pytest.mark.parametrize("epoch", [1900, 1904])
    def test_day_numbers_of_either_epoch_are_read(self, cases, tmp_path, epoch):
        day_0 = pd.Timestamp("1899-12-30" if epoch == 1900 else "1904-01-01")
        path = rewritten(
            cases / "10-date-spellings" / "uk_month_name.csv.gz", tmp_path / "shop.csv", "InvoiceDate",
            lambda date: f"{(pd.Timestamp(date) - day_0) / pd.Timedelta(days=1):.6f}",
        )  # fmt: skip
        self._check(path, is_midnight=False, excel_epoch=epoch)


class TestCurrencies:
    def test_several_currencies_in_a_column_stop_the_run(self, cases):
        with pytest.raises(
            InputError, match=r"^orders\.csv\.gz: found the currencies EUR .*, GBP .*, JPY .*, expected one"
        ):
            account(cases / "18-currencies" / "orders.csv.gz")

    @pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet", "sql"])
    def test_so_do_they_in_every_format(self, cases, tmp_path, suffix):
        delivered = pd.read_csv(cases / "18-currencies" / "orders.csv.gz").groupby("Currency").head(5)
        place = tmp_path / f"shop.{suffix}"
        if suffix == "csv":
            delivered.to_csv(place, index=False)
        elif suffix == "xlsx":
            delivered.to_excel(place, index=False, engine="xlsxwriter")
        elif suffix == "parquet":
            delivered.to_parquet(place)
        else:
            rows = [[None if pd.isna(value) else value for value in row] for row in delivered.astype("str").to_numpy()]
            place.write_text(copy_text(*rows, columns=(*lines.DELIVERED_COLUMNS, "currency")))
        expected = r"shop\.\w+.*: found the currencies EUR \(5 lines\), GBP \(5 lines\), JPY \(5 lines\), expected one"
        with pytest.raises(InputError, match=expected):
            account(place)

    @pytest.mark.parametrize("spelling", ["{currency} {price}", "{price} {currency}", "{price}{sign}"])
    def test_several_currencies_in_prices_stop_the_run(self, cases, tmp_path, spelling):
        delivered = pd.read_csv(cases / "18-currencies" / "orders.csv.gz", dtype=str, keep_default_na=False)
        signs = {"GBP": "£", "EUR": "€", "JPY": "¥"}
        delivered["Price"] = [
            spelling.format(price=price, currency=currency, sign=signs[currency])
            for price, currency in zip(delivered.Price, delivered.Currency, strict=True)
        ]
        delivered.drop(columns="Currency").to_csv(tmp_path / "shop.csv", index=False)
        with pytest.raises(InputError, match=r"^shop\.csv: found the currencies EUR .*, GBP .*, JPY .*, expected one"):
            account(tmp_path / "shop.csv")
