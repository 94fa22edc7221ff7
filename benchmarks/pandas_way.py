"""The work of the proof of concept, as its notebook did it: everything in pandas, in one process.

    python -m benchmarks.pandas_way DUMP

Written afresh from what the notebook published: invoice amounts, monthly orders, sales, growth, active, new
and existing customers, and RFM segments over every line of a dump.
"""

import gzip
import io
import sys
from itertools import dropwhile, takewhile

import pandas as pd

COLUMNS = [
    "invoice_no",
    "stock_code",
    "description",
    "quantity",
    "invoice_date",
    "unit_price",
    "customer_id",
    "country",
]
SEGMENTS = {
    "[1-2][1-2]": "Hibernating", "[1-2][3-4]": "At Risk", "[1-2]5": "Can't Lose", "3[1-2]": "About to Sleep",
    "33": "Need Attention", "[3-4][4-5]": "Loyal Customers", "41": "Promising", "51": "New Customers",
    "[4-5][2-3]": "Potential Loyalists", "5[4-5]": "Champions",
}  # fmt: skip


def read_dump(path: str) -> pd.DataFrame:
    """The lines of the dump's COPY section."""
    with gzip.open(path, "rt", encoding="utf-8") as dump:
        section = dropwhile(lambda line: not line.startswith("COPY"), dump)
        next(section)
        body = "".join(takewhile(lambda line: line != "\\.\n", section))
    return pd.read_csv(
        io.StringIO(body), sep="\t", names=COLUMNS, na_values="\\N", keep_default_na=False, quoting=3,
        parse_dates=["invoice_date"], dtype={"invoice_no": "str", "stock_code": "str"},
    )  # fmt: skip


def describe_invoices(retail: pd.DataFrame) -> pd.DataFrame:
    """Invoice amounts over positive lines, all of them and up to the 85% cut."""
    amounts = retail[retail.amount > 0].groupby("invoice_no").amount.sum()
    return pd.DataFrame({"all": amounts.describe(), "up_to_p85": amounts[amounts <= amounts.quantile(0.85)].describe()})


def measure_months(retail: pd.DataFrame) -> pd.DataFrame:
    """Orders, sales, growth and customers by month."""
    months = retail.groupby("month")
    cancelled = retail[retail.invoice_no.str.startswith("C")].groupby("month").invoice_no.nunique()
    first_month = retail.groupby("customer_id").month.min()
    new = first_month.value_counts()
    invoices, sales, active = months.invoice_no.nunique(), months.amount.sum(), months.customer_id.nunique()
    return pd.DataFrame(
        {
            "placed": invoices - 2 * cancelled, "cancelled": cancelled,
            "sales": sales, "growth": sales.pct_change(),
            "active": active, "new": new, "existing": active - new,
        }
    )  # fmt: skip


def score_customers(retail: pd.DataFrame) -> pd.DataFrame:
    """Recency, frequency and monetary of each customer, their quintiles and segment."""
    rfm = retail.groupby("customer_id").agg(
        recency=("invoice_date", lambda dates: (pd.Timestamp("2012-01-01") - dates.max()).days),
        frequency=("invoice_no", "nunique"),
        monetary=("amount", "sum"),
    )
    rfm["r"] = pd.qcut(rfm.recency, 5, labels=[5, 4, 3, 2, 1])
    rfm["f"] = pd.qcut(rfm.frequency.rank(method="first"), 5, labels=[1, 2, 3, 4, 5])
    rfm["m"] = pd.qcut(rfm.monetary, 5, labels=[1, 2, 3, 4, 5])
    rfm["segment"] = (rfm.r.astype(str) + rfm.f.astype(str)).replace(SEGMENTS, regex=True)
    return rfm


if __name__ == "__main__":
    retail = read_dump(sys.argv[1])
    retail["amount"] = retail.quantity * retail.unit_price
    retail["month"] = retail.invoice_date.dt.to_period("M")
    print(describe_invoices(retail))
    print(measure_months(retail))
    print(score_customers(retail).groupby("segment")[["recency", "frequency", "monetary"]].agg(["mean", "count"]))
