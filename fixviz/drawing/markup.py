"""HTML from plain values: whatever is not markup already is escaped."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fixviz.reading.numbers import number

_VOID = {"img", "meta", "link", "br", "line", "rect", "path", "circle", "stop", "image"}


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *content: object, **attributes: object) -> Html:
    """Return an element. Content that is not `Html` is escaped; attributes always are.

    An attribute's trailing underscore is dropped and other underscores become hyphens. An attribute that is
    None is left out.
    """
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID and not content:
        return Html(
            f"<{name}{pairs}>" if name in {"img", "meta", "link", "br"} else f"<{name}{pairs}/>"
        )
    return Html(f"<{name}{pairs}>{join(content)}</{name}>")


def join(parts: Sequence[object]) -> Html:
    """Join parts one after the other; those that are not `Html` are escaped."""
    return Html("".join(p if isinstance(p, Html) else html.escape(str(p)) for p in parts))


def inline_json(values: Mapping[str, Any]) -> Html:
    """Return JSON for a script element that holds data. It ends no element, whatever texts are in it.

    Raises ValueError for a number that is not finite, which no browser would read.
    """
    text = json.dumps(values, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return Html(
        text.replace("<", r"\u003c").replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")
    )


def table(columns: Mapping[str, Sequence[Any]], label: str) -> Html:
    """Return a table of columns of equal length under their names; the first column heads the rows."""
    head = tag("tr", *(tag("th", name, scope="col") for name in columns))
    rows = [
        tag(
            "tr",
            tag("th", cell(first), scope="row"),
            *(tag("td", cell(v), class_="number" if is_number(v) else None) for v in rest),
        )
        for first, *rest in zip(*columns.values(), strict=True)
    ]
    # Wide tables scroll by themselves, and can be reached with the keyboard to do so.
    return tag(
        "div",
        tag("table", tag("thead", head), tag("tbody", *rows)),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=label,
    )


def cell(value: object) -> object:
    """Format a value for a table: four digits, a dash for what is undefined."""
    if isinstance(value, str):
        return value
    if value is None or not is_number(value):
        return "–" if value is None else value
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, int):
        return str(plain)
    return number(float(plain), 4)  # type: ignore[arg-type]


def is_number(value: object) -> bool:
    """Tell whether a value is a number, which a table sets flush right."""
    plain = value.item() if hasattr(value, "item") else value
    return isinstance(plain, int | float)
