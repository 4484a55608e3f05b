"""Widgets that choose what to change, in groups; each widget edits some of the interventions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from fixviz.analysis.what_if.interventions import Intervention
from fixviz.analysis.what_if.network import Dial, HeadsOff, NeighborOff
from fixviz.model.config import Axis
from fixviz.model.directions import FRAME_DIRECTIONS, GRID_DIRECTIONS, folds
from fixviz.reading.definitions import help_for
from fixviz.reading.run import StoredRun
from fixviz.reading.values.changed_model import Model
from fixviz.ui.text import plain, quiet, warn
from fixviz.ui.what_if import picture_controls, state

_STRONGEST = 3.0
_EVERYWHERE = "all layers"
_BOTH = "both"


def show(run: StoredRun, models: Sequence[Model], frame: int) -> None:
    """Draw all groups of widgets. frame: the one in view, on which patches are painted."""
    listed = state.current()
    names = ["Fixation", "Neighbors", "Heads", "Patches", "Frames", "Picture"]
    fixation, neighbors, heads, patches, frames, picture = st.tabs(names, key="what-if-group")
    with fixation:
        _fixation(models, listed)
    with neighbors:
        _neighbors(models, listed)
    with heads:
        _heads(models, listed)
    with patches:
        picture_controls.patches(run, models, frame, listed)
    with frames:
        picture_controls.frames(run, frame, listed)
    with picture:
        picture_controls.picture(run, models, listed)


def listing() -> None:
    """List what is changed, each with a button that takes it back; say why a link was refused."""
    listed = state.current()  # Reads the URL first: only then is it known whether it was refused.
    refused = state.refused()
    if refused:
        warn(refused, ":material/info:")
    if not listed:
        quiet("Nothing is changed yet. Choose a change below; the URL of this page then names it.")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for number, intervention in enumerate(listed):
            st.button(
                plain(intervention.label),
                icon=":material/close:",
                key=state.key(f"remove-{number}"),
                on_click=state.remove,
                args=(intervention,),
                help="Take this change back.",
            )
        if len(listed) > 1:
            st.button(
                "Take all back", key=state.key("clear"), on_click=state.clear, type="tertiary"
            )


def _fixation(models: Sequence[Model], listed: Sequence[Intervention]) -> None:
    able = [model for model in models if model.config.fixation != "none"]
    if not able:
        quiet("None of the chosen models has fixation, so there are no ratios to change.")
        return
    dial = next((i for i in listed if isinstance(i, Dial) and _whole_network(i)), Dial(1.0))
    key = state.key("dial")

    def turn() -> None:
        state.put(
            lambda i: isinstance(i, Dial) and _whole_network(i),
            [Dial(round(float(st.session_state[key]), 2))],
        )

    st.slider(
        "Fixation dial of the whole network",
        0.0,
        max(_STRONGEST, dial.alpha),
        dial.alpha,
        0.1,
        key=key,
        on_change=turn,
        help=help_for("fixation dial"),
    )
    quiet("0 sets all ratios to 1, 1 leaves them as learned, and above 1 they are exaggerated.")
    places = _places(able)
    off = [p for p in places if Dial(0.0, *p) in listed]
    _pills(
        "Fixation off in single attentions",
        places,
        off,
        "dial-off",
        lambda p: f"layer {p[0]} {p[1]}",
        lambda i: isinstance(i, Dial) and i.alpha == 0 and (i.layer, i.axis) in places,
        lambda chosen: [Dial(0.0, *p) for p in chosen],
    )
    _not_all(able, models, "fixation")


def _neighbors(models: Sequence[Model], listed: Sequence[Intervention]) -> None:
    layer = _layer(models, "neighbor-layer", everywhere=True)
    labels = [d.label for d in (*GRID_DIRECTIONS, *FRAME_DIRECTIONS)]
    heard = [label for label in labels if any(_hears(m, label, layer) for m in models)]
    if not heard:
        quiet("None of the chosen models reads neighbors here.")
        return
    _pills(
        "Neighbors off",
        heard,
        [label for label in heard if NeighborOff(label, layer) in listed],
        f"neighbors-{layer}",
        str,
        lambda i: isinstance(i, NeighborOff) and i.layer == layer,
        lambda chosen: [NeighborOff(label, layer) for label in chosen],
    )
    quiet(
        "With a neighbor off, its channels of key and value hold the token's own content instead. The 8 grid "
        "neighbors belong to the temporal attention, the 2 frames to the spatial one."
    )
    _not_all([m for m in models if any(_hears(m, d, layer) for d in labels)], models, "neighbors")


def _heads(models: Sequence[Model], listed: Sequence[Intervention]) -> None:
    layer = _layer(models, "head-layer", everywhere=False)
    if layer is None:
        return
    axes = list(dict.fromkeys(axis for model in models for axis in model.config.axes))
    axis: Axis | None = None
    if len(axes) > 1:
        choice = st.segmented_control(
            "Attention", [_BOTH, *axes], default=_BOTH, required=True, key="what-if-head-axis"
        )
        axis = next((a for a in axes if a == choice), None)
    heads = list(range(max(model.config.heads for model in models)))
    off = {
        head
        for i in listed
        if isinstance(i, HeadsOff) and (i.layer, i.axis) == (layer, axis)
        for head in i.heads
    }
    _pills(
        "Heads off",
        heads,
        [head for head in heads if head in off],
        f"heads-{layer}-{axis}",
        lambda head: f"head {head}",
        lambda i: isinstance(i, HeadsOff) and (i.layer, i.axis) == (layer, axis),
        lambda chosen: [HeadsOff(tuple(chosen), layer, axis)] if chosen else [],
    )
    quiet(
        "A head that is off still attends, so it still has a map. But its output is set to zero before the "
        "output projection, so the network does not use it."
    )


def _pills(
    label: str,
    options: Sequence[Any],
    chosen: Sequence[Any],
    name: str,
    label_of: Callable[[Any], str],
    replaced: Callable[[Intervention], bool],
    make: Callable[[Sequence[Any]], Sequence[Intervention]],
) -> None:
    """Draw `options`, of which several can be chosen.

    What `make` makes of the chosen ones takes the place of the interventions that `replaced` picks.
    """
    key = state.key(name)
    st.pills(
        label,
        options,
        selection_mode="multi",
        default=chosen,
        format_func=label_of,
        key=key,
        wrap=True,
        on_change=lambda: state.put(replaced, make(st.session_state[key])),
    )


def _layer(models: Sequence[Model], name: str, *, everywhere: bool) -> int | None:
    layers: list[Any] = list(range(max(model.config.depth for model in models)))
    if everywhere:
        layers.insert(0, _EVERYWHERE)
    chosen = st.segmented_control(
        "Layer",
        layers,
        default=layers[0],
        format_func=str,
        required=True,
        key=f"what-if-{name}",
        wrap=True,
    )
    return None if chosen == _EVERYWHERE else int(chosen or 0)


def _places(models: Sequence[Model]) -> list[tuple[int, Axis]]:
    depth = max(model.config.depth for model in models)
    axes = dict.fromkeys(axis for model in models for axis in model.config.axes)
    return [(layer, axis) for layer in range(depth) for axis in axes]


def _hears(model: Model, label: str, layer: int | None) -> bool:
    layers = range(model.config.depth) if layer is None else [layer]
    return any(
        fold.direction.label == label
        for number in layers
        for axis in model.config.axes
        for fold in folds(model.config, axis, number)
    )


def _whole_network(dial: Dial) -> bool:
    return dial.layer is None and dial.axis is None


def _not_all(able: Sequence[Model], models: Sequence[Model], what: str) -> None:
    """Say which of the chosen models have no `what` (fixation or neighbors) that could be changed."""
    others = [model.title for model in models if model not in able]
    if others:
        quiet(f"These models have no {what} and stay as they are: {', '.join(others)}.")
