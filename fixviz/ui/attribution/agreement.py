"""Whether attention ranks the patches as the attribution does, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from fixviz.reading.definitions import help_for
from fixviz.reading.figures import attribution as figures
from fixviz.reading.run import StoredResult
from fixviz.reading.values.attribution import View
from fixviz.ui.inspect_run.choices import choose_head, choose_layer
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.text import quiet

_SIGNED: Final = "The map with its sign"
_STRENGTH: Final = "The map's strength, without the sign"


def show(view: View, results: Mapping[str, StoredResult]) -> None:
    """Let the visitor choose layer and head, and draw a curve over the frames for each model."""
    st.header("Agreement with attention", anchor=False, help=help_for("agreement"))
    if not results:
        quiet("This figure appears once the maps are computed.")
        return
    entries = [view.run.model(name) for name in results]
    # What all models have, so that one choice fits all curves.
    common = {key: min(entry[key] for entry in entries) for key in ("layers", "heads")}
    strength = False
    with st.grid("auto", min_column_width=200):
        layer = choose_layer(common)
        head = choose_head(common)
        if view.method.signed:
            compared = st.selectbox("Compared with", [_SIGNED, _STRENGTH], key="agreement_with")
            strength = compared == _STRENGTH
    shown = list(results.values())
    draw(described(figures.agreement, shown, view.frame, layer, head, strength=strength))
