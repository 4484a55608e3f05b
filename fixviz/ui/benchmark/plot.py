"""One figure of the checkpoints against another; a click on a point, or a list beside it, chooses one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from fixviz.reading.benchmark.measured import Measured
from fixviz.reading.benchmark.quantities import PRESETS, QUANTITIES
from fixviz.reading.figures.benchmark import against
from fixviz.reading.texts import benchmark as texts
from fixviz.ui.inspect_run.choices import select
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.text import quiet

_X, _Y, _CLIPS = "concentration", "right", "standard"
_POINT: Final = "benchmark_point"
_CHART: Final = "benchmark-plot"
_HANDLED: Final = "benchmark_clicked"
_EARLIER: Final = {"shipped": "Shipped and own", "all": "Earlier trainings too"}


def show(known: Sequence[Measured], show_card: Callable[[Measured], None]) -> tuple[str, str]:
    """Draw the choices, the plot and beside it the card of the chosen model.

    Returns the id of that model, and the preset of the generated clips.
    """
    with st.grid("auto", min_column_width=200):
        names = list(QUANTITIES)
        x = QUANTITIES[_quantity("Across", names, "x", _X)]
        y = QUANTITIES[_quantity("Up", names, "y", _Y)]
        presets = [p for p in PRESETS if any(p in model.entries for model in known)]
        preset = _CLIPS if _CLIPS in presets else presets[0] if presets else _CLIPS
        if presets:
            preset = select(
                "Generated clips",
                presets,
                "clips",
                preset,
                str.capitalize,
                key="benchmark_clips",
                help="Which clips a figure is of where it depends on them. Models trained on cue clips were "
                "measured on these alone.",
            )
        shown = select(
            "Checkpoints",
            list(_EARLIER),
            "trainings",
            "shipped",
            _EARLIER.__getitem__,
            key="benchmark_trainings",
            help="Shorter trainings and trainings from other seeds were measured, too, but their weights do "
            "not come with fixviz.",
        )
    models = [m for m in known if shown == "all" or m.origin != "earlier"]
    in_plot = [m for m in models if x.read(m, preset) and y.read(m, preset)]
    if not in_plot:
        st.info(texts.NO_POINT, icon=":material/info:")
    left, right = st.columns([3, 2], gap="medium")
    with right:
        chosen = _choose(models, {m.id for m in in_plot})
        with st.container(border=True, key="benchmark-card"):
            show_card(chosen)
    figure = against(models, x, y, preset, chosen.id)
    if figure is not None:
        with left:
            draw(figure, selectable=True)
    return chosen.id, preset


def _quantity(label: str, names: Sequence[str], parameter: str, default: str) -> str:
    return select(
        label,
        names,
        parameter,
        default,
        lambda name: QUANTITIES[name].axis,
        key=f"benchmark_{parameter}",
        help="\n".join(f"- **{q.title}**: {q.about}" for q in QUANTITIES.values()),
    )


def _choose(models: Sequence[Measured], in_plot: set[str]) -> Measured:
    """Return the model of a new click on the plot, else the one of the list."""
    found = {model.id: model for model in models}
    points = (st.session_state.get(_CHART) or {}).get("selection", {}).get("points", [])
    clicked = next((str(p["customdata"][0]) for p in points if p.get("customdata")), None)
    if clicked in found and st.session_state.get(_HANDLED) != clicked:
        st.session_state[_POINT] = clicked
    st.session_state[_HANDLED] = clicked
    default = next((name for name in found if name in in_plot), next(iter(found)))
    if "fixation" in in_plot:
        default = "fixation"
    name = select(
        "Checkpoint",
        list(found),
        "checkpoint",
        default,
        lambda name: _titled(found[name]),
        key=_POINT,
        help="Click a point, or choose here.",
    )
    if name not in in_plot:
        quiet("It has no point: one of the two figures was not measured of it on these clips.")
    return found[name]


def _titled(model: Measured) -> str:
    if model.origin == "earlier":
        return f"{model.title} ({model.training or model.id})"
    return f"{model.title} ({model.id})"
