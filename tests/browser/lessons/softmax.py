"""Answers in the figures of the lesson on softmax attention, by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import Locator, Page

from tests.browser.course import Answer, press


def _paint(*patches: tuple[int, int]) -> Answer:
    """Clear the patches, then walk with the arrow keys to each (row, column) and paint it with Space."""

    def answer(page: Page, figure: Locator) -> None:
        clear = figure.locator(".paint-line button")
        if clear.is_visible():
            press(clear)
        figure.locator(".patch-picture").focus()
        for key in (*["ArrowLeft"] * 11, *["ArrowUp"] * 9):
            page.keyboard.press(key)
        at = (0, 0)
        for patch in patches:
            down, right = patch[0] - at[0], patch[1] - at[1]
            ways = ["ArrowDown" if down > 0 else "ArrowUp"] * abs(down)
            ways += ["ArrowRight" if right > 0 else "ArrowLeft"] * abs(right)
            for key in (*ways, "Space"):
                page.keyboard.press(key)
            at = patch

    return answer


def _cells(figure: Locator, column: str) -> list[float]:
    """The numbers of a column of the table, as a reader sees them; NaN where they are asked for."""
    texts = figure.locator(f"table.stages tbody tr:not(.sums) td.of-{column}").all_inner_texts()
    return [
        float(text.replace(",", "")) if re.search(r"\d", text) else float("nan") for text in texts
    ]


def _write(number: Callable[[Locator], float]) -> Answer:
    def answer(page: Page, figure: Locator) -> None:
        field = figure.locator(".give input")
        field.focus()
        field.fill("")
        page.keyboard.type(f"{number(figure):.4g}")

    return answer


def _product(figure: Locator) -> float:
    return _cells(figure, "product")[0]


def _exponential(figure: Locator) -> float:
    return _cells(figure, "exponential")[1]


def _sum(figure: Locator) -> float:
    return sum(_cells(figure, "exponential"))


def _scores_share(figure: Locator) -> float:
    scores = _cells(figure, "score")
    return 100 * scores[1] / sum(scores)


def _place(*works: int) -> Answer:
    def answer(page: Page, figure: Locator) -> None:
        for slider, work in zip(figure.get_by_role("slider").all(), works, strict=True):
            slider.focus()
            page.keyboard.press("Home")
            for _ in range(work // 10):
                page.keyboard.press("PageUp")
            for _ in range(work % 10):
                page.keyboard.press("ArrowRight")

    return answer


ANSWERS: Mapping[str, Mapping[str, Answer]] = {
    "paint": {
        # The uppermost row is background.
        "elsewhere": _paint(*((0, column) for column in range(10))),
        "partly": _paint(*((0, column) for column in range(8)), (5, 6), (5, 7)),
        # The ten strongest.
        "right": _paint(
            *((2, 5), (2, 6), (2, 8), (3, 8), (3, 5), (4, 5), (4, 6), (5, 6), (5, 7), (5, 8))
        ),
    },
    "score": {
        "unscaled": _write(_product),
        "divided": _write(lambda figure: _product(figure) / 16),
        "other": _write(lambda figure: _product(figure) + 7),
        "right": _write(lambda figure: _product(figure) / 4),
    },
    "share": {
        "exponential": _write(_exponential),
        "fraction": _write(lambda figure: _exponential(figure) / _sum(figure)),
        "rest": _write(
            lambda figure: 100 * _exponential(figure) / (_sum(figure) - _exponential(figure))
        ),
        "scores": _write(_scores_share),
        "other": _write(lambda figure: 99.0),
        "right": _write(lambda figure: 100 * _exponential(figure) / _sum(figure)),
    },
    "square": {
        "linear": _place(2, 4, 8),
        "doubled": _place(4, 8, 16),
        "low": _place(2, 9, 30),
        "high": _place(9, 30, 95),
        "right": _place(4, 16, 64),
    },
}
