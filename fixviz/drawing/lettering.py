"""Texts in drawings: broken into lines, and cut where they are too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LETTER: Final = 7.2
"""Mean width of a letter at 12 pixels in DejaVu Sans, as wide a font as a report is shown in."""


def width_of(text: str) -> float:
    """Return about how wide a text is at 12 pixels."""
    return LETTER * len(text)


def wrapped(text: str, width: float, measure: Callable[[str], float] = width_of) -> list[str]:
    """Return lines of the text at most `width` pixels wide, broken between words.

    measure: how wide a text is, in pixels.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def shortened(text: str, width: float) -> str:
    """Return as much of the beginning of a text as fits, with an ellipsis where something is missing."""
    most = max(int(width / LETTER), 1)
    return text if len(text) <= most else f"{text[: most - 1]}…"
