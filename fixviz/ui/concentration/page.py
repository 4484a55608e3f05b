"""Concentration: how much of the attention is on how few keys, and whether it is where it counts."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fixviz.reading.counting import BY_SLOT, BY_SOURCE
from fixviz.reading.definitions import help_for
from fixviz.reading.measures import METRICS, MOTION, TARGET, Measure
from fixviz.reading.phrases import capital
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import concentration as texts
from fixviz.reading.values.concentration import keys_of
from fixviz.reading.views import View
from fixviz.ui.concentration import sections
from fixviz.ui.inspect_run.choices import (
    choose_axis,
    choose_frame,
    choose_head,
    choose_layer,
    select,
)
from fixviz.ui.inspect_run.counting import explain
from fixviz.ui.inspect_run.open_run import open_run
from fixviz.ui.pages import page_file
from fixviz.ui.session import link_parameters
from fixviz.ui.text import conclude, quiet


def show() -> None:
    """Draw the page for the run in view."""
    run = open_run("Concentration", texts.INTRO)
    if run is None:
        return
    view = _choose(run)
    if not view.models:
        st.warning("No model of this run has that layer and head. Choose others.")
        return
    _where(view)
    explain()
    st.header("Over time", anchor=False)
    measure = _choose_measure("Measure", METRICS, "measure", "concentration_measure")
    sections.over_time(view, measure, "concentration", BY_SLOT)
    conclude(texts.MEASURED[measure.name])
    st.header("Layers and heads", anchor=False)
    sections.grids(view, measure, "concentration", BY_SLOT)
    conclude(texts.GRIDS)
    _frame(view)
    _target(view)


def _choose(run: StoredRun) -> View:
    """Axis, layer, head and frame; offered is what any model of the run has."""
    widest: dict[str, Any] = {
        "axes": list(dict.fromkeys(axis for entry in run.models for axis in entry["axes"])),
        "layers": max(entry["layers"] for entry in run.models),
        "heads": max(entry["heads"] for entry in run.models),
    }
    with st.grid("auto", min_column_width=230):
        axis = choose_axis(widest)
        layer = choose_layer(widest)
        head = choose_head(widest)
        with st.container():
            frame = choose_frame(run)
    return View(run, axis, layer, head, frame)


def _where(view: View) -> None:
    """Checkpoints and layer in view, and the way to the same view in the player."""
    counts = {keys_of(entry, view.axis) for entry in view.models}
    keys = " or ".join(str(count) for count in sorted(counts))
    quiet(f"{capital(view.place)}. Every query has N = {keys} keys. {view.checkpoints}.")
    st.page_link(
        page_file("inspect", "watch"),
        label="Open this layer and head in Watch",
        icon=":material/smart_display:",
        query_params=link_parameters(view.run.handle, sections.parameters(view)),
    )


def _choose_measure(label: str, measures: tuple[Measure, ...], word: str, key: str) -> Measure:
    named = {measure.name: measure for measure in measures}
    name = select(
        label,
        list(named),
        word,
        measures[0].name,
        lambda n: named[n].title,
        key=key,
        help="\n\n".join(f"**{m.title}.** {help_for(m.word)}" for m in measures),
        width=320,
    )
    return named[name]


def _frame(view: View) -> None:
    """The frame in view: all numbers, Lorenz curves, and the queries one by one."""
    st.header(
        f"Frame {view.frame}, {view.run.timestamp(view.frame):.2f} s",
        anchor=False,
        help=help_for("Lorenz curve"),
    )
    sections.this_frame(view)
    first = view.models[0]["name"]
    if not view.run.has(f"{first}/{view.axis}/lorenz"):
        quiet(
            "An earlier version made this run, without Lorenz curves and the distribution over queries. "
            "Analyze the clip again to see them here."
        )
        return
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            st.markdown("**Lorenz curves**", help=help_for("Lorenz curve"))
            sections.lorenz(view)
            conclude(texts.LORENZ)
        with st.container():
            st.markdown("**Distribution over queries**", help=help_for("concentration"))
            sections.distribution(view)
            conclude(texts.DISTRIBUTION)


def _target(view: View) -> None:
    """Whether attention is where the class is decided, or, where that is unknown, where something moves."""
    first = view.models[0]["name"]
    if view.run.has(f"{first}/{view.axis}/{TARGET[0].name}"):
        st.header("On what decides the class", anchor=False)
        quiet(texts.TARGET_INTRO)
        measure = _choose_measure("Measure against the truth", TARGET, "target", "target_measure")
        segments = (view.run.manifest.get("truth") or {}).get("segments", [])
    else:
        st.header("Where something moves", anchor=False)
        quiet(texts.MOTION_INTRO)
        held = tuple(m for m in MOTION if view.run.has(f"{first}/{view.axis}/{m.name}"))
        if not held:
            quiet(
                "An earlier version made this run, without measuring motion. Analyze the clip again to see "
                "it here."
            )
            return
        measure = _choose_measure("Measure against the motion", held, "motion", "motion_measure")
        segments = []
    counted, text = BY_SOURCE, texts.MEASURED[measure.name]
    sections.over_time(view, measure, "target", counted, segments)
    conclude(text)
    sections.grids(view, measure, "target", counted)
