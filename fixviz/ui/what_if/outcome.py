"""Models run again with something changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fixviz.analysis.what_if.frames import frame_order
from fixviz.analysis.what_if.interventions import Intervention
from fixviz.analysis.what_if.picture import Resized
from fixviz.analysis.what_if.plain import to_json
from fixviz.reading.values.changed_model import Model
from fixviz.reading.values.what_if import Outcome, View, place_of
from fixviz.ui.inspect_run.compute import asked_for, derived
from fixviz.ui.text import plain, quiet


def outcome(
    view: View, model: Model, interventions: tuple[Intervention, ...], *, whole_clip: bool
) -> Outcome | None:
    """Return what the changed model does; None while it is computed, with progress on the page.

    whole_clip: whether all windows are run, or only the one from which the frame takes its maps.
    """
    arguments: dict[str, Any] = {"interventions": to_json(interventions)}
    if not whole_clip:
        order = frame_order(interventions, view.run.frames).tolist()
        place = place_of(view.frame, order)
        arguments["window"] = int(model.entry["window_of_frame"][place])
    result = derived(view.run, "what_if", model.name, arguments, title=model.title)
    return None if result is None else Outcome(view, model, interventions, result)


def run_whole_clip(view: View, model: Model, interventions: Sequence[Intervention]) -> bool:
    """Return whether to run all windows: at once where that is quick, else when somebody asks for it."""
    sides = [i.short_side for i in interventions if isinstance(i, Resized)]
    if model.is_quick(sides[0] if sides else model.config.image_size):
        return True
    key = f"what-if-whole-{model.name}"
    arguments = {"interventions": to_json(interventions)}
    if key not in st.session_state and asked_for(view.run, "what_if", model.name, arguments):
        # The page was reloaded while the whole clip was being run.
        st.session_state[key] = True
    whole = st.toggle(
        f"Run the whole clip through {plain(model.title)}",
        key=key,
        help="This takes longer. You see the progress and can cancel it.",
    )
    if not whole:
        quiet(
            f"Only the window around frame {view.frame} is run, since the whole clip takes a while."
        )
    return whole
