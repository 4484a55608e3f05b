"""Feature fixation: the points of the plots, placed by keyboard."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial

from playwright.sync_api import Locator, Page

from tests.browser.lessons.keys import place_points


def _logit(figure: Locator) -> float:
    shown = figure.locator(".strip-sum.part-z").inner_text()
    return float(re.sub("−", "-", shown))


def _ratio(shift: float) -> float:
    return 1 / (1 + math.exp(-shift))


def _place_ratio(page: Page, figure: Locator, *, mirrored: bool) -> None:
    logit = _logit(figure)
    place_points(page, figure, [_ratio(-logit if mirrored else logit)])


def _draw_curves(page: Page, figure: Locator, *, exponents: Sequence[float]) -> None:
    """Draw a power law for each kind: 4, 16 and 64 frames lie at 0.6, 1.2 and 1.8 powers of ten times it."""
    for kind, exponent in enumerate(exponents):
        radio = figure.get_by_role("radio").nth(kind)
        radio.focus()
        page.keyboard.press("Space")
        for number in range(3):
            figure.get_by_role("slider").nth(number).focus()
            page.keyboard.press("Home")
            # A page is a tenth of the whole: eight steps of 0.05.
            pages, steps = divmod(round(0.6 * (number + 1) * exponent / 0.05), 8)
            for key, count in (("PageUp", pages), ("ArrowRight", steps)):
                for _ in range(count):
                    page.keyboard.press(key)


ANSWERS = {
    "ratio": {
        "mirrored": partial(_place_ratio, mirrored=True),
        "right": partial(_place_ratio, mirrored=False),
    },
    # The shipped run: about 0.07, 0.36 and 0.43.
    "predict": {
        "learned": partial(place_points, values=[0.5, 0.5, 0.5]),
        "order": partial(place_points, values=[0.9, 0.5, 0.1]),
        "right": partial(place_points, values=[0.08, 0.36, 0.44]),
    },
    "control": {
        "low": partial(place_points, values=[0.0]),
        "high": partial(place_points, values=[1.0]),
        "right": partial(place_points, values=[0.28]),
    },
    "price": {
        "alike": partial(_draw_curves, exponents=[1, 1, 1]),
        "flat": partial(_draw_curves, exponents=[1.4, 1, 1]),
        "square": partial(_draw_curves, exponents=[2, 1, 2]),
        "right": partial(_draw_curves, exponents=[2, 1, 1]),
    },
}
