"""Maps of many clips at the same moment: how much attention each patch gets, on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fixviz.comparison import texts
from fixviz.comparison.source import Clip
from fixviz.comparison.values import Place
from fixviz.reading.figures.figure import Figure, MapPicture, MapRow, Maps
from fixviz.reading.figures.maps import extremes
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.run import StoredRun
from fixviz.reading.scales import Scale


def maps_at(
    runs: Sequence[tuple[Clip, StoredRun]], model: str, place: Place, seconds: float
) -> Figure | None:
    """Describe the map of a model in each clip, at the frame nearest to a moment.

    Attention received by source, N times the mean over queries: means over the layers and heads of the place.
    None where no run holds the model's map. Raises RunNotFound, StorageError.
    """
    found: list[tuple[Clip, StoredRun, int, NDArray[np.floating]]] = []
    for clip, run in runs:
        name = f"{model}/{place.axis}/attention_received/source"
        if not run.has(name):
            continue
        frame = int(np.abs(np.array(run.times) - seconds).argmin())
        values = np.asarray(run.array(name)[:, :, frame], np.float32)
        layers, heads = values.shape[:2]
        if (place.layer or 0) < layers and (place.head or 0) < heads:
            chosen = values if place.layer is None else values[[place.layer]]
            chosen = chosen if place.head is None else chosen[:, [place.head]]
            found.append((clip, run, frame, chosen.mean((0, 1))))
    if not found:
        return None
    scale = Scale(0.0, max(float(np.nanmax(values)) for *_, values in found) or 1.0)
    title = found[0][1].title(model)
    pictures = [
        MapPicture(
            f"{clip.name}, {run.timestamp(frame):.2f} s",
            f"Attention that each patch of {clip.name} gets at {run.timestamp(frame):.2f} s. "
            f"{extremes(values)}",
            map_picture(run, model, frame, values, scale),
        )
        for clip, run, frame, values in found
    ]
    rows = [np.indices(values.shape).reshape(2, -1) for *_, values in found]
    return Figure(
        "compare-maps",
        Maps([MapRow("", pictures)], [(scale, "attention received")], width=200, grow=True),
        caption=f"{title} in {len(found)} clips at about {seconds:.2f} s; {place.phrase}. {texts.MAPS}",
        table={
            "clip": [clip.name for clip, _, _, values in found for _ in range(values.size)],
            "frame": [frame for _, _, frame, values in found for _ in range(values.size)],
            "row": np.concatenate([row for row, _ in rows]).tolist(),
            "column": np.concatenate([column for _, column in rows]).tolist(),
            "attention received": np.concatenate([v.ravel() for *_, v in found]).tolist(),
        },
        alt=f"Attention that patches get in {len(found)} clips at {seconds:.2f} s.",
        terms=("attention received",),
    )
