"""Every lesson can be finished: each step, each answer, both languages, large and small screens."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixviz.course.lesson import LESSONS
from fixviz.course.texts import course_text
from tests.browser.conftest import App, NewPage
from tests.browser.course import StepWalk, open_step, press
from tests.browser.test_accessibility import grave_findings

pytestmark = pytest.mark.browser

# Each lesson in both languages, widths and themes, in two walks; the lessons take turns in how these are
# combined.
SCREENS = [
    [("en", 1280, "light"), ("zh", 390, "dark")],
    [("zh", 1280, "light"), ("en", 390, "dark")],
]
WALKS = [
    (lesson, *screen) for i, lesson in enumerate(LESSONS) for screen in SCREENS[i % len(SCREENS)]
]

MAIN = '[data-testid="stMain"]'


@pytest.mark.parametrize(("lesson", "language", "width", "scheme"), WALKS)
def test_a_lesson_can_be_finished_by_keyboard(
    new_page: NewPage, app: App, lesson: str, language: str, width: int, scheme: str
) -> None:
    page = new_page(width=width, height=900, scheme=scheme)
    described = course_text(language, lesson)
    steps = described["steps"]
    open_step(page, app.url, lesson, steps[0]["step"], language)
    for number, step in enumerate(steps):
        walk = StepWalk(page, lesson, step)
        expect(walk.element.get_by_role("heading", level=2)).to_have_text(
            step["title"], use_inner_text=True
        )
        walk.walk()
        assert brief(grave_findings(page, MAIN)) == []
        assert not overflows(page)
        if number + 1 < len(steps):
            press(page.locator(".lesson-foot button.next"))


def brief(findings: list[dict[str, Any]]) -> list[str]:
    """Findings as short lines, which a failed test shows whole."""
    return [f"{one['id']} {one['target'][-90:]} {one['why'][-200:]}" for one in findings]


def overflows(page: Page) -> bool:
    """Whether something of the course is wider than the screen."""
    return bool(page.locator(".course").evaluate("node => node.scrollWidth > node.clientWidth + 1"))
