"""The report of a whole run in a real browser: it opens, asks for nothing, sorts, prints, and is for all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.end_to_end.browser import report_of
from tests.end_to_end.project import Project
from tests.pipelines.reporting.documents import emptied, ordinary_tables, report

pytestmark = pytest.mark.slow

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 740}
HOSTILE = "<script>document.title='taken'</script><img src='http://evil.example/x' onerror=alert(2)>"


@pytest.fixture(scope="module")
def file(sample_run) -> Path:
    return report_of(sample_run)


@pytest.fixture
def open_page(chromium) -> Iterator:
    """Opens a file and keeps what the page says, asks for and pops up, under ``page.noted``."""
    contexts = []

    def opened(path: Path, viewport: dict | None = None, **options: object):
        context = chromium.new_context(viewport=viewport or DESKTOP, **options)
        contexts.append(context)
        page = context.new_page()
        page.noted = []
        page.on("console", lambda message: page.noted.append(message.text))
        page.on("pageerror", lambda error: page.noted.append(str(error)))
        page.on("dialog", lambda dialog: page.noted.append(dialog.message))
        page.on("request", lambda request: page.noted.append(request.url))
        page.goto(path.as_uri())
        asked_for = page.noted.pop(0)
        assert asked_for == path.as_uri()
        page.noted[:] = [note for note in page.noted if not note.startswith("data:")]
        return page

    yield opened
    for context in contexts:
        context.close()


def column(page, caption: str, position: int) -> list[str]:
    """The texts of a table's column, as far as rows are shown."""
    table = page.locator("table", has=page.locator("caption", has_text=caption))
    return table.locator(f"tbody tr:not([hidden]) > :nth-child({position})").all_text_contents()


def heading(page, caption: str, name: str):
    table = page.locator("table", has=page.locator("caption", has_text=caption))
    return table.locator("thead th", has_text=name).first


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_opens_without_a_complaint_and_asks_for_nothing(open_page, file, viewport):
    page = open_page(file, viewport)
    page.wait_for_load_state("networkidle")
    assert page.noted == []
    assert page.title().startswith("London Gift Shop: customers and sales, ")


def test_every_picture_is_drawn(open_page, file):
    page = open_page(file)
    pictures = page.locator("img").evaluate_all("all => all.map(one => [one.complete, one.naturalWidth])")
    assert len(pictures) > 15
    assert all(complete and width > 100 for complete, width in pictures)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_passes_the_accessibility_check(open_page, file, viewport):
    page = open_page(file, viewport)
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_a_table_sorts_by_the_column_clicked_and_back(open_page, file):
    page = open_page(file)
    caption = "The segments in numbers"
    customers = heading(page, caption, "Customers")
    customers.get_by_role("button").click()
    falling = [int(text.replace(",", "")) for text in column(page, caption, 2)]
    assert falling == sorted(falling, reverse=True)
    assert customers.get_attribute("aria-sort") == "descending"
    customers.get_by_role("button").click()
    assert [int(text.replace(",", "")) for text in column(page, caption, 2)] == falling[::-1]
    assert customers.get_attribute("aria-sort") == "ascending"


def test_names_sort_by_alphabet_and_months_by_time(open_page, file):
    page = open_page(file)
    heading(page, "The segments in numbers", "Segment").get_by_role("button").click()
    names = column(page, "The segments in numbers", 1)
    assert names == sorted(names)
    page.get_by_text("Every month in numbers (").click()
    months = column(page, "Every month in numbers", 1)
    heading(page, "Every month in numbers", "Month").get_by_role("button").click()
    assert column(page, "Every month in numbers", 1) == months


def test_the_keyboard_sorts_as_well(open_page, file):
    page = open_page(file)
    heading(page, "The segments in numbers", "Sales").get_by_role("button").press("Enter")
    assert heading(page, "The segments in numbers", "Sales").get_attribute("aria-sort") == "descending"


def test_a_long_table_shows_the_rows_looked_for(open_page, file):
    page = open_page(file)
    page.get_by_text("Every move between segments (").click()
    moves = page.locator("details", has_text="Every move between segments")
    rows = len(column(page, "Every move between segments", 1))
    moves.get_by_role("searchbox").fill("champions")
    found = column(page, "Every move between segments", 1)
    assert 0 < len(found) < rows
    assert moves.get_by_role("status").inner_text() == f"{len(found)} of {rows} rows"
    moves.get_by_role("searchbox").fill("")
    assert len(column(page, "Every move between segments", 1)) == rows


def test_without_javascript_everything_is_there_and_nothing_is_dead(open_page, file):
    page = open_page(file, java_script_enabled=False)
    assert page.noted == []
    assert page.locator("button").count() == page.locator("input").count() == 0
    assert len(column(page, "The segments in numbers", 1)) == 10
    summary = page.get_by_text("Every month in numbers (")
    summary.click()
    assert page.locator("caption", has_text="Every month in numbers").is_visible()


def test_a_phone_need_not_scroll_sideways(open_page, file):
    page = open_page(file, PHONE)
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]


def test_on_paper_all_is_open_and_what_is_for_screens_is_gone(open_page, file):
    page = open_page(file)
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator(".filter").first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("caption", has_text="Settings of this run").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_the_first_stop_of_the_keyboard_skips_to_the_content(open_page, file):
    page = open_page(file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"


def test_it_is_light_enough_to_be_sent(file):
    assert file.stat().st_size < 5_000_000


def test_hostile_text_does_nothing(open_page, tmp_path):
    found = ordinary_tables()
    names = {"segment": {"Champions": HOSTILE}}
    page_file = tmp_path / "report.html"
    page_file.write_text(
        report(
            segment_profiles=found["segment_profiles"].assign(description=HOSTILE * 40),
            kmeans_profile=found["kmeans_profile"].assign(cluster_name=[HOSTILE, HOSTILE + "2"]),
            extracts=found["extracts"].assign(extract=HOSTILE),
            rfm=found["rfm"].replace(names),
        ),
        encoding="utf-8",
    )
    page = open_page(page_file, PHONE)
    assert page.noted == []
    assert page.title().startswith("London Gift Shop")
    assert page.get_by_text("<script>document.title").first.is_visible()
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]


def test_an_empty_report_passes_the_accessibility_check(open_page, tmp_path):
    page_file = tmp_path / "report.html"
    empty = emptied(
        "rfm", "segment_migration", "segment_profiles", "kmeans_profile", "segmentation_comparison",
        "customer_lifetime_value", "clv_tiers", "clv_validation", "cohort_retention",
    )  # fmt: skip
    segments = ordinary_tables()["rfm_segments"].assign(customers=0, sales=0.0)
    page_file.write_text(report(**empty, rfm_segments=segments), encoding="utf-8")
    page = open_page(page_file)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
ONE_LINE = "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
HOSTILE_LINE = ONE_LINE.replace("GLASS BALL", '"<script>alert(1)</script> =1+1"')


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (HOSTILE_LINE, ("Sales were £83 in the part of December 2009", "&lt;script&gt;alert(1)")),
        (ONE_LINE.replace("13085", ""), ("No order has a customer number.",)),
        (ONE_LINE.replace("489434", "C489434").replace(",12,", ",-12,"), ("Sales were −£83",)),
        (ONE_LINE + ONE_LINE.replace("489434", "489435").replace("2009-12", "2010-01"), ("January 2010",)),
    ],
    ids=["one hostile line", "no customer", "only a cancellation", "two orders"],
)
def test_the_smallest_extract_has_its_report_charts_and_workbook(project: Project, lines, told):
    extract = project.folder / "small.csv"
    extract.write_text(HEADER + lines, encoding="utf-8")
    said = project.succeed(extract=extract)
    outputs = project.outputs()
    page = outputs["08_reporting/report.html/report.html"].decode()
    assert [sentence for sentence in told if sentence not in page] == []
    assert outputs["08_reporting/workbook.xlsx/workbook.xlsx"].startswith(b"PK")
    assert sum(path.endswith(".png") for path in outputs) == sum(path.endswith(".svg") for path in outputs) > 20
    assert "Traceback" not in said
    assert "site-packages" not in said
