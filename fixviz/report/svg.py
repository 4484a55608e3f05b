"""Charts as SVG: no script, sharp in print, colored by the page's own light or dark theme."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fixviz.drawing.markup import Html, tag
from fixviz.media.colormaps import colormap
from fixviz.reading.numbers import number
from fixviz.reading.scales import Scale
from fixviz.report import drawing
from fixviz.report.drawing import COLORS, LETTER, WIDTH, Array, Series

_HEIGHT = 240


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
    low, high = y_range or drawing.span_of([one.y for one in series])
    left, right, top, bottom = 52.0, WIDTH - 14.0, 36.0 if bands else 22.0, _HEIGHT - 42.0
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
                x=drawing.place(start),
                y=top,
                width=drawing.place(end - start),
                height=bottom - top,
                class_="band",
            )
        )
        parts.append(drawing.label(band["class"], start + 3, top - 5, "small"))
    parts += drawing.axes(low, high, at_y, first, last, at_x, (left, right, top, bottom))
    parts += drawing.titles(x_title, "", (left, right, top, bottom))
    parts.append(drawing.label(y_title, 2, 13, "title"))
    if shade is not None:
        edge = [*zip(x, shade[0], strict=True), *reversed([*zip(x, shade[1], strict=True)])]
        places = [(at_x(float(a)), at_y(float(np.clip(b, low, high)))) for a, b in edge]
        parts.append(
            tag(
                "path",
                d="M" + "L".join(f"{drawing.place(a)} {drawing.place(b)}" for a, b in places),
                class_="band",
            )
        )
    if now is not None:
        parts.append(
            tag(
                "line",
                x1=drawing.place(at_x(now)),
                x2=drawing.place(at_x(now)),
                y1=top,
                y2=bottom,
                class_="now",
            )
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
        parts += drawing.path_of(points, one.color)
    return drawing.chart(alt, _HEIGHT, parts, drawing.legend_of(series))


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
    left = 34 + LETTER * max(map(len, rows))
    width, height = (across - 6 - left) / len(columns), 30.0 if show_numbers else 18.0
    top, table = 6.0, colormap(scale.colors)
    shares = scale.shares(values)
    parts = []
    for (i, j), value in np.ndenumerate(values):
        x, y = left + j * width, top + i * height
        place = {
            "x": drawing.place(x + 1),
            "y": drawing.place(y + 1),
            "width": drawing.place(width - 2),
            "height": drawing.place(height - 2),
        }
        if not math.isfinite(value):
            parts.append(tag("rect", **place, class_="none"))
            continue
        color = table[round(255 * float(np.clip(shares[i, j], 0, 1)))]
        parts.append(tag("rect", **place, fill=drawing.hex_of(color)))
        if show_numbers:
            shown = number(float(value), 2 if width < 44 else 3)
            ink = "#15242B" if drawing.is_light(color) else "#FFFFFF"
            parts.append(
                tag(
                    "text",
                    shown,
                    x=drawing.place(x + width / 2),
                    y=drawing.place(y + height / 2 + 4),
                    style=f"fill:{ink}",
                    class_="middle",
                )
            )
    if chosen is not None:
        row, column = chosen
        place = {
            "x": drawing.place(left if column is None else left + column * width),
            "y": drawing.place(top + row * height),
            "width": drawing.place(width * (len(columns) if column is None else 1)),
            "height": drawing.place(height),
        }
        parts.append(tag("rect", **place, class_="chosen"))
    parts += [
        drawing.label(name, left - 6, top + (i + 0.5) * height + 4, "end")
        for i, name in enumerate(rows)
    ]
    every = max(1, math.ceil(len(columns) * LETTER * max(map(len, columns)) / (across - left)))
    end = top + len(rows) * height
    parts += [
        drawing.label(name, left + (j + 0.5) * width, end + 15, "middle")
        for j, name in enumerate(columns)
        if j % every == 0
    ]
    parts += drawing.titles(column_title, row_title, (left, across - 6.0, top, end))
    return drawing.chart(alt, end + 42, parts, across=across)


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
    left = 14 + LETTER * max(map(len, labels))
    room = 8 + LETTER * 7
    zero = np.zeros(len(labels)) if starts is None else starts
    ends = [zero + one.y for one in series]
    low, high = span or drawing.span_of([zero, *ends])
    negative = any(bool((one.y < 0).any()) for one in series)
    begin, stop = left + (room if negative else 0), across - room
    thick = 20.0 if len(series) == 1 else 13.0
    pitch = thick * len(series) + 7

    def at_x(value: float) -> float:
        return begin + (value - low) / (high - low) * (stop - begin)

    bottom = 4 + pitch * len(labels)
    parts = [
        tag(
            "line",
            x1=drawing.place(at_x(0)),
            x2=drawing.place(at_x(0)),
            y1=2,
            y2=drawing.place(bottom),
            class_="axis",
        )
    ]
    for i, label in enumerate(labels):
        parts.append(drawing.label(label, left - 6, 4 + pitch * i + pitch / 2, "end"))
        for j, one in enumerate(series):
            value = float(one.y[i])
            if not math.isfinite(value):
                continue
            a, b = at_x(float(zero[i])), at_x(float(zero[i] + value))
            y = 4 + pitch * i + thick * j
            parts.append(
                tag(
                    "rect",
                    x=drawing.place(min(a, b)),
                    y=drawing.place(y),
                    width=drawing.place(max(abs(b - a), 0.8)),
                    height=thick - 2,
                    class_="gray" if one.color is None else f"f{one.color % COLORS}",
                )
            )
            text = f"{'+' if negative and value > 0 else ''}{form(value)}"
            side = "end" if value < 0 else None
            parts.append(
                drawing.label(text, b + (-4 if value < 0 else 4), y + thick / 2 + 3, side, size=11)
            )
    parts += drawing.titles(title, "", (left, across - 6.0, 0.0, bottom - 14))
    names = drawing.legend_of(series, blocks=True) if len(series) > 1 else Html("")
    return drawing.chart(alt, bottom + 26, parts, names, across=across)


def color_bar(scale: Scale, label: str, digits: int = 3) -> Html:
    """The scale with its numbers and what they mean."""
    table = colormap(scale.colors)[:: 255 // 15]
    stops = ", ".join(drawing.hex_of(color) for color in table)
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
