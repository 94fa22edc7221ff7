"""What was known at the cut is what a segmentation sees, and what came after is what it is judged by."""

import numpy as np
import pandas as pd
import pytest

from lgs_pipeline.models.segment_evaluation import MEASURES
from lgs_pipeline.pipelines.customers.nodes import select_scored_invoices, summarise_habits
from lgs_pipeline.pipelines.rfm.nodes import score_customers, summarise_customers
from lgs_pipeline.pipelines.segmentation_comparison import nodes
from lgs_pipeline.pipelines.segmentation_comparison.schemas import SegmentationComparison
from lgs_pipeline.pipelines.segmentation_comparison.segmentations import SEGMENTATIONS
from lgs_pipeline.pipelines.segmentation_comparison.settings import SegmentationComparisonSettings
from tests.building import customer, invoices, settings_of, table, transactions

SETTINGS = settings_of("base")
CUT = pd.Timestamp("2011-06-10")
QUICK = {"most_clusters": 4, "restarts": 3, "resamples": 3, "resample_restarts": 1}
CLUSTERING = SETTINGS.clustering.model_copy(update=QUICK)


def changed(**changes: object) -> SegmentationComparisonSettings:
    """The base settings, with less effort, and changes."""
    return SETTINGS.segmentation_comparison.model_copy(update={"bootstrap_samples": 20, **changes})


def scored(*rows: dict, **common: object):
    return select_scored_invoices(transactions({}), invoices(*rows, **common), SETTINGS.cleaning, SETTINGS.rfm)


def many_orders(customers: int, each: int) -> list[dict]:
    """Orders of some customers, a few hours apart."""
    return [
        {
            "customer_id": str(12346 + number),
            "invoice_date": pd.Timestamp("2010-01-04 09:30") + pd.Timedelta(hours=7 * order, minutes=13 * number),
        }
        for number in range(customers)
        for order in range(each)
    ]


class TestRemovedOrders:
    def kept(self, rows: list[dict], share: float = 0.1, seed: int = 1) -> pd.DataFrame:
        return nodes.remove_orders(scored(*rows), changed(removed_orders=share, seed=seed)).to_pandas()

    @pytest.mark.parametrize("share", [0.1, 0.5])
    def test_the_share_asked_for_goes(self, share):
        rows = many_orders(50, 100)
        assert 1 - len(self.kept(rows, share)) / len(rows) == pytest.approx(share, abs=0.015)

    def test_it_goes_from_every_customer_and_every_time_alike(self):
        kept = self.kept(many_orders(50, 200), share=0.3)
        by_customer = 1 - kept.groupby("customer_id").size() / 200
        assert by_customer.std() == pytest.approx(np.sqrt(0.3 * 0.7 / 200), rel=0.25)
        by_hour = 1 - kept.groupby(kept.invoice_date.dt.hour).size() / (50 * 200 / 24)
        assert by_hour.between(0.2, 0.4).all()

    def test_another_seed_is_another_draw_and_the_same_seed_the_same(self):
        rows = many_orders(20, 20)
        first, again, other = self.kept(rows), self.kept(rows), self.kept(rows, seed=2)
        assert first.invoice_no.tolist() == again.invoice_no.tolist() != other.invoice_no.tolist()

    def test_cancellations_stay(self):
        rows = [{**row, "amount": "-5"} for row in many_orders(5, 40)]
        assert len(self.kept(rows, share=0.9)) == len(rows)

    def test_the_draw_is_plain_arithmetic_that_any_engine_can_do(self):
        rows = many_orders(3, 4)
        expected = []
        for row in rows:
            moment = row["invoice_date"]
            state = int(row["customer_id"]) % (2**31 - 1)
            day = (moment.year * 12 + moment.month) * 31 + moment.day
            for part in (day, (moment.hour * 60 + moment.minute) * 60 + moment.second, 77):
                state = (state * 48271 + part) % (2**31 - 1)
                state = (state * state + 48271) % (2**31 - 1)
            expected.append(state % 10_000 >= 5000)
        kept = self.kept(rows, share=0.5, seed=77)
        assert sorted(kept.invoice_no) == [str(500001 + n) for n, stays in enumerate(expected) if stays]

    @pytest.mark.parametrize("of", ["CG-{}", "{}@example.com", "1234567890123456{}"])
    def test_customers_with_codes_draw_lots_as_good(self, of):
        rows = [
            {**row, "customer_id": of.format(row["customer_id"]), "invoice_date": "2010-01-04"}
            for row in many_orders(400, 1)
        ]
        assert 1 - len(self.kept(rows, share=0.5)) / len(rows) == pytest.approx(0.5, abs=0.1)


class TestHeldOut:
    def test_orders_and_net_sales_from_the_cut_on_are_summed_up(self):
        rows = (
            {"customer_id": "1", "invoice_date": "2011-06-09 23:59", "amount": "1000"},
            {"customer_id": "1", "invoice_date": "2011-06-10 00:00", "amount": "10"},
            {"customer_id": "1", "invoice_date": "2011-07-10 00:00", "amount": "20"},
            {"customer_id": "1", "invoice_date": "2011-07-11 00:00", "amount": "-5"},
            {"customer_id": "2", "invoice_date": "2011-08-01 00:00", "amount": "-7"},
        )
        found = nodes.sum_up_held_out(scored(*rows), CUT).to_pandas().astype({"sales": float})
        assert found.to_dict("split")["data"] == [["1", 2, 25.0], ["2", 0, -7.0]]


class TestKnownProducts:
    LINES = transactions({"stock_code": "A", "invoice_no": "500001", "invoice_date": "2011-01-01"})

    @pytest.mark.parametrize(("features", "rows"), [(["distinct_products"], 1), (["recency"], 0)])
    def test_lines_are_read_only_where_the_feature_is_used(self, features, rows):
        known = scored({"invoice_date": "2011-01-01"})
        clustering = CLUSTERING.model_copy(update={"features": features})
        found = nodes.count_products_known(self.LINES, known, CUT, SETTINGS.cleaning, clustering)
        assert found.count().execute() == rows


def known_customers(customers: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers known at the cut, and how good they are, from 0 to 1."""
    generator = np.random.default_rng(seed)
    good = generator.random(customers)
    rows = [
        {
            "customer_id": customer(number),
            "invoice_date": CUT - pd.Timedelta(days=int(1 + 300 * (1 - good[number - 1]) + 5 * order)),
            "amount": f"{20 + 400 * good[number - 1] * generator.random():.2f}",
        }
        for number in range(1, customers + 1)
        for order in range(1 + int(8 * good[number - 1]))
    ]
    return gathered(scored(*rows)), good


def gathered(invoices_known) -> pd.DataFrame:
    """customers_at_comparison_cut of some scored invoices."""
    rfm = score_customers(summarise_customers(invoices_known, CUT), CUT, SETTINGS.rfm)
    products = table([], {"customer_id": "string", "distinct_products": "int64"})
    return nodes.gather_known_customers(rfm, summarise_habits(invoices_known, CUT), products, CUT)


def held_out(numbers: list[int], orders: list[int], sales: list[str]):
    """What these of the known customers, numbered from 1, did after the cut."""
    rows = [
        {"customer_id": customer(n), "orders": o, "sales": s} for n, o, s in zip(numbers, orders, sales, strict=True)
    ]
    return table(rows, {"customer_id": "string", "orders": "int64", "sales": "string"}).cast(
        {"sales": "decimal(18, 3)"}
    )


def compared(
    known: pd.DataFrame, after, with_fewer: pd.DataFrame | None = None, others: dict | None = None, **changes
) -> pd.DataFrame:
    """segmentation_comparison of known customers, who keep all their orders unless there are others."""
    result = nodes.compare_segmentations(
        known,
        known if with_fewer is None else with_fewer,
        after,
        changed(**changes),
        clustering=CLUSTERING,
        lifetime_value=SETTINGS.lifetime_value,
        **(others or {}),
    )
    return SegmentationComparison.validate(result)


class TestComparison:
    def test_where_the_good_stay_good_every_segmentation_beats_none(self):
        known, good = known_customers(300, seed=1)
        generator = np.random.default_rng(2)
        buyers = np.flatnonzero(generator.random(300) < good)
        after = held_out((buyers + 1).tolist(), [1] * len(buyers), [f"{1000 * good[b]:.2f}" for b in buyers])
        values = compared(known, after).pivot(index="segmentation", columns="measure", values="value")
        assert values.index.tolist() == sorted(SEGMENTATIONS)
        segmented = values.loc[["rfm", "kmeans", "monetary_quintiles"]]
        assert (segmented.log_sales_variance_explained > 0.1).all()
        assert (segmented.auc_buying_again > 0.6).all()
        assert (segmented.sales_share_of_top_fifth > 0.25).all()
        assert values.loc["none"].tolist() == [0.5, 0, 1, 0.2]
        assert (values.membership_kept == 1).all()

    @pytest.mark.slow
    def test_customers_who_came_after_the_cut_do_not_count(self):
        known, good = known_customers(60, seed=3)
        buyers = [c + 1 for c in range(60) if good[c] > 0.5]
        after = held_out(buyers, [1] * len(buyers), ["100"] * len(buyers))
        more = held_out([*buyers, 9001], [*[1] * len(buyers), 5], [*["100"] * len(buyers), "9999"])
        pd.testing.assert_frame_equal(compared(known, after), compared(known, more))

    def test_who_has_no_order_left_is_left_out_of_membership(self):
        known, _ = known_customers(60, seed=4)
        after = held_out([1, 2, 3], [1, 1, 1], ["5", "6", "7"])
        result = compared(known, after, with_fewer=known.iloc[:20])
        kept = result[(result.measure == "membership_kept") & (result.segmentation == "none")]
        assert kept.value.tolist() == [1.0]

    def test_a_sample_of_very_many_customers_is_judged(self):
        known, good = known_customers(400, seed=5)
        buyers = [c + 1 for c in range(400) if good[c] > 0.5]
        after = held_out(buyers, [1] * len(buyers), ["100"] * len(buyers))
        whole, sample = compared(known, after), compared(known, after, sample_customers=150)
        difference = (whole.value - sample.value).abs()
        assert 0 < difference.max() < 0.25

    def test_another_segmentation_is_added_by_its_line_in_the_registry(self, monkeypatch):
        known, good = known_customers(60, seed=6)
        buyers = [c + 1 for c in range(60) if good[c] > 0.5]
        after = held_out(buyers, [1] * len(buyers), ["100"] * len(buyers))

        def by_first_letter(customers, settings):
            assert settings["first_letter"] == "its settings"
            return lambda base: base.country.str[0]

        monkeypatch.setitem(SEGMENTATIONS, "first_letter", by_first_letter)
        result = compared(known, after, others={"first_letter": "its settings"})
        assert result.segmentation.unique().tolist() == [*SEGMENTATIONS]
        assert len(result) == len(SEGMENTATIONS) * len(MEASURES)


class TestTooShort:
    def test_without_customers_before_the_cut_it_is_empty_and_says_why(self, caplog):
        known, _ = known_customers(5, seed=7)
        result = compared(known, held_out([1], [1], ["5"]))
        assert result[["value", "low", "high"]].isna().all(axis=None)
        assert len(result) == len(SEGMENTATIONS) * len(MEASURES)
        assert "5 customers had ordered 6 months before the data ends, expected at least 20" in caplog.text

    def test_no_customers_at_all_are_no_different(self):
        nobody = gathered(scored({"invoice_date": "2011-12-01"}))
        assert compared(nobody, held_out([], [], [])).value.isna().all()

    def test_without_orders_after_the_cut_it_is_empty_and_says_why(self, caplog):
        known, _ = known_customers(30, seed=8)
        assert compared(known, held_out([1], [0], ["-5"])).value.isna().all()
        assert "none of 30 customers ordered in the last 6 months" in caplog.text
