"""The pictures: each model's map over its frames, with numbers beside the colors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.analysis.attribution.convergence import mark
from fixviz.reading.attribution_pictures import (
    SIGNED_COLORS,
    picture,
    rows_of,
    scale_of,
    strongest,
    unit_maps,
)
from fixviz.reading.definitions import help_for
from fixviz.reading.picture_sheet import picture_sheet
from fixviz.reading.run import StoredResult
from fixviz.reading.scales import Scale
from fixviz.reading.tables import to_csv, to_json
from fixviz.reading.values.attribution import (
    KIND,
    View,
    caption,
    facts,
    table,
)
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.pictures import color_bar
from fixviz.ui.text import quiet

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
    result: StoredResult
    maps: Array
    """[N, h, w] as drawn; NaN for frames without a map."""
    scale: Scale
    label: str
    """What the numbers of the scale are."""


def compute(view: View) -> dict[str, StoredResult]:
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


def show(view: View, results: Mapping[str, StoredResult]) -> None:
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


def _drawn(view: View, results: Mapping[str, StoredResult], kind: str) -> list[Drawn]:
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
