"""The quiz before and after the lessons, taken by keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixviz.course.texts import course_text
from tests.browser.conftest import App, NewPage
from tests.browser.course import plain, press
from tests.browser.test_accessibility import grave_findings
from tests.browser.test_course import overflows

pytestmark = pytest.mark.browser

WRONG_BEFORE = {"tokens", "price", "linear-text"}
WRONG_AFTER = {"price", "evidence"}


def items(quiz: Mapping[str, Any], form: str) -> list[dict[str, Any]]:
    return [item for item in quiz["steps"] if item["form"] == form]


def take(page: Page, quiz: Mapping[str, Any], form: str, wrong: set[str]) -> None:
    """Answer every question of a form, those of the pairs in `wrong` with a wrong option, and finish it."""
    for item in items(quiz, form):
        option = next(o for o in item["ask"]["options"] if o["right"] != (item["pair"] in wrong))
        chosen = page.locator(f'[data-step="{item["step"]}"] input[value="{option["id"]}"]')
        press(chosen, "Space")
        expect(chosen).to_be_checked()
    assert grave_findings(page) == []
    assert not overflows(page)
    told = page.locator(".course").inner_text()
    assert not any(
        plain(option["feedback"]) in told
        for item in quiz["steps"]
        for option in item["ask"]["options"]
        if len(plain(option["feedback"])) > 10
    ), "the quiz says nothing about the answers before its end"
    press(page.locator(".quiz-end button.main"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("en", 1280, "light"), ("zh", 390, "dark")]
)
def test_the_quiz_is_taken_twice_and_then_says_what_was_gained(
    new_page: NewPage, app: App, language: str, width: int, scheme: str
) -> None:
    quiz = course_text(language, "quiz")
    page = new_page(width=width, height=900, scheme=scheme)
    page.goto(f"{app.url}/course?lesson=quiz&step=before&lang={language}")
    page.locator(".quiz-items").wait_for()
    take(page, quiz, "before", WRONG_BEFORE)
    # The answers are kept when the page is opened again, and nothing is told yet.
    page.reload()
    page.locator(".quiz-page").wait_for()
    expect(page.locator(".quiz-mark, .quiz-why, .quiz-items")).to_have_count(0)
    press(page.locator(".quiz-end button.plain"))
    take(page, quiz, "after", WRONG_AFTER)

    for kind in ("core", "new"):
        page.locator(f".quiz-summary.{kind}").wait_for()
    core, new = (page.locator(f".quiz-summary.{kind}").inner_text() for kind in ("core", "new"))
    words = quiz["words"]
    change = words["quiz_change"]
    assert change.format(before=6, after=6, count=8, gained=1, lost=1) in core
    assert change.format(before=2, after=3, count=3, gained=1, lost=0) in new
    assert words["quiz_normalized"].format(gain="0.00") in core
    assert words["quiz_normalized"].format(gain="1.00") in new
    slopes = page.locator(".quiz-slopes").get_attribute("aria-label") or ""
    assert words["quiz_gain_text"].format(before=2, after=3, count=3) in slopes
    lines = page.locator(".quiz-pairs > li")
    expect(lines).to_have_count(11)
    for line, item in zip(lines.all(), items(quiz, "before"), strict=True):
        right = [item["pair"] not in wrong for wrong in (WRONG_BEFORE, WRONG_AFTER)]
        marks = line.locator(".quiz-mark").all()
        assert ["right" in (mark.get_attribute("class") or "") for mark in marks] == right
    press(lines.first.locator("summary"))
    first = items(quiz, "before")[0]
    expect(lines.first.locator(".quiz-why").first).to_be_visible()
    chosen = next(o for o in first["ask"]["options"] if not o["right"])
    assert plain(chosen["feedback"]) in " ".join(lines.first.inner_text().split())
    assert grave_findings(page) == []
    assert not overflows(page)
    place = [item["pair"] for item in items(quiz, "before")].index("evidence")
    press(lines.nth(place).locator("summary"))
    press(lines.nth(place).locator("button.link"))
    page.locator('[data-page="evidence"]').wait_for()
