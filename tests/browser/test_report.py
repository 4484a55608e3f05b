"""The report in a real browser: drawn without a network, readable, and made by the button."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from playwright.sync_api import Browser, Page

from fixviz.report.build import build_report
from fixviz.report.options import ReportOptions
from tests.browser.conftest import BUSY_MS, App
from tests.browser.screens import each_screen
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import wait_for_script
from tests.ui.concentration_run import concentration_run

pytestmark = pytest.mark.browser

DRAWN = """() => [...document.querySelectorAll("svg[role=img]")].map(svg => {
  const marks = [...svg.querySelectorAll("path, rect, circle")].map(m => m.getBoundingClientRect());
  return Math.max(0, ...marks.map(box => Math.max(box.width, box.height)));
})"""
MISPLACED = """() => [...document.querySelectorAll(".chart > svg")].flatMap(svg => {
  const edge = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll("text")].map(t => [t.textContent, t.getBoundingClientRect()]);
  const shared = (a, b) => Math.min(
    Math.min(a.right, b.right) - Math.max(a.left, b.left),
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const whole = box => box.left >= edge.left && box.right <= edge.right && box.bottom <= edge.bottom + 1;
  return [...boxes.filter(([, box]) => !whole(box)).map(([text]) => `cut: ${text}`),
    ...boxes.flatMap(([a, box], i) => boxes.slice(i + 1)
      .filter(([, other]) => shared(box, other) > 3).map(([b]) => `${a} over ${b}`))];
})"""
PICTURES = "() => [...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt.length])"


@pytest.fixture(scope="module")
def file(app: App, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a run with a known target, under a name that would do harm if it could."""
    name = "<script>document.title = 'harm'</script>.mp4"
    run = app.store.publish("8" * 64, *concentration_run(), owner="test", name=name)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(build_report(app.store, run, ReportOptions(author="A. Student")), "utf-8")
    return path


def test_everything_is_drawn_without_a_network(browser: Browser, file: Path, results: Path) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, offline=True)
    context.set_default_timeout(BUSY_MS)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert said == []
    assert "document.title" in page.title()
    sizes = page.evaluate(DRAWN)
    assert len(sizes) > 10
    assert min(sizes) > 20
    loaded = page.evaluate(PICTURES)
    assert len(loaded) >= 18
    assert all(there and words > 20 for there, words in loaded)
    page.screenshot(path=results / "report.png", full_page=True)
    context.close()


@pytest.mark.slow
def test_it_has_no_grave_finding_and_fits(browser: Browser, file: Path) -> None:
    # The report forbids every script, and axe is one.
    context = browser.new_context(bypass_csp=True)
    context.set_default_timeout(BUSY_MS)
    page = context.new_page()
    page.goto(file.as_uri())
    for width, scheme in each_screen(page, (1400, 390), 900):
        assert grave_findings(page) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, scheme
    context.close()


def test_texts_of_the_charts_fit_in_a_wide_font(browser: Browser, file: Path) -> None:
    font = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    context = browser.new_context(viewport={"width": 1400, "height": 900}, bypass_csp=True)
    context.set_default_timeout(BUSY_MS)
    page = context.new_page()
    page.goto(file.as_uri())
    page.add_style_tag(
        content=f"@font-face {{ font-family: wide; src: url({font.as_uri()}) }}"
        "* { font-family: wide !important }"
    )
    page.evaluate("() => document.fonts.load('12px wide')")
    assert page.evaluate("() => document.fonts.check('12px wide')")
    assert page.evaluate(MISPLACED) == []
    context.close()


def test_print_is_light_and_leaves_out_what_needs_a_click(browser: Browser, file: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.set_default_timeout(BUSY_MS)
    page.goto(file.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    style = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert style == "rgb(255, 255, 255)"
    assert not page.locator("details").first.is_visible()
    assert page.locator("figcaption").first.is_visible()
    page.close()


@pytest.mark.slow
def test_the_button_saves_the_view_on_the_page(page: Page, app: App) -> None:
    page.goto(f"{app.url}/concentration?run={app.run}&layer=1&head=2&frame=4")
    page.get_by_role("button", name="Report", exact=True).click()
    page.get_by_label("Author").fill("A. Student")
    page.get_by_label("Author").press("Tab")
    page.wait_for_timeout(1500)
    wait_for_script(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the report").click()
    assert download.value.suggested_filename == "orbit-report.html"
    report = download.value.path().read_text("utf-8")
    assert "A. Student" in report
    assert "spatial attention, layer 1, head 2; frame 4 at 0.50 s" in report
