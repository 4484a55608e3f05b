"""The maps: computed where they are missing, then the frame in view large, the others in a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from fixviz.reading.definitions import help_for
from fixviz.reading.figures import attribution as figures
from fixviz.reading.run import StoredResult
from fixviz.reading.texts import attribution as texts
from fixviz.reading.texts.attribution_results import facts
from fixviz.reading.values.attribution import KIND, View
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.text import conclude, plain, quiet

_SPANS: Final[dict[figures.Span, str]] = {
    "model": "Each model its own",
    "shared": "Shared by all models",
    "frame": "Each frame its own",
}
_SLOW: Final = ("integrated_gradients", "occlusion")


def compute(view: View) -> dict[str, StoredResult]:
    """Return the results that are there, by model.

    For the others draw their progress, or a button where they take long.
    """
    found = {}
    slow = view.whole_clip and view.method.name in _SLOW
    for entry in view.models:
        result = derived(
            view.run,
            KIND,
            entry["name"],
            view.arguments(entry),
            title=f"{entry['title']}, {view.method.title.lower()}",
            button=f"Compute the whole clip for {entry['title']}" if slow else None,
        )
        if result is not None:
            found[entry["name"]] = result
    return found


def show(view: View, results: Mapping[str, StoredResult]) -> None:
    """Draw a card with the frame in view for each model, then its other frames with all facts."""
    shown = list(results.values())
    if shown:
        span = st.segmented_control(
            "Colors span",
            list(_SPANS),
            format_func=lambda name: _SPANS[name],
            default="model",
            required=True,
            key="color_scale",
            help="Logits of different models have different scales. So compare places between models, "
            "but strengths only within one model.",
        )
        with st.grid("auto", min_column_width=300, gap="medium"):
            for name, result in results.items():
                exact = result.description["convergence_delta"] is not None
                with st.container(border=True):
                    st.markdown(
                        f"**{plain(view.run.label(name))}**",
                        help=help_for("convergence delta") if exact else None,
                    )
                    large = described(
                        figures.maps, result, frame=view.frame, span=span, beside=shown
                    )
                    draw(large, brief=True)
                    quiet(facts(result))
        if view.method.signed:
            quiet(texts.SIGNED)
        for name, result in results.items():
            st.markdown(f"**{plain(view.run.label(name))}**")
            draw(described(figures.maps, result, span=span, beside=shown), follows=False)
    conclude(texts.METHODS[view.method.name])
