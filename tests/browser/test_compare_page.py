"""The Compare page in a browser: a click on a point chooses its clip, and its link opens it in Watch."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from fixviz.comparison import figures
from fixviz.comparison.choosing import SHIPPED, open_published
from fixviz.comparison.question import Question, answer
from fixviz.reading.figures.figure import Scatter
from fixviz.settings import Settings
from tests.browser.conftest import App
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import wait_for_script

pytestmark = pytest.mark.browser

CHART = ".st-key-compare-scatter"
PLACES = f"""() => [...document.querySelectorAll("{CHART} .scatterlayer .points path")]
  .map(mark => {{ const box = mark.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2]; }})"""
SAMPLE = "samples/there-and-back.mp4"
"""Its run comes with fixviz, so Watch opens it at once."""


def points() -> list[str]:
    """Keys of the points in the order in which the plot draws them: clip and model."""
    source = open_published(Settings(), SHIPPED)
    figure = figures.scatter(answer(source, Question(against="effective_support")))
    assert figure is not None and isinstance(figure.chart, Scatter)
    return [point.key for point in figure.chart.points]


@pytest.mark.slow
def test_a_point_chooses_its_clip_which_opens_in_watch(page: Page, app: App) -> None:
    source = open_published(Settings(), SHIPPED)
    clip = next(clip for clip in source.clips if clip.name == SAMPLE)
    page.goto(f"{app.url}/compare?set={SHIPPED}")
    expect(page.get_by_role("heading", name="The same again")).to_be_visible()
    page.locator(CHART).scroll_into_view_if_needed()
    expect(page.locator(f"{CHART} .points path")).to_have_count(3 * len(source.clips))
    wait_for_script(page)
    page.wait_for_timeout(500)
    x, y = page.evaluate(PLACES)[points().index(f"{clip.key} softmax")]
    page.mouse.click(x, y)
    card = page.locator(".st-key-compare-card")
    expect(card).to_contain_text(SAMPLE)
    page.wait_for_url(re.compile(f"clip={clip.key}"))
    wait_for_script(page)
    assert grave_findings(page) == []
    card.get_by_role("button", name="Open in Watch").click()
    page.wait_for_url(re.compile(r"/watch\?.*run=.*model=softmax"))
    expect(page.get_by_text("There and back").first).to_be_visible()
