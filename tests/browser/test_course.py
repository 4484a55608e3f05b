"""Every lesson can be finished: each step and each answer, and each step fits large and small screens.

A lesson is answered in one language here, and in the other one on the static site (`test_site`).
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixviz.course.lesson import LESSONS
from fixviz.course.texts import course_text
from tests.browser.conftest import App, NewPage
from tests.browser.course import StepWalk, open_step, press
from tests.browser.screens import Scheme, turn
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Once it has been narrow, a page has no sidebar: from then on it is as wide as in a window of 1280 with one.
SCREENS: list[tuple[int, Scheme]] = [(1024, "light"), (390, "dark")]
LANGUAGES = ("zh", "en")
"""Lessons take turns; on the static site it is the other way round."""
WALKS = [(lesson, LANGUAGES[i % 2]) for i, lesson in enumerate(LESSONS)]

MAIN = '[data-testid="stMain"]'


@pytest.mark.parametrize(("lesson", "language"), WALKS)
def test_a_lesson_can_be_finished_by_keyboard(
    new_page: NewPage, app: App, lesson: str, language: str
) -> None:
    # The last screen of a step is the first one of the next, so both are answered on, in turns.
    screens = list(SCREENS)
    page = new_page(width=screens[0][0], height=900, scheme=screens[0][1])
    described = course_text(language, lesson)
    steps = described["steps"]
    open_step(page, app.url, lesson, steps[0]["step"], language)
    for number, step in enumerate(steps):
        walk = StepWalk(page, lesson, step)
        expect(walk.element.get_by_role("heading", level=2)).to_have_text(
            step["title"], use_inner_text=True
        )
        walk.walk()
        for width, scheme in screens:
            page.set_viewport_size({"width": width, "height": 900})
            turn(page, scheme)
            assert brief(grave_findings(page, MAIN)) == [], (width, scheme)
            wait_until(page, lambda: not overflows(page), f"that {step['step']} fits {width}")
        screens.reverse()
        if number + 1 < len(steps):
            press(page.locator(".lesson-foot button.next"))


def brief(findings: list[dict[str, Any]]) -> list[str]:
    """Findings as short lines, which a failed test shows whole."""
    return [f"{one['id']} {one['target'][-90:]} {one['why'][-200:]}" for one in findings]


def overflows(page: Page) -> bool:
    """Whether something of the course is wider than the screen."""
    return bool(page.locator(".course").evaluate("node => node.scrollWidth > node.clientWidth + 1"))
