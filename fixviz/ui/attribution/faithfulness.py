"""Whether maps name what a model uses: deletion and insertion against random orders."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.reading.definitions import help_for
from fixviz.reading.figures import faithfulness as figures
from fixviz.reading.values.attribution import View
from fixviz.reading.values.faithfulness import KIND
from fixviz.ui.inspect_run.compute import asked_for, derived
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.text import plain, quiet

_WANTED: Final = "faithfulness_wanted"
_HELP: Final = f"{help_for('deletion and insertion')}\n\n**Infidelity.** {help_for('infidelity')}"


def show(view: View) -> None:
    """Draw the choice of maps, a button that measures them, and what has been measured."""
    st.header("Does the map hold up?", anchor=False, help=_HELP)
    methods = st.multiselect(
        "Maps to measure",
        list(METHODS),
        default=list(dict.fromkeys([view.method.name, "attention_received"])),
        format_func=lambda name: METHODS[name].title,
        key=f"judged-{view.method.name}",
        help="Attention received is measured like any other map.",
    )
    pairs = [(entry, method) for entry in view.models for method in methods]
    stored = [view.run.derived(KIND, e["name"], view.judged(e, method)) for e, method in pairs]
    missing = [pair for pair, result in zip(pairs, stored, strict=True) if result is None]
    if missing:
        _measure(view, missing)
    found = [result for result in stored if result is not None]
    if not found:
        return
    draw(described(figures.areas, found))
    for entry in view.models:
        of_model = [result for result in found if result.request.model == entry["name"]]
        if of_model:
            st.markdown(f"**{plain(view.run.label(entry['name']))}**")
            draw(described(figures.curves, of_model), across=380)


def _measure(view: View, missing: list[tuple[dict[str, Any], str]]) -> None:
    """Compute what is missing, one after the other, once somebody asks for it."""
    wanted = [[entry["name"], method, view.judged(entry, method)] for entry, method in missing]
    asked = st.session_state.get(_WANTED, [])
    # A reload empties the session, but the computation stays in the queue.
    going_on = any(asked_for(view.run, KIND, name, judged) for name, _, judged in wanted)
    if going_on:
        st.session_state[_WANTED] = wanted
    elif not all(item in asked for item in wanted):
        count = len(missing)
        what = "1 map" if count == 1 else f"{count} maps"
        quiet(
            "Every map takes about 500 passes through the network: some 10 s on two cores for the shipped "
            "models, and twice that for occlusion."
        )
        if not st.button(f"Measure {what}", icon=":material/play_arrow:", key="measure"):
            return
        st.session_state[_WANTED] = wanted
    entry, method = missing[0]
    left = "" if len(missing) == 1 else f" ({len(missing)} left)"
    title = f"{entry['title']}, {METHODS[method].title.lower()}{left}"
    derived(view.run, KIND, entry["name"], view.judged(entry, method), title=title)
