"""Feature fixation: the points of the plots, placed by keyboard."""

from __future__ import annotations

import math
import re
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
}
