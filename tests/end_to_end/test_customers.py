"""Who a customer is, from other shops' extracts to the scores: guests, words for nobody, codes."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.project import UP_TO_RFM, Project

GUESTS, NULLS = "04-guest-is-0/zero.csv.gz", "11-null-in-words/null.csv.gz"
LETTERS, ZEROS = "19-customer-codes/letters.csv.gz", "19-customer-codes/leading_zeros.csv.gz"


class Shop:
    """An extract, and a run on it."""

    def __init__(self, extract: Path, run: Project) -> None:
        self.lines = pd.read_csv(extract, dtype="str", keep_default_na=False).rename(
            columns={"Customer ID": "customer"}
        )
        self.rfm = run.table("rfm").set_index("customer_id")
        self.sales = run.table("monthly_metrics").sales.sum()

    def orders(self) -> dict[str, int]:
        """How many orders each customer placed, nobody's too, as counted from the file."""
        is_order = ~self.lines.Invoice.str.startswith("C")
        return self.lines[is_order].groupby("customer").Invoice.nunique().to_dict()


@pytest.fixture(scope="module")
def shop(cases: Path, made_once: Callable) -> Callable[[str], Shop]:
    def opened(name: str) -> Shop:
        def run(folder: Path) -> None:
            Project.make(folder).succeed(*UP_TO_RFM, extract=cases / name)

        return Shop(cases / name, Project(made_once(f"case_{name.replace('/', '_')}", run)))

    return opened


@pytest.mark.parametrize(("name", "nobody"), [(GUESTS, "0"), (NULLS, "NULL")])
def test_nobody_s_orders_count_as_sales_and_nobody_is_scored(shop, name, nobody):
    found = shop(name)
    orders = found.orders()
    assert orders.pop(nobody) > 0
    orders.pop("", None)
    assert found.rfm.frequency.to_dict() == orders
    amounts = found.lines.Quantity.astype(int) * found.lines.Price.astype(float)
    assert found.sales == pytest.approx(amounts.sum())


def test_342_orders_of_guests_are_not_those_of_the_best_customer(shop):
    found = shop(GUESTS)
    assert found.orders()["0"] == 342
    assert found.rfm.frequency.max() < 342


@pytest.mark.parametrize(("name", "like"), [(LETTERS, "CG-"), (ZEROS, "000")])
def test_codes_and_leading_zeros_are_kept(shop, name, like):
    found = shop(name)
    orders = found.orders()
    orders.pop("", None)
    assert all(customer.startswith(like) for customer in orders)
    assert found.rfm.frequency.to_dict() == orders


def test_the_same_shop_has_the_same_scores_whatever_its_customers_are_called(shop):
    letters, zeros = (shop(name).rfm.reset_index(drop=True) for name in (LETTERS, ZEROS))
    pd.testing.assert_frame_equal(letters, zeros)
