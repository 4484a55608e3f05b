"""The compass: what each of the ten neighbors contributes, over the frame and at one patch."""

from __future__ import annotations

from functools import partial

import streamlit as st

from fixviz.reading.definitions import help_for
from fixviz.reading.figures import neighborhood as figures
from fixviz.reading.run import StoredResult
from fixviz.reading.values.leave_one_out import has_layer, left_out_maps
from fixviz.reading.values.neighborhood import (
    LEFT_OUT,
    MEASURES,
    SHARE,
    Arm,
    Array,
    Measure,
    View,
    share_maps,
    signed_maps,
)
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.inspect_run.picker import chosen_patch
from fixviz.ui.text import quiet
from fixviz.ui.url_state import one_of


def show(view: View, left_out: StoredResult | None) -> None:
    """Choose a measure; draw the numbers of one patch, and maps of all directions in their places."""
    measure = _choose(view)
    arms = [arm for arm in view.arms() if arm.heads]
    if not arms:
        st.info(f"Layer {view.layer} reads no neighbors; choose another.", icon=":material/info:")
        return
    maps = _maps(view, arms, measure, left_out)
    if maps is None:
        return
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            patch = chosen_patch(view.entry, "neighbor-patch")
            draw(described(figures.patch_map, view, measure, maps, patch), selectable=True)
        with st.container():
            draw(described(figures.compass, view, measure, arms, maps, patch))
    draw(described(figures.compass_maps, view, measure, arms, maps, patch))


def _choose(view: View) -> Measure:
    """Let the visitor choose a measure that the model has; without fixation only leave one out."""
    offered = list(MEASURES) if view.fixed else [LEFT_OUT.name]
    titles = {name: MEASURES[name].title for name in offered}
    name = st.segmented_control(
        "Measure",
        offered,
        required=True,
        format_func=lambda name: titles[name],
        help=f"**Share.** {help_for('neighborhood contribution')}\n\n**Signed part.** "
        f"{help_for('logit parts')}\n\n**Leave one out.** {help_for('leave one out')}",
        **one_of("neighbor_measure", "measure", offered, offered[0], lambda name: titles[name]),
    )
    return MEASURES[name if name in offered else offered[0]]


def _maps(
    view: View, arms: list[Arm], measure: Measure, left_out: StoredResult | None
) -> partial[Array] | None:
    """Return what makes a map for each arm, [arms, h, w]; None while its numbers are not computed."""
    if measure == SHARE:
        return partial(share_maps, view, arms)
    if measure == LEFT_OUT:
        if left_out is None or not has_layer(view, left_out):
            quiet("This layer is not computed yet: see Leave one out below.")
            return None
        return partial(left_out_maps, view, arms, left_out)
    found: dict[str, StoredResult] = {}
    for axis in view.entry["neighbors"]:
        arguments = {"axis": axis, "layer": view.layer, "frame": view.frame}
        title = f"Splitting the ratios of the {axis} attention"
        result = derived(view.run, "logit_parts", view.model, arguments, title=title)
        if result is not None:
            found[axis] = result
    if len(found) < len(view.entry["neighbors"]):
        return None
    return partial(signed_maps, view, arms, found)
