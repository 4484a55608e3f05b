"""Numbers in the course's texts: {{run.patches}} or {{world.right.fixation | percent}}.

A number is written by its name, so that no text can say another one than was measured. The formats
are those of FORMATS; without one, a whole number is written in full and others with three digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from fixviz.course.fields import Place
from fixviz.reading.numbers import number

Numbers = Mapping[str, float]
"""Numbers by name: `run.` ones of the run in view, `world.` ones of the shipped checkpoints."""

PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}|]*?)\s*(?:\|\s*([^{}]*?)\s*)?\}\}")
_UNDEFINED: Final = "–"
_SPACE: Final = "\N{NO-BREAK SPACE}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else number(value)


FORMATS: Final[dict[str, Callable[[float], str]]] = {
    "": _plain,
    "integer": lambda value: f"{value:,.0f}",
    "digits2": lambda value: f"{value:.2f}",
    "percent": lambda value: f"{100 * value:.1f}{_SPACE}%",
    "percent0": lambda value: f"{100 * value:.0f}{_SPACE}%",
    "points": lambda value: f"{100 * value:.1f}",
    "signed_points": lambda value: f"{100 * value:+.1f}",
}


def look_up(name: str, numbers: Numbers, place: Place) -> float:
    """Return a number by its name. Raises LessonError when there is none."""
    if name not in numbers:
        raise place.error(f"there is no number {name!r}.")
    return numbers[name]


def write(name: str, form: str, numbers: Numbers, place: Place) -> str:
    """Return a number as text, with a minus sign and "–" where it is undefined. Raises LessonError."""
    value = look_up(name, numbers, place)
    if form not in FORMATS:
        known = ", ".join(known for known in FORMATS if known)
        raise place.error(f"there is no format {form!r}; known are {known}.")
    if not math.isfinite(value):
        return _UNDEFINED
    written = FORMATS[form](value).replace("-", "−")
    # What rounds to 0 has no sign.
    return written[1:] if written[0] in "−+" and not re.search("[1-9]", written) else written


def fill(text: str, numbers: Numbers, place: Place) -> str:
    """Return plain text with its numbers written in. Raises LessonError."""
    return PLACEHOLDER.sub(lambda found: write(found[1], found[2] or "", numbers, place), text)


def fill_formula(latex: str, numbers: Numbers, place: Place) -> str:
    """Return LaTeX with its numbers written in, as LaTeX writes them. Raises LessonError."""

    def written(found: re.Match[str]) -> str:
        text = write(found[1], found[2] or "", numbers, place)
        if "," in text:
            return rf"\text{{{text}}}"
        for sign, command in (("−", "-"), (_SPACE, r"\,"), ("%", r"\%")):
            text = text.replace(sign, command)
        return f"{{{text}}}"

    return PLACEHOLDER.sub(written, latex)
