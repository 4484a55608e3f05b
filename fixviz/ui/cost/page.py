"""The page Cost: draw what you expect, then see it measured on this server and in this browser."""

from __future__ import annotations

import json
from typing import Final

import streamlit as st

from fixviz.attention_cost.measurement import CostMeasurement
from fixviz.attention_cost.shape import FRAMES, SHAPE_TITLES, SHAPES
from fixviz.reading.figures import attention_cost as figures
from fixviz.ui.cost import in_browser, prediction, server, theory
from fixviz.ui.inspect_run.figures import show as show_figure
from fixviz.ui.text import conclude, quiet
from fixviz.ui.url_state import one_of, switch

_REVEALED: Final = "cost_revealed"
_FOR_THEORY: Final = 16
"""Frames whose tokens fill in the formulas: those of a window of ViT-B."""


def show() -> None:
    """Draw the prediction, and once it is made, measurements, chart, exponents and theory."""
    st.title("Cost", anchor=False)
    st.markdown(
        "How does the time of attention grow with the number of tokens? A clip has as many tokens as it has "
        "frames times patches, and here every token attends to all of them."
    )
    shapes = list(SHAPES)
    shape = st.segmented_control(
        "Attention",
        shapes,
        format_func=SHAPE_TITLES.__getitem__,
        required=True,
        **one_of("cost_shape", "shape", shapes, shapes[0]),
    )
    measured = [one for one in (server.found(shape), in_browser.found(shape)) if one is not None]
    revealed = bool(st.session_state.get(_REVEALED))
    _predict(shape, measured, revealed=revealed)
    if not revealed:
        return
    st.header("Measured", anchor=False)
    server.show(shape)
    in_browser.show(shape)
    if measured:
        _results(measured)
    else:
        quiet("Nothing has been measured for this attention yet.")
    with st.expander("What theory says", icon=":material/function:"):
        theory.show(SHAPES[shape], SHAPES[shape].patches * _FOR_THEORY)


def _predict(shape: str, measured: list[CostMeasurement], *, revealed: bool) -> None:
    """Draw the chart to draw on, and what leads on from it."""
    st.header("Your prediction" if revealed else "First, your prediction", anchor=False)
    if not revealed:
        st.markdown(
            "One frame takes one unit of time. Draw how long more frames take: press on the chart, or move "
            "the sliders. Then do the same for the other two kinds."
        )
    prediction.draw(measured[0] if revealed and measured else None)
    curves = prediction.drawn()
    if revealed:
        for sentence in prediction.compared(curves, measured):
            conclude(sentence)
        return
    with st.container(horizontal=True):
        st.button(
            "Compare with what was measured" if measured else "Measure and compare",
            type="primary",
            icon=":material/visibility:",
            key="cost_reveal",
            disabled=not prediction.is_begun(curves),
            on_click=_reveal,
            args=(shape, not measured),
        )
        st.button("Skip the prediction", key="cost_skip", on_click=_reveal, args=(shape, False))


def _reveal(shape: str, measure: bool) -> None:
    st.session_state[_REVEALED] = True
    if measure:
        server.start(shape)


def _results(measured: list[CostMeasurement]) -> None:
    """Draw the chart of one quantity, the exponents, and all of it as one file."""
    quantities = list(figures.QUANTITIES)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        quantity = st.segmented_control(
            "Show",
            quantities,
            format_func=figures.QUANTITY_TITLES.__getitem__,
            required=True,
            **one_of("cost_quantity", "quantity", quantities, quantities[0]),
        )
        hide = st.toggle("Hide theory", **switch("cost_plain", "plain"))
    show_figure(figures.curves(measured, quantity, theory=not hide))
    show_figure(figures.summary(measured))
    with st.container(horizontal=True):
        for one in measured:
            place = "server" if one.place == "server" else "browser"
            st.download_button(
                "Everything measured on this server (JSON)"
                if place == "server"
                else "Everything measured in this browser (JSON)",
                json.dumps(one.to_dict(), indent=2),
                f"attention-cost-{place}.json",
                "application/json",
                icon=":material/download:",
                key=f"cost_json_{place}",
                on_click="ignore",
            )
    quiet(
        f"The same on the command line: fixviz bench --shape NAME --json. Measured up to {FRAMES[-1]} "
        "frames, as far as time and memory reach."
    )
