"""The strokes that SVG charts are made of: axes, lines, names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fixviz.drawing.colors import COLORS
from fixviz.drawing.lettering import LETTER, shortened
from fixviz.drawing.markup import Html, tag
from fixviz.reading.figures.figure import Array, Series

WIDTH = 420
NARROW = 320
"""Width of charts of which three stand side by side, in pixels."""
HEIGHT = 240
"""Of a chart with two axes, in pixels."""
LABELS = 0.42
"""Share of a chart's width that the names of its bars or rows may take."""
LINE = 17.0
"""Height of a line of the legend."""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DASHES = (None, "8 4", "8 3 2 3", "14 4", "2 3", "14 3 2 3", "2 6")
"""Dashes by the number of a color, in the order of fixviz.drawing.colors.DASHES."""


@dataclass(frozen=True)
class Drawing:
    """Parts of an SVG picture of this size, in pixels."""

    width: float
    height: float
    parts: Sequence[Html]


@dataclass(frozen=True)
class Box:
    """Where the values of a chart lie."""

    left: float
    right: float
    top: float
    bottom: float


def legend(series: Sequence[Series], width: float, *, blocks: bool = False) -> Drawing:
    """Draw names beside samples, in as many lines as they need; nothing for a single set of bars."""
    if not series or (blocks and len(series) < 2):
        return Drawing(width, 0, [])
    parts, x, y = [], 0.0, 0.0
    sample = 14 if blocks else 26
    for one in (one for one in series if one.in_legend):
        name = shortened(one.title, width - sample - 6)
        wide = sample + 6 + LETTER * len(name) + 14
        if x and x + wide > width:
            x, y = 0.0, y + LINE
        if blocks:
            block = {"x": place(x), "y": place(y + 2), "width": 12, "height": 10}
            parts.append(tag("rect", **block, class_=fill(one.color)))
        else:
            parts.append(tag("path", d=f"M{place(x)} {place(y + 7)}h24", **stroke(one)))
        parts.append(label(name, x + sample + 4, y + 11, None))
        x += wide
    return Drawing(width, y + LINE + 3, parts)


def under_legend(series: Sequence[Series], body: Drawing, *, blocks: bool = False) -> Drawing:
    """Put the names of series above a chart. blocks: beside blocks instead of lines."""
    names = legend(series, body.width, blocks=blocks)
    moved = tag("g", *body.parts, transform=f"translate(0 {place(names.height)})")
    return Drawing(body.width, names.height + body.height, [*names.parts, moved])


def path_of(points: Sequence[tuple[float, float, bool]], series: Series) -> list[Html]:
    """Draw a path with gaps; a point that stands alone is a dot, and so is every one with marks.

    Dots of a dotted series are open.
    """
    kind = stroke(series)["class_"] if series.dotted else fill(series.color)
    steps, dots = [], []
    for i, (x, y, known) in enumerate(points):
        if not known:
            continue
        before = i > 0 and points[i - 1][2]
        after = i + 1 < len(points) and points[i + 1][2]
        if series.cross:
            cross = f"M{place(x - 5)} {place(y - 5)}l10 10m0 -10l-10 10"
            dots.append(tag("path", d=cross, **stroke(replace(series, solid=True))))
        elif series.marks or (not before and not after):
            dots.append(tag("circle", cx=place(x), cy=place(y), r=3, class_=kind))
        steps.append(f"{'L' if before else 'M'}{place(x)} {place(y)}")
    return [tag("path", d="".join(steps), **stroke(series)), *dots]


def stroke(series: Series) -> dict[str, object]:
    """Return how the line of a series is drawn."""
    if series.color is None:
        return {"class_": "line reference", "stroke_dasharray": "2 3"}
    dash = None if series.solid else _DASHES[series.color % len(_DASHES)]
    if series.dotted:
        dash = "2 3"
    return {"class_": f"line s{series.color % COLORS}", "stroke_dasharray": dash}


def fill(color: int | None) -> str:
    """Return the class that fills an area with a color; None is the gray of references."""
    return "gray" if color is None else f"f{color % COLORS}"


def share_along(low: float, high: float, *, log: bool) -> Callable[[float], float]:
    """Return the function that tells how far along an axis from low to high a value lies, 0 to 1.

    ValueError for a logarithmic axis that does not begin above 0.
    """
    if not log:
        return lambda value: (value - low) / (high - low)
    if low <= 0:
        raise ValueError("The ends of a logarithmic axis must be fixed, and above 0.")
    return lambda value: math.log(value / low) / math.log(high / low)


def left_axis(
    low: float, high: float, at_y: Callable[[float], float], box: Box, *, log: bool = False
) -> list[Html]:
    """Draw rules and numbers of the left axis, and the line below all."""
    parts = []
    for tick in log_ticks(low, high) if log else ticks(low, high):
        y = at_y(tick)
        parts.append(
            tag("line", x1=box.left, x2=box.right, y1=place(y), y2=place(y), class_="rule")
        )
        parts.append(label(_tick_text(tick, log=log), box.left - 6, y + 4, "end"))
    parts.append(
        tag("line", x1=box.left, x2=box.right, y1=box.bottom, y2=box.bottom, class_="axis")
    )
    return parts


def lower_axis(
    first: float,
    last: float,
    at_x: Callable[[float], float],
    box: Box,
    *,
    whole: bool = False,
    log: bool = False,
) -> list[Html]:
    """Draw marks and numbers of the lower axis. whole: only whole numbers."""
    parts = []
    marked = log_ticks(first, last) if log else ticks(first, last)
    for tick in whole_ticks(first, last) if whole else marked:
        x = at_x(tick)
        parts.append(upright(x, box.bottom, box.bottom + 4, "axis"))
        parts.append(label(_tick_text(tick, log=log), x, box.bottom + 16, "middle"))
    return parts


def titles(x_title: str, y_title: str, box: Box) -> list[Html]:
    """Name the axes; the left name reads upward."""
    parts = [label(x_title, (box.left + box.right) / 2, box.bottom + 34, "middle title")]
    if y_title:
        middle = (box.top + box.bottom) / 2
        parts.append(
            tag(
                "text",
                y_title,
                x=12,
                y=place(middle),
                class_="middle title",
                transform=f"rotate(-90 12 {place(middle)})",
            )
        )
    return parts


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return up to about `most` round numbers within low..high."""
    rough = (high - low) / (most - 1)
    unit = 10 ** math.floor(math.log10(rough))
    step = next(s * unit for s in (1, 2, 5, 10) if s * unit >= rough * 0.999)
    start, stop = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(start, stop + 1)]


def _tick_text(tick: float, *, log: bool) -> str:
    """Write the number at a tick; on a logarithmic axis, powers of ten from 100,000 on as 10⁵."""
    power = round(math.log10(tick)) if log else 0
    if log and tick == 10.0**power and not -4 < power < 5:
        return "10" + str(power).translate(_RAISED)
    return f"{tick:g}"


def log_ticks(low: float, high: float) -> list[float]:
    """Return the powers of ten within low..high; of fewer than four, 2 and 5 times them, too.

    A very short axis has the round numbers of any other.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside = [k for k in powers if low * (1 - 1e-9) <= 10.0**k <= high * (1 + 1e-9)]
    steps = (1, 2, 5) if len(inside) < 4 else (1,)
    found = [float(f"{step}e{k}") for k in powers for step in steps]
    marks = [tick for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
    return marks if len(marks) > 1 else ticks(low, high)


def whole_ticks(low: float, high: float) -> list[float]:
    """Return those of `ticks` that are whole numbers."""
    return [tick for tick in ticks(low, high) if tick == round(tick)]


def span_of(values: Sequence[Array]) -> tuple[float, float]:
    """Return a span from 0, or the lowest value below it, to the highest above it, with some room."""
    known = np.concatenate([v[np.isfinite(v)].ravel() for v in values]) if values else np.zeros(0)
    low, high = (
        (min(0.0, float(known.min())), max(0.0, float(known.max()))) if known.size else (0.0, 1.0)
    )
    if high <= low:
        high = low + 1.0
    room = 0.04 * (high - low)
    return (low - room if low < 0 else 0.0), (high + room if high > 0 else 0.0)


def upright(x: float, y1: float, y2: float, kind: str) -> Html:
    """Draw an upright line."""
    return tag("line", x1=place(x), x2=place(x), y1=place(y1), y2=place(y2), class_=kind)


def rectangle(x: float, y: float, width: float, height: float, **attributes: object) -> Html:
    """Draw a rectangle."""
    places = {"x": place(x), "y": place(y), "width": place(width), "height": place(height)}
    return tag("rect", **places, **attributes)


def label(text: object, x: float, y: float, kind: str | None, size: int | None = None) -> Html:
    """Draw a text of the chart."""
    return tag("text", text, x=place(x), y=place(y), class_=kind, font_size=size)


def place(value: float) -> str:
    """Write a coordinate, to a tenth of a pixel."""
    return f"{value:.1f}"
