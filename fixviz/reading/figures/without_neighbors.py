"""Figures of a model beside one without neighbors, in one attention of a layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fixviz.reading.counting import BY_SLOT, BY_SOURCE, DETAILS
from fixviz.reading.figures.figure import TIME, Axis, Figure, Lines, Maps, Series
from fixviz.reading.figures.maps import frames_table, map_row
from fixviz.reading.notes import notes_of
from fixviz.reading.phrases import capital
from fixviz.reading.scales import Scale
from fixviz.reading.values.neighborhood import View
from fixviz.reading.values.without_neighbors import Compared
from fixviz.reading.views import frames_phrase

_WITH = "With its neighbors"


def received(view: View, mine: Compared, other: Compared, frames: Sequence[int]) -> Figure:
    """Describe maps of attention received of both, on one scale."""
    frames = list(frames)
    maps = {_WITH: mine.received[frames], other.title: other.received[frames]}
    scale = Scale.of(np.stack(list(maps.values())))
    what = "Attention received"
    rows = [
        map_row(view.run, view.model, frames, values, scale, f"{what}, {title}", title)
        for title, values in maps.items()
    ]
    return Figure(
        "beside-maps",
        Maps(rows, [(scale, f"attention received, {BY_SOURCE}; 1 = as under uniform attention")]),
        caption=view.caption(
            what,
            BY_SOURCE,
            frames_phrase(view.run, frames),
            "one scale for both rows",
            _beside(other),
        ),
        details=DETAILS,
        table=frames_table(frames, maps),
        alt=f"Maps of attention received with neighbors and without: {other.title}",
        terms=("attention received",),
        file=view.file("beside-maps"),
    )


def concentration(view: View, mine: Compared, other: Compared) -> Figure:
    """Describe concentration over time of both, and say which classes they predict."""
    lines = {_WITH: mine.concentration, other.title: other.concentration}
    means = ", ".join(f"{title} {np.nanmean(line):.3f}" for title, line in lines.items())
    notes = notes_of([view.entry])
    return Figure(
        "beside-concentration",
        Lines(
            np.array(view.run.times),
            [Series(title, line, color) for color, (title, line) in enumerate(lines.items())],
            Axis(TIME),
            Axis("Concentration"),
            now=view.run.timestamp(view.frame),
            points=[f"frame {i}, {time:.2f} s" for i, time in enumerate(view.run.times)],
        ),
        caption=view.caption(
            "Concentration, mean over the queries of a frame",
            BY_SLOT,
            _beside(other),
            f"the vertical line marks frame {view.frame} ({view.run.timestamp(view.frame):.2f} s)",
        ),
        details=DETAILS,
        table={
            "frame": list(range(view.run.frames)),
            "time (s)": view.run.times,
            **{title: line.tolist() for title, line in lines.items()},
        },
        alt=f"Concentration over time; means: {means}",
        follows=" ".join((_classes(view, mine, other), other.follows, *notes)),
        terms=("concentration",),
        file=view.file("beside"),
    )


def _beside(other: Compared) -> str:
    return f"beside it: {other.title[:1].lower()}{other.title[1:]}, {other.checkpoint}"


def _classes(view: View, mine: Compared, other: Compared) -> str:
    """Say what both predict for the window of the frame in view."""
    window, classes = view.entry["window_of_frame"][view.frame], view.entry["classes"]
    found = []
    for one in (mine, other):
        chances = one.probabilities[window]
        name = classes[int(chances.argmax())]
        found.append(f"{one.title[:1].lower()}{one.title[1:]} {name} ({100 * chances.max():.0f} %)")
    return capital(f"most probable class in the window of frame {view.frame}: {'; '.join(found)}.")
