"""Figures about attribution: the maps over their frames, and their agreement with attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from fixviz.analysis.attribution.convergence import mark
from fixviz.reading.attribution_pictures import (
    SIGNED_COLORS,
    picture,
    scale_of,
    strongest,
    unit_maps,
)
from fixviz.reading.counting import BY_SOURCE
from fixviz.reading.figures.figure import (
    REFERENCE,
    TIME,
    Array,
    Axis,
    Figure,
    Lines,
    MapPicture,
    MapRow,
    Maps,
    Series,
)
from fixviz.reading.figures.maps import extremes
from fixviz.reading.phrases import attention_phrase
from fixviz.reading.run import StoredResult
from fixviz.reading.scales import Scale
from fixviz.reading.texts import attribution as texts
from fixviz.reading.texts.attribution_results import (
    facts,
    reason_of,
    settings_phrase,
    windows_phrase,
)
from fixviz.reading.values.attribution import (
    agreement_with_attention,
    last_axis,
    mapped_frames,
    pictured_frames,
    table,
)
from fixviz.reading.views import frames_phrase

Span = Literal["model", "shared", "frame"]
_SPANS: Final[dict[Span, str]] = {
    "model": "one scale for all frames of this model",
    "shared": "one scale for all models",
    "frame": "each frame on a scale of its own, as shares of its strongest number",
}
_SMALL: Final = 94
"""Width of a picture in a row, in pixels: eight of them fit beside the navigation."""


def maps(
    result: StoredResult,
    *,
    frame: int | None = None,
    span: Span = "model",
    beside: Sequence[StoredResult] = (),
) -> Figure:
    """Describe a model's map over its frames.

    frame: the only one to show, large; else a row of them. span: what one scale of colors holds for.
    beside: the results of all models, this one among them, where that is "shared".
    """
    run, model, about = result.run, result.request.model, result.description
    entry, values = run.model(model), result.array("map")
    frames = pictured_frames(result) if frame is None else [frame]
    shown, scale = _scaled(result, span, beside)
    pictures = [
        MapPicture(
            f"frame {f}, {run.timestamp(f):.2f} s"
            + ("" if frame is None else f", {run.window(model, f)}"),
            f"{about['title']} of {run.label(model)} over frame {f} at {run.timestamp(f):.2f} s. "
            f"{extremes(values[f])}",
            picture(run, entry, f, shown[f], scale),
        )
        for f in frames
    ]
    warning, exact = mark(about), bool(about["convergence_delta"])
    unit = "share of the frame's strongest number" if span == "frame" else str(about["unit"])
    if frame is not None:
        unit = f"{unit}; {_scale_phrase(shown, scale, span)}"
    return Figure(
        f"map-{model}" if frame is None else f"map-{model}-frame",
        Maps([MapRow("", pictures, large=frame is not None)], [(scale, unit)], width=_SMALL),
        caption=f"{settings_phrase(result)}: {facts(result, reason_of(result))}; "
        f"{frames_phrase(run, frames)}; {windows_phrase(result, frames)}; {about['unit']}; "
        f"{_scale_phrase(shown, scale, span)}; {run.checkpoint(model)}.",
        table=table(result, frames),
        data=table(result, mapped_frames(result)) if frame is None else None,
        alt=f"Maps of {about['title'].lower()} of {run.label(model)}",
        follows=texts.METHODS[about["method"]],
        details=texts.SIGNED if about["signed"] else "",
        terms=(about["title"], *(["convergence delta"] if exact else [])),
        file=f"{run.file_stem}-{about['method']}-{model}",
        warnings=[warning] if warning else (),
    )


def _scaled(
    result: StoredResult, span: Span, beside: Sequence[StoredResult]
) -> tuple[Array, Scale]:
    """Return the maps as drawn, [N, h, w], and their scale."""
    values, signed = result.array("map"), bool(result.description["signed"])
    if span == "frame":
        return unit_maps(values), Scale(-1.0, 1.0, SIGNED_COLORS) if signed else Scale(0.0, 1.0)
    alike = beside if span == "shared" and beside else [result]
    every = np.concatenate([one.array("map").ravel() for one in alike])
    return values, scale_of(every, signed=signed)


def _scale_phrase(shown: Array, scale: Scale, span: Span) -> str:
    """Say where the scale begins and ends, and which numbers lie beyond."""
    phrase = f"{_SPANS[span]}, {'symmetric about 0' if scale.low < 0 else 'from 0'}"
    if span == "frame":
        return phrase
    most = strongest(shown)
    beyond = f" (the strongest number here, {most:.3g}, takes the last color)"
    return f"{phrase}, to the 99th percentile of the strength" + beyond * (most > scale.high)


def agreement(
    results: Sequence[StoredResult],
    frame: int,
    layer: int,
    head: int | None,
    *,
    strength: bool = False,
) -> Figure:
    """Describe in every frame whether attention ranks the patches as the models' maps do.

    results: of one method, each of another model. frame: the one in view. strength: compare with the
    maps without their sign.
    """
    first = results[0]
    run, times = first.run, np.array(first.run.times)
    curves = {
        result.request.model: agreement_with_attention(result, layer, head, strength=strength)
        for result in results
    }
    known = times[np.isfinite(list(curves.values())).any(0)]
    ends = known if len(known) else times
    axes = " or ".join(sorted({last_axis(result) for result in results}))
    means = ", ".join(
        f"{run.label(model)} {np.nanmean(values):.2f}"
        for model, values in curves.items()
        if np.isfinite(values).any()
    )
    gaps = any(
        not np.isfinite(curves[result.request.model][mapped_frames(result)]).all()
        for result in results
    )
    follows = (
        f"Mean over the frames with a map: {means}." if means else "",
        gaps * texts.UNDEFINED,
    )
    marks = ((result.request.model, mark(result.description)) for result in results)
    return Figure(
        "agreement",
        Lines(
            times,
            [
                *(
                    Series(run.label(model), values, run.place(model), marks=True)
                    for model, values in curves.items()
                ),
                Series("no common order", np.zeros(len(times)), REFERENCE),
            ],
            Axis(TIME, *_with_margin(float(ends[0]), float(ends[-1]))),
            Axis("Rank correlation", -1.0, 1.0),
            now=float(times[frame]),
            points=[f"frame {f}, {time:.2f} s" for f, time in enumerate(times.tolist())],
        ),
        caption="Spearman correlation over the patches of each frame: attention received "
        f"({BY_SOURCE}; {attention_phrase(axes, layer, head)}) against {settings_phrase(first)}, "
        f"{'its strength without the sign' if strength else 'the map with its sign'}; "
        f"{_windows(first)}; the vertical line marks frame {frame} ({times[frame]:.2f} s); "
        f"{'; '.join(run.checkpoint(model) for model in curves)}.",
        table={
            "frame": list(range(run.frames)),
            "time (s)": times.tolist(),
            **{run.label(model): values.tolist() for model, values in curves.items()},
        },
        alt=f"Agreement per frame; mean: {means or 'undefined'}",
        follows=" ".join(filter(None, (*follows, texts.AGREEMENT))),
        terms=("agreement",),
        file=f"{run.file_stem}-agreement-{first.description['method']}",
        warnings=[f"{run.label(model)}: {warning}" for model, warning in marks if warning],
    )


def _windows(result: StoredResult) -> str:
    """Say from which windows maps and attention are."""
    if "window" not in result.request.arguments:
        return "each frame in the window in which it is most central"
    return (
        "maps of the window of the frame in view, attention of the window in which a frame is most "
        "central"
    )


def _with_margin(first: float, last: float) -> tuple[float, float]:
    """Return both ends of an axis of time, with room for marks at the first and last time."""
    margin = 0.03 * (last - first) or 0.5
    return first - margin, last + margin
