"""Charts as SVG: no script, sharp in print, colored by the page's own light or dark theme."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.media.colormaps import colormap
from fixviz.ui.inspect.pictures import Scale
from fixviz.ui.report.markup import Html, number, tag

Array = NDArray[np.floating]

WIDTH = 420
NARROW = 320
"""For charts of which three stand side by side."""
_HEIGHT = 240
_LETTER = 6.3
"""Mean width of a letter at 12 pixels."""
_DASHES = (None, "8 4", "8 3 2 3", "14 4", "4 2")
COLORS = 5
"""How many colors the style sheet defines."""


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


def lines(
    x: Array,
    series: Sequence[Series],
    *,
    x_title: str,
    y_title: str,
    alt: str,
    y_range: tuple[float, float] | None = None,
    now: float | None = None,
    bands: Sequence[Mapping[str, Any]] = (),
    shade: tuple[Array, Array] | None = None,
) -> Html:
    """Lines over shared axes, with a legend above; gaps where values are undefined.

    y_range: else from 0 or the lowest value to the highest. now: where to draw a vertical line.
    bands: class, start_s and end_s of what the clip is known to show. shade: lower and upper edge of a
    gray area.
    """
    low, high = y_range or _span([one.y for one in series])
    left, right, top, bottom = 52.0, WIDTH - 10.0, 36.0 if bands else 22.0, _HEIGHT - 42.0
    first, last = float(x[0]), float(x[-1])
    if last <= first:
        first, last = first - 0.5, last + 0.5

    def at_x(value: float) -> float:
        return left + (value - first) / (last - first) * (right - left)

    def at_y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    parts = []
    for band in bands:
        start, end = (min(max(at_x(float(band[k])), left), right) for k in ("start_s", "end_s"))
        if end - start < 1:
            continue
        parts.append(
            tag(
                "rect",
                x=_at(start),
                y=top,
                width=_at(end - start),
                height=bottom - top,
                class_="band",
            )
        )
        parts.append(_text(band["class"], start + 3, top - 5, "small"))
    parts += _axes(low, high, at_y, first, last, at_x, (left, right, top, bottom))
    parts += _titles(x_title, "", (left, right, top, bottom))
    parts.append(_text(y_title, 2, 13, "title"))
    if shade is not None:
        edge = [*zip(x, shade[0], strict=True), *reversed([*zip(x, shade[1], strict=True)])]
        places = [(at_x(float(a)), at_y(float(np.clip(b, low, high)))) for a, b in edge]
        parts.append(
            tag("path", d="M" + "L".join(f"{_at(a)} {_at(b)}" for a, b in places), class_="band")
        )
    if now is not None:
        parts.append(
            tag("line", x1=_at(at_x(now)), x2=_at(at_x(now)), y1=top, y2=bottom, class_="now")
        )
    for one in series:
        across = x if one.x is None else one.x
        if one.steps:
            across, y = np.repeat(across, 2)[1:-1], np.repeat(one.y, 2)
        else:
            y = one.y
        points = [
            (at_x(float(a)), at_y(float(b)), math.isfinite(b))
            for a, b in zip(across, y, strict=True)
        ]
        parts += _line(points, one.color)
    return _chart(alt, _HEIGHT, parts, _legend(series))


def cells(
    values: Array,
    scale: Scale,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    row_title: str,
    column_title: str,
    alt: str,
    chosen: tuple[int, int | None] | None = None,
    show_numbers: bool = True,
    across: int = WIDTH,
) -> Html:
    """Values [rows, columns] as colored cells with their numbers.

    chosen: row and column to outline; a column of None is the whole row. across: width, which decides
    how large letters are beside the chart.
    """
    left = 34 + _LETTER * max(map(len, rows))
    width, height = (across - 6 - left) / len(columns), 30.0 if show_numbers else 18.0
    top, table = 6.0, colormap(scale.colors)
    shares = scale.shares(values)
    parts = []
    for (i, j), value in np.ndenumerate(values):
        x, y = left + j * width, top + i * height
        place = {
            "x": _at(x + 1),
            "y": _at(y + 1),
            "width": _at(width - 2),
            "height": _at(height - 2),
        }
        if not math.isfinite(value):
            parts.append(tag("rect", **place, class_="none"))
            continue
        color = table[round(255 * float(np.clip(shares[i, j], 0, 1)))]
        parts.append(tag("rect", **place, fill=_hex(color)))
        if show_numbers:
            shown = number(float(value), 2 if width < 44 else 3)
            ink = "#15242B" if _is_light(color) else "#FFFFFF"
            parts.append(
                tag(
                    "text",
                    shown,
                    x=_at(x + width / 2),
                    y=_at(y + height / 2 + 4),
                    style=f"fill:{ink}",
                    class_="middle",
                )
            )
    if chosen is not None:
        row, column = chosen
        place = {
            "x": _at(left if column is None else left + column * width),
            "y": _at(top + row * height),
            "width": _at(width * (len(columns) if column is None else 1)),
            "height": _at(height),
        }
        parts.append(tag("rect", **place, class_="chosen"))
    parts += [
        _text(name, left - 6, top + (i + 0.5) * height + 4, "end") for i, name in enumerate(rows)
    ]
    every = max(1, math.ceil(len(columns) * _LETTER * max(map(len, columns)) / (across - left)))
    end = top + len(rows) * height
    parts += [
        _text(name, left + (j + 0.5) * width, end + 15, "middle")
        for j, name in enumerate(columns)
        if j % every == 0
    ]
    parts += _titles(column_title, row_title, (left, across - 6.0, top, end))
    return _chart(alt, end + 42, parts, across=across)


def bars(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    alt: str,
    span: tuple[float, float] | None = None,
    starts: Array | None = None,
    form: Callable[[float], str] = number,
    across: int = WIDTH,
) -> Html:
    """Horizontal bars with their numbers, side by side where there are several series.

    starts: where each bar begins, for parts that add up; else 0. form: a value as its bar shows it.
    """
    left = 14 + _LETTER * max(map(len, labels))
    room = 8 + _LETTER * 7
    zero = np.zeros(len(labels)) if starts is None else starts
    ends = [zero + one.y for one in series]
    low, high = span or _span([zero, *ends])
    negative = any(bool((one.y < 0).any()) for one in series)
    begin, stop = left + (room if negative else 0), across - room
    thick = 20.0 if len(series) == 1 else 13.0
    pitch = thick * len(series) + 7

    def at_x(value: float) -> float:
        return begin + (value - low) / (high - low) * (stop - begin)

    bottom = 4 + pitch * len(labels)
    parts = [tag("line", x1=_at(at_x(0)), x2=_at(at_x(0)), y1=2, y2=_at(bottom), class_="axis")]
    for i, label in enumerate(labels):
        parts.append(_text(label, left - 6, 4 + pitch * i + pitch / 2, "end"))
        for j, one in enumerate(series):
            value = float(one.y[i])
            if not math.isfinite(value):
                continue
            a, b = at_x(float(zero[i])), at_x(float(zero[i] + value))
            y = 4 + pitch * i + thick * j
            parts.append(
                tag(
                    "rect",
                    x=_at(min(a, b)),
                    y=_at(y),
                    width=_at(max(abs(b - a), 0.8)),
                    height=thick - 2,
                    class_="gray" if one.color is None else f"f{one.color % COLORS}",
                )
            )
            text = f"{'+' if negative and value > 0 else ''}{form(value)}"
            side = "end" if value < 0 else None
            parts.append(
                _text(text, b + (-4 if value < 0 else 4), y + thick / 2 + 3, side, size=11)
            )
    parts += _titles(title, "", (left, across - 6.0, 0.0, bottom - 14))
    legend = _legend(series, blocks=True) if len(series) > 1 else Html("")
    return _chart(alt, bottom + 26, parts, legend, across=across)


def color_bar(scale: Scale, label: str, digits: int = 3) -> Html:
    """The scale with its numbers and what they mean."""
    table = colormap(scale.colors)[:: 255 // 15]
    stops = ", ".join(_hex(color) for color in table)
    ends = [number(v, digits) for v in (scale.low, (scale.low + scale.high) / 2, scale.high)]
    return tag(
        "div",
        tag("div", class_="ramp", style=f"background:linear-gradient(90deg,{stops})"),
        tag("div", *(tag("span", end) for end in ends), class_="ends"),
        tag("div", label),
        class_="colors",
        role="img",
        aria_label=f"Colors from {ends[0]} to {ends[2]}: {label}",
    )


def _chart(
    alt: str, height: float, parts: Sequence[Html], legend: Html | str = "", across: int = WIDTH
) -> Html:
    drawn = tag(
        "svg",
        *parts,
        viewBox=f"0 0 {across} {height:.0f}",
        role="img",
        aria_label=alt,
        xmlns="http://www.w3.org/2000/svg",
    )
    return tag("div", *([legend] if legend else []), drawn, class_="chart")


def _legend(series: Sequence[Series], *, blocks: bool = False) -> Html:
    """Names beside samples; screen readers get them with the chart's own description."""
    entries = []
    for one in series:
        if blocks:
            kind = "gray" if one.color is None else f"f{one.color % COLORS}"
            sample = tag("rect", x=0, y=1, width=12, height=10, class_=kind)
        else:
            sample = tag("path", d="M0 6H24", **_stroke(one.color))
        drawn = tag(
            "svg",
            sample,
            viewBox=f"0 0 {12 if blocks else 24} 12",
            class_="block sample" if blocks else "sample",
            aria_hidden="true",
        )
        entries.append(tag("span", drawn, one.title))
    return tag("div", *entries, class_="legend")


def _line(points: Sequence[tuple[float, float, bool]], color: int | None) -> list[Html]:
    """A path with gaps; a point that stands alone is a dot."""
    steps, dots = [], []
    for i, (x, y, known) in enumerate(points):
        if not known:
            continue
        before = i > 0 and points[i - 1][2]
        after = i + 1 < len(points) and points[i + 1][2]
        if not before and not after:
            kind = "gray" if color is None else f"f{color % COLORS}"
            dots.append(tag("circle", cx=_at(x), cy=_at(y), r=3, class_=kind))
        steps.append(f"{'L' if before else 'M'}{_at(x)} {_at(y)}")
    return [tag("path", d="".join(steps), **_stroke(color)), *dots]


def _stroke(color: int | None) -> dict[str, object]:
    if color is None:
        return {"class_": "line reference", "stroke_dasharray": "2 3"}
    return {"class_": f"line s{color % COLORS}", "stroke_dasharray": _DASHES[color % len(_DASHES)]}


def _axes(
    low: float,
    high: float,
    at_y: Any,
    first: float,
    last: float,
    at_x: Any,
    box: tuple[float, float, float, float],
) -> list[Html]:
    left, right, _, bottom = box
    parts = []
    for tick in ticks(low, high):
        y = at_y(tick)
        parts.append(tag("line", x1=left, x2=right, y1=_at(y), y2=_at(y), class_="rule"))
        parts.append(_text(f"{tick:g}", left - 6, y + 4, "end"))
    for tick in ticks(first, last):
        x = at_x(tick)
        parts.append(tag("line", x1=_at(x), x2=_at(x), y1=bottom, y2=bottom + 4, class_="axis"))
        parts.append(_text(f"{tick:g}", x, bottom + 16, "middle"))
    parts.append(tag("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="axis"))
    return parts


def _titles(x_title: str, y_title: str, box: tuple[float, float, float, float]) -> list[Html]:
    left, right, top, bottom = box
    parts = [_text(x_title, (left + right) / 2, bottom + 34, "middle title")]
    if y_title:
        middle = (top + bottom) / 2
        parts.append(
            tag(
                "text",
                y_title,
                x=12,
                y=_at(middle),
                class_="middle title",
                transform=f"rotate(-90 12 {_at(middle)})",
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


def _span(values: Sequence[Array]) -> tuple[float, float]:
    """From 0, or the lowest value below it, to the highest above it."""
    known = np.concatenate([v[np.isfinite(v)].ravel() for v in values]) if values else np.zeros(0)
    low, high = (
        (min(0.0, float(known.min())), max(0.0, float(known.max()))) if known.size else (0.0, 1.0)
    )
    if high <= low:
        high = low + 1.0
    room = 0.04 * (high - low)
    return (low - room if low < 0 else 0.0), (high + room if high > 0 else 0.0)


def _text(text: object, x: float, y: float, kind: str | None, size: int | None = None) -> Html:
    return tag("text", text, x=_at(x), y=_at(y), class_=kind, font_size=size)


def _at(value: float) -> str:
    return f"{value:.1f}"


def _hex(color: Sequence[int] | NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{int(c):02x}" for c in color)


def _is_light(color: Sequence[int] | NDArray[np.uint8]) -> bool:
    """Whether dark ink has more contrast on the color than white (WCAG's relative luminance)."""
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 if c > 10 else c / 3295 for c in map(int, color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.19
