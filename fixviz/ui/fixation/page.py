"""The Fixation page: where ratios are high, how they are spread, what drives them, what they do."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fixviz.reading.definitions import help_for
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import View
from fixviz.ui.address_words import in_view
from fixviz.ui.fixation import sections, token
from fixviz.ui.inspect_run.choices import (
    choose_axis,
    choose_frame,
    choose_head,
    choose_layer,
    choose_model,
    choose_ratio,
)
from fixviz.ui.inspect_run.counting import explain
from fixviz.ui.inspect_run.open_run import open_run
from fixviz.ui.pages import page_file
from fixviz.ui.text import quiet
from fixviz.ui.watch.state import link_words


def show() -> None:
    """Draw the page for the run in view."""
    run = open_run("Fixation", texts.INTRO)
    if run is None:
        return
    view = _choose(run)
    if view is None:
        st.info(texts.NOT_LEARNED, icon=":material/info:")
        return
    _where(view)
    st.header("Where are the ratios high?", anchor=False, help=help_for("fixation ratio"))
    sections.ratio_maps(view)
    if not run.has(f"{view.model}/{view.axis}/metrics_ratios/ones"):
        st.info(texts.EARLIER, icon=":material/history:")
        return
    st.header("Do they concentrate attention?", anchor=False, help=_effect_help())
    sections.concentration(view)
    st.header("How are they spread?", anchor=False, help=help_for("fixation ratio"))
    sections.distribution(view)
    st.header("Which channels vary most?", anchor=False, help=help_for("ratio spread"))
    found = token.detail(view)
    token.channels(view, found)
    st.header("What drives the ratio?", anchor=False, help=help_for("logit parts"))
    st.markdown("**In every frame**")
    token.parts_over_time(view)
    st.markdown(f"**In one token of frame {view.frame}**")
    if found is not None:
        token.parts_of_a_token(view, found)
    else:
        quiet(
            "This figure appears once the ratios of this frame are split into their parts, see above."
        )
    st.header("Features before and after", anchor=False, help=help_for("fixation ratio"))
    sections.features(view)


def _choose(run: StoredRun) -> View | None:
    """Model, attention, layer, head, ratio and frame; None without a model that has fixation."""
    if not any(map(_fixed, run.models)):
        return None
    with st.grid("auto", min_column_width=230):
        entry = choose_model(run, _fixed)
        assert entry is not None
        axis = choose_axis(entry)
        layer = choose_layer(entry)
        head = choose_head(entry)
        which = choose_ratio("Figures that show a single ratio show this one.")
        with st.container():
            frame = choose_frame(run)
    return View(run, entry, axis, layer, head, frame, which)


def _fixed(entry: dict[str, Any]) -> bool:
    return bool(entry["fixation"] != "none")


def _where(view: View) -> None:
    """What is in view, the models left out, and the way to the player."""
    others = [entry["title"] for entry in view.run.models if not _fixed(entry)]
    left_out = f" Without fixation, so not shown here: {', '.join(others)}." if others else ""
    quiet(f"{view.place}; {view.moment}; {view.checkpoint}.{left_out}")
    explain()
    st.page_link(
        page_file("inspect", "watch"),
        label="Turn the fixation dial in Watch",
        icon=":material/smart_display:",
        query_params=link_words(view.run.handle, in_view()),
    )


def _effect_help() -> str:
    return (
        f"**Concentration.** {help_for('concentration')}\n\n**All set to 1.** "
        f"{help_for('ratios set to 1')}\n\n**Shuffled.** {help_for('ratios shuffled')}"
    )
