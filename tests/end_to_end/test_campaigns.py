"""Campaigns as marketing meets them: lists, a launch, and half a year later what it did."""

from pathlib import Path

import pandas as pd
import pytest

from lgs_pipeline.models.experiments import standardised_difference
from lgs_pipeline.pipelines.campaign_effect.schemas import CampaignEffect
from lgs_pipeline.pipelines.campaigns.schemas import CampaignPlan, CampaignTargets
from lgs_pipeline.pipelines.launch_campaign.schemas import CampaignLedger
from lgs_pipeline.sample import SampleSettings, generate, write
from tests.end_to_end.project import Project
from tests.end_to_end.test_lifetime_value import assert_all_or_none_valued

pytestmark = pytest.mark.slow

BEFORE = ("--pipelines", "ingestion,cleaning,customers,rfm,clustering,segment_profiles,lifetime_value")
LAUNCH = ("--pipelines", "launch_campaign", "--params")
LAUNCH_DAY = "2025-06-14"  # a Saturday: the data ends with the Friday before
HEADINGS = {
    "invoice_no": "Invoice", "stock_code": "StockCode", "description": "Description", "quantity": "Quantity",
    "invoice_date": "InvoiceDate", "unit_price": "Price", "customer_id": "Customer ID", "country": "Country",
}  # fmt: skip


@pytest.fixture(scope="module")
def extracts(sample_lines: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample as it was delivered on the day of the launch, and half a year later."""
    folder = tmp_path_factory.mktemp("extracts")
    delivered = {"early": sample_lines[sample_lines.invoice_date < LAUNCH_DAY], "late": sample_lines}
    for name, lines in delivered.items():
        lines[list(HEADINGS)].rename(columns=HEADINGS).to_csv(folder / f"{name}.csv", index=False)
    return {name: folder / f"{name}.csv" for name in delivered}


@pytest.fixture(scope="module")
def sample_lines(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    project = Project.make(tmp_path_factory.mktemp("sample") / "project")
    project.succeed("--pipelines", "ingestion")
    return project.lines("retail").assign(unit_price=lambda lines: lines.unit_price.astype(float))


@pytest.fixture(scope="module")
def planned(extracts: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with campaigns planned by the early extract."""
    project = Project.make(tmp_path_factory.mktemp("planned") / "project")
    project.succeed(*BEFORE, extract=extracts["early"])
    _recommend(project)
    project.succeed("--pipelines", "campaigns")
    return project


def _recommend(project: Project) -> None:
    """Recommendations of one's own in place of those of the pipeline."""
    place = project.folder / "recommendations.parquet"
    lines = project.lines("transactions").dropna(subset="customer_id")
    products = lines.drop_duplicates(["customer_id", "stock_code"])[["customer_id", "stock_code", "description"]]
    ranked = products.assign(rank=products.groupby("customer_id").cumcount() + 1, kind="usual", score=1.0)
    pd.concat([ranked, ranked.assign(kind="new")]).to_parquet(place)
    entry = f"product_recommendations: {{type: pandas.ParquetDataset, filepath: {place}}}\n"
    (project.folder / "conf" / "local" / "catalog.yml").write_text(entry)


@pytest.fixture(scope="module")
def launched(planned: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after a launch."""
    project = planned.copy(tmp_path_factory.mktemp("launched") / "project")
    project.succeed(*LAUNCH, "campaign=keep_close")
    return project


class TestLists:
    def test_everything_is_as_the_schemas_say(self, planned):
        targets = CampaignTargets.validate(planned.table("campaign_targets"))
        plan = CampaignPlan.validate(planned.table("campaign_plan"))
        assert plan.audience.sum() == len(targets) > 0

    def test_a_list_holds_the_treatment_arm_and_never_the_control(self, planned):
        targets = planned.table("campaign_targets").set_index("customer_id")
        files = sorted((planned.folder / "data").glob("08_reporting/campaign_lists/*/campaign_lists/*.csv"))
        assert [file.stem for file in files] == sorted(planned.table("campaign_plan").campaign)
        listed = {file.stem: pd.read_csv(file, dtype={"customer_id": "str"}).customer_id for file in files}
        for campaign, customers in listed.items():
            assert (targets.loc[customers, ["campaign", "arm"]] == [campaign, "treatment"]).all(axis=None)
        assert sum(map(len, listed.values())) == (targets.arm == "treatment").sum()

    def test_two_runs_are_identical(self, planned, tmp_path):
        again = planned.copy(tmp_path / "project")
        before = again.outputs()
        again.succeed("--pipelines", "campaigns")
        assert again.outputs() == before


class TestSmallExtracts:
    @pytest.mark.parametrize(("customers", "months"), [(5, 2), (60, 5)])
    def test_few_customers_stop_no_run(self, project, customers, months):
        extract = generate(SampleSettings(customers=customers, months=months, seed=3))
        write(extract, f"{project.folder}/small.sql.gz")
        project.succeed(*BEFORE, extract=project.folder / "small.sql.gz")
        _recommend(project)
        project.succeed("--pipelines", "campaigns,campaign_effect")
        assert CampaignTargets.validate(project.table("campaign_targets")).value_at_stake.notna().all()
        assert_all_or_none_valued(project)

    def test_nobody_at_all_makes_empty_lists_and_cannot_be_launched(self, project, sample_lines):
        anonymous = sample_lines[sample_lines.customer_id.isna()].head(500)
        anonymous[list(HEADINGS)].rename(columns=HEADINGS).to_csv(project.folder / "nobody.csv", index=False)
        project.succeed(*BEFORE, extract=project.folder / "nobody.csv")
        _recommend(project)
        project.succeed("--pipelines", "campaigns,campaign_effect")
        assert project.table("campaign_plan").audience.sum() == 0
        assert "Campaign win_back: it has no customers in" in project.refuse(*LAUNCH, "campaign=win_back")


class TestLaunch:
    def test_the_ledger_holds_both_arms_from_the_end_of_the_data_on(self, launched):
        ledger = CampaignLedger.validate(launched.table("campaign_ledger", parse_dates=["launched_on"]))
        targets = launched.table("campaign_targets").query("campaign == 'keep_close'")
        assert sorted(zip(ledger.customer_id, ledger.arm, strict=True)) == sorted(
            zip(targets.customer_id, targets.arm, strict=True)
        )
        assert ledger.launched_on.unique().tolist() == [pd.Timestamp(LAUNCH_DAY)]

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            ((*LAUNCH, "campaign=keep_close"), "keep_close was launched on 2025-06-14 already"),
            ((*LAUNCH, "campaign=keep_clos"), "campaign: found keep_clos, did you mean keep_close?"),
            (LAUNCH[:2], "campaign: found none, expected --params campaign=NAME"),
            ((*LAUNCH, "campaign=keep_close,launch_date=2025-05-01"), "launch_date: found 2025-05-01"),
            (("--pipelines", "campaigns", "--params", "campaign=keep_close"), "campaign: only for a launch"),
            (("--params", "launch_date=2025-06-14"), "launch_date: only for a launch"),
        ],
    )
    def test_what_cannot_be_launched_is_refused_and_the_ledger_stays(self, launched, arguments, complaint):
        before = launched.snapshot()
        assert complaint in launched.refuse(*arguments)
        assert launched.snapshot() == before

    def test_its_customers_are_in_no_list_of_the_next_nights(self, launched, tmp_path):
        again = launched.copy(tmp_path / "project")
        assert "customers rest: their campaigns were launched too recently" in again.succeed("--pipelines", "campaigns")
        ledger, targets = again.table("campaign_ledger"), again.table("campaign_targets")
        assert len(targets) > 0
        assert not targets.customer_id.isin(ledger.customer_id).any()

    def test_another_launch_keeps_the_first(self, launched, tmp_path):
        again = launched.copy(tmp_path / "project")
        before = again.table("campaign_ledger")
        again.succeed(*LAUNCH, "campaign=win_back,launch_date=2025-07-15")
        after = again.table("campaign_ledger")
        assert after.campaign.unique().tolist() == ["keep_close", "win_back"]
        pd.testing.assert_frame_equal(after.head(len(before)), before)


class TestEffect:
    def test_without_a_launch_the_table_is_empty(self, planned, tmp_path):
        project = planned.copy(tmp_path / "project")
        assert "no campaign has been launched" in project.succeed("--pipelines", "campaign_effect")
        assert project.table("campaign_effect").empty

    def test_a_later_extract_tells_what_was_ordered_since(self, launched, extracts, tmp_path):
        project = launched.copy(tmp_path / "project")
        project.succeed("--pipelines", "ingestion,cleaning,customers,campaign_effect", extract=extracts["late"])
        effect = project.table("campaign_effect", parse_dates=["launched_on"])
        found = CampaignEffect.validate(effect).iloc[0]
        assert (found.campaign, found.method, found.days) == ("keep_close", "randomised", 60)
        ledger = project.table("campaign_ledger")
        lines = project.lines("transactions")
        within = lines[(lines.invoice_date >= "2025-06-14") & (lines.invoice_date < "2025-08-13")]
        treated = set(ledger.customer_id[ledger.arm == "treatment"])
        ordered = treated & set(within.customer_id[~within.is_cancellation])
        assert found.conversion_treatment == pytest.approx(len(ordered) / len(treated))
        sales = within.amount[within.customer_id.isin(treated)].astype(float).sum()
        assert found.sales_treatment == pytest.approx(sales / len(treated))

    def test_past_mailings_are_compared_with_customers_like_them(self, planned, extracts, tmp_path):
        project = planned.copy(tmp_path / "project")
        customers = project.table("rfm").customer_id.head(60)
        mailing = pd.DataFrame({"customer_id": customers + ".0", "campaign": "spring", "sent_on": "2025-03-01"})
        place = project.folder / "data" / "01_raw" / "past_mailings.csv"
        mailing.to_csv(place, index=False)
        project.succeed("--pipelines", "campaign_effect")
        found = project.table("campaign_effect").iloc[0]
        assert (found.campaign, found.method) == ("spring", "matched")
        assert found.customers_treatment == found.customers_control > 20
        assert found.customers_treatment + found.customers_left_out == 60
        place.write_text("customer_id,campaign,sent_on\n12346,spring,1 March\n")
        assert "past_mailings.csv, line 2" in project.refuse("--pipelines", "campaign_effect")


class TestRealExtract:
    @pytest.fixture
    def targets(self, real_run) -> pd.DataFrame:
        recency = real_run.table("rfm")[["customer_id", "recency"]]
        return real_run.table("campaign_targets").merge(recency, on="customer_id", validate="1:1")

    def test_all_but_the_least_of_the_hibernating_are_in_a_campaign(self, real_run, targets):
        missing = real_run.table("rfm").query("customer_id not in @targets.customer_id")
        assert missing.segment.unique().tolist() == ["Hibernating"]
        assert (targets[targets.segment == "Hibernating"].value_at_stake >= 250).all()

    def test_arms_of_large_audiences_are_alike(self, targets):
        audiences = [audience for _, audience in targets.groupby("campaign") if len(audience) > 500]
        assert len(audiences) == 6
        for audience in audiences:
            arms = [audience[audience.arm == arm] for arm in ("treatment", "control")]
            for measure in ("value_at_stake", "recency"):
                assert abs(standardised_difference(*(arm[measure] for arm in arms))) < 0.1
