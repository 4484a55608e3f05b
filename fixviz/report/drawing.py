"""The strokes that the report's charts are made of: axes, lines, names, colors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fixviz.drawing.markup import Html, tag

Array = NDArray[np.floating]

WIDTH = 420
NARROW = 320
"""For charts of which three stand side by side."""
LETTER = 7.2
"""Mean width of a letter at 12 pixels in DejaVu Sans, as wide a font as a report is shown in."""
COLORS = 5
"""How many colors the style sheet defines."""
_DASHES = (None, "8 4", "8 3 2 3", "14 4", "4 2")


@dataclass(frozen=True)
class Series:
    """One line of a chart."""

    title: str
    y: Array
    color: int | None
    """Number of a color and dash; None is the gray dotted one of references."""
    x: Array | None = None
    """None takes the chart's."""
    steps: bool = False
    """Whether y[i] holds from x[i] to x[i + 1]; x is then one longer."""


def chart(
    alt: str, height: float, parts: Sequence[Html], legend: Html | str = "", across: int = WIDTH
) -> Html:
    """The chart with its names above it and its description."""
    drawn = tag(
        "svg",
        *parts,
        viewBox=f"0 0 {across} {height:.0f}",
        role="img",
        aria_label=alt,
        xmlns="http://www.w3.org/2000/svg",
    )
    return tag("div", *([legend] if legend else []), drawn, class_="chart")


def legend_of(series: Sequence[Series], *, blocks: bool = False) -> Html:
    """Names beside samples; screen readers get them with the chart's own description."""
    entries = []
    for one in series:
        if blocks:
            kind = "gray" if one.color is None else f"f{one.color % COLORS}"
            sample = tag("rect", x=0, y=1, width=12, height=10, class_=kind)
        else:
            sample = tag("path", d="M0 6H24", **stroke(one.color))
        drawn = tag(
            "svg",
            sample,
            viewBox=f"0 0 {12 if blocks else 24} 12",
            class_="block sample" if blocks else "sample",
            aria_hidden="true",
        )
        entries.append(tag("span", drawn, one.title))
    return tag("div", *entries, class_="legend")


def path_of(points: Sequence[tuple[float, float, bool]], color: int | None) -> list[Html]:
    """A path with gaps; a point that stands alone is a dot."""
    steps, dots = [], []
    for i, (x, y, known) in enumerate(points):
        if not known:
            continue
        before = i > 0 and points[i - 1][2]
        after = i + 1 < len(points) and points[i + 1][2]
        if not before and not after:
            kind = "gray" if color is None else f"f{color % COLORS}"
            dots.append(tag("circle", cx=place(x), cy=place(y), r=3, class_=kind))
        steps.append(f"{'L' if before else 'M'}{place(x)} {place(y)}")
    return [tag("path", d="".join(steps), **stroke(color)), *dots]


def stroke(color: int | None) -> dict[str, object]:
    """How a line of that color is drawn; None is the gray of references."""
    if color is None:
        return {"class_": "line reference", "stroke_dasharray": "2 3"}
    return {"class_": f"line s{color % COLORS}", "stroke_dasharray": _DASHES[color % len(_DASHES)]}


def axes(
    low: float,
    high: float,
    at_y: Callable[[float], float],
    first: float,
    last: float,
    at_x: Callable[[float], float],
    box: tuple[float, float, float, float],
) -> list[Html]:
    """Rules and numbers of the left axis, marks and numbers of the lower one.

    box: left, right, top, bottom.
    """
    left, right, _, bottom = box
    parts = []
    for tick in ticks(low, high):
        y = at_y(tick)
        parts.append(tag("line", x1=left, x2=right, y1=place(y), y2=place(y), class_="rule"))
        parts.append(label(f"{tick:g}", left - 6, y + 4, "end"))
    for tick in ticks(first, last):
        x = at_x(tick)
        parts.append(tag("line", x1=place(x), x2=place(x), y1=bottom, y2=bottom + 4, class_="axis"))
        parts.append(label(f"{tick:g}", x, bottom + 16, "middle"))
    parts.append(tag("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="axis"))
    return parts


def titles(x_title: str, y_title: str, box: tuple[float, float, float, float]) -> list[Html]:
    """What the axes are; the left one reads upward."""
    left, right, top, bottom = box
    parts = [label(x_title, (left + right) / 2, bottom + 34, "middle title")]
    if y_title:
        middle = (top + bottom) / 2
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
    """Up to about `most` round numbers within low..high."""
    rough = (high - low) / (most - 1)
    unit = 10 ** math.floor(math.log10(rough))
    step = next(s * unit for s in (1, 2, 5, 10) if s * unit >= rough * 0.999)
    start, stop = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(start, stop + 1)]


def span_of(values: Sequence[Array]) -> tuple[float, float]:
    """From 0, or the lowest value below it, to the highest above it."""
    known = np.concatenate([v[np.isfinite(v)].ravel() for v in values]) if values else np.zeros(0)
    low, high = (
        (min(0.0, float(known.min())), max(0.0, float(known.max()))) if known.size else (0.0, 1.0)
    )
    if high <= low:
        high = low + 1.0
    room = 0.04 * (high - low)
    return (low - room if low < 0 else 0.0), (high + room if high > 0 else 0.0)


def label(text: object, x: float, y: float, kind: str | None, size: int | None = None) -> Html:
    """A text of the chart."""
    return tag("text", text, x=place(x), y=place(y), class_=kind, font_size=size)


def place(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}"


def hex_of(color: Sequence[int] | NDArray[np.uint8]) -> str:
    """An RGB color as CSS writes it."""
    return "#" + "".join(f"{int(c):02x}" for c in color)


def is_light(color: Sequence[int] | NDArray[np.uint8]) -> bool:
    """Whether dark ink has more contrast on the color than white (WCAG's relative luminance)."""
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 if c > 10 else c / 3295 for c in map(int, color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.19
