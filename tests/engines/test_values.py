"""Where engines differ by nature: nulls, widths, decimals, rounding, order of texts, ties. Ours must not."""

from decimal import Decimal

import ibis
import pandas as pd
import pytest

from lgs_pipeline.invoices import build_invoices
from lgs_pipeline.lines import MONEY, line_amount
from lgs_pipeline.pipelines.customers.nodes import select_scored_invoices
from lgs_pipeline.pipelines.ingestion import nodes as ingestion
from lgs_pipeline.pipelines.monthly_metrics import nodes as monthly_metrics
from lgs_pipeline.pipelines.rfm import nodes as rfm
from tests.building import RETAIL_TYPES, invoices, retail, settings_of, table, transactions
from tests.cleaning import find_repeated, separate

SETTINGS = settings_of("base", ingestion={"largest_invalid_share": 1})
LARGEST = "999999999999.999999"


@pytest.fixture
def keep(engine, tmp_path):
    """A table as the engine keeps it."""
    return lambda lines, name="lines": engine.keep(tmp_path, name, lines)


def rows(table: ibis.Table) -> list[tuple]:
    return list(table.to_pandas().itertuples(index=False, name=None))


class TestWhatIsKeptComesBack:
    def test_nulls_empty_texts_and_blanks_stay_apart(self, keep):
        kept = keep(retail({"description": None}, {"description": ""}, {"description": " \u00a0"}))
        assert kept.order_by("line_number").to_pyarrow()["description"].to_pylist() == [None, "", " \u00a0"]

    def test_texts_of_all_kinds(self, keep):
        texts = ['it\'s "quoted"', "back\\slash", "tab\tand\nline", "%s :name ${x}", "Éire £ 日本 🎁"]
        kept = keep(retail(*[{"description": text} for text in texts]))
        assert kept.order_by("line_number").to_pandas().description.tolist() == texts

    def test_types(self, engine, keep):
        kept = keep(retail({}))
        assert kept.schema() == ibis.schema(RETAIL_TYPES)

    def test_prices_to_the_last_of_18_digits(self, keep):
        kept = keep(retail({"unit_price": LARGEST}, {"unit_price": f"-{LARGEST}"}))
        prices = kept.order_by("line_number").to_pandas().unit_price.tolist()
        assert prices == [Decimal(LARGEST), -Decimal(LARGEST)]

    def test_frames_have_the_same_types_with_and_without_rows_and_nulls(self, keep):
        kept = keep(retail({}, {"customer_id": None, "country": None, "unit_price": None}))
        types = {"line_number": "int64", "customer_id": "str", "country": "str", "unit_price": "object"}
        assert {name: str(kept.to_pandas()[name].dtype) for name in types} == types
        empty = kept.filter(kept.line_number < 0).to_pandas()
        assert str(empty.invoice_date.dtype) == str(kept.to_pandas().invoice_date.dtype) == "datetime64[us]"


class TestTypedSources:
    """What a table of a warehouse, or a Parquet file, delivers with types of its own."""

    @staticmethod
    def _read(keep, types: dict[str, str], *lines: dict) -> pd.DataFrame:
        ordinary = {
            "extract": "retail", "invoice_no": "500001", "stock_code": "22423", "quantity": 1,
            "invoice_date": pd.Timestamp("2010-03-01 10:00").to_pydatetime(), "unit_price": 1.0,
        }  # fmt: skip
        delivered = table(
            [{"line_number": number, **ordinary, **line} for number, line in enumerate(lines, start=1)],
            {**RETAIL_TYPES, "unit_price": "float64", **types},
        )
        read, _ = ingestion.read_lines(keep(delivered, "delivered"), SETTINGS.ingestion)
        return keep(read).order_by("line_number").to_pandas()

    def test_reals_are_prices_by_their_shortest_text(self, keep):
        prices = [2.1, 38970.0, -11062.06, 0.001, 25111.09, 1e6, 4161.06, float("nan"), float("inf"), 1e30]
        read = self._read(keep, {"unit_price": "float32"}, *[{"unit_price": price} for price in prices])
        assert read.unit_price.tolist()[:7] == [
            Decimal(text) for text in ("2.1", "38970", "-11062.06", "0.001", "25111.09", "1000000", "4161.06")
        ]
        assert read.unit_price.isna().tolist()[7:] == [True] * 3

    def test_doubles_are_prices_if_they_are_as_good_as_exact(self, keep):
        prices = [2.0999999999999996, 0.000001, 1.2345678, 123456789.123, float("nan"), -float("inf"), 1e300]
        read = self._read(keep, {}, *[{"unit_price": price} for price in prices])
        assert read.unit_price.tolist() == [
            Decimal("2.1"), Decimal("0.000001"), None, Decimal("123456789.123"), None, None, None,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("kind", "made"), [("float32", float), ("float64", float), ("decimal(20, 4)", Decimal), ("string", str)]
    )
    def test_customers_of_any_type_are_text_without_decimals(self, keep, kind, made):
        lines = [
            {"customer_id": None if text is None else made(text)} for text in ("13085.0", "1e+06", "0", "-7", None)
        ]
        read = self._read(keep, {"customer_id": kind}, *lines)
        assert read.customer_id.tolist()[:2] == ["13085", "1000000"]
        assert read.customer_id.isna().tolist() == [False, False, True, True, True]

    def test_customers_who_are_text_are_read_alike(self, keep):
        texts = ["\u00a0CG-12000 ", "00012000", "Guest", "NULL", "\\N", "12E5", "é1"]
        read = self._read(keep, {"customer_id": "string"}, *[{"customer_id": text} for text in texts])
        assert read.customer_id.fillna("").tolist() == ["CG-12000", "00012000", "", "", "", "12E5", "é1"]

    @pytest.mark.parametrize(("kind", "largest"), [("float32", 2**24 - 1), ("float64", 2**53 - 1)])
    def test_customers_whom_their_type_has_rounded_are_lost_and_counted(self, keep, kind, largest):
        delivered = [{"customer_id": float(number)} for number in (largest, largest + 1, "nan")]
        read = self._read(keep, {"customer_id": kind}, *delivered)
        assert read.customer_id.fillna("").tolist() == [str(largest), "", ""]

    @pytest.mark.parametrize("kind", ["int16", "int32", "int64"])
    def test_integers_of_any_width_become_the_widest(self, keep, kind):
        read = self._read(keep, {"quantity": kind}, {"quantity": -32768}, {"quantity": None})
        assert read.quantity.tolist()[0] == -32768
        assert read.quantity.isna().tolist() == [False, True]

    def test_moments_are_cut_to_the_second(self, keep):
        moment = pd.Timestamp("2011-12-09 12:50:07.999999").to_pydatetime()
        read = self._read(keep, {}, {"invoice_date": moment})
        assert read.invoice_date.tolist() == [pd.Timestamp("2011-12-09 12:50:07")]


class TestOrderOfTexts:
    """By code point: capitals before small letters, accents after both. A database's collation may differ."""

    COUNTRIES = ("united kingdom", "Éire", "United Kingdom", "EIRE", "Zambia")

    def test_the_alphabetically_first_country(self, keep):
        lines = keep(transactions(*[{"country": country} for country in self.COUNTRIES]))
        assert keep(build_invoices(lines, gap_minutes=60), "invoices").to_pandas().country.tolist() == ["EIRE"]

    def test_tables_sorted_by_text(self, keep):
        numbers = ["a1", "C2", "é3", "B4", "_5", "Z6", "10", "9"]
        lines = keep(transactions(*[{"invoice_no": number} for number in numbers]))
        built = keep(build_invoices(lines, gap_minutes=60), "invoices").to_pandas()
        assert built.invoice_no.tolist() == ["10", "9", "B4", "C2", "Z6", "_5", "a1", "é3"]

    def test_the_first_extract_by_name(self, keep):
        lines = retail({"extract": "b.csv"}, {"extract": "B.csv"}, {"extract": "ä.csv"}, {"extract": "a.csv"})
        _, repeated = find_repeated(keep(lines), SETTINGS.cleaning, keep)
        assert rows(repeated.select("extract", "line_number")) == [("a.csv", 4), ("b.csv", 1), ("ä.csv", 3)]

    def test_of_two_orders_at_one_moment_the_first_number_tells_the_country(self, keep):
        made = invoices(
            {"invoice_no": "b1", "invoice_date": "2010-01-05", "country": "France"},
            {"invoice_no": "B1", "invoice_date": "2010-01-05", "country": "Germany"},
        )
        scored = select_scored_invoices(transactions({}), keep(made), SETTINGS.cleaning, SETTINGS.rfm)
        customers = keep(rfm.summarise_customers(scored, pd.Timestamp("2011-01-01")), "customers")
        assert customers.to_pandas().country.tolist() == ["Germany"]


def test_codes_are_compared_in_upper_case_from_a_to_z(keep):
    lines = keep(retail({"stock_code": " gift_0001 "}, {"stock_code": "é1a"}, {"stock_code": "straße"}))
    kept, _ = separate(lines, SETTINGS.cleaning, keep)
    found = kept.order_by("line_number").select("stock_code", "line_type")
    assert rows(found) == [("GIFT_0001", "voucher"), ("é1A", "product"), ("STRAßE", "product")]


class TestSums:
    def test_units_are_whole_numbers_and_amounts_pounds(self, keep):
        lines = keep(transactions({"quantity": 3, "unit_price": "0.333"}, {"quantity": -1}))
        built = keep(build_invoices(lines, gap_minutes=60), "invoices")
        assert (built.schema()["units"], built.schema()["amount"]) == (
            ibis.dtype("int64"),
            ibis.dtype(MONEY),
        )
        assert rows(built.select("units", "amount")) == [(2, Decimal("-0.001"))]

    def test_the_largest_amount_is_exact_and_a_larger_one_impossible(self, keep):
        lines = keep(retail({"quantity": 9, "unit_price": "11111111111.1"},
                            {"quantity": 10, "unit_price": "11111111111.1"}))  # fmt: skip
        kept, excluded = separate(lines, SETTINGS.cleaning, keep)
        assert rows(kept.select("amount")) == [(Decimal("99999999999.900"),)]
        assert rows(excluded.select("reason")) == [("invalid",)]

    def test_amounts_are_rounded_to_the_tenth_of_a_penny_half_away_from_zero(self, keep):
        lines = keep(retail({"quantity": 1, "unit_price": "0.0005"}, {"quantity": -1, "unit_price": "0.0005"},
                            {"quantity": 3, "unit_price": "0.333333"}, {"quantity": 1, "unit_price": "0.000499"},
                            {"quantity": 7, "unit_price": "1.0005"}, {"quantity": 5, "unit_price": "0.0001"},
                            {"quantity": 4, "unit_price": None}))  # fmt: skip
        amounts = keep(lines.select("line_number", amount=line_amount(lines)), "amounts").order_by("line_number")
        found = amounts.to_pandas().amount.tolist()
        assert found[:6] == [Decimal(text) for text in ("0.001", "-0.001", "1.000", "0.000", "7.004", "0.001")]
        assert pd.isna(found[6])

    def test_a_total_beyond_what_a_double_holds_is_exact(self, keep):
        made = keep(invoices({"invoice_date": "2010-01-05", "amount": "90071992547409.921"},
                             {"invoice_date": "2010-01-06", "amount": "0.002"}))  # fmt: skip
        totals = keep(monthly_metrics.summarise_months(made), "totals").to_pandas()
        assert totals.sales.tolist() == [Decimal("90071992547409.923")]

    def test_a_month_without_purchases_has_purchases_of_nothing(self, keep):
        made = keep(invoices({"invoice_date": "2010-01-05", "amount": "-1"}))
        totals = keep(monthly_metrics.summarise_months(made), "totals").to_pandas()
        assert totals.purchases.tolist() == [Decimal("0.000")]


class TestNulls:
    def test_missing_values_are_equal_when_lines_are_compared(self, keep):
        nothing = {"description": None, "customer_id": None, "country": None, "quantity": None}
        load = [{**nothing, "stock_code": code} for code in ("A", "B", "C")]
        lines = keep(retail(*load, *load))
        _, repeated = find_repeated(lines, SETTINGS.cleaning, keep)
        assert repeated.to_pandas().line_number.tolist() == [4, 5, 6]

    def test_a_line_that_lacks_a_value_is_invalid_whatever_the_others_say(self, keep):
        lacking = [{column: None} for column in ("invoice_no", "stock_code", "quantity", "unit_price")]
        lines = keep(retail(*lacking, {"unit_price": "0"}))
        _, excluded = separate(lines, SETTINGS.cleaning, keep)
        reasons = excluded.order_by("line_number").to_pandas().reason.tolist()
        assert reasons == ["invalid"] * 4 + ["zero_price"]

    def test_an_invoice_without_customer_belongs_to_no_cohort(self, keep):
        made = keep(invoices({"invoice_date": "2010-01-05", "customer_id": None}))
        cohorts = monthly_metrics.summarise_cohorts(made, SETTINGS.monthly_metrics)
        assert keep(cohorts, "cohorts").count().execute() == 0
