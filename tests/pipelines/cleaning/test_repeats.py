"""Which lines are there only because their invoice was delivered, or loaded, more than once."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgs_pipeline.errors import InputError
from tests.building import retail, settings_of
from tests.cleaning import find_repeated

ANNA, BERT = "101", "102"


def products(codes: str, **common: object) -> list[dict]:
    """A line for each letter."""
    return [{"stock_code": code, **common} for code in codes]


def left_out(*, reason: str | None = None, cleaning: dict | None = None, **extracts: list[dict]) -> list[str]:
    """The lines that do not count, as extract and number: ``a1`` is the first line of extract a."""
    rows = [
        {"extract": extract, "line_number": number, **line}
        for extract, lines in extracts.items()
        for number, line in enumerate(lines, start=1)
    ]
    changed = settings_of("base", cleaning=cleaning or {}).cleaning
    found = find_repeated(retail(*rows), changed)[1].to_pandas()
    if reason:
        found = found[found.reason == reason]
    return [f"{line.extract}{line.line_number}" for line in found.itertuples()]


class TestLoads:
    """Within one extract."""

    def test_an_invoice_loaded_twice_counts_once(self):
        assert left_out(a=products("ABCABC", quantity=2)) == ["a4", "a5", "a6"]

    @pytest.mark.slow
    def test_an_invoice_loaded_three_times_counts_once(self):
        assert left_out(a=products("ABC" * 3, quantity=2)) == ["a4", "a5", "a6", "a7", "a8", "a9"]

    def test_of_an_invoice_loaded_twice_a_genuinely_repeated_line_counts_as_often_as_it_was_meant(self):
        assert left_out(a=products("AABCAABC")) == ["a5", "a6", "a7", "a8"]

    def test_an_invoice_with_one_line_that_occurs_once_was_loaded_once(self):
        assert left_out(a=products("AABBC", quantity=2)) == []

    def test_an_invoice_of_two_products_is_no_evidence_of_a_second_load(self):
        assert left_out(a=products("ABAB", quantity=2)) == []

    def test_a_large_invoice_is_evidence_for_the_small_ones_of_its_extract_and_for_no_others(self):
        small = products("DD", invoice_no="500002")
        assert left_out(a=[*products("ABCABC", quantity=2), *small]) == ["a4", "a5", "a6", "a8"]
        elsewhere = products("EE", invoice_no="500003")
        assert left_out(a=products("ABCABC", quantity=2), b=elsewhere) == ["a4", "a5", "a6"]

    def test_lines_of_one_code_that_differ_in_quantity_are_different_lines(self):
        assert left_out(a=[{"quantity": 1}, {"quantity": 2}]) == []

    def test_descriptions_are_compared_trimmed(self):
        assert left_out(a=[*products("ABC", description="CUP "), *products("ABC", description="CUP")]) == [
            "a4", "a5", "a6",
        ]  # fmt: skip

    @pytest.mark.slow
    def test_lines_without_description_or_customer_are_compared_too(self):
        assert left_out(a=products("ABCABC", description=None, customer_id=None)) == ["a4", "a5", "a6"]

    def test_more_loads_than_the_setting_looks_for_are_found_by_their_largest_divisor(self):
        found = left_out(a=products("ABC" * 4), cleaning={"most_loads": 2})
        assert found == ["a7", "a8", "a9", "a10", "a11", "a12"]

    def test_the_setting_of_one_load_looks_for_none(self):
        assert left_out(a=products("ABCABC", quantity=2), cleaning={"most_loads": 1}) == []

    def test_numbers_that_begin_again_are_counted_each_by_itself_in_an_extract_loaded_twice(self):
        # As one invoice, A would occur four times and the others twice.
        years = [*products("ABC", quantity=2), *products("AD", quantity=2, invoice_date="2011-03-01 10:00:00")]
        assert left_out(a=years * 2) == ["a6", "a7", "a8", "a9", "a10"]

    @pytest.mark.slow
    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.sampled_from("ABC"), max_size=5), st.integers(1, 4), st.randoms(use_true_random=False))
    def test_loading_an_invoice_again_changes_nothing_whatever_the_order(self, codes, loads, random):
        # Lines that occur once distinguish a genuine repetition of the others from a second load.
        invoice = [*codes, "ONCE", "NEXT", "LAST"]
        lines = products(invoice * loads)
        random.shuffle(lines)
        surplus = set(left_out(a=lines))
        counting = [line["stock_code"] for number, line in enumerate(lines, start=1) if f"a{number}" not in surplus]
        assert Counter(counting) == Counter(invoice)


@pytest.mark.slow
class TestATill:
    """It writes a row for each unit, so that honest invoices repeat all their lines."""

    def test_a_large_receipt_that_repeats_all_its_lines_is_no_second_load(self):
        others = [line for number in (2, 3) for line in products("ABC", invoice_no=str(number))]
        assert left_out(a=[*products("AABBCC"), *others]) == []

    def test_nor_is_a_small_one(self):
        assert left_out(a=products("AABB")) == []

    def test_but_where_at_least_half_of_the_large_receipts_repeat_the_extract_was_loaded_twice(self):
        receipts = [*products("ABC"), *products("ABCD", invoice_no="500002")]
        assert left_out(a=receipts * 2) == ["a8", "a9", "a10", "a11", "a12", "a13", "a14"]

    def test_a_receipt_with_returned_units_is_like_any_other(self):
        others = [line for number in (2, 3) for line in products("ABC", invoice_no=str(number))]
        assert left_out(a=[*products("AABBCC", quantity=-1), *others]) == []


class TestCopies:
    """Between several extracts."""

    def test_an_invoice_in_two_extracts_counts_once(self):
        assert left_out(a=products("AB"), b=products("AB")) == ["b1", "b2"]

    @pytest.mark.slow
    def test_and_so_it_does_in_three(self):
        assert left_out(a=products("AB"), b=products("AB"), c=products("AB")) == ["b1", "b2", "c1", "c2"]

    def test_the_fullest_copy_counts(self):
        before = products("X", invoice_no="1")
        short, full = [*before, *products("A")], products("AB")
        assert left_out(a=short, b=full) == ["b1"]
        assert left_out(a=full, b=short) == ["b2"]

    def test_a_line_counts_as_often_as_in_the_extract_that_has_it_most(self):
        assert left_out(a=products("AB"), b=products("AAB"), c=products("AB")) == ["a1", "b3", "c1", "c2"]

    def test_a_genuine_repetition_stays(self):
        assert left_out(a=products("AA"), b=products("AA", invoice_no="500002")) == []

    def test_products_may_be_renamed_between_two_exports(self):
        assert left_out(a=products("AB", description="CUP"), b=products("AB", description="MUG, BLUE")) == ["b1", "b2"]

    @pytest.mark.slow
    def test_codes_may_be_written_in_small_letters(self):
        assert left_out(a=products("AB"), b=products("ab")) == ["b1", "b2"]

    @pytest.mark.slow
    def test_customers_may_be_named_on_other_lines(self):
        first_line_only = [*products("A"), *products("B", customer_id=None)]
        assert left_out(a=first_line_only, b=products("AB")) == ["b1", "b2"]

    def test_an_invoice_loaded_twice_in_one_extract_and_once_in_another_counts_once(self):
        found = left_out(a=products("ABCABC", quantity=2), b=products("ABC", quantity=2))
        assert found == ["a4", "a5", "a6", "b1", "b2", "b3"]

    def test_lines_without_a_number_or_a_moment_are_no_copies(self):
        for missing in ("invoice_no", "invoice_date"):
            assert left_out(a=[{missing: None}], b=[{missing: None}]) == []

    def test_nothing_is_a_copy_if_the_settings_say_so(self):
        assert left_out(a=products("AB"), b=products("AB"), cleaning={"copies": "all"}) == []


@pytest.mark.slow
class TestTwoShops:
    """Both count their invoices from 1."""

    def test_invoices_of_one_number_and_minute_are_two_where_their_customers_differ(self):
        assert left_out(a=products("AB", customer_id=ANNA), b=products("AB", customer_id=BERT)) == []

    def test_or_where_their_products_do(self):
        assert left_out(a=products("AB", customer_id=None), b=products("CD", customer_id=None)) == []

    def test_or_where_their_times_lie_apart(self):
        found = left_out(
            a=products("AB", invoice_date="2010-03-01 10:00"), b=products("AB", invoice_date="2010-03-01 12:00")
        )
        assert found == []

    def test_or_where_their_years_do(self):
        assert left_out(a=products("AB"), b=products("AB", invoice_date="2011-03-01 10:00")) == []


class TestCuts:
    """The end of a file or sheet amid an invoice."""

    BEFORE, AFTER = products("XYZ", invoice_no="1"), products("XYZ", invoice_no="2")

    def parts(self, *invoices: tuple[str, str]) -> dict[tuple[str, str], list[str]]:
        """What does not count of invoices of which one extract holds the first lines, another one the last.

        Each is an invoice of a shop of its own, as nothing but numbers and names of extracts tells shops apart.
        """
        extracts = {}
        for shop, (first, second) in enumerate(invoices):
            number, other = {"invoice_no": f"{shop}-1"}, {"invoice_no": f"{shop}-2"}
            extracts[f"{shop}a"] = [*products("XYZ", **other), *products(first, **number)]
            extracts[f"{shop}b"] = [*products(second, **number), *products("XYZ", **other, invoice_date="2012-01-01")]
        found = left_out(**extracts)
        return {
            invoice: [line.removeprefix(str(shop)) for line in found if line.startswith((f"{shop}a", f"{shop}b"))]
            for shop, invoice in enumerate(invoices)
        }

    def test_both_parts_count(self):
        found = self.parts(
            ("ABC", "DE"),
            ("ABC", "BD"),  # a line that is repeated beyond the cut
            ("ABAC", "DA"),  # a line that occurs three times
            ("A", "BCDE"),
            ("ABCD", "E"),
        )
        assert [parts for parts, lines in found.items() if lines] == []

    def test_but_what_is_in_both_counts_once(self):
        expected = {
            ("ABC", "CDE"): ["b1"],
            ("ABCD", "CDE"): ["b1", "b2"],
            ("ABC", "ABC"): ["b1", "b2", "b3"],
            ("BC", "ABC"): ["b2", "b3"],
            ("AC", "ABC"): ["b1", "b3"],
            ("ABC", "AC"): ["b1", "b2"],
            ("ABCD", "BXC"): ["b1", "b3"],
        }
        assert self.parts(*expected) == expected

    def test_an_invoice_cut_twice_counts_whole(self):
        middle = products("CD")
        found = left_out(a=[*self.BEFORE, *products("AB")], b=middle, c=[*products("EF"), *self.AFTER])
        assert found == []

    @pytest.mark.slow
    def test_the_order_of_the_names_does_not_matter(self):
        assert left_out(b=[*self.BEFORE, *products("ABC")], a=[*products("BD"), *self.AFTER]) == []

    def test_a_part_that_names_no_customer_belongs_to_the_other(self):
        beyond = products("BD", customer_id=None)
        assert left_out(a=[*self.BEFORE, *products("ABC")], b=[*beyond, *self.AFTER]) == []

    @pytest.mark.slow
    def test_units_may_differ_beyond_the_cut(self):
        assert left_out(a=[*self.BEFORE, *products("AB")], b=[*products("B", quantity=7), *self.AFTER]) == []

    def test_an_invoice_amid_both_extracts_is_a_copy(self):
        amid = [*self.BEFORE, *products("AB"), *self.AFTER]
        again = [*products("V", invoice_no="3"), *products("AB"), *products("W", invoice_no="4")]
        assert left_out(a=amid, b=again) == ["b2", "b3"]


class TestDifferingCopies:
    """March as exported first, and as exported again after a correction."""

    OLD = (*products("A", quantity=2, unit_price="1.25"), *products("B"))
    NEW = (*products("A", quantity=3, unit_price="1.25"), *products("BC"))

    def extracts(self) -> dict[str, list[dict]]:
        # Lines before and after, so that neither end of an extract is that of the invoice.
        before, after = products("X", invoice_no="1"), products("Y", invoice_no="2")
        return {"a": [*before, *self.OLD, *after], "b": [*before, *self.NEW, *after]}

    def test_stop_the_run_with_both_lines_and_the_settings(self):
        with pytest.raises(InputError) as error:
            left_out(**self.extracts())
        assert str(error.value) == (
            "a data line 2 and b data line 2: found 2 x £1.25 and 3 x £1.25 of stock code A on invoice 500001 of "
            "2010-03-01 10:00:00, expected copies of an invoice to have the same units and prices. "
            "1 invoice differs between extracts: leave out the extract that is out of date, or set cleaning.copies to "
            "the copy that counts: first, last or fullest (all, if they are not copies)"
        )

    def test_in_prices_too_and_however_many(self):
        two = [*products("A"), *products("A", invoice_no="2")]
        cheaper = [{**line, "unit_price": "0.0125"} for line in two]
        with pytest.raises(
            InputError, match=r"found 1 x £1\.00 and 1 x £0\.0125 of .* 2 invoices differ between extracts"
        ):
            left_out(a=two, b=cheaper)

    @pytest.mark.slow
    def test_are_found_beside_a_third_extract_that_has_no_part_in_it(self):
        agreeing = [*products("X", invoice_no="1"), *self.OLD, *products("Y", invoice_no="2")]
        with pytest.raises(InputError, match=r"a data line 2 and c data line 2: found 2 x £1.25 and 3 x £1.25"):
            left_out(a=agreeing, b=agreeing, c=self.extracts()["b"])

    @pytest.mark.parametrize(
        ("counts", "superseded"),
        [("first", ["b2", "b3", "b4"]), ("last", ["a2", "a3"]), ("fullest", ["a2", "a3"]), ("all", [])],
    )
    def test_the_setting_says_which_counts(self, counts, superseded):
        assert left_out(**self.extracts(), cleaning={"copies": counts}, reason="superseded") == superseded

    def test_where_both_have_as_many_lines_the_first_by_name_is_the_fullest(self):
        before = products("X", invoice_no="1")
        a, b = [*before, *products("A")], [*before, *products("A", quantity=9)]
        assert left_out(a=a, b=b, cleaning={"copies": "fullest"}, reason="superseded") == ["b2"]

    @pytest.mark.slow
    def test_of_three_copies_one_counts(self):
        copies = {name: products("A", quantity=number) for number, name in enumerate("abc", start=1)}
        assert left_out(**copies, cleaning={"copies": "last"}) == ["a1", "b1"]

    def test_a_product_that_one_copy_sells_in_two_ways_is_only_fuller(self):
        # The line of 1 is in both; b has a second one of 2.
        full = [*products("A"), *products("A", quantity=2)]
        assert left_out(a=products("A"), b=full) == ["b1"]

    @pytest.mark.slow
    def test_invoices_that_agree_are_copies_whatever_the_setting(self):
        assert left_out(a=products("AB"), b=products("AB"), cleaning={"copies": "last"}) == ["b1", "b2"]
