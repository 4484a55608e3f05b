"""The same model without neighbors beside it: trained so, or with every direction switched off."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from fixviz.reading.figures import without_neighbors as figures
from fixviz.reading.map_pictures import with_view
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import View
from fixviz.reading.values.without_neighbors import Compared, compared, compared_off, partners
from fixviz.ui.inspect_run.choices import choose_axis
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.text import quiet
from fixviz.ui.url_state import one_of

_OFF = "off"


def show(view: View, *, large: bool) -> None:
    """Draw attention received and concentration of both, in the layer in view.

    large: whether the model runs without its neighbors only when asked to.
    """
    others = {entry["name"]: entry for entry in partners(view)}
    titles = {name: f"{entry['title']} (trained without)" for name, entry in others.items()}
    titles[_OFF] = "The same weights, every direction off"
    names, chosen = list(titles), _OFF
    with st.grid("auto", min_column_width=320, gap="medium"):
        if others:
            asked = st.segmented_control(
                "Beside it",
                names,
                required=True,
                format_func=lambda name: titles[name],
                **one_of("beside", "beside", names, names[0], lambda name: titles[name]),
            )
            chosen = asked or names[0]
        view = replace(view, axis=choose_axis(view.entry))
    if not others:
        quiet(texts.ALONE)
    if chosen == _OFF:
        other = _switched_off(view, titles[_OFF], large=large)
    else:
        other = partial(compared, view, others[chosen], titles[chosen], texts.TRAINED)
    if other is None:
        return
    mine = partial(compared, view, view.entry, "With its neighbors")
    draw(described(figures.received, view, mine, other, with_view(view.run, view.frame)))
    draw(described(figures.concentration, view, mine, other))


def _switched_off(view: View, title: str, *, large: bool) -> partial[Compared] | None:
    found = derived(
        view.run,
        "without_neighbors",
        view.model,
        {},
        title="Running the model without its neighbors",
        button="Run the model without its neighbors" if large else None,
    )
    return None if found is None else partial(compared_off, view, found, title, texts.OFF)
