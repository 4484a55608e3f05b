"""Maps before and after over what the network was shown, and their difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.analysis.what_if.frames import crop_pixels, hide_patches
from fixviz.analysis.what_if.picture import Cropped, PatchesHidden
from fixviz.media.overlay import overlay
from fixviz.ui.inspect_run.figures import Table, captioned
from fixviz.ui.inspect_run.pictures import Scale, color_bar, map_picture
from fixviz.ui.inspect_run.sheets import Row, picture_sheet
from fixviz.ui.what_if.outcome import RECEIVED, Outcome
from fixviz.ui.what_if.words import QUANTITIES, caption, file_name
from fixviz.ui.words import quiet

Picture = NDArray[np.uint8]


def maps(outcome: Outcome) -> None:
    """Draw the three pictures, their scales, and what can be saved."""
    view = outcome.view
    what = QUANTITIES[view.quantity]
    if not outcome.has(view.quantity):
        quiet(f"{outcome.model.title} has no {what.lower()}: it has no fixation.")
        return
    before, after = outcome.before_map(), outcome.after_map()
    scale = Scale.of(np.concatenate([before.ravel(), after.ravel()]))
    left = map_picture(view.run, outcome.model.name, view.frame, before, scale)
    right = over_shown(outcome, after, scale)
    drawn = [("Before", left), ("After", right)]
    signed = None
    if outcome.same_grid:
        signed = Scale.signed(after - before)
        drawn.append(("After minus before", over_shown(outcome, after - before, signed)))
    with st.grid("auto", min_column_width=180, gap="small"):
        for name, picture in drawn:
            with st.container(gap="xsmall"):
                st.markdown(f"**{name}**")
                alt = f"{name}: {what.lower()}, {when(outcome)}"
                st.image(picture, width="stretch", alt=alt)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=270):
            color_bar(scale, f"{what}{', 1 = uniform' if view.quantity == RECEIVED else ''}")
        if signed is not None:
            with st.container(width=270):
                color_bar(signed, "After minus before")
    if not outcome.same_grid:
        quiet(
            "There is no difference map: after the change, the patches show other parts of the picture."
        )
    text = caption(outcome, f"{what}, {when(outcome)}, one scale for before and after")
    key, name = f"maps-{outcome.model.name}", file_name(outcome, view.quantity.replace("/", "-"))
    scales = [(s, label) for s, label in ((scale, what), (signed, drawn[-1][0])) if s]
    captioned(
        key,
        name,
        text,
        _table(before, after, outcome.same_grid),
        picture=lambda: picture_sheet([Row("", drawn)], scales, text),
    )


def shown_picture(outcome: Outcome) -> Picture:
    """The display frame as the changed network saw it: with patches hidden, and cut."""
    run, grid = outcome.view.run, outcome.model.entry["grid"]
    frame = outcome.order[outcome.place]
    picture = run.frame_image(frame)[None]
    scale = tuple(float(x) for x in grid["display_per_model"])
    for intervention in outcome.interventions:
        if isinstance(intervention, PatchesHidden):
            here = tuple((0, y, x) for f, y, x in intervention.cells if f in (None, frame))
            only = PatchesHidden(here, intervention.rows, intervention.columns, intervention.fill)
            picture = hide_patches(picture, only, grid["stride"], (scale[0], scale[1]))
    for intervention in outcome.interventions:
        if isinstance(intervention, Cropped):
            left, top, width, height = crop_pixels(intervention, *picture.shape[1:3])
            picture = picture[:, top : top + height, left : left + width]
    return np.ascontiguousarray(picture[0])


def over_shown(outcome: Outcome, values: NDArray[np.floating], scale: Scale) -> Picture:
    """A map over the frame as the changed network saw it."""
    picture = shown_picture(outcome)
    grid: dict[str, Any] = outcome.result.description["grid"]
    drawn: Picture = overlay(
        picture[None],
        scale.shares(values)[None],
        grid["stride"] * picture.shape[0] / grid["model_height"],
        grid["stride"] * picture.shape[1] / grid["model_width"],
        0.6,
        scale.colors,
    )[0]
    return drawn


def when(outcome: Outcome) -> str:
    """Frame, time and windows of both maps."""
    view, (first, second) = outcome.view, outcome.windows()
    before = f"frame {view.frame} at {view.run.timestamp(view.frame):.2f} s"
    if outcome.place == view.frame and outcome.order[outcome.place] == view.frame:
        return f"{before}, {outcome.window_words(first)}"
    shown = outcome.order[outcome.place]
    return (
        f"before {before}, {outcome.window_words(first)}; after frame {shown} shown as number "
        f"{outcome.place}, {outcome.window_words(second)}"
    )


def _table(before: NDArray[np.floating], after: NDArray[np.floating], same: bool) -> Table:
    if same:
        row, column = (index.ravel().tolist() for index in np.indices(before.shape))
        values = {"before": before, "after": after, "after minus before": after - before}
        return {"row": row, "column": column, **{n: v.ravel().tolist() for n, v in values.items()}}
    places = [np.indices(values.shape).reshape(2, -1) for values in (before, after)]
    row, column = np.concatenate(places, axis=1).tolist()
    return {
        "which": ["before"] * before.size + ["after"] * after.size,
        "row": row,
        "column": column,
        "value": np.concatenate([before.ravel(), after.ravel()]).tolist(),
    }
