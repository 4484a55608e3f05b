"""Figures of what attention costs: one quantity against tokens, and what follows from it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fixviz.attention_cost.kinds import CHEAPER, KINDS
from fixviz.attention_cost.measurement import CostMeasurement, CostPoint, theory_bytes
from fixviz.reading.figures.figure import REFERENCE, Array, Axis, Figure, Lines, Series
from fixviz.reading.phrases import capital
from fixviz.reading.texts import attention_cost as texts

COLORS: Final = {"softmax": 0, "linear": 1, "fixation": 2, "softmax-matrix": 3}
"""Number of each kind's color; the first three are those of the models everywhere."""


@dataclass(frozen=True)
class Quantity:
    """What the chart can show."""

    title: str
    """Of its axis, with the unit."""
    exponent_of: str
    """Name of the values whose power law stands in the legend; empty for none."""


QUANTITIES: Final = {
    "time": Quantity("Time (ms)", "seconds"),
    "memory": Quantity("Peak memory (MB)", "peak_bytes"),
    "work": Quantity("Multiply-adds (millions)", "multiply_adds"),
    "speed": Quantity("Speed (GFLOP/s)", ""),
}
QUANTITY_TITLES: Final = {
    "time": "Time",
    "memory": "Peak memory",
    "work": "Multiply-adds",
    "speed": "Speed",
}


def curves(
    measurements: Sequence[CostMeasurement], quantity: str, *, theory: bool = True
) -> Figure:
    """Describe a quantity of all kinds against tokens, measured in one or several places, on log-log axes.

    measurements: of one shape, with points. quantity: one of `QUANTITIES`. theory: whether to draw what
    theory says, too.
    """
    shape = measurements[0].shape
    tokens = sorted({point.tokens for one in measurements for point in one.points})
    x = np.asarray(tokens, np.float64)
    series = [_series(one, kind, quantity, tokens) for one in measurements for kind in one.kinds]
    crossings = [mark for one in measurements if quantity == "time" for mark in _crossings(one)]
    drawn = [*series, *(_theory(measurements, quantity, tokens) if theory else ()), *crossings]
    everything = np.concatenate([one.y for one in drawn])
    known = everything[np.isfinite(everything) & (everything > 0)]
    about = QUANTITIES[quantity]
    chart = Lines(
        x,
        drawn,
        Axis("Tokens N", *_ends(x), log=True),
        Axis(about.title, *_ends(known), log=True),
        tall=True,
    )
    name = QUANTITY_TITLES[quantity]
    exponents = _exponents(measurements, about)
    return Figure(
        f"attention-{quantity}",
        chart,
        caption=f"{name} of one attention over all tokens of a clip, against their number; both axes "
        f"logarithmic. {texts.shape_phrase(shape)}; float32. {_what(quantity)} "
        f"{' '.join(map(machine_phrase, measurements))}{_theory_phrase(quantity) if theory else ''}",
        table=points_table(measurements),
        alt=f"{name} against tokens. {exponents}",
        file=f"attention-{quantity}-{shape.heads}x{shape.width}",
        warnings=[
            f"{capital(texts.PLACES[one.place])}: {warning}"
            for one in measurements
            for warning in texts.warnings(one)
        ],
    )


def summary(measurements: Sequence[CostMeasurement]) -> Figure:
    """Describe the table of exponents and crossings: a row for each kind in each place."""
    rows = []
    for one in measurements:
        for kind in one.kinds:
            law = one.fit(kind)
            last = one.of(kind)[-1]
            share = one.roof_share(last)
            rows.append(
                {
                    "where": texts.PLACES[one.place],
                    "attention": KINDS[kind].title,
                    "time grows as N to the": texts.exponent_phrase(law),
                    "in theory": str(KINDS[kind].work_exponent),
                    "memory grows as N to the": texts.exponent_phrase(one.fit(kind, "peak_bytes")),
                    "faster than fused softmax": texts.crossing_phrase(one.crossing(kind))
                    if kind in CHEAPER
                    else "",
                    "at most tokens": f"{last.tokens:,}: {texts.duration(last.seconds)}",
                    "of the roof": "–" if share is None else f"{100 * share:.0f} %",
                    "fitted to": texts.fitted_phrase(law),
                }
            )
    shape = measurements[0].shape
    return Figure(
        "attention-exponents",
        None,
        caption="Exponents by least squares on logarithms, ± their standard error. Crossings are "
        "interpolated on logarithmic axes, with a 95 % interval from the spread of the repeats.",
        table={name: [row[name] for row in rows] for name in rows[0]},
        data=points_table(measurements),
        alt=f"Exponents and crossings of {len(rows)} measured kinds of attention",
        file=f"attention-exponents-{shape.heads}x{shape.width}",
        help={
            "in theory": "The exponent of the multiply-adds for many tokens.",
            "of the roof": "Speed at most tokens, as a share of what large matrix products reach here.",
            "fitted to": "The larger sizes: for few tokens, starting a computation takes longest.",
        },
    )


def points_table(measurements: Sequence[CostMeasurement]) -> dict[str, list[Any]]:
    """Return a row for each measured point, as columns."""
    columns: dict[str, list[Any]] = {}
    for one in measurements:
        for kind in one.kinds:
            for point in one.of(kind):
                for name, value in _row(one, point).items():
                    columns.setdefault(name, []).append(value)
    return columns


def _row(one: CostMeasurement, point: CostPoint) -> dict[str, Any]:
    share = one.roof_share(point)
    return {
        "place": one.place,
        "attention": point.kind,
        "tokens": point.tokens,
        "frames": one.shape.frames(point.tokens),
        "time (s)": point.seconds,
        "standard error (s)": point.error,
        "repeats": point.repeats,
        "peak memory (bytes)": point.peak_bytes,
        "multiply-adds": one.multiply_adds(point),
        "speed (FLOP/s)": one.flops(point),
        "share of roof": math.nan if share is None else share,
    }


def machine_phrase(one: CostMeasurement) -> str:
    """Say where and when something was measured, and how fast that machine multiplies matrices."""
    threads = f", {one.threads} thread{'s' if one.threads > 1 else ''}"
    when = datetime.datetime.fromtimestamp(one.measured, datetime.UTC)
    place = capital(texts.PLACES[one.place])
    said = f"{place}: {one.machine}{threads}, {when:%Y-%m-%d %H:%M} UTC."
    return " ".join(filter(None, (said, texts.roof_phrase(one))))


def _what(quantity: str) -> str:
    return {
        "time": "Median of the repeats.",
        "memory": "Most bytes of tensors at one time, beyond query, key and value.",
        "work": "Of the matrix products, counted.",
        "speed": "Multiply-adds of the matrix products, times two, over the time.",
    }[quantity]


def _theory_phrase(quantity: str) -> str:
    return {
        "time": " Gray: the multiply-adds at the speed of the roof, which no computation can beat by much.",
        "memory": " Gray: the least that must be held at one time.",
        "work": "",
        "speed": " Gray: the roof.",
    }[quantity]


def _series(one: CostMeasurement, kind: str, quantity: str, tokens: Sequence[int]) -> Series:
    points = {point.tokens: point for point in one.of(kind)}
    values = [_value(one, points[n], quantity) if n in points else math.nan for n in tokens]
    browser = one.place == "browser"
    # A logarithmic axis has no place for 0: memory of a few tokens may be below what is counted.
    values = [value if value > 0 else math.nan for value in values]
    title = KINDS[kind].title + (", browser" if browser else "")
    named = QUANTITIES[quantity].exponent_of
    law = one.fit(kind, named) if named else None
    if law is not None:
        title += f" (N^{law.exponent:.2f})"
    return Series(
        title, np.array(values), COLORS[kind], marks=True, dotted=browser, solid=not browser
    )


def _value(one: CostMeasurement, point: CostPoint, quantity: str) -> float:
    """Return a quantity in the unit of its axis."""
    return {
        "time": 1e3 * point.seconds,
        "memory": 1e-6 * point.peak_bytes,
        "work": 1e-6 * one.multiply_adds(point),
        "speed": 1e-9 * one.flops(point),
    }[quantity]


def _theory(
    measurements: Sequence[CostMeasurement], quantity: str, tokens: Sequence[int]
) -> list[Series]:
    """Return gray lines; the legend names the first of them."""
    one = next((m for m in measurements if m.roof_flops), measurements[0])
    shape, roof = one.shape, one.roof_flops
    x = np.asarray(tokens, np.float64)
    if quantity == "memory":
        values = {
            KINDS[kind].title: [1e-6 * theory_bytes(kind, shape, n) for n in tokens]
            for kind in one.kinds
        }
    elif quantity == "work" or not roof:
        return []
    elif quantity == "speed":
        values = {"": [1e-9 * roof] * len(tokens)}
    else:
        # Both forms of softmax have the same products.
        kinds = [
            kind for kind in one.kinds if kind != "softmax-matrix" or "softmax" not in one.kinds
        ]
        values = {
            KINDS[kind].title: [
                1e3 * 2 * shape.heads * KINDS[kind].multiply_adds(n, shape.width) / roof
                for n in tokens
            ]
            for kind in kinds
        }
    name = "Least in theory" if quantity == "memory" else "Roof"
    return [
        Series(name, np.array(y), REFERENCE, x=x, in_legend=i == 0, hover=f"{name} {title}".strip())
        for i, (title, y) in enumerate(values.items())
    ]


def _crossings(one: CostMeasurement) -> list[Series]:
    """Return a mark where a kind's time gets below that of fused softmax."""
    marks = []
    for kind in CHEAPER:
        found = one.crossing(kind) if kind in one.kinds else None
        if found is None or found.tokens is None:
            continue
        points = one.of(kind)
        x = np.log([point.tokens for point in points])
        y = np.log([1e3 * point.seconds for point in points])
        at = float(np.exp(np.interp(math.log(found.tokens), x, y)))
        said = f"{KINDS[kind].title}: faster than fused softmax {texts.crossing_phrase(found)}"
        marks.append(
            Series(
                said,
                np.array([at]),
                COLORS[kind],
                x=np.array([found.tokens]),
                marks=True,
                cross=True,
                in_legend=False,
                hover=said,
            )
        )
    return marks


def _ends(values: Array) -> tuple[float, float]:
    """Return the ends of a logarithmic axis, with some room."""
    if not values.size:
        return 0.1, 10.0
    room = 1.15
    return float(values.min()) / room, float(values.max()) * room


def _exponents(measurements: Sequence[CostMeasurement], about: Quantity) -> str:
    if not about.exponent_of:
        return ""
    parts = []
    for one in measurements:
        for kind in one.kinds:
            law = one.fit(kind, about.exponent_of)
            if law is not None:
                place = texts.PLACES[one.place]
                parts.append(
                    f"{KINDS[kind].title}, {place}: N to the {texts.exponent_phrase(law)}."
                )
    return " ".join(parts)
