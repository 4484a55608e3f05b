"""The pictures: each model's map over its frames, with numbers beside the colors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.analysis.attribution.convergence import mark
from fixviz.ui.attribution.drawing import (
    SIGNED_COLORS,
    picture,
    rows_of,
    scale_of,
    strongest,
    unit_maps,
)
from fixviz.ui.attribution.view import KIND, View, exactness_words, settings_words, target_words
from fixviz.ui.definitions import help_for
from fixviz.ui.inspect_run.compute import Result, derived
from fixviz.ui.inspect_run.figures import to_csv, to_json
from fixviz.ui.inspect_run.pictures import Scale, color_bar
from fixviz.ui.inspect_run.sheets import picture_sheet
from fixviz.ui.words import quiet

Array = NDArray[np.floating]

SCALES: Final = {
    "model": "Each model its own",
    "shared": "Shared by all models",
    "frame": "Each frame its own",
}
_SLOW: Final = ("integrated_gradients", "occlusion")
_SMALL: Final = 94
"""Width of a picture in a row, in pixels: eight of them fit beside the navigation."""


@dataclass(frozen=True)
class Drawn:
    """What one model's pictures are made of."""

    entry: Mapping[str, Any]
    result: Result
    maps: Array
    """[N, h, w] as drawn; NaN for frames without a map."""
    scale: Scale
    label: str
    """What the numbers of the scale are."""


def compute(view: View) -> dict[str, Result]:
    """The results that are there; for the others progress is drawn, or a button where it takes long."""
    found = {}
    slow = view.whole_clip and view.method.name in _SLOW
    for entry in view.models:
        result = derived(
            view.run,
            KIND,
            entry["name"],
            view.arguments(entry),
            title=f"{entry['title']}, {view.method.title.lower()}",
            button=f"Compute the whole clip for {entry['title']}" if slow else None,
        )
        if result is not None:
            found[entry["name"]] = result
    return found


def show(view: View, results: Mapping[str, Result]) -> None:
    """The frame in view large, the others small, a scale with numbers, and all of it to save."""
    if not results:
        return
    kind = st.segmented_control(
        "Colors span",
        list(SCALES),
        format_func=lambda s: SCALES[s],
        default="model",
        required=True,
        key="color_scale",
        help="Logits of different models have different scales. So compare places between models, but "
        "strengths only within one model.",
    )
    drawn = _drawn(view, results, kind)
    with st.grid("auto", min_column_width=300, gap="medium"):
        for model in drawn:
            with st.container(border=True):
                _large(view, model)
    if view.method.signed:
        quiet(
            "Orange patches speak for the class, blue ones against it. The stronger the number, the more "
            "opaque the patch; where it is 0, only the frame is seen, in gray."
        )
    for model in drawn:
        _small(view, model)


def _drawn(view: View, results: Mapping[str, Result], kind: str) -> list[Drawn]:
    """The models' maps with the scale that was chosen."""
    entries = [entry for entry in view.models if entry["name"] in results]
    maps = {entry["name"]: results[entry["name"]].array("map") for entry in entries}
    signed = view.method.signed
    together = scale_of(np.concatenate([m.ravel() for m in maps.values()]), signed=signed)
    found = []
    for entry in entries:
        own, result = maps[entry["name"]], results[entry["name"]]
        label = str(result.description["unit"])
        if kind == "frame":
            own, label = unit_maps(own), "share of the frame's strongest number"
        scale = together if kind == "shared" else scale_of(own, signed=signed)
        if kind == "frame":
            scale = Scale(-1.0, 1.0, SIGNED_COLORS) if signed else Scale(0.0, 1.0)
        most = strongest(own)
        beyond = (
            f", to the 99th percentile; the strongest, {most:.2g}, has the last color"
            if most > scale.high
            else ""
        )
        label = f"{label}. Scale: {SCALES[kind].lower()}{beyond}"
        found.append(Drawn(entry, result, own, scale, label))
    return found


def _large(view: View, model: Drawn) -> None:
    """The frame in view, what is known of the map, its scale."""
    name, frame = model.entry["name"], view.frame
    exact = model.result.description["convergence_delta"] is not None
    st.markdown(
        f"**{model.entry['title']}**", help=help_for("convergence delta") if exact else None
    )
    st.image(
        picture(view.run, model.entry, frame, model.maps[frame], model.scale),
        width="stretch",
        alt=f"{view.method.title} of {model.entry['title']} over frame {frame} at "
        f"{view.run.timestamp(frame):.2f} s; {facts(model.result)}. "
        f"{mark(model.result.description) or ''}",
    )
    quiet(f"Frame {frame}, {view.run.timestamp(frame):.2f} s, {view.run.window(name, frame)}")
    color_bar(model.scale, model.label)
    quiet(facts(model.result))
    if warning := mark(model.result.description):
        quiet(f":material/warning: {warning}")


def _small(view: View, model: Drawn) -> None:
    """The frames of the window, or of the clip, in a row."""
    frames = view.frames(model.entry)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{model.entry['title']}**, frames {frames[0]} to {frames[-1]}")
        st.space("stretch")
        _save(view, model)
    with st.container(horizontal=True, gap="small"):
        for frame in frames:
            with st.container(width=_SMALL, gap="xsmall"):
                st.image(
                    picture(view.run, model.entry, frame, model.maps[frame], model.scale),
                    width="stretch",
                    alt=f"{view.method.title} of {model.entry['title']} over frame {frame}",
                )
                quiet(f"{frame}: {view.run.timestamp(frame):.2f} s")


def facts(result: Result, why: str = "") -> str:
    """Class, probability and how exact the numbers are, in one line; why: this class, in brackets."""
    description = result.description
    parts = []
    if description["uses_target"]:
        chances = [float(p) for p in description["probability"]]
        inside = "in this window" if len(chances) == 1 else "in its windows"
        parts.append(f"{target_words(result)}{why}, probability {_span(chances)} {inside}")
    if exactness := exactness_words(result):
        parts.append(exactness)
    if any(description["outside"] or ()):
        parts.append(
            f"{_span(description['outside'])} read beyond the border, where there is no patch"
        )
    parts.append(f"computed in {description['seconds']:.1f} s")
    return " · ".join(parts)


def _span(values: list[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"


def caption(view: View, entry: Mapping[str, Any], result: Result) -> str:
    """What a model's pictures are, as downloads say it."""
    about = target_words(result) if result.description["uses_target"] else "no class"
    exact = "; ".join(filter(None, (exactness_words(result), mark(result.description))))
    return (
        f"{settings_words(result)} of {view.run.checkpoint(entry['name'])}; {about}; "
        f"{result.description['unit']}; frames count from 0, {view.windows_words(entry)}; "
        f"clip {view.run.manifest['clip']['name']}" + (f"; {exact}" if exact else "")
    )


def _save(view: View, model: Drawn) -> None:
    """The pictures as one PNG, and all numbers."""
    key, name = f"map-{model.entry['name']}", f"{view.method.name}-{model.entry['name']}"
    text = caption(view, model.entry, model.result)
    frames = view.frames(model.entry)
    files: dict[str, tuple[Callable[[], str | bytes], str, str]] = {
        "Pictures as PNG": (
            lambda: picture_sheet(
                rows_of(view.run, model.entry, frames, model.maps[frames], model.scale),
                [(model.scale, model.label)],
                text,
            ),
            "png",
            "image/png",
        ),
        "Numbers as CSV": (lambda: to_csv(table(view, model.result), text), "csv", "text/csv"),
        "Numbers as JSON": (
            lambda: to_json(table(view, model.result), text),
            "json",
            "application/json",
        ),
    }
    with st.popover("Save", icon=":material/download:", type="tertiary", key=f"{key}-save"):
        for label, (content, ending, media) in files.items():
            st.download_button(
                label,
                content,
                f"{name}.{ending}",
                media,
                key=f"{key}-{ending}",
                on_click="ignore",
                width="stretch",
            )


def table(view: View, result: Result) -> dict[str, list[Any]]:
    """One row a patch: frame, time, place and number; frames without a map are left out."""
    maps = result.array("map")
    frames = [f for f in range(len(maps)) if np.isfinite(maps[f]).any()]
    _, rows, columns = maps.shape
    y, x = np.mgrid[:rows, :columns].reshape(2, -1)
    patches = rows * columns
    return {
        "frame": list(np.repeat(frames, patches)),
        "timestamp_s": list(np.repeat([view.run.timestamp(f) for f in frames], patches)),
        "row": list(np.tile(y, len(frames))),
        "column": list(np.tile(x, len(frames))),
        "value": list(maps[frames].ravel()),
    }
