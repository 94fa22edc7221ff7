"""The workbook: metrics, segments and lists for those who work in Excel.

Numbers and dates are numbers and dates; text is text, also where it looks like a formula. The same tables
give the same bytes.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from lgs_pipeline.charts.wording import day
from lgs_pipeline.parameters import ReportingSettings
from lgs_pipeline.pipelines.campaigns.nodes import CONTROL, TREATMENT
from lgs_pipeline.pipelines.reporting.findings import REASONS
from lgs_pipeline.pipelines.reporting.page import campaign_name

Workbook = Any
Worksheet = Any

_LONGEST_CELL = 32_767
_LONGEST_SHEET_NAME = 31
_WIDEST = 60
_FORMATS = {
    "text": {"text_wrap": True, "valign": "top"},
    "number": {"num_format": "#,##0"},
    "id": {"num_format": "0"},
    "decimal": {"num_format": "#,##0.0"},
    "share": {"num_format": "0.000"},
    "pounds": {"num_format": "£#,##0.00;[Red]-£#,##0.00"},
    "percent": {"num_format": "0.0%"},
    "date": {"num_format": "d mmm yyyy"},
    "month": {"num_format": "mmm yyyy"},
    "flag": {},
}
_WIDTHS = {
    "number": 12,
    "id": 12,
    "decimal": 12,
    "share": 12,
    "pounds": 15,
    "percent": 12,
    "date": 13,
    "month": 11,
    "flag": 10,
}


class Column(NamedTuple):
    """A column of a sheet: its name in the table, its heading, and what its cells are."""

    name: str
    heading: str
    kind: str = "text"


class Sheet(NamedTuple):
    """A table and how it is laid out."""

    name: str
    table: pd.DataFrame
    columns: Sequence[Column]


MONTHS = (
    Column("month", "Month", "month"),
    Column("is_partial", "Part of a month", "flag"),
    Column("sales", "Sales", "pounds"),
    Column("sales_growth", "Growth over the month before", "percent"),
    Column("placed_orders", "Orders placed", "number"),
    Column("cancelled_orders", "Orders cancelled", "number"),
    Column("average_order_value", "Average order value", "pounds"),
    Column("active_customers", "Active customers", "number"),
    Column("new_customers", "New customers", "number"),
    Column("existing_customers", "Existing customers", "number"),
)
SEGMENTS = (
    Column("segment", "Segment"),
    Column("customers", "Customers", "number"),
    Column("share_of_customers", "Share of customers", "percent"),
    Column("revenue", "Sales", "pounds"),
    Column("share_of_revenue", "Share of sales", "percent"),
    Column("recency_median", "Recency, median (days)", "decimal"),
    Column("recency_mean", "Recency, mean (days)", "decimal"),
    Column("frequency_median", "Frequency, median (orders)", "decimal"),
    Column("frequency_mean", "Frequency, mean (orders)", "decimal"),
    Column("monetary_median", "Monetary, median", "pounds"),
    Column("monetary_mean", "Monetary, mean", "pounds"),
)
CLUSTERS = (
    Column("cluster_name", "Cluster"),
    Column("customers", "Customers", "number"),
    Column("share", "Share of customers", "percent"),
    Column("revenue", "Sales", "pounds"),
    Column("share_of_revenue", "Share of sales", "percent"),
    Column("recency_median", "Recency, median (days)", "decimal"),
    Column("frequency_median", "Frequency, median (orders)", "decimal"),
    Column("monetary_median", "Monetary, median", "pounds"),
    Column("average_order_value_median", "Average order value, median", "pounds"),
    Column("distinct_products_median", "Products, median", "decimal"),
)
TIERS = (
    Column("clv_tier", "Tier"),
    Column("customers", "Customers", "number"),
    Column("share_of_customers", "Share of customers", "percent"),
    Column("expected_orders", "Orders expected", "number"),
    Column("clv", "Lifetime value", "pounds"),
    Column("clv_low", "From", "pounds"),
    Column("clv_high", "To", "pounds"),
    Column("share_of_clv", "Share of lifetime value", "percent"),
)
MIGRATION = (
    Column("segment_before", "Segment before"),
    Column("segment_after", "Segment now"),
    Column("customers", "Customers", "number"),
    Column("share", "Share of the segment before", "percent"),
)
QUALITY = (
    Column("rule", "Lines"),
    Column("reason", "Why"),
    Column("lines", "Number of lines", "number"),
    Column("share_of_lines", "Share of lines", "percent"),
    Column("amount", "Amount", "pounds"),
)
CUSTOMERS = (
    Column("customer_id", "Customer", "id"),
    Column("country", "Country"),
    Column("last_order", "Latest order", "date"),
    Column("first_order", "First order", "date"),
    Column("recency", "Recency (days)", "number"),
    Column("frequency", "Frequency (orders)", "number"),
    Column("monetary", "Monetary", "pounds"),
    Column("rfm_score", "RFM score"),
    Column("cluster_name", "Cluster"),
    Column("clv", "Lifetime value", "pounds"),
    Column("clv_tier", "Tier"),
    Column("campaign", "Campaign"),
    Column("is_held_back", "Do not contact", "flag"),
)
CAMPAIGNS = (
    Column("sheet", "Sheet"),
    Column("campaign", "Campaign"),
    Column("segment", "For"),
    Column("audience", "Customers", "number"),
    Column("treatment", "To contact", "number"),
    Column("control", "Held back", "number"),
    Column("value_at_stake", "At stake", "pounds"),
    Column("offer", "Offer"),
    Column("rationale", "Why"),
)
TARGETS = (
    Column("priority", "Rank", "number"),
    Column("customer_id", "Customer", "id"),
    Column("segment", "Segment"),
    Column("value_at_stake", "At stake", "pounds"),
    Column("clv", "Lifetime value", "pounds"),
    Column("last_order", "Latest order", "date"),
    Column("best_weekday", "Usual weekday"),
    Column("best_hour", "Usual hour", "number"),
    Column("season", "Usual season"),
    Column("usual_products", "Usual products"),
    Column("suggested_products", "New products to suggest"),
)
EFFECTS = (
    Column("campaign", "Campaign"),
    Column("launched_on", "From", "date"),
    Column("method", "Compared"),
    Column("days", "Days so far", "number"),
    Column("is_complete", "Over", "flag"),
    Column("customers_treatment", "Contacted", "number"),
    Column("customers_control", "Not contacted", "number"),
    Column("conversion_treatment", "Ordered, contacted", "percent"),
    Column("conversion_control", "Ordered, not contacted", "percent"),
    Column("conversion_difference", "Difference", "percent"),
    Column("conversion_low", "From", "percent"),
    Column("conversion_high", "To", "percent"),
    Column("conversion_p_value", "p-value", "share"),
    Column("sales_treatment", "Sales per customer, contacted", "pounds"),
    Column("sales_control", "Sales per customer, not contacted", "pounds"),
    Column("sales_difference", "Difference of sales per customer", "pounds"),
    Column("sales_low", "From", "pounds"),
    Column("sales_high", "To", "pounds"),
    Column("sales_p_value", "p-value", "share"),
    Column("incremental_sales", "Sales gained", "pounds"),
    Column("incremental_low", "From", "pounds"),
    Column("incremental_high", "To", "pounds"),
    Column("customers_needed", "Customers needed", "number"),
)
FINDINGS = (Column("figure", "Figure"), Column("finding", "Finding"))
ABOUT = (Column("what", "What"), Column("value", "Value"))
RESERVED = (
    "Findings",
    "Months",
    "Segments",
    "Moves between segments",
    "Clusters",
    "Tiers",
    "Campaigns",
    "Effects",
    "Lists",
    "Lines",
    "About",
    "History",  # by Excel
)
"""Names that a list's sheet cannot have."""
LISTS = (
    Column("sheet", "Sheet"),
    Column("segment", "Segment"),
    Column("customers", "Customers", "number"),
    Column("listed", "Of these listed", "number"),
)


def write_workbook(
    findings: pd.DataFrame,
    data_period: pd.DataFrame,
    data_quality: pd.DataFrame,
    monthly_metrics: pd.DataFrame,
    rfm_table: pd.DataFrame,
    rfm_segments: pd.DataFrame,
    segment_migration: pd.DataFrame,
    kmeans_profile: pd.DataFrame,
    kmeans_clusters: pd.DataFrame,
    clv_tiers: pd.DataFrame,
    customer_lifetime_value: pd.DataFrame,
    campaign_plan: pd.DataFrame,
    campaign_targets: pd.DataFrame,
    campaign_effect: pd.DataFrame,
    extracts: pd.DataFrame,
    reporting: ReportingSettings,
) -> bytes:
    """The workbook's bytes: findings, months, segments, moves, campaigns, and lists of customers.

    A campaign's list holds whom to contact; who is held back is marked in the lists of segments alone.
    """
    segments = rfm_segments.sort_values("revenue", ascending=False, kind="stable")
    customers = rfm_table.merge(
        customer_lifetime_value[["customer_id", "clv", "clv_tier"]], how="left", on="customer_id"
    ).merge(kmeans_clusters[["customer_id", "cluster_name"]], how="left", on="customer_id")
    customers = customers.merge(
        campaign_targets[["customer_id", "campaign", "arm"]], how="left", on="customer_id"
    ).assign(is_held_back=lambda table: table.arm == CONTROL)
    lists = _lists(customers, segments.segment, reporting.largest_list)
    contacts = _contacts(campaign_plan, campaign_targets, [*RESERVED, *(name for name, *_ in lists)])
    plan = campaign_plan.assign(sheet=list(contacts))
    quality = data_quality.assign(reason=data_quality.rule.map(REASONS).astype("str").replace("nan", ""))
    return _write(
        [
            Sheet("Findings", findings, FINDINGS),
            Sheet("Months", monthly_metrics, MONTHS),
            Sheet("Segments", segments, SEGMENTS),
            Sheet("Moves between segments", segment_migration, MIGRATION),
            Sheet("Clusters", kmeans_profile, CLUSTERS),
            Sheet("Tiers", clv_tiers, TIERS),
            Sheet("Campaigns", plan, CAMPAIGNS),
            *([Sheet("Effects", campaign_effect, EFFECTS)] if len(campaign_effect) else []),
            *(Sheet(name, listed.head(reporting.largest_list), TARGETS) for name, listed in contacts.items()),
            Sheet("Lists", _index_of(lists, rfm_segments), LISTS),
            *(Sheet(name, customers, CUSTOMERS) for name, _, customers in lists),
            Sheet("Lines", quality, QUALITY),
            Sheet("About", _about(data_period, extracts, reporting), ABOUT),
        ]
    )


def _lists(
    customers: pd.DataFrame, segments: Iterable[str], most: int
) -> list[tuple[str, str, pd.DataFrame]]:
    """Sheet name, segment and customers of each list: those who have brought most come first."""
    ordered = customers.sort_values(["monetary", "customer_id"], ascending=[False, True])
    members = dict(list(ordered.groupby("segment")))
    found = [segment for segment in segments if segment in members]
    names = _sheet_names(found, RESERVED)
    return [(name, segment, members[segment].head(most)) for name, segment in zip(names, found, strict=True)]


def _contacts(plan: pd.DataFrame, targets: pd.DataFrame, taken: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Whom each campaign contacts, by sheet name, those with most at stake first."""
    contacted = targets[targets.arm == TREATMENT].sort_values("priority")
    names = _sheet_names(map(campaign_name, plan.campaign), taken)
    return {
        name: contacted[contacted.campaign == campaign]
        for name, campaign in zip(names, plan.campaign, strict=True)
    }


def _index_of(lists: list[tuple[str, str, pd.DataFrame]], rfm_segments: pd.DataFrame) -> pd.DataFrame:
    customers = rfm_segments.set_index("segment").customers
    rows = [(name, segment, customers[segment], len(listed)) for name, segment, listed in lists]
    return pd.DataFrame(rows, columns=["sheet", "segment", "customers", "listed"])


def _sheet_names(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Names that Excel takes for sheets: short, without signs that it keeps to itself, each different."""
    used = {name.lower() for name in taken}
    chosen = []
    for name in names:
        allowed = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip(" '") or "List"
        candidate, number = allowed[:_LONGEST_SHEET_NAME].strip(" '"), 1
        while candidate.lower() in used:
            number += 1
            candidate = f"{allowed[: _LONGEST_SHEET_NAME - 5].strip()} ({number})"
        used.add(candidate.lower())
        chosen.append(candidate)
    return chosen


def _about(data_period: pd.DataFrame, extracts: pd.DataFrame, reporting: ReportingSettings) -> pd.DataFrame:
    period = data_period.iloc[0]
    rows = [
        ("Shop", reporting.shop),
        ("Data from", day(period.first_line)),
        ("Data to", day(period.last_line)),
        *(("Extract", f"{row.extract} ({row.lines:,} lines)") for row in extracts.itertuples()),
        ("Sales", "in pounds, net of cancellations"),
        (
            "Recency",
            "days since the latest order, at the moment that the settings name (the end of the data)",
        ),
    ]
    return pd.DataFrame(rows, columns=["what", "value"])


def _write(sheets: Iterable[Sheet]) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "nan_inf_to_errors": False}) as book:
        formats = {kind: book.add_format(options) for kind, options in _FORMATS.items()}
        heading = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE9F5", "bottom": 1}
        )
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, heading, formats)
    return _without_times(content.getvalue())


def _write_sheet(page: Worksheet, sheet: Sheet, heading: Any, formats: dict[str, Any]) -> None:
    page.freeze_panes(1, 0)
    page.set_landscape()
    page.repeat_rows(0)
    for position, column in enumerate(sheet.columns):
        page.write_string(0, position, column.heading, heading)
        values = sheet.table[column.name]
        page.set_column(position, position, _WIDTHS.get(column.kind) or _width(column.heading, values))
        for row, value in enumerate(values.tolist(), start=1):
            _write_cell(page, row, position, value, column.kind, formats[column.kind])
    if len(sheet.table):
        page.autofilter(0, 0, len(sheet.table), len(sheet.columns) - 1)


def _write_cell(page: Worksheet, row: int, position: int, value: Any, kind: str, look: Any) -> None:
    if pd.isna(value) or value in (float("inf"), float("-inf")):
        page.write_blank(row, position, None, look)
    elif kind == "text":
        # Never write(), which would make a formula of a text that starts with an equals sign.
        page.write_string(row, position, str(value)[:_LONGEST_CELL], look)
    elif kind in ("date", "month"):
        page.write_datetime(row, position, pd.Timestamp(value).normalize().to_pydatetime(), look)
    elif kind == "flag":
        page.write_string(row, position, "yes" if value else "", look)
    else:
        page.write_number(row, position, value, look)


def _width(heading: str, values: pd.Series) -> int:
    longest = max((len(str(value)) for value in values.dropna()), default=0)
    return min(max(longest, len(heading)) + 2, _WIDEST)


def _without_times(content: bytes) -> bytes:
    """The workbook without the moments of its making, which xlsxwriter always notes."""
    stripped = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(stripped, "w") as after:
        for part in before.infolist():
            data = before.read(part)
            if part.filename == "docProps/core.xml":
                data = re.sub(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", b"", data)
            after.writestr(zipfile.ZipInfo(part.filename), data, compress_type=zipfile.ZIP_DEFLATED)
    return stripped.getvalue()
