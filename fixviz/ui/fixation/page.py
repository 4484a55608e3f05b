"""The Fixation page: where ratios are high, how they are spread, what drives them, what they do."""

from __future__ import annotations

import streamlit as st

from fixviz.reading.definitions import help_for
from fixviz.reading.figures import channels, fixation, logit_parts
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import View, fixed, has_variants
from fixviz.ui.inspect_run.choices import (
    choose_axis,
    choose_frame,
    choose_head,
    choose_layer,
    choose_model,
    choose_ratio,
)
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.counting import explain
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.inspect_run.open_run import open_run
from fixviz.ui.inspect_run.picker import chosen_patch
from fixviz.ui.pages import page_file
from fixviz.ui.session import link_parameters
from fixviz.ui.text import conclude, quiet
from fixviz.ui.url_state import in_view, switch


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
    whole = st.toggle(
        "Colors from 0 to 1",
        **switch("ratio_scale", "unit_scale"),
        help="Off: colors go from the lowest to the highest ratio in these pictures, the same for both rows.",
    )
    draw(described(fixation.ratio_maps, view, unit_scale=whole))
    if not has_variants(view):
        st.info(texts.EARLIER, icon=":material/history:")
        return
    st.header("Do they concentrate attention?", anchor=False, help=_effect_help())
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            st.markdown("**Over time**")
            draw(described(fixation.effect, view))
        with st.container():
            st.markdown("**Per layer**")
            draw(described(fixation.effect_per_layer, view))
    st.header("How are they spread?", anchor=False, help=help_for("fixation ratio"))
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            st.markdown("**In this attention**")
            draw(described(fixation.histogram, view))
        with st.container():
            st.markdown(f"**In every layer and head** (ratio of the {view.which})")
            draw(described(fixation.histogram_of_all_heads, view))
    st.header("Which channels vary most?", anchor=False, help=help_for("ratio spread"))
    found = _one_frame(view)
    draw(described(channels.channels, view))
    if found is not None:
        draw(described(channels.channel_maps, view, found))
    st.header("What drives the ratio?", anchor=False, help=help_for("logit parts"))
    _parts(view, found)
    st.header("Features before and after", anchor=False, help=help_for("fixation ratio"))
    draw(described(channels.features, view))


def _choose(run: StoredRun) -> View | None:
    """Let the visitor choose model, attention, layer, head, ratio and frame.

    None if no model of the run has fixation.
    """
    if not any(map(fixed, run.models)):
        return None
    with st.grid("auto", min_column_width=230):
        entry = choose_model(run, fixed)
        assert entry is not None
        axis = choose_axis(entry)
        layer = choose_layer(entry)
        head = choose_head(entry)
        which = choose_ratio("Figures that show a single ratio show this one.")
        with st.container():
            frame = choose_frame(run)
    return View(run, entry, axis, layer, head, frame, which)


def _where(view: View) -> None:
    """Name what is in view and which models are left out, and link to the player."""
    others = [entry["title"] for entry in view.run.models if not fixed(entry)]
    left_out = f" Without fixation, so not shown here: {', '.join(others)}." if others else ""
    quiet(f"{view.place.capitalize()}; {view.moment}; {view.checkpoint}.{left_out}")
    explain()
    st.page_link(
        page_file("inspect", "watch"),
        label="Turn the fixation dial in Watch",
        icon=":material/smart_display:",
        query_params=link_parameters(view.run.handle, in_view()),
    )


def _effect_help() -> str:
    return (
        f"**Concentration.** {help_for('concentration')}\n\n**All set to 1.** "
        f"{help_for('ratios set to 1')}\n\n**Shuffled.** {help_for('ratios shuffled')}"
    )


def _one_frame(view: View) -> StoredResult | None:
    """Return the frame's parts and ratios, token by token; compute them when they are not there yet."""
    return derived(
        view.run,
        "logit_parts",
        view.model,
        {"axis": view.axis, "layer": view.layer, "frame": view.frame},
        title="Splitting the ratios of this frame into their parts",
    )


def _parts(view: View, found: StoredResult | None) -> None:
    """Draw the parts of the logit over the frames of the clip, and in one token of the frame in view."""
    st.markdown("**In every frame**")
    sizes = st.toggle(
        "Sizes without sign", help=help_for("logit parts"), **switch("part_sizes", "sizes")
    )
    draw(described(logit_parts.parts_over_time, view, sizes=sizes))
    st.markdown(f"**In one token of frame {view.frame}**")
    if found is None:
        quiet(
            "This figure appears once the ratios of this frame are split into their parts, see above."
        )
        return
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            patch = chosen_patch(view.entry, "fixation-patch")
            draw(described(logit_parts.logit_map, view, found, patch), selectable=True)
        with st.container():
            draw(described(logit_parts.parts_of_a_token, view, found, patch))
    conclude(texts.PARTS)
