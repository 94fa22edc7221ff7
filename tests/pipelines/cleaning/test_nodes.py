"""Which lines count: every rule by a case written by hand, and the law that nothing is lost."""

from decimal import Decimal

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgs_pipeline.errors import InputError
from lgs_pipeline.invoices import build_invoices
from lgs_pipeline.lines import line_amount
from lgs_pipeline.pipelines.cleaning import nodes
from lgs_pipeline.pipelines.cleaning.schemas import DataQuality
from tests.building import retail, settings_of, table, transactions
from tests.cleaning import separate

CLEANING = settings_of("base").cleaning
FULLEST = settings_of("base", cleaning={"copies": "fullest"}).cleaning
KEEP_ALL = settings_of("base", cleaning={"exclude": []}).cleaning
MONTHS = settings_of("base").monthly_metrics


def period_of(lines: ibis.Table) -> pd.Series:
    """The period of the data, of transactions."""
    orders_by_day = nodes.count_orders_by_day(build_invoices(lines, gap_minutes=60))
    return nodes.find_data_period(lines, orders_by_day, MONTHS).iloc[0]


def separated(lines: ibis.Table, cleaning=CLEANING) -> tuple[pd.DataFrame, pd.DataFrame]:
    kept, excluded = separate(lines, cleaning)
    by_line = ["extract", "line_number"]
    return kept.to_pandas().sort_values(by_line), excluded.to_pandas().sort_values(by_line)


def reasons(*rows: dict) -> list[str | None]:
    """The reason of each line, by position."""
    kept, excluded = separated(retail(*rows))
    found = {
        **dict.fromkeys(kept.line_number),
        **dict(zip(excluded.line_number, excluded.reason, strict=True)),
    }
    return [found[number] for number in sorted(found)]


class TestReasons:
    def test_a_line_counts_or_has_its_reason(self):
        cases = [
            ({}, None),
            ({"invoice_no": None}, "invalid"),
            ({"stock_code": None}, "invalid"),
            ({"quantity": None}, "invalid"),
            ({"invoice_date": None}, "invalid"),
            ({"unit_price": None}, "invalid"),
            ({"quantity": 10**9, "unit_price": "999999999"}, "invalid"),
            ({"description": None, "customer_id": None, "country": None}, None),
            ({"stock_code": "TEST"}, "test"),
            ({"stock_code": "TEST001"}, "test"),
            ({"stock_code": "test002 "}, "test"),
            ({"stock_code": "TESTER-M"}, None),
            ({"stock_code": "TEST1A"}, None),
            ({"stock_code": "CONTEST1"}, None),
            ({"unit_price": "0"}, "zero_price"),
            ({"stock_code": "ADJUST2"}, "adjustment"),
            ({"stock_code": "B", "unit_price": "-11062.06"}, "adjustment"),
            ({"stock_code": "BANK CHARGES"}, "fee"),
            ({"stock_code": "amazonfee"}, "fee"),
            ({"stock_code": "S"}, "sample"),
            ({"stock_code": "POST"}, None),
            ({"stock_code": "D", "quantity": -1}, None),
            ({"stock_code": "M"}, None),
            ({"stock_code": "gift_0001_20"}, None),
        ]
        lines = [{"invoice_no": str(number), **line} for number, (line, _) in enumerate(cases)]
        assert list(zip(lines, reasons(*lines), strict=True)) == list(zip(lines, [r for _, r in cases], strict=True))

    def test_the_first_reason_that_applies_is_recorded(self):
        free_test = {"stock_code": "TEST001", "unit_price": "0"}
        invalid_test = {"stock_code": "TEST001", "quantity": None, "invoice_no": "500002"}
        free_adjustment = {"stock_code": "B", "unit_price": "0", "invoice_no": "500003"}
        assert reasons(free_test, invalid_test, free_adjustment) == ["test", "invalid", "zero_price"]
        load = [{**free_test, "description": text} for text in "ABC"]
        assert reasons(*load, *load) == ["test"] * 3 + ["repeated_invoice"] * 3

    def test_where_nothing_is_to_be_excluded_only_invalid_lines_are(self):
        lines = retail({"stock_code": "TEST001"}, {"unit_price": "0"}, {}, {}, {"quantity": None})
        kept, excluded = separated(lines, KEEP_ALL)
        assert kept.line_number.tolist() == [1, 2, 3, 4]
        assert excluded.reason.tolist() == ["invalid"]


class TestTransactions:
    def test_codes_are_upper_cased_and_descriptions_trimmed(self):
        kept, _ = separated(retail({"stock_code": " 85123a ", "description": " HEART "}, {"description": "  "}))
        assert kept.stock_code.tolist() == ["85123A", "22423"]
        assert kept.description.tolist()[0] == "HEART"
        assert pd.isna(kept.description.tolist()[1])

    def test_the_stock_code_decides_the_line_type(self):
        types = {
            "22423": "product", "POST": "postage", "C2": "postage", "D": "discount", "M": "manual",
            "GIFT_0001_20": "voucher", "GIFTBOX": "product",
            "TESTER-M": "product", "DCGS0058": "product", "POSTCARD": "product",
        }  # fmt: skip
        kept, _ = separated(retail(*({"stock_code": code.lower()} for code in types)))
        assert dict(zip(kept.stock_code, kept.line_type, strict=True)) == types

    def test_an_amount_is_exact(self):
        kept, _ = separated(retail({"quantity": 3, "unit_price": "0.001"}, {"quantity": -7, "unit_price": "2.545"}))
        assert kept.amount.tolist() == [Decimal("0.003"), Decimal("-17.815")]


def cancelled(*lines: dict, types: list[str | None] | None = None, **rule: object) -> list[str]:
    """The numbers of the invoices taken for cancellations, a type for each line if the extract has them."""
    cancellations = {**CLEANING.cancellations.model_dump(), **rule}
    cleaning = settings_of("base", cleaning={"cancellations": cancellations}).cleaning
    delivered = retail(*lines)
    counted = delivered.mutate(amount=line_amount(delivered))
    typed = [
        {"extract": "retail.sql", "line_number": number, "invoice_type": name}
        for number, name in enumerate(types or [], start=1)
        if name
    ]
    names = {"extract": "string", "line_number": "int64", "invoice_type": "string"}
    marked = nodes.mark_cancellations(counted, counted, table(typed, names), cleaning).to_pandas()
    assert len(marked) == len(lines)
    return sorted(marked.invoice_no[marked.is_cancellation].unique())


def numbered(*numbers: str) -> list[dict]:
    return [{"invoice_no": number} for number in numbers]


class TestCancellations:
    def test_are_by_default_those_whose_number_is_c_and_digits(self):
        lines = numbered("C500001", "c500002", "CH500003", "C", "C-500004", "500005C", "500006", "CC7")
        assert cancelled(*lines) == ["C500001", "c500002"]

    def test_or_begins_with_other_prefixes_in_capitals_or_not(self):
        lines = numbered("RINV/1", "INV/1", "cr-9", "CR9", "C500001")
        assert cancelled(*lines, prefixes=["rinv/", "CR-"]) == ["RINV/1", "cr-9"]

    def test_where_a_prefix_has_signs_they_stand_for_themselves(self):
        assert cancelled(*numbered("R.1", "RX1", "R+1", "RR1"), prefixes=["R.", "R+"]) == ["R+1", "R.1"]

    def test_by_sign_are_those_that_add_up_to_less_than_nothing(self):
        lines = [
            {"invoice_no": "1", "quantity": 5}, {"invoice_no": "1", "quantity": -2},
            {"invoice_no": "2", "quantity": 1}, {"invoice_no": "2", "quantity": -2},
            {"invoice_no": "3", "quantity": 1}, {"invoice_no": "3", "quantity": -1},
            {"invoice_no": "C4", "quantity": 1},
        ]  # fmt: skip
        assert cancelled(*lines, by="sign") == ["2"]

    def test_by_sign_the_lines_of_all_moments_of_an_invoice_add_up(self):
        later = {"invoice_no": "1", "quantity": -1, "invoice_date": "2010-03-01 10:09"}
        assert cancelled({"invoice_no": "1", "quantity": 2}, later, by="sign") == []

    def test_by_sign_invoices_of_one_number_are_told_apart_by_customer_and_year(self):
        lines = [
            {"invoice_no": "1", "quantity": 9},
            {"invoice_no": "1", "quantity": -1, "customer_id": "12347"},
            {"invoice_no": "1", "quantity": -1, "customer_id": None, "invoice_date": "2011-03-01"},
        ]
        delivered = retail(*lines)
        settings = settings_of(
            "base", cleaning={"cancellations": {**CLEANING.cancellations.model_dump(), "by": "sign"}}
        )
        kept = separate(delivered, settings.cleaning)[0].to_pandas()
        assert kept.sort_values("line_number").is_cancellation.tolist() == [False, True, True]

    def test_by_type_are_those_of_which_a_line_names_one_of_the_types(self):
        lines = numbered("1", "2", "2", "3", "4")
        types = ["Sale", " credit NOTE ", None, "Refunded", None]
        assert cancelled(*lines, types=types, by="type") == ["2", "3"]

    def test_by_type_an_extract_without_types_has_none(self):
        assert cancelled(*numbered("C1", "2"), by="type") == []


class TestAccount:
    def test_every_line_and_pound_is_accounted_for(self):
        lines = retail({"unit_price": "0.333"}, {"stock_code": "S", "invoice_no": "2"}, {"quantity": None})
        account = nodes.account_for_lines(lines, *_ibis_separated(lines), CLEANING).set_index("rule")
        assert account.lines.to_dict() == {
            "transactions": 1, "invalid": 1, "repeated_invoice": 0, "implausible_date": 0, "superseded": 0, "test": 0,
            "zero_price": 0, "adjustment": 0, "fee": 0, "sample": 1, "total": 3,
        }  # fmt: skip
        assert account.amount["transactions"] == 0.333
        assert account.amount["total"] == 1.333
        assert account.share_of_lines["sample"] == pytest.approx(1 / 3)

    def test_an_unknown_amount_is_none_and_the_total_adds_up_the_others(self):
        lines = retail({"unit_price": "2"}, {"unit_price": None}, {"unit_price": "5", "stock_code": "S"})
        account = nodes.account_for_lines(lines, *_ibis_separated(lines), CLEANING).set_index("rule")
        assert pd.isna(account.amount["invalid"])
        assert (account.lines["invalid"], account.lines["total"]) == (1, 3)
        assert account.amount[["transactions", "sample", "total"]].tolist() == [2, 5, 7]
        DataQuality.validate(account.reset_index())

    def test_a_known_amount_of_an_invalid_line_is_shown(self):
        lines = retail({"unit_price": "2"}, {"unit_price": "3", "stock_code": None})
        account = nodes.account_for_lines(lines, *_ibis_separated(lines), CLEANING).set_index("rule")
        assert account.amount[["invalid", "total"]].tolist() == [3, 5]

    def test_a_lost_line_is_a_defect_that_stops_the_run(self):
        lines = retail({}, {"invoice_no": "500002"})
        kept, excluded = _ibis_separated(lines)
        with pytest.raises(nodes.LinesLostError, match=r"1 lines and 1\.000 pounds"):
            nodes.account_for_lines(lines, kept.limit(1), excluded, CLEANING)

    @pytest.mark.slow
    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "extract": st.sampled_from(["a", "b"]),
                    "invoice_no": st.sampled_from(["1", "2", "C3", None]),
                    "stock_code": st.sampled_from(["22423", "post", "TEST1", "B", "S", "", None]),
                    "quantity": st.sampled_from([1, -5, 0, None]),
                    "unit_price": st.sampled_from(["0", "0.001", "-3.5", None]),
                },
            ),
            min_size=1,
            max_size=12,
        )
    )
    def test_whatever_the_lines_they_and_their_pounds_add_up(self, rows):
        lines = retail(*rows)
        # Copies that differ would stop the run.
        kept, excluded = separate(lines, FULLEST)
        if not kept.count().execute():
            with pytest.raises(InputError):
                nodes.account_for_lines(lines, kept, excluded, CLEANING)
            return
        account = nodes.account_for_lines(lines, kept, excluded, CLEANING)
        assert account.lines.iloc[:-1].sum() == account.lines.iloc[-1] == len(rows)
        assert account.amount.iloc[:-1].sum() == pytest.approx(account.amount.iloc[-1], abs=1e-9)


class TestInvoices:
    def test_an_invoice_adds_up_its_lines(self):
        lines = transactions(
            {"quantity": 2, "unit_price": "1.50", "invoice_date": "2010-03-01 10:01"},
            {"quantity": 1, "unit_price": "0.333", "invoice_date": "2010-03-01 10:00"},
            {"invoice_no": "C400000", "quantity": -1, "customer_id": None},
        )
        first, second = build_invoices(lines, gap_minutes=60).to_pandas().to_dict("records")
        assert (first["invoice_no"], first["lines"], first["units"]) == ("500001", 2, 3)
        assert first["amount"] == Decimal("3.333")
        assert first["invoice_date"] == pd.Timestamp("2010-03-01 10:00")
        assert (second["invoice_no"], second["is_cancellation"]) == ("C400000", True)
        assert pd.isna(second["customer_id"])

    def test_an_extract_of_which_nothing_counts_is_refused_with_the_reasons(self):
        lines = retail({"stock_code": "TEST001"}, {"unit_price": "0", "invoice_no": "500002"})
        with pytest.raises(InputError, match="no line that counts: 1 test, 1 zero_price"):
            nodes.account_for_lines(lines, *_ibis_separated(lines), CLEANING)

    def test_the_data_ends_at_the_midnight_after_its_last_line(self):
        lines = transactions({"invoice_date": "2009-12-01 07:45"}, {"invoice_date": "2011-12-09 12:50"})
        period = period_of(lines)
        assert period.first_line == pd.Timestamp("2009-12-01 07:45")
        assert period.last_line == pd.Timestamp("2011-12-09 12:50")
        assert period.data_end == pd.Timestamp("2011-12-10")

    def test_closed_days_next_to_the_data_are_covered_by_it(self):
        # 2 and 3 January are set as closed, 1 January is a holiday; 22 April 2011 was Good Friday.
        lines = transactions({"invoice_date": "2010-01-04 08:00"}, {"invoice_date": "2011-04-21 10:00"})
        period = period_of(lines)
        assert period.covered_from == pd.Timestamp("2009-12-24")
        assert period.covered_until == pd.Timestamp("2011-04-23")

    def test_orders_are_counted_by_day_and_a_day_of_cancellations_has_none(self):
        lines = transactions(
            {"invoice_no": "1", "invoice_date": "2010-01-04 08:00"},
            {"invoice_no": "2", "invoice_date": "2010-01-04 23:59"},
            {"invoice_no": "C3", "invoice_date": "2010-01-05 00:00"},
        )
        found = nodes.count_orders_by_day(build_invoices(lines, gap_minutes=60)).to_pandas()
        assert found.day.tolist() == [pd.Timestamp("2010-01-04"), pd.Timestamp("2010-01-05")]
        assert found.orders.tolist() == [2, 0]

    def test_an_extract_of_which_nothing_counts_is_refused(self):
        with pytest.raises(InputError, match="no line that counts"):
            period_of(transactions({}).filter(ibis.literal(False)))


def _ibis_separated(lines: ibis.Table) -> tuple[ibis.Table, ibis.Table]:
    return separate(lines, CLEANING)
