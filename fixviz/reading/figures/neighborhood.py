"""Figures about neighbors: what each contributes, which heads read it, and where patches have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.reading.figures import figure as kinds
from fixviz.reading.figures.figure import (
    FRAMES,
    GRID,
    Array,
    Axis,
    Bars,
    Compass,
    Figure,
    MapPicture,
    MapRow,
    Maps,
    PatchMap,
    Series,
)
from fixviz.reading.figures.layers_and_frames import layers_and_frames, layers_phrase, scale_from_0
from fixviz.reading.figures.maps import extremes, patches_table
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.mosaic import mosaic, outlined
from fixviz.reading.numbers import number
from fixviz.reading.phrases import capital
from fixviz.reading.scales import Scale
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import (
    READS,
    Arm,
    Measure,
    View,
    exists,
    shares_over_patches,
)

_MOSAIC = 460
"""About how wide the maps of one attention are drawn on a page, in pixels."""


def patch_map(view: View, measure: Measure, maps: Array, patch: tuple[int, int]) -> Figure:
    """Describe the strongest direction's value at every patch, on which a patch can be chosen.

    maps: the measure of every direction, [arms, h, w].
    """
    largest = np.fmax.reduce(np.abs(maps))
    return Figure(
        "neighbor-patch",
        PatchMap(
            view.run.frame_image(view.frame),
            view.cell,
            largest,
            _from_0(largest),
            measure.unit,
            patch,
        ),
        caption=view.caption(
            f"{_what(view, measure)}, at every patch that of the strongest direction",
            view.moment,
            "click a patch to choose it",
        ),
        table=patches_table({measure.unit: largest}),
        alt=f"{measure.title} of the strongest direction at every patch. {extremes(largest)}",
        file=view.file(f"{measure.name}-all"),
    )


def compass(
    view: View, measure: Measure, arms: Sequence[Arm], maps: Array, patch: tuple[int, int]
) -> Figure:
    """Describe the directions' values at one patch: arms that point to the neighbors, or signed bars."""
    values = np.array([of_arm[patch] for of_arm in maps], np.float64)
    labels = [arm.direction.label for arm in arms]
    points = not measure.signed and any(arm.direction.dt == 0 for arm in arms)
    return Figure(
        "neighbor-rose",
        _arms(arms, values, measure) if points else _bars(arms, values, measure),
        caption=view.caption(
            f"{_what(view, measure)} at row {patch[0]}, column {patch[1]}",
            view.moment,
            "mean of the heads that hold the direction",
            *["an arm points to where the value comes from"] * points,
        ),
        table={
            "direction": labels,
            "attention": [arm.axis for arm in arms],
            "heads": [" ".join(map(str, arm.heads)) for arm in arms],
            measure.unit: values.tolist(),
        },
        alt=f"{measure.title} at row {patch[0]}, column {patch[1]}: "
        + ", ".join(f"{label} {number(v)}" for label, v in zip(labels, values, strict=True)),
        terms=(measure.term,),
        file=view.file(f"{measure.name}-patch-{patch[0]}-{patch[1]}"),
    )


def compass_maps(
    view: View, measure: Measure, arms: Sequence[Arm], maps: Array, patch: tuple[int, int]
) -> Figure:
    """Describe maps of all directions on one scale, each where its neighbor lies."""
    scale = Scale.signed(maps) if measure.signed else _from_0(maps)
    drawn = [map_picture(view.run, view.model, view.frame, values, scale) for values in maps]
    row, column = np.indices(maps.shape[1:]).reshape(2, -1)
    return Figure(
        "compass-maps",
        Maps(
            [
                _around(
                    view,
                    [
                        (arm, f"from {arm.direction.label}", outlined(picture, patch, view.cell))
                        for arm, picture in zip(arms, drawn, strict=True)
                    ],
                    outlined(view.run.frame_image(view.frame), patch, view.cell),
                    f"{measure.title} over frame {view.frame}, one map for each of",
                )
            ],
            [(scale, measure.unit)],
            _MOSAIC,
        ),
        caption=view.caption(
            f"{_what(view, measure)}, per token",
            view.moment,
            "mean of the heads that hold the direction",
            "one scale for all directions",
        ),
        table={
            "direction": [arm.direction.label for arm in arms for _ in row],
            "row": row.tolist() * len(arms),
            "column": column.tolist() * len(arms),
            measure.unit: maps.ravel().tolist(),
        },
        alt=f"Maps of {len(arms)} directions. "
        + " ".join(
            f"{capital(arm.direction.label)}: {extremes(values)}"
            for arm, values in zip(arms, maps, strict=True)
        ),
        follows=measure.follows,
        file=view.file(f"compass-{measure.name}"),
    )


def shares(view: View) -> Figure:
    """Describe every direction's share in one ratio's logit, in all layers and over time.

    The scale is that of both ratios.
    """
    found = {which: shares_over_patches(of) for which, of in view.of_both_ratios.items()}
    layers = list(range(view.entry["layers"]))
    labels = [arm.direction.label for arm in view.arms()]
    what = f"Share of each direction in the logit of the {view.which}'s ratio"
    scale = scale_from_0(view, layers, *found.values())
    chart, table, data = layers_and_frames(
        view, found[view.which], layers, labels, (scale, "share of the logit"), what
    )
    return Figure(
        f"shares-{view.which}",
        chart,
        caption=f"{what}, mean over patches: {layers_phrase(view, layers)}; mean of the heads "
        f"and channels that hold the direction; {view.directions}; one scale for layers and frames "
        f"of both ratios; {view.checkpoint}.",
        table={"direction": labels, **table},
        data=data,
        alt=what,
        follows=texts.SHARE,
        terms=("neighborhood contribution", "logit parts"),
        file=view.file(f"shares-{view.which}"),
    )


def heads(view: View) -> Figure | None:
    """Describe which channels of which head come from which neighbor; None in a layer that reads none."""
    rows = [(axis, row) for axis in view.entry["axes"] for row in view.table(axis)]
    if not rows:
        return None
    width = view.config.head_dim
    return Figure(
        "heads-table",
        None,
        caption=view.caption("Which channels of key and value come from which neighbor"),
        table={
            "attention": [axis for axis, _ in rows],
            "head": [row.head for _, row in rows],
            "reads from": [row.direction.label for _, row in rows],
            "channels of the head": [f"{row.start} to {row.stop - 1}" for _, row in rows],
            "share of the head (%)": [100 * (row.stop - row.start) / width for _, row in rows],
        },
        alt="Which channels of which head come from which neighbor",
        follows=texts.HEADS,
        file=view.file("heads"),
    )


def border(view: View) -> Figure:
    """Describe which patches of the frame have no such neighbor, and what they read instead."""
    grid, config = view.entry["grid"], view.config
    shape = grid["rows"], grid["columns"]
    scale = Scale(0.0, 1.0, "diverging")
    table: dict[str, list[Any]] = {"direction": [], "patches beyond": [], "they read": []}
    pictures = []
    for arm in view.arms():
        direction = arm.direction
        segment = config.shift_segment if arm.axis == "spatial" else None
        inside = exists(direction, view.window_place, config.frames, *shape, segment)
        own, count = direction.keeps_own_at_border, int((~inside).sum())
        reads = "their own value" if own else "zeros"
        cells = (direction.label, count, reads if count else "nothing beyond")
        for column, cell in zip(table.values(), cells, strict=True):
            column.append(cell)
        beyond = np.where(inside, np.nan, 0.0 if own else 1.0)
        short = f"{count} {'own' if own else 'zeros'}" if count else "none"
        drawn = map_picture(view.run, view.model, view.frame, beyond, scale, 0.75)
        pictures.append((arm, f"{direction.label}: {short}", drawn))
    what = "Patches that read beyond the border"
    here = view.run.frame_image(view.frame)
    return Figure(
        "border",
        Maps([_around(view, pictures, here, what)], [], _MOSAIC),
        caption=view.caption(
            f"Which of the {shape[0]} × {shape[1]} patches have no such neighbor (orange: zeros are read "
            "instead; blue: the patch keeps its own value)",
            view.moment,
            f"place {view.window_place} of {config.frames} in its window",
        ),
        table=table,
        alt=f"{what}: {', '.join(label for _, label, _ in pictures)}",
        follows=texts.BORDER,
        file=view.file("border"),
    )


def _what(view: View, measure: Measure) -> str:
    return measure.what.format(which=view.which)


def _from_0(values: Array) -> Scale:
    """Return a scale from 0 to the highest defined value."""
    return Scale(0.0, float(values[np.isfinite(values)].max(initial=0.0)) or 1.0)


def _arms(arms: Sequence[Arm], values: Array, measure: Measure) -> Compass:
    pointed = [
        kinds.Arm(d.label, d.dt, d.dy, d.dx, float(value))
        for d, value in zip((arm.direction for arm in arms), values, strict=True)
    ]
    return Compass(pointed, Axis(capital(measure.unit)))


def _bars(arms: Sequence[Arm], values: Array, measure: Measure) -> Bars:
    """Describe one bar for each direction, colored by its attention."""
    axes = np.array([arm.axis for arm in arms])
    series = [
        Series(title, np.where(axes == axis, values, np.nan), color)
        for color, (axis, title) in enumerate({"temporal": GRID, "spatial": FRAMES}.items())
        if axis in axes
    ]
    title = "Part of the logit" if measure.signed else capital(measure.unit)
    labels = [arm.direction.label for arm in arms]
    return Bars(labels, series, Axis(title), signed=measure.signed)


def _around(
    view: View,
    pictures: Sequence[tuple[Arm, str, NDArray[np.uint8]]],
    here: NDArray[np.uint8],
    what: str,
) -> MapRow:
    """Describe one picture for each attention: the frame `here`, and its neighbors' where they lie."""
    shown = []
    for axis, reads in READS.items():
        mine = [one for one in pictures if one[0].axis == axis]
        if not mine:
            continue
        places = {(0, 0): (f"frame {view.frame}", here)}
        for arm, label, picture in mine:
            d = arm.direction
            places[(d.dy, d.dx) if axis == "temporal" else (0, d.dt)] = (label, picture)
        rows = (-1, 0, 1) if axis == "temporal" else (0,)
        sheet = mosaic(places, rows, (-1, 0, 1))
        labels = ", ".join(label for _, label, _ in mine)
        shown.append(MapPicture(f"Layer {view.layer}, {reads}", f"{what}: {labels}", sheet))
    return MapRow("", shown)
