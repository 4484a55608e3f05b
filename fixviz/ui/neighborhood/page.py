"""The Neighborhood page: which neighbors are read, how much they contribute, what changes without them."""

from __future__ import annotations

import streamlit as st

from fixviz.model.effort import is_small
from fixviz.reading.definitions import help_for
from fixviz.reading.figures import leave_one_out
from fixviz.reading.figures import neighborhood as figures
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import View, reads_neighbors
from fixviz.ui.inspect_run.choices import choose_frame, choose_layer, choose_model, choose_ratio
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.counting import explain
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.inspect_run.open_run import open_run
from fixviz.ui.neighborhood import beside, compass
from fixviz.ui.text import quiet


def show() -> None:
    """Draw the page for the run in view."""
    run = open_run("Neighborhood", texts.INTRO)
    if run is None:
        return
    view = _choose(run)
    if view is None:
        st.info(texts.NONE, icon=":material/info:")
        return
    others = [entry["title"] for entry in run.models if not reads_neighbors(entry)]
    alone = f" Without neighbors, so not shown here: {', '.join(others)}." if others else ""
    quiet(f"Layer {view.layer}; {view.moment}; {view.checkpoint}.{alone}")
    explain()
    if not view.fixed:
        quiet(
            "This model has no feature fixation, so there are no ratios to look at. You can see what "
            "changes when a neighbor is left out."
        )
    found = _stored(view)
    st.header("The compass", anchor=False, help=help_for("neighborhood contribution"))
    compass.show(view, found)
    st.header("Leave one out", anchor=False, help=help_for("leave one out"))
    found = _asked(view, "leave_one_out", "Leaving out one neighbor after the other")
    if found is not None:
        predicted = _asked(view, "left_out_predictions", "Predicting without each neighbor")
        changes = described(leave_one_out.changes, view, found, predicted)
        if changes is not None:
            draw(changes)
        if predicted is not None:
            draw(described(leave_one_out.predictions, view, predicted))
    st.header("Per layer and per frame", anchor=False, help=help_for("leave one out"))
    if view.fixed:
        st.subheader(f"Share of the logit of the {view.which}'s ratio", anchor=False)
        draw(described(figures.shares, view), across=380)
    if found is not None:
        st.subheader("Leave one out: relative change of the output", anchor=False)
        draw(described(leave_one_out.output_change, view, found), across=380)
    st.header("The same model without neighbors", anchor=False)
    beside.show(view, large=_large(view))
    st.header("Which heads read which neighbor", anchor=False)
    heads = described(figures.heads, view)
    if heads is None:
        quiet(f"Layer {view.layer} reads no neighbors.")
    else:
        draw(heads)
    st.header("At the border", anchor=False)
    draw(described(figures.border, view))


def _choose(run: StoredRun) -> View | None:
    """Choose model, layer, ratio and frame; return None without a model that reads neighbors."""
    if not any(map(reads_neighbors, run.models)):
        return None
    with st.grid("auto", min_column_width=230):
        entry = choose_model(run, reads_neighbors)
        assert entry is not None
        layer = choose_layer(entry)
        which = "query"
        if entry["fixation"] != "none":
            which = choose_ratio("Shares and parts below are of the logit of this ratio.")
        with st.container():
            frame = choose_frame(run)
    return View(run, entry, layer, frame, which)


def _large(view: View) -> bool:
    """Return whether leaving out takes so long that somebody should ask for it."""
    grid, windows = view.entry["grid"], view.entry["windows"]["start"]
    return not is_small(view.config, len(windows), grid["rows"], grid["columns"])


def _arguments(view: View) -> dict[str, int]:
    """Return what to compute: everything for small models, one layer at a time for large ones."""
    return {"layer": view.layer} if _large(view) else {}


def _stored(view: View) -> StoredResult | None:
    return view.run.derived("leave_one_out", view.model, _arguments(view))


def _asked(view: View, kind: str, title: str) -> StoredResult | None:
    """Return a result about what is left out, which is computed by itself for small models."""
    if not _large(view):
        return derived(view.run, kind, view.model, {}, title=title)
    return derived(
        view.run,
        kind,
        view.model,
        _arguments(view),
        title=f"{title}, in layer {view.layer}",
        button=f"{title}, in layer {view.layer}",
    )
