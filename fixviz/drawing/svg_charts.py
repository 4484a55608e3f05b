"""Described charts as SVG: no script, sharp in print, colored by the document's light or dark theme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from fixviz.drawing.colors import color_at, hex_of, ink_on, stops
from fixviz.drawing.images import data_url, smaller
from fixviz.drawing.markup import Html, tag
from fixviz.drawing.strokes import (
    LETTER,
    WIDTH,
    Box,
    Drawing,
    fill,
    label,
    left_axis,
    legend,
    lower_axis,
    path_of,
    place,
    rectangle,
    shortened,
    span_of,
    titles,
    upright,
)
from fixviz.reading.figures.figure import (
    FRAMES,
    GRID,
    Array,
    Bars,
    Cells,
    Compass,
    Lines,
    PatchMap,
    Series,
    Waterfall,
)
from fixviz.reading.numbers import number, signed
from fixviz.reading.scales import Scale

_HEIGHT = 240
_PICTURE = 480
_LABELS = 0.42
"""Share of a chart's width that the names of its bars or rows may take."""
_UPWARD = 14
"""Room for a title that reads upward, in pixels."""
_REACH = 92.0
"""Length of the longest arm of a compass, in pixels."""


def svg(chart: Any, alt: str, across: float = WIDTH) -> Html:
    """Return the chart as an SVG element. alt: its text alternative; across: its width, in pixels, which
    decides how large letters are beside it."""
    drawn = draw(chart, across)
    return tag(
        "svg",
        *drawn.parts,
        viewBox=f"0 0 {drawn.width:.0f} {drawn.height:.0f}",
        role="img",
        aria_label=alt,
        xmlns="http://www.w3.org/2000/svg",
    )


@singledispatch
def draw(chart: Any, across: float = WIDTH) -> Drawing:
    """Draw one chart that wide. TypeError for a kind that this module does not know."""
    raise TypeError(f"{type(chart).__name__} is not drawn as SVG.")


def _under_legend(series: Sequence[Series], body: Drawing, *, blocks: bool = False) -> Drawing:
    names = legend(series, body.width, blocks=blocks)
    moved = tag("g", *body.parts, transform=f"translate(0 {place(names.height)})")
    return Drawing(body.width, names.height + body.height, [*names.parts, moved])


@draw.register
def _lines(chart: Lines, across: float = WIDTH) -> Drawing:
    low, high = chart.y_axis.low, chart.y_axis.high
    if low is None or high is None:
        low, high = span_of([one.y for one in chart.series])
    box = Box(52.0, across - 14.0, 36.0 if chart.bands else 22.0, _HEIGHT - 42.0)
    first, last = chart.x_axis.low, chart.x_axis.high
    if first is None or last is None:
        first, last = float(chart.x[0]), float(chart.x[-1])
    if last <= first:
        first, last = first - 0.5, last + 0.5

    def at_x(value: float) -> float:
        return box.left + (value - first) / (last - first) * (box.right - box.left)

    def at_y(value: float) -> float:
        return box.bottom - (value - low) / (high - low) * (box.bottom - box.top)

    parts = []
    for band in chart.bands:
        start, end = (
            min(max(at_x(float(band[k])), box.left), box.right) for k in ("start_s", "end_s")
        )
        if end - start < 1:
            continue
        parts.append(rectangle(start, box.top, end - start, box.bottom - box.top, class_="band"))
        parts.append(label(band["class"], start + 3, box.top - 5, "small"))
    parts += left_axis(low, high, at_y, box)
    parts += lower_axis(first, last, at_x, box, whole=chart.x_axis.whole)
    parts += titles(chart.x_axis.title, "", box)
    parts.append(label(chart.y_axis.title, 2, 13, "title"))
    if chart.shade is not None:
        under, over = chart.shade
        edge = [*zip(chart.x, under, strict=True), *reversed([*zip(chart.x, over, strict=True)])]
        places = [(at_x(float(a)), at_y(float(np.clip(b, low, high)))) for a, b in edge]
        path = "M" + "L".join(f"{place(a)} {place(b)}" for a, b in places)
        parts.append(tag("path", d=path, class_="band"))
    if chart.now is not None:
        parts.append(upright(at_x(chart.now), box.top, box.bottom, "now"))
    for one in chart.series:
        x, y = (chart.x if one.x is None else one.x), one.y
        if one.steps:
            x, y = np.repeat(x, 2)[1:-1], np.repeat(y, 2)
        points = [
            (at_x(float(a)), at_y(float(b)) if math.isfinite(b) else 0.0, math.isfinite(b))
            for a, b in zip(x, y, strict=True)
        ]
        parts += path_of(points, one)
    return _under_legend(chart.series, Drawing(across, _HEIGHT, parts))


@draw.register
def _cells(chart: Cells, across: float = WIDTH) -> Drawing:
    named = not isinstance(chart.columns, np.ndarray)
    columns = list(chart.columns) if named else [number(float(at)) for at in chart.columns]
    rows = [shortened(name, _LABELS * across) for name in chart.rows]
    left = 34 + LETTER * max(map(len, rows))
    gap = 1 if named else 0
    width, height = (across - 6 - left) / len(columns), _row_height(chart)
    top = 6.0
    shares = chart.scale.shares(chart.values)
    parts = []
    for (i, j), value in np.ndenumerate(chart.values):
        x, y = left + j * width, top + i * height
        inner = (x + gap, y + gap, width - 2 * gap, height - 2 * gap)
        if not math.isfinite(value):
            parts.append(rectangle(*inner, class_="none"))
            continue
        color = color_at(chart.scale.colors, float(shares[i, j]))
        parts.append(rectangle(*inner, fill=hex_of(color)))
        if chart.numbers:
            shown = number(float(value), 2 if width < 44 else 3)
            parts.append(
                tag(
                    "text",
                    shown,
                    x=place(x + width / 2),
                    y=place(y + height / 2 + 4),
                    style=f"fill:{ink_on(color)}",
                    class_="middle",
                )
            )
    if chart.chosen is not None:
        row, column = chart.chosen
        parts.append(
            rectangle(
                left if column is None else left + column * width,
                top + row * height,
                width * (len(columns) if column is None else 1),
                height,
                class_="chosen",
            )
        )
    parts += [
        label(name, left - 6, top + (i + 0.5) * height + 4, "end") for i, name in enumerate(rows)
    ]
    room = LETTER * (max(map(len, columns)) + (0 if named else 1))
    every = max(1, math.ceil(len(columns) * room / (across - left)))
    end = top + len(chart.rows) * height
    parts += [
        label(name, left + (j + 0.5) * width, end + 15, "middle")
        for j, name in enumerate(columns)
        if j % every == 0
    ]
    parts += titles(chart.column_title, chart.row_title, Box(left, across - 6.0, top, end))
    end += 42 if chart.column_title else 26
    if chart.unit:
        bar = scale_bar(chart.scale, chart.unit, across - left)
        parts.append(tag("g", *bar.parts, transform=f"translate({place(left)} {place(end)})"))
        end += bar.height
    return Drawing(across, end, parts)


def _row_height(chart: Cells) -> float:
    """Return the height of a row of cells in pixels; many rows are low, with numbers or without."""
    if len(chart.rows) > 8:
        return 22.0 if chart.numbers or len(chart.rows) <= 16 else 14.0
    return 30.0 if chart.numbers or len(chart.rows) <= 4 else 18.0


@draw.register
def _bars(chart: Bars, across: float = WIDTH) -> Drawing:
    if chart.upright:
        return _upright_bars(chart, across)
    low, high = chart.axis.low, chart.axis.high
    if low is None or high is None:
        low, high = span_of([one.y for one in chart.series])
    body = _sideways(
        chart.labels,
        [(one, np.zeros(len(one.y))) for one in chart.series],
        (low, high),
        chart.axis.title,
        chart.label_title,
        lambda value: signed(value) if chart.with_signs else format(value, chart.form),
        across,
        lanes=chart.bars_per_label,
    )
    return _under_legend(chart.series, body, blocks=True)


@draw.register
def _waterfall(chart: Waterfall, across: float = WIDTH) -> Drawing:
    values, starts = chart.values, chart.starts
    colors = [1 if value > 0 else 0 for value in values[:-1]] + [4]
    return _sideways(
        [*chart.labels, chart.total],
        [(Series("", values, 0), starts)],
        span_of([starts, starts + values]),
        chart.axis.title,
        "",
        signed,
        across,
        colors,
    )


def _sideways(
    labels: Sequence[str],
    series: Sequence[tuple[Series, Array]],
    span: tuple[float, float],
    title: str,
    label_title: str,
    write: Any,
    across: float,
    colors: Sequence[int] | None = None,
    lanes: int = 1,
) -> Drawing:
    """Draw bars to the right and left of 0; each series comes with the values where its bars begin.

    colors: of the single bars, else that of the series. lanes: how many bars a label has at most.
    """
    labels = [shortened(name, _LABELS * across) for name in labels]
    left = 14 + (_UPWARD if label_title else 0) + LETTER * max(map(len, labels))
    room = 8 + LETTER * 7
    low, high = span
    begin, stop = left + (room if low < 0 else 0), across - room
    thick = 20.0 if lanes == 1 else 13.0
    pitch = thick * lanes + 7

    def at_x(value: float) -> float:
        return begin + (value - low) / (high - low) * (stop - begin)

    bottom = 4 + pitch * len(labels)
    parts = [upright(at_x(0), 2, bottom, "axis")]
    for i, name in enumerate(labels):
        parts.append(label(name, left - 6, 4 + pitch * i + pitch / 2, "end"))
        for j, (one, starts) in enumerate(series):
            value = float(one.y[i])
            if not math.isfinite(value):
                continue
            a, b = at_x(float(starts[i])), at_x(float(starts[i] + value))
            y = 4 + pitch * i + thick * (j if lanes > 1 else 0)
            color = fill(one.color if colors is None else colors[i])
            parts.append(rectangle(min(a, b), y, max(abs(b - a), 0.8), thick - 2, class_=color))
            side = "end" if value < 0 else None
            where = (b + (-4 if value < 0 else 4), y + thick / 2 + 3)
            parts.append(label(write(value), *where, side, size=11))
    parts += titles(title, label_title, Box(left, across - 6.0, 0.0, bottom - 14))
    return Drawing(across, bottom + 26, parts)


def _upright_bars(chart: Bars, across: float) -> Drawing:
    low, high = span_of([one.y for one in chart.series])
    count = len(chart.labels)
    box = Box(52.0, across - 14.0, 22.0, _HEIGHT - 42.0)
    width = (box.right - box.left) / max(count, 1)

    def at_y(value: float) -> float:
        return box.bottom - (value - low) / (high - low) * (box.bottom - box.top)

    parts = left_axis(low, high, at_y, box)
    for one in chart.series:
        for i, value in enumerate(one.y.tolist()):
            if math.isfinite(value):
                ends = sorted((at_y(0.0), at_y(value)))
                x, wide = box.left + i * width, max(0.7 * width, 0.4)
                height = max(ends[1] - ends[0], 0.4)
                parts.append(rectangle(x, ends[0], wide, height, class_=fill(one.color)))
    every = max(1, math.ceil(count * LETTER * (max(map(len, chart.labels)) + 1) / across))
    parts += [
        label(name, box.left + (i + 0.5) * width, box.bottom + 16, "middle")
        for i, name in enumerate(chart.labels)
        if i % every == 0
    ]
    parts += titles(chart.label_title, "", box)
    parts.append(label(chart.axis.title, 2, 13, "title"))
    return _under_legend(chart.series, Drawing(across, _HEIGHT, parts), blocks=True)


@draw.register
def _compass(chart: Compass, across: float = WIDTH) -> Drawing:
    """Draw the grid neighbors around the patch, and the other frames below them on the same scale."""
    most, grid, time = chart.most, chart.grid, chart.frames
    middle, height = across / 2, 2 * _REACH + 76
    center = height / 2
    parts = [
        tag("circle", cx=place(middle), cy=place(center), r=place(_REACH * s), class_="none")
        for s in (0.5, 1.0)
    ]
    for arm in grid:
        angle = math.atan2(arm.dy, arm.dx)
        reach = _REACH * (arm.value / most if math.isfinite(arm.value) else 0.0)
        points = [
            (middle + reach * math.cos(angle + turn), center + reach * math.sin(angle + turn))
            for turn in (-0.22, 0.22)
        ]
        path = f"M{place(middle)} {place(center)}" + "".join(
            f"L{place(x)} {place(y)}" for x, y in points
        )
        parts.append(tag("path", d=f"{path}Z", class_="f0"))
        x, y = middle + (_REACH + 12) * math.cos(angle), center + (_REACH + 12) * math.sin(angle)
        side = None if arm.dx > 0 else "end" if arm.dx < 0 else "middle"
        parts.append(label(f"{arm.label} {number(arm.value)}", x, y + 4, side, size=11))
    if time:
        values = np.array([arm.value for arm in time])
        bars = _sideways(
            [arm.label for arm in time],
            [(Series("", values, 1), np.zeros(len(time)))],
            (0.0, 1.05 * most),
            chart.axis.title,
            "",
            number,
            across,
        )
        parts.append(tag("g", *bars.parts, transform=f"translate(0 {place(height)})"))
        height += bars.height
    names = [Series(GRID, np.zeros(0), 0)] * bool(grid)
    names += [Series(FRAMES, np.zeros(0), 1)] * bool(time)
    return _under_legend(names, Drawing(across, height, parts), blocks=True)


@draw.register
def _patch_map(chart: PatchMap, across: float = WIDTH) -> Drawing:
    """Draw the frame with its cells, each centered at a multiple of the patch's height and width."""
    high, wide = chart.image.shape[:2]
    zoom = across / wide
    height = high * zoom
    picture = data_url(smaller(chart.image, _PICTURE))
    parts = [tag("image", href=picture, x=0, y=0, width=place(across), height=place(height))]
    shares = chart.scale.shares(chart.values)
    tall, broad = (zoom * side for side in chart.cell)

    def cell(row: int, column: int) -> tuple[float, float, float, float]:
        x, y = max((column - 0.5) * broad, 0.0), max((row - 0.5) * tall, 0.0)
        right, bottom = min((column + 0.5) * broad, across), min((row + 0.5) * tall, height)
        return x, y, max(right - x, 0.0), max(bottom - y, 0.0)

    for (i, j), value in np.ndenumerate(chart.values):
        if math.isfinite(value):
            color = hex_of(color_at(chart.scale.colors, float(shares[i, j])))
            parts.append(rectangle(*cell(i, j), fill=color, fill_opacity=0.6))
    parts.append(rectangle(*cell(*chart.patch), class_="patch"))
    bar = scale_bar(chart.scale, chart.unit, across)
    parts.append(tag("g", *bar.parts, transform=f"translate(0 {place(height + 8)})"))
    return Drawing(across, height + 8 + bar.height, parts)


def scale_bar(scale: Scale, unit: str, across: float) -> Drawing:
    """Draw the colors of a scale with their numbers and what they mean."""
    wide = min(across, 300.0)
    colors = stops(scale.colors)
    step = wide / len(colors)
    parts = [
        rectangle(i * step, 0, step + 0.5, 10, fill=color) for i, (_, color) in enumerate(colors)
    ]
    middle = (scale.low + scale.high) / 2
    for share, value, side in (
        (0.0, scale.low, None),
        (0.5, middle, "middle"),
        (1.0, scale.high, "end"),
    ):
        parts.append(label(number(value), share * wide, 23, side))
    parts.append(label(unit, 0, 39, "title"))
    return Drawing(across, 46, parts)
