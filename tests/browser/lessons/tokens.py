"""Answers in the figures of the lesson on tokens, by keyboard alone."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Locator, Page

from tests.browser.course import Answer

# The shipped run: frames of 85 x 64 pixels, patches of 12 every 8, and a question for row 3, column 5.
WIDTH, HEIGHT, STRIDE, PATCH = 85, 64, 8, 12
ROW, COLUMN = 3, 5


def _put_at(x: int, y: int) -> Answer:
    """Put the center of the square at a pixel, from wherever it is."""

    def answer(page: Page, figure: Locator) -> None:
        figure.locator(".token-frame").focus()
        # To the upper left corner first: the arrow keys go on from the last place.
        for key, length in (("Shift+ArrowLeft", WIDTH), ("Shift+ArrowUp", HEIGHT)):
            for _ in range(length // STRIDE + 1):
                page.keyboard.press(key)
        for key, way in (("ArrowRight", x), ("ArrowDown", y)):
            for _ in range(way // STRIDE):
                page.keyboard.press(f"Shift+{key}")
            for _ in range(way % STRIDE):
                page.keyboard.press(key)
        page.keyboard.press("Space")

    return answer


def _pick(*steps: str) -> Answer:
    """Walk over the cells from the one in the middle, and pick or drop on the way."""

    def answer(page: Page, figure: Locator) -> None:
        figure.locator(".token-frame").focus()
        for step in steps:
            page.keyboard.press(step)

    return answer


def _stride(value: int) -> Answer:
    def answer(page: Page, figure: Locator) -> None:
        figure.get_by_role("slider").focus()
        page.keyboard.press("Home")  # Half the stride of the model.
        for _ in range(value - STRIDE // 2):
            page.keyboard.press("ArrowRight")

    return answer


# The first arrow goes on from the pixel in the middle of the frame, which lies in row 4, column 5; the marked
# pixel lies in row 3, column 4, and the square to its right holds it, too.
_TO_MARKED = ("ArrowUp", "ArrowLeft")

ANSWERS: Mapping[str, Mapping[str, Answer]] = {
    "place": {
        "corner": _put_at(COLUMN * STRIDE + STRIDE // 2, ROW * STRIDE + STRIDE // 2),
        "swapped": _put_at(ROW * STRIDE, COLUMN * STRIDE),
        "patch": _put_at(COLUMN * PATCH, ROW * PATCH),
        "other": _put_at(0, HEIGHT),
        "right": _put_at(COLUMN * STRIDE, ROW * STRIDE),
    },
    "overlap": {
        "missing": _pick(*_TO_MARKED, "Space"),
        "extra": _pick("ArrowLeft", "Space"),
        # Drop the wrong one again, and pick the second that sees the pixel.
        "right": _pick("Space", "ArrowRight", "ArrowRight", "Space"),
    },
    "stride": {"more": _stride(10), "fewer": _stride(14), "right": _stride(12)},
}
