"""The Benchmark page in a browser: a point and a class are clicked, and clips play."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import App, NewPage
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import steady_box, wait_for_charts, wait_for_script, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOVES = """() => [...document.querySelectorAll(".held-out-clip")].map(clip => {
  const style = getComputedStyle(clip);
  return [style.animationName, style.animationPlayState, style.backgroundImage.slice(0, 22)];
})"""
LABELS = """() => [...document.querySelectorAll(".st-key-benchmark-plot .annotation text")]
  .map(text => { const b = text.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"""


def opened(page: Page, app: App, query: str = "") -> None:
    page.goto(f"{app.url}/benchmark{query}")
    page.get_by_role("heading", name="Class by class").wait_for()
    page.locator(".st-key-benchmark-plot .points path").first.wait_for()
    wait_for_script(page)


def test_a_point_opens_its_card_and_a_class_its_clips(page: Page, app: App) -> None:
    opened(page, app, "?class=none&checkpoint=softmax")
    page.get_by_role("heading", name="Softmax attention", exact=True).wait_for()
    wait_for_charts(page)
    # Points of softmax come first, then those of linear attention: the second group.
    box = steady_box(page.locator(".st-key-benchmark-plot .scatterlayer .points path").nth(1))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("heading", name="Linear attention", exact=True).wait_for()
    page.wait_for_url(re.compile("checkpoint=linear(&|$)"))
    table = page.locator(".st-key-benchmark-classes .nsewdrag").first
    table.scroll_into_view_if_needed()
    box = steady_box(table)
    page.mouse.click(box["x"] + box["width"] / 6, box["y"] + box["height"] * 6.5 / 15)
    page.get_by_role("heading", name="Circle clockwise", exact=True).wait_for()
    page.locator(".held-out-clip").nth(11).wait_for()
    wait_for_script(page)
    found = page.evaluate(MOVES)
    assert len(found) == 12
    assert {tuple(one) for one in found} == {
        ("held-out-frames", "running", 'url("data:image/webp;b')
    }
    expect(page).to_have_url(re.compile("class=circle([+]|%20)clockwise"))
    page.get_by_text("Play", exact=True).click()
    page.wait_for_function('() => !document.querySelector(".st-key-held-out-playing")')
    wait_until(page, lambda: {name for name, *_ in page.evaluate(MOVES)} == {"none"}, "stillness")


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1024, "dark"), (390, "light"), (390, "dark")]
)
def test_it_fits_its_window_and_has_no_grave_finding(
    new_page: NewPage, app: App, results: Path, width: int, scheme: str
) -> None:
    page = new_page(width=width, height=768, scheme=scheme)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened(page, app, "?class=left")
    page.locator(".held-out-clip").nth(11).wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=results / f"benchmark-{scheme}-{width}.png", full_page=True)
    assert {name for name, *_ in page.evaluate(MOVES)} == {"none"}, (
        "still where motion is unwelcome"
    )
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    boxes = page.evaluate(LABELS)
    assert len(boxes) == 8
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            # Letters touch less than the lines that they stand in.
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] - 2 <= b[1] or b[3] - 2 <= a[1]
    assert grave_findings(page, '[data-testid="stMain"]') == []
