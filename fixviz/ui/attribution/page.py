"""The Attribution page: which patches an answer rests on, and whether that can be believed."""

from __future__ import annotations

import streamlit as st

from fixviz.reading.definitions import help_for
from fixviz.reading.notes import notes_of
from fixviz.reading.texts import attribution as texts
from fixviz.reading.values.attribution import SHARED
from fixviz.ui.attribution import agreement, controls, faithfulness, maps
from fixviz.ui.inspect_run.open_run import open_run
from fixviz.ui.text import quiet


def show() -> None:
    """Draw the page for the run in view."""
    run = open_run("Attribution", texts.INTRO)
    if run is None:
        return
    view = controls.choose(run)
    if view.method.uses_target:
        chosen_by_all = view.shared if view.target == SHARED else None
        where = "clip" if view.whole_clip else "window"
        quiet(texts.explained(view.class_name, chosen_by_all, where))
    for entry in run.models:
        if entry not in view.models:
            quiet(f"{entry['title']} does not know the class “{view.class_name}” and is left out.")
    for note in notes_of(view.models):
        quiet(note, ":material/info:")
    st.header(view.method.title, anchor=False, help=help_for(view.method.title))
    results = maps.compute(view)
    maps.show(view, results)
    if view.method.name != "attention_received":
        agreement.show(view, results)
    faithfulness.show(view)
