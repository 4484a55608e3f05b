"""Widgets that change what the network is shown: patches, frames, crop and resolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from fixviz.analysis.what_if.interventions import FrameIntervention, Intervention
from fixviz.analysis.what_if.picture import (
    Cell,
    Cropped,
    Fill,
    FramesDropped,
    FramesFrozen,
    FramesReversed,
    FramesShuffled,
    PatchesHidden,
    Resized,
)
from fixviz.reading.run import StoredRun
from fixviz.reading.values.changed_model import Model
from fixviz.ui.text import quiet
from fixviz.ui.what_if import state
from fixviz.ui.what_if.painter import painted, painter

_SIDES = (32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 320, 360)
_ALL, _THIS = "all frames", "this frame only"
_ORDERS = {
    "kept": "As filmed",
    "reverse": "Reversed",
    "shuffle": "Shuffled",
    "freeze": "One frame repeated",
    "drop": "Some dropped",
    "several": "Several changes, from the URL",
}


def patches(
    run: StoredRun, models: Sequence[Model], frame: int, listed: Sequence[Intervention]
) -> None:
    """Draw the frame in view, on which patches are hidden by painting."""
    model = models[-1]
    grid = model.entry["grid"]
    hidden = _hidden(model, listed)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scope = st.segmented_control(
            "Hide in", [_ALL, _THIS], default=_ALL, required=True, key="what-if-scope"
        )
        fill_key = state.key("fill")
        fills = list(get_args(Fill))
        fill = st.segmented_control(
            "Filled with",
            fills,
            default=hidden.fill,
            required=True,
            format_func=lambda f: {"blur": "the blurred frame", "gray": "gray"}[f],
            key=fill_key,
            on_change=lambda: _put(hidden, hidden.cells, st.session_state[fill_key]),
        )
    here: int | None = frame if scope == _THIS else None
    cells = hidden.by_frame().get(here, [])
    key = state.key(f"paint-{model.name}-{'all' if here is None else here}")

    def stroke() -> None:
        others: list[Cell] = [cell for cell in hidden.cells if cell[0] != here]
        new: list[Cell] = [(here, y, x) for y, x in painted(key, dict(model.entry))]
        _put(hidden, tuple(others + new), st.session_state.get(fill_key))

    painter(
        run,
        dict(model.entry),
        frame,
        [row * grid["columns"] + column for row, column in cells],
        fill=str(fill or hidden.fill),
        key=key,
        on_change=stroke,
    )
    quiet(
        "Drag over the frame to hide patches, and drag over hidden ones to show them again. With the "
        "keyboard: arrow keys and space. "
        f"A cell is {grid['stride']} px wide in the model's frame, a patch {grid['patch']} px. Where patches "
        "overlap, those around a hidden cell lose a rim, and the hidden patch still sees a rim of theirs. "
        "The cells of the first row and column reach beyond the frame: their centers lie on its edge."
    )
    if hidden.cells and st.button(
        "Show all patches again", key=state.key("show-all"), icon=":material/layers_clear:"
    ):
        state.put(lambda i: isinstance(i, PatchesHidden), (), renew=True)
        st.rerun()


def frames(run: StoredRun, frame: int, listed: Sequence[Intervention]) -> None:
    """Draw the choice of the order in which frames are shown."""
    mine = [i for i in listed if isinstance(i, FrameIntervention)]
    now = "kept" if not mine else "several" if len(mine) > 1 else mine[0].kind
    key = state.key("order")

    def reorder() -> None:
        new: dict[str, list[Intervention]] = {
            "kept": [],
            "reverse": [FramesReversed()],
            "shuffle": [FramesShuffled(0)],
            "freeze": [FramesFrozen(frame)],
            "drop": [FramesDropped((frame,))],
            "several": list(mine),
        }
        _put_frames(new[st.session_state[key]], renew=True)

    st.selectbox(
        "Order of the frames",
        [order for order in _ORDERS if order != "several" or now == "several"],
        index=list(_ORDERS).index(now) if now != "several" else len(_ORDERS) - 1,
        format_func=lambda order: _ORDERS[order],
        key=key,
        on_change=reorder,
    )
    if now == "shuffle":
        _seed(mine[0])
    elif now == "freeze":
        _frozen(run, mine[0])
    elif now == "drop":
        _dropped(run, mine[0])
    quiet(
        "Maps of a reversed or shuffled clip are compared picture by picture: where a picture stood before, "
        "and where it stands after. In place of a dropped frame, the frame before it is repeated, since the "
        "network takes a fixed number of frames."
    )


def picture(run: StoredRun, models: Sequence[Model], listed: Sequence[Intervention]) -> None:
    """Draw the sliders that crop the picture, and the choice of its size."""
    crop = next((i for i in listed if isinstance(i, Cropped)), Cropped(0, 0, 100, 100))
    across, down = state.key("across"), state.key("down")

    def cut() -> None:
        (left, right), (top, bottom) = st.session_state[across], st.session_state[down]
        whole = (left, top, right, bottom) == (0, 0, 100, 100)
        if right - left < 10 or bottom - top < 10:
            state.put(lambda i: False, [], renew=True)
            return
        state.put(
            lambda i: isinstance(i, Cropped), [] if whole else [Cropped(left, top, right, bottom)]
        )

    st.slider("Crop across (%)", 0, 100, (crop.left, crop.right), 1, key=across, on_change=cut)
    st.slider("Crop down (%)", 0, 100, (crop.top, crop.bottom), 1, key=down, on_change=cut)
    own = max(model.config.image_size for model in models)
    display = run.manifest["display"]
    largest = min(display["height"], display["width"])
    size = next((i.short_side for i in listed if isinstance(i, Resized)), own)
    sides = sorted({own, size, *(s for s in _SIDES if s <= largest)})
    key = state.key("side")

    def resize() -> None:
        side = st.session_state[key]
        state.put(lambda i: isinstance(i, Resized), [] if side == own else [Resized(side)])

    st.selectbox(
        "Short side",
        sides,
        index=sides.index(size),
        format_func=lambda s: f"{s} px" + (" (as trained)" if s == own else ""),
        key=key,
        on_change=resize,
    )
    quiet(
        "A cropped picture is scaled to the short side. Crop and scaling start from the frames that the run "
        f"keeps for display, JPEG pictures of {display['width']} × {display['height']} px. At least a tenth "
        "of the picture stays."
    )


def _hidden(model: Model, listed: Sequence[Intervention]) -> PatchesHidden:
    """Join all hidden patches on the model's grid in one intervention."""
    grid = model.entry["grid"]
    size = (grid["rows"], grid["columns"])
    mine = [i for i in listed if isinstance(i, PatchesHidden) and (i.rows, i.columns) == size]
    cells = tuple(cell for i in mine for cell in i.cells)
    return PatchesHidden(cells, *size, mine[0].fill if mine else "blur")


def _put(hidden: PatchesHidden, cells: Sequence[Cell], fill: Any) -> None:
    size = (hidden.rows, hidden.columns)
    state.put(
        lambda i: isinstance(i, PatchesHidden) and (i.rows, i.columns) == size,
        [PatchesHidden(tuple(cells), *size, fill or hidden.fill)],
    )


def _put_frames(new: Sequence[Intervention], *, renew: bool = False) -> None:
    state.put(lambda i: isinstance(i, FrameIntervention), new, renew=renew)


def _seed(shuffled: Intervention) -> None:
    assert isinstance(shuffled, FramesShuffled)
    key = state.key("seed")
    st.number_input(
        "Seed",
        0,
        10**6,
        shuffled.seed,
        key=key,
        help="Another seed gives another random order; the same seed gives the same order again.",
        on_change=lambda: _put_frames([FramesShuffled(int(st.session_state[key]))]),
    )


def _frozen(run: StoredRun, frozen: Intervention) -> None:
    assert isinstance(frozen, FramesFrozen)
    key = state.key("frozen")
    st.slider(
        "Frame that is repeated",
        0,
        max(1, run.frames - 1),
        min(frozen.frame, run.frames - 1),
        key=key,
        on_change=lambda: _put_frames([FramesFrozen(st.session_state[key])]),
    )


def _dropped(run: StoredRun, dropped: Intervention) -> None:
    assert isinstance(dropped, FramesDropped)
    key = state.key("dropped")

    def drop() -> None:
        frames = st.session_state[key]
        _put_frames([FramesDropped(tuple(frames))] if frames else [], renew=not frames)

    st.multiselect(
        "Frames that are dropped",
        list(range(run.frames)),
        default=[f for f in dropped.frames if f < run.frames],
        key=key,
        on_change=drop,
    )
