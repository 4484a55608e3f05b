"""How the questions of the lesson "Did it help?" are answered in its figures, by keyboard."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

Answer = Callable[[Page, Locator], None]


def _leave_out(*rows: int) -> Answer:
    """Leave out just the classes in these rows, as a reader does with the space bar."""

    def answer(page: Page, figure: Locator) -> None:
        boxes = figure.get_by_role("checkbox")
        for row in range(boxes.count()):
            if boxes.nth(row).is_checked() != (row in rows):
                boxes.nth(row).focus()
                page.keyboard.press("Space")
        for row in rows:
            expect(boxes.nth(row)).to_be_checked()

    return answer


def _measures(left: int, right: int) -> Answer:
    """Choose measures by their place in the two lists."""

    def answer(page: Page, figure: Locator) -> None:
        for side, place in enumerate((left, right)):
            chosen = figure.locator("select").nth(side)
            chosen.focus()
            page.keyboard.press("Home")
            for _ in range(place):
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            expect(chosen).to_have_js_property("selectedIndex", place)

    return answer


def _curve(*percents: int) -> Answer:
    """Set the sliders of a drawn curve, in steps of 5 %."""

    def answer(page: Page, figure: Locator) -> None:
        sliders = figure.get_by_role("slider")
        for number, percent in enumerate(percents):
            sliders.nth(number).focus()
            page.keyboard.press("Home")
            for _ in range(percent // 5):
                page.keyboard.press("ArrowRight")

    return answer


LEFT, DOWN, CIRCLE, OTHER_CIRCLE, VANISH = 0, 3, 6, 7, 12
RIGHT_ANSWERS, CONCENTRATION, MASS, DELETION = 0, 1, 2, 5

ANSWERS: dict[str, dict[str, Answer]] = {
    "circles": {
        "few": _leave_out(CIRCLE),
        "many": _leave_out(LEFT, CIRCLE, OTHER_CIRCLE),
        "one": _leave_out(DOWN, OTHER_CIRCLE),
        "other": _leave_out(LEFT, VANISH),
        "right": _leave_out(CIRCLE, OTHER_CIRCLE),
    },
    "ranks": {
        "same": _measures(MASS, MASS),
        "alike": _measures(RIGHT_ANSWERS, CONCENTRATION),
        "right": _measures(CONCENTRATION, DELETION),
    },
    "hide-predict": {
        "high": _curve(100, 90, 80, 50, 0),
        "low": _curve(0, 0, 0, 0, 0),
        "right": _curve(70, 0, 0, 0, 0),
    },
}
