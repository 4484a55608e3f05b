"""Values of files that people hand in, told in a sentence: short, in one line, in the words of JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_LONGEST_TEXT = 60
_MOST_DIGITS = 30
_MOST_ITEMS = 4
_DEEPEST = 2


def one_line(text: str) -> str:
    """Return the text in one line, without characters that cannot be shown.

    Control characters, marks that reverse the direction of text, and halves of a surrogate pair go: no
    encoding can write the last ones, so that a page that shows them fails.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shortened(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Return the text in one line, cut to `longest` characters."""
    line = one_line(text[: 4 * longest])
    return line if len(line) <= longest and len(text) <= 4 * longest else line[: longest - 1] + "…"


def quoted(value: Any, depth: int = 0) -> str:
    """Return a value as JSON writes it (texts in single quotes), however large it is, in a few words."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f"'{shortened(value)}'"
    if isinstance(value, int):
        digits = int(value.bit_length() * math.log10(2)) + 1
        return str(value) if digits <= _MOST_DIGITS else f"(a number of {digits} digits)"
    if isinstance(value, float):
        if math.isfinite(value):
            return repr(value)
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    if isinstance(value, Mapping):
        return "{}" if not value else f"{{…}} with {_counted(len(value))}"
    if isinstance(value, list | tuple):
        if depth == _DEEPEST:
            return "[…]"
        shown = [quoted(item, depth + 1) for item in value[:_MOST_ITEMS]]
        more = ["…"] if len(value) > _MOST_ITEMS else []
        listed = f"[{', '.join([*shown, *more])}]"
        return f"{listed} with {_counted(len(value))}" if more else listed
    return f"a {type(value).__name__}"


def _counted(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries} entries"
