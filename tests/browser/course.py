"""Walking through a lesson as a student does, by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from importlib import import_module
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.views import wait_until

Answer = Callable[[Page, Locator], None]
"""Gives one answer in a figure by keyboard: the page, and the figure's element."""


def figure_answers(lesson: str) -> Mapping[str, Mapping[str, Answer]]:
    """By step and outcome, how a question of the lesson is answered in its figure."""
    try:
        module = import_module(f"tests.browser.lessons.{lesson}")
    except ModuleNotFoundError:
        return {}
    answers: Mapping[str, Mapping[str, Answer]] = module.ANSWERS
    return answers


def open_step(page: Page, url: str, lesson: str, step: str, language: str, run: str = "") -> None:
    """Open a step of a lesson by its URL."""
    own = f"&run={run}" if run else ""
    page.goto(f"{url}/course?lesson={lesson}&step={step}&lang={language}{own}")
    page.locator(f'[data-step="{step}"][data-ready="true"]').wait_for()


def plain(html: str) -> str:
    """The text of a piece of HTML, as a reader sees it."""
    without = re.sub(r"<math.*?</math>", "", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without)).split())


def press(target: Locator, key: str = "Enter") -> None:
    """Press a key on an element that the keyboard can reach."""
    target.press(key)


class StepWalk:
    """One step on the screen, with what the lesson's file says of it."""

    def __init__(self, page: Page, lesson: str, step: Mapping[str, Any]) -> None:
        self.page = page
        self.lesson = lesson
        self.described = step
        self.element = page.locator(f'[data-step="{step["step"]}"][data-ready="true"]')
        self.element.wait_for()

    @property
    def figure(self) -> Locator:
        """The element of its figure."""
        return self.element.locator("section.figure")

    def walk(self) -> None:
        """Give every wrong answer that the file names, then the right one, and see the feedback of each."""
        ask = self.described["ask"]
        if ask is None or ask["by"] is None:
            return
        {
            "choice": self._choices,
            "number": self._numbers,
            "figure": self._in_figure,
            "text": self._write,
        }[ask["by"]](ask)

    def _check(self, feedback: str) -> None:
        press(self.element.locator(".ask-buttons button").first)
        wanted = plain(feedback)
        assert wanted, "every outcome has a feedback"
        self._told(wanted)

    def _told(self, wanted: str) -> None:
        """Wait until the feedback on the screen holds a text."""
        shown = self.element.locator(".feedback")
        expect(shown).to_be_visible()
        wait_until(
            self.page,
            lambda: _squeezed(wanted) in _squeezed(shown.evaluate(_TEXT_WITHOUT_MATH)),
            f"the feedback {wanted!r}",
        )

    def _choices(self, ask: Mapping[str, Any]) -> None:
        order = sorted(ask["options"], key=lambda option: bool(option["right"]))
        for option in order:
            press(self.element.locator(f'input[value="{option["id"]}"]'), "Space")
            self._check(option["feedback"])
        if any(option["right"] for option in order):
            expect(self.element.locator(".feedback.right")).to_be_visible()

    def _numbers(self, ask: Mapping[str, Any]) -> None:
        field = self.element.locator("input.number")
        right, feedback = float(ask["answer"]), ask["feedback"]
        far = max(abs(right) * 3, 5.0)
        wrong = [(one["answer"], one["feedback"]) for one in ask["mistakes"]]
        wrong += [(right - far, feedback["low"]), (right + far * 1.37, feedback["high"])]
        for value, text in [*wrong, (right, feedback["right"])]:
            field.focus()
            field.fill("")
            self.page.keyboard.type(repr(float(value)))
            self._check(text)
        expect(self.element.locator(".feedback.right")).to_be_visible()

    def _in_figure(self, ask: Mapping[str, Any]) -> None:
        answers = figure_answers(self.lesson)[self.described["step"]]
        tried = [*(name for name in answers if name != "right"), "right"]
        assert len(tried) > 1, "a wrong answer, too"
        for outcome in tried:
            answers[outcome](self.page, self.figure)
            self._check(ask["feedback"][outcome])
        expect(self.element.locator(".feedback.right")).to_be_visible()

    def _write(self, ask: Mapping[str, Any]) -> None:
        area = self.element.locator("textarea")
        area.focus()
        self.page.keyboard.type("The map would move with the object.")
        press(self.element.locator(".ask-buttons button").first)
        expect(self.element.locator(".feedback")).to_be_visible()
        for line in ask["rubric"] or ():
            self._told(plain(line))


_TEXT_WITHOUT_MATH = """node => {
  const copy = node.cloneNode(true);
  for (const math of copy.querySelectorAll("math")) math.remove();
  return copy.textContent;
}"""


def _squeezed(text: str) -> str:
    return "".join(text.split())
