"""The real extract: the figures that LGS's data must give, and those that the proof of concept published."""

import pandas as pd
import pytest

from tests.end_to_end.project import UP_TO_RFM, Project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def yearly(real_run):
    return real_run


@pytest.fixture(scope="module")
def dump(dump_run):
    return dump_run


@pytest.fixture(scope="module")
def poc(real_data, tmp_path_factory):
    project = Project.make(tmp_path_factory.mktemp("poc") / "project")
    project.succeed(*UP_TO_RFM, "--env", "poc", extract=real_data / "retail.sql.gz")
    return project


def _repeated(project: Project) -> pd.DataFrame:
    excluded = project.lines("excluded_lines")
    return excluded[excluded.reason == "repeated_invoice"]


class TestRepeatedInvoices:
    def test_with_provenance_exactly_the_overlap_is_excluded(self, yearly):
        repeated = _repeated(yearly)
        assert len(repeated) == 22_523
        assert repeated.invoice_no.nunique() == 1_088

    def test_without_provenance_all_of_it_is_found_and_at_most_twelve_lines_beyond(self, yearly, dump):
        with_provenance, without = _repeated(yearly), _repeated(dump)
        assert set(with_provenance.invoice_no) <= set(without.invoice_no)
        assert len(with_provenance) <= len(without) <= len(with_provenance) + 12
        overlap = without[without.invoice_no.isin(with_provenance.invoice_no)]
        assert len(overlap) == 22_523
        assert (overlap.quantity * overlap.unit_price).sum() == (
            with_provenance.quantity * with_provenance.unit_price
        ).sum()


def test_every_line_and_pound_is_accounted_for(yearly, dump):
    for project in (yearly, dump):
        quality = project.table("data_quality").set_index("rule")
        assert quality.lines["total"] == quality.lines.drop("total").sum() == 1_067_371
        assert quality.amount["total"] == 19_287_250.568
        assert quality.amount.drop("total").sum() == pytest.approx(19_287_250.568, abs=5e-4)
        assert len(project.lines("transactions")) + len(project.lines("excluded_lines")) == 1_067_371


def test_repeated_invoices_made_january_look_worse_than_it_was(yearly, poc):
    (ours,), (theirs,) = (
        months.sales_growth[months.month == "2011-01-01"]
        for months in (yearly.table("monthly_metrics"), poc.table("monthly_metrics", "data/poc"))
    )
    assert (round(ours, 2), round(theirs, 2)) == (-0.25, -0.50)


class TestProofOfConcept:
    def test_lines_customers_and_codes(self, poc):
        lines = poc.lines("transactions", "data/poc")
        assert len(lines) == 1_067_371
        assert lines.customer_id.nunique() == 5_942
        assert lines.stock_code.nunique() <= 5_305
        assert (str(lines.invoice_date.min()), str(lines.invoice_date.max())) == (
            "2009-12-01 07:45:00",
            "2011-12-09 12:50:00",
        )

    def test_invoice_amounts(self, poc):
        everyone = poc.table("invoice_amount_distribution", "data/poc").set_index("population").loc["all"]
        assert everyone.invoices == 40_078
        assert everyone[["min", "median", "mode", "max"]].tolist() == [0.19, 304.315, 15.0, 168469.6]
        # Published as 523.3037611158244, with the rounding errors of a sum of doubles in its last digit;
        # the exact mean is 20,972,968.138 / 40,078 = 523.30376111582414...
        assert everyone["mean"] == pytest.approx(523.3037611158244, abs=3e-13)

    def test_the_published_months(self, poc):
        months = poc.table("monthly_metrics", "data/poc").head(6)
        columns = ["invoices", "cancelled_orders", "placed_orders", "sales"]
        columns += ["active_customers", "new_customers", "existing_customers"]
        assert months[columns].to_numpy().tolist() == [
            [2330, 401, 1528, 799847.110, 1045, 1045, 0],
            [1633, 300, 1033, 624032.892, 786, 394, 392],
            [1969, 240, 1489, 533091.426, 807, 363, 444],
            [2367, 407, 1553, 765848.761, 1111, 436, 675],
            [1892, 304, 1284, 590580.432, 998, 291, 707],
            [2418, 407, 1604, 615322.830, 1062, 254, 808],
        ]
        assert (months.sales_growth * 100).round(6).tolist()[1:4] == [-21.980978, -14.573185, 43.661804]

    def test_the_published_customers(self, poc):
        rfm = poc.table("rfm", "data/poc").set_index("customer_id")
        assert len(rfm) == 5_942
        published = {
            "12346": (347, 17, -64.68, "251"),
            "12347": (24, 8, 5633.32, "545"),
            "12348": (97, 5, 2019.40, "334"),
            "12349": (40, 5, 4404.54, "535"),
            "12350": (332, 1, 334.40, "212"),
        }
        found = rfm.loc[list(published), ["recency", "frequency", "monetary", "rfm_score"]]
        assert {customer: tuple(row) for customer, *row in found.itertuples()} == published

    def test_the_published_segments(self, poc):
        segments = poc.table("rfm_segments", "data/poc").set_index("segment")
        published = {
            "About to Sleep": [380, 129.689474, 1.460526, 492.810900],
            "At Risk": [752, 398.094415, 4.672872, 1157.449162],
            "Can't Lose": [85, 343.305882, 17.717647, 5725.638494],
            "Champions": [856, 29.512850, 23.532710, 10510.937634],
            "Hibernating": [1535, 487.237785, 1.336808, 340.030536],
            "Loyal Customers": [1150, 89.149565, 11.941739, 3966.024762],
            "Need Attention": [273, 135.395604, 3.673993, 1099.877403],
            "New Customers": [54, 31.814815, 1, 362.463148],
            "Potential Loyalists": [741, 46.674764, 2.967611, 899.359865],
            "Promising": [116, 59.758621, 1, 322.758966],
        }
        columns = ["customers", "recency_mean", "frequency_mean", "monetary_mean"]
        assert segments[columns].round(6).T.to_dict("list") == published

    def test_the_other_published_population_leaves_out_cancellations(self, real_data, tmp_path_factory):
        project = Project.make(tmp_path_factory.mktemp("purchases") / "project")
        extract = f"extract={real_data / 'retail.sql.gz'}"
        project.succeed(*UP_TO_RFM, "--env", "poc", "--params", f"{extract},rfm.population=purchases")
        rfm = project.table("rfm", "data/poc")
        lines = project.lines("transactions", "data/poc")
        purchases = lines[(lines.quantity > 0) & (lines.amount > 0) & lines.customer_id.notna()]
        by_customer = purchases.groupby("customer_id")
        assert len(rfm) == purchases.customer_id.nunique() == 5_878
        assert rfm.frequency.tolist() == by_customer.invoice_no.nunique().tolist()
        assert rfm.monetary.tolist() == by_customer.amount.sum().astype(float).tolist()


def test_csv_is_like_the_dump_and_the_workbook_like_the_yearly_files(real_file, dump, yearly, project):
    project.succeed(*UP_TO_RFM, extract=real_file)
    made, others = project.figures(), (dump if real_file.suffix == ".csv" else yearly).figures()
    assert len(made) >= 10
    assert made == {path: others[path] for path in made}
