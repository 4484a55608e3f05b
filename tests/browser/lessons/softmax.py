"""Answers in the figures of the lesson on softmax attention, by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import Locator, Page

from tests.browser.course import Answer, press


def _paint(*keys: str) -> Answer:
    """Clear the patches, then walk with the arrow keys and paint with Space."""

    def answer(page: Page, figure: Locator) -> None:
        clear = figure.locator(".paint-line button")
        if clear.is_visible():
            press(page, clear)
        figure.locator(".patch-picture").focus()
        for key in (*["ArrowLeft"] * 11, *["ArrowUp"] * 9, *keys):
            page.keyboard.press(key)

    return answer


def _way(row: int, column: int) -> list[str]:
    return ["ArrowDown"] * row + ["ArrowRight"] * column


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
        # The upper left corner is background.
        "elsewhere": _paint("Space", "ArrowRight", "Space"),
        # One of the strongest, and three in the corner.
        "partly": _paint(
            *("Space", "ArrowRight", "Space", "ArrowRight", "Space", "ArrowLeft", "ArrowLeft"),
            *_way(5, 6),
            "Space",
        ),
        "right": _paint(*_way(5, 6), "Space", "ArrowRight", "Space"),
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
