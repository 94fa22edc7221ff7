"""What of the data may be wrong: refused where it contradicts the settings, else said."""

import logging

import pandas as pd
import pytest

from lgs_pipeline.errors import InputError
from lgs_pipeline.pipelines.cleaning.doubts import find_doubts
from lgs_pipeline.pipelines.cleaning.schemas import RULES, ImplausibleDates
from tests.building import customer, invoices, settings_of

CLEANING = settings_of("base").cleaning
NO_DATES = pd.DataFrame(columns=["day", "problem", "lines", "extract", "line_number", "invoice_no"])


def cancellations(**changes: object):
    """The settings of cleaning, with changes to those of cancellations."""
    return settings_of("base", cleaning={"cancellations": {**CLEANING.cancellations.model_dump(), **changes}}).cleaning


def quality(**rules: tuple[int, float | None]) -> pd.DataFrame:
    """data_quality of so many lines and pounds by rule."""
    table = pd.DataFrame([(rule, *taken) for rule, taken in rules.items()], columns=["rule", "lines", "amount"])
    table = table.astype({"amount": float})
    table.loc[len(table)] = ["total", table.lines.sum(), table.amount.sum()]
    return table.assign(share_of_lines=table.lines / table.lines.iloc[-1])


def doubts(*, of=None, dates=NO_DATES, orders=({"invoice_date": "2010-03-01"},), cleaning=CLEANING) -> list[dict]:
    """What is doubtful of an account of lines, of dates, and of invoices."""
    account = quality(transactions=(1000, 1000)) if of is None else of
    return find_doubts(account, dates, invoices(*orders), cleaning).to_dict("records")


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "setting"),
        [
            ("invalid", "ingestion"),
            ("repeated_invoice", "cleaning.most_loads and cleaning.copies"),
            ("superseded", "cleaning.copies"),
            ("test", "cleaning.line_types.test"),
            ("fee", "cleaning.line_types.fee"),
            ("zero_price", "cleaning.exclude"),
        ],
    )
    def test_one_that_takes_more_than_a_hundredth_of_the_lines_is_named_with_its_setting(self, rule, setting):
        (doubt,) = doubts(of=quality(transactions=(980, 9800), **{rule: (20, 10)}))
        assert rule in f"{doubt['doubt']} {doubt['statement']}"
        assert RULES[rule] in doubt["statement"]
        assert "20 lines (2.0%) with £10 (0.1% of the pounds)" in doubt["statement"]
        assert doubt["setting"] == setting

    def test_so_is_one_that_takes_more_than_a_hundredth_of_the_pounds(self):
        (doubt,) = doubts(of=quality(transactions=(999, 900), adjustment=(1, -100)))
        assert "1 line (0.1%) with \u2212£100 (10.0% of the pounds)" in doubt["statement"]

    def test_no_more_than_a_hundredth_is_nothing_to_remark(self):
        assert doubts(of=quality(transactions=(990, 990), test=(10, 10))) == []

    def test_the_share_is_a_setting(self):
        strict = settings_of("base", cleaning={"largest_unremarked_share": 0.001}).cleaning
        assert len(doubts(of=quality(transactions=(990, 990), test=(10, 10)), cleaning=strict)) == 1

    def test_where_the_amount_is_unknown_the_lines_alone_are_told(self):
        (doubt,) = doubts(of=quality(transactions=(900, 900), invalid=(100, None)))
        assert "100 lines (10.0%)" in doubt["statement"]
        assert "£" not in doubt["statement"]

    def test_a_shop_of_free_goods_has_no_pounds_to_take_a_share_of(self):
        (doubt,) = doubts(of=quality(transactions=(1, 0), zero_price=(99, 0)))
        assert "99 lines (99.0%)" in doubt["statement"]

    def test_each_is_a_warning_in_the_log(self, caplog):
        with caplog.at_level(logging.WARNING):
            doubts(of=quality(transactions=(90, 90), test=(10, 10)))
        (message,) = caplog.messages
        assert "10 lines (10.0%)" in message
        assert message.endswith("See cleaning.line_types.test")


class TestDates:
    @staticmethod
    def dated(*days: tuple[str, str, int]) -> pd.DataFrame:
        rows = [(pd.Timestamp(day), problem, lines, "shop.csv", 7, "500001") for day, problem, lines in days]
        return ImplausibleDates.validate(pd.DataFrame(rows, columns=NO_DATES.columns).astype({"problem": "str"}))

    def test_one_line_is_named(self):
        account = quality(transactions=(1000, 1000), implausible_date=(1, 1))
        (doubt,) = doubts(of=account, dates=self.dated(("2071-01-05", "future", 1)))
        assert doubt == {
            "doubt": "date",
            "statement": "1 line has an implausible date and is left out. The first is line 7 of shop.csv: invoice "
            "500001, dated 5 January 2071, which is later than the day of the run.",
            "setting": "cleaning.dates",
        }

    def test_of_several_the_first(self):
        account = quality(transactions=(1000, 1000), implausible_date=(3, 1))
        dates = self.dated(("2001-01-05", "isolated", 1), ("2071-01-05", "future", 2))
        (doubt,) = doubts(of=account, dates=dates)
        assert doubt["statement"].startswith("3 lines have an implausible date and are left out. The first is line 7")
        assert doubt["statement"].endswith("dated 5 January 2001, which is far from all others.")

    def test_where_the_settings_let_them_count_nothing_is_said(self):
        assert doubts(dates=self.dated(("2071-01-05", "future", 1))) == []


class TestCustomers:
    @staticmethod
    def orders(**orders_of: int) -> list[dict]:
        named = {**{customer(number): 1 for number in range(60)}, **orders_of}
        return [
            {"customer_id": name, "invoice_date": "2010-03-01"} for name, count in named.items() for _ in range(count)
        ]

    def test_one_with_an_outlying_share_of_the_orders_is_named(self):
        (doubt,) = doubts(orders=self.orders(GUEST=40))
        assert doubt == {
            "doubt": "customer",
            "statement": "Customer GUEST has 40 of all 100 orders with a customer (40.0%). "
            "Such a number often stands for guests.",
            "setting": "ingestion.nobody",
        }

    def test_and_so_are_several(self):
        assert [doubt["statement"][:12] for doubt in doubts(orders=self.orders(ANNA=30, BERT=25))] == [
            "Customer ANN", "Customer BER",
        ]  # fmt: skip

    def test_but_not_a_good_one_with_twenty_times_the_orders_of_the_others(self):
        assert doubts(orders=self.orders(ANNA=20)) == []

    def test_nor_one_of_a_small_share(self):
        allowed = settings_of("base", cleaning={"largest_customer_share": 0.4}).cleaning
        assert doubts(orders=self.orders(ANNA=40), cleaning=allowed) == []

    def test_nor_anybody_in_a_small_shop(self):
        few = [{"customer_id": name, "invoice_date": "2010-03-01"} for name in ("ANNA", "ANNA", "ANNA", "BERT")]
        assert doubts(orders=few) == []

    def test_nor_nobody(self):
        assert doubts(orders=[{"customer_id": None, "invoice_date": "2010-03-01"}] * 50) == []


class TestContradictions:
    """Where the settings take orders for cancellations, or the other way round."""

    @staticmethod
    def shop(*amounts: int, negative_are: bool = True, positive_are: bool = False) -> list[dict]:
        return [
            {
                "invoice_date": "2010-03-01", "amount": f"{amount}.00", "invoice_no": f"RE{number}",
                "is_cancellation": negative_are if amount < 0 else positive_are,
            }
            for number, amount in enumerate(amounts, start=1)
        ]  # fmt: skip

    def test_negative_orders_stop_the_run_with_the_figures_and_the_setting(self):
        with pytest.raises(InputError) as error:
            doubts(orders=self.shop(10, 10, -10, -5, negative_are=False))
        assert str(error.value).startswith("Cancellations are told by the prefix C before digits: found 2 of the 4 ")
        assert "a negative amount (such as RE3)" in str(error.value)
        assert "cleaning.cancellations (by: prefix, sign or type" in str(error.value)

    def test_as_the_rule_in_force_is_told(self):
        for by, words in (("type", "by their type:"), ("prefix", "by the prefix CR, RF before digits:")):
            with pytest.raises(InputError, match=f"^Cancellations are told {words}"):
                doubts(orders=self.shop(-5, negative_are=False), cleaning=cancellations(by=by, prefixes=["CR", "RF"]))

    def test_one_in_a_thousand_is_a_correction_and_doubtful(self):
        (doubt,) = doubts(orders=self.shop(*[10] * 999, -10, negative_are=False))
        assert doubt["statement"] == "Orders with a negative amount: 1 of 1,000, such as RE1000."
        with pytest.raises(InputError, match="found 2 of the 1,000 other invoices"):
            doubts(orders=self.shop(*[10] * 998, -10, -10, negative_are=False))

    def test_and_the_share_is_a_setting(self):
        shop = self.shop(10, -10, negative_are=False)
        assert len(doubts(orders=shop, cleaning=cancellations(largest_contradiction=0.5))) == 1

    def test_mostly_positive_cancellations_stop_it_too(self):
        with pytest.raises(InputError, match="found 2 of 3 with a positive amount, expected cancellations to be negat"):
            doubts(orders=self.shop(10, 10, -10, positive_are=True))

    def test_half_of_them_do_not(self):
        assert doubts(orders=self.shop(10, -10, positive_are=True)) == []

    def test_nor_does_a_shop_without_cancellations(self):
        assert doubts(orders=self.shop(10, 10)) == []
