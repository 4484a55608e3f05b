"""Attention received as pictures over the frames, for all models of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fixviz.reading.counting import BY_SOURCE
from fixviz.reading.figures.figure import Array, Figure, Maps
from fixviz.reading.figures.maps import map_row
from fixviz.reading.run import StoredRun
from fixviz.reading.scales import Scale
from fixviz.reading.texts.concentration import RECEIVED
from fixviz.reading.values.concentration import reads_elsewhere, received
from fixviz.reading.views import View


def received_maps(view: View, frames: Sequence[int], percentile: float = 99) -> Figure:
    """Describe attention received over some frames, all models on one scale.

    percentile: of the values, which takes the last color: on a scale that ends at the largest value, one
    peaked patch would leave everything else dark.
    """
    run, frames = view.run, list(frames)
    maps = {entry["name"]: received(view, entry["name"])[frames] for entry in view.models}
    scale, scaled = _scale(list(maps.values()), percentile)
    rows = [
        map_row(
            run,
            model,
            frames,
            of_model,
            scale,
            f"Attention received of {run.label(model)}",
            run.label(model),
        )
        for model, of_model in maps.items()
    ]
    return Figure(
        "attention-received",
        Maps(rows, [(scale, "attention received, 1 = as under uniform attention")]),
        caption=view.caption(
            "Attention received by each patch", moments(run, list(maps), frames), BY_SOURCE, scaled
        ),
        table=_table(view, frames, maps),
        alt="Maps of attention received",
        follows=" ".join((RECEIVED, *_reads(view))),
        terms=("attention weights", "attention received", "by source"),
    )


def moments(run: StoredRun, models: Sequence[str], frames: Sequence[int]) -> str:
    """Name frames with their times, and the windows of each model that they are taken from."""
    times = ", ".join(f"{frame} ({run.timestamp(frame):.2f} s)" for frame in frames)
    windows = {
        model: ", ".join(
            dict.fromkeys(
                run.window(model, frame).removeprefix("window of frames ") for frame in frames
            )
        )
        for model in models
    }
    if len(set(windows.values())) == 1:
        return f"frames {times} (windows of frames {next(iter(windows.values()))})"
    named = "; ".join(f"{run.label(model)}: {found}" for model, found in windows.items())
    return f"frames {times} (windows of frames {named})"


def _scale(maps: Sequence[Array], percentile: float) -> tuple[Scale, str]:
    """Return a scale from 0 for all of the maps, and the caption's phrase for it."""
    known = np.concatenate([of_model[np.isfinite(of_model)] for of_model in maps])
    if not known.size:
        return Scale(0.0, 1.0), "no value is defined"
    top = float(np.percentile(known, percentile)) or 1.0
    return Scale(0.0, top), (
        f"one scale for all pictures, 0 to the {percentile:g}th percentile of them ({top:.3g}); the largest "
        f"value, {float(known.max()):.3g}, takes the last color"
    )


def _table(view: View, frames: Sequence[int], maps: Mapping[str, Array]) -> dict[str, list[Any]]:
    """List lowest value, highest value and the patch that receives most: one row for each picture."""
    names = (
        "model",
        "frame",
        "time (s)",
        "lowest",
        "highest",
        "row of highest",
        "column of highest",
    )
    rows = []
    for model, of_model in maps.items():
        for frame, values in zip(frames, of_model, strict=True):
            known = np.isfinite(values).any()
            low, high = (float(f(values)) if known else np.nan for f in (np.nanmin, np.nanmax))
            place = np.unravel_index(int(np.nanargmax(values)), values.shape) if known else ("", "")
            label, time = view.run.label(model), view.run.timestamp(frame)
            rows.append((label, frame, time, low, high, *(int(i) if known else i for i in place)))
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _reads(view: View) -> list[str]:
    """Say which heads in view read content of neighbors."""
    sentences = []
    for entry in view.models:
        reads = reads_elsewhere(view, entry)
        heads = [f"head {h} {text}" for h, text in reads.items() if view.head in (None, h)]
        if heads:
            label = view.run.label(entry["name"])
            sentences.append(
                f"{label} is counted where the content comes from: {'; '.join(heads)}."
            )
    return sentences
