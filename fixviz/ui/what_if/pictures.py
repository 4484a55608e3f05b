"""Maps before and after over what the network was shown, and their difference."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.reading.changed_pictures import over_shown
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.picture_sheet import Row, picture_sheet
from fixviz.reading.scales import Scale
from fixviz.reading.tables import Table
from fixviz.reading.texts.what_if import QUANTITIES, caption, file_name, when
from fixviz.reading.values.what_if import RECEIVED, Outcome
from fixviz.ui.inspect_run.old_figures import captioned
from fixviz.ui.inspect_run.pictures import color_bar
from fixviz.ui.text import quiet

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
