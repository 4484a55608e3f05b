"""Curves that the visitor draws before anything is shown, and how they compare with what was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from fixviz.attention_cost.kinds import KINDS
from fixviz.attention_cost.measurement import CostMeasurement
from fixviz.reading.texts.attention_cost import PLACES, exponent_phrase
from fixviz.ui import urls
from fixviz.ui.module_component import module_component

DRAWN: Final = ("softmax", "linear", "fixation")
"""Kinds whose curves are drawn, in the order of the models' colors."""
PLACES_DRAWN: Final = (4, 16, 64)
"""Numbers of frames at which a curve is placed; fixviz/browser/cost/curves.js has the same."""
_MOST: Final = 1e4
_KEY: Final = "cost_prediction"
CURVES: Final = "cost_curves"
"""Where a session keeps what was drawn."""
_TITLES: Final = {"softmax": "Softmax", "linear": "Linear", "fixation": "Linear + fixation"}
_WORDS: Final = {
    "plot": "Time of attention against the number of frames, both axes logarithmic.",
    "x": "Frames",
    "y": "Time (one frame = 1)",
    "draw": "Draw",
    "at": "{frames} frames",
    "missing": "Still to draw: {kinds}",
    "drawn": "{kind}: you drew {values}.",
    "measured": "Measured: {value} with {frames} frames.",
}

_prediction = module_component("fixviz_cost_prediction")

Curves = dict[str, list[float | None]]
"""By kind, times at `PLACES_DRAWN` as multiples of the time of one frame; None where nothing is placed."""


def draw(measured: CostMeasurement | None) -> None:
    """Show the chart to draw on. measured: what to lay over it, once the visitor has asked for it."""
    _prediction(
        key=_KEY,
        data={
            "modules": urls.cost("predict"),
            "kinds": [{"id": kind, "title": _TITLES[kind]} for kind in DRAWN],
            "words": _WORDS,
            "placed": drawn(),
            "measured": None if measured is None else relative(measured),
        },
        on_placed_change=_take,
    )


def drawn() -> Curves:
    """Return what the visitor has drawn so far in this session."""
    return clean(st.session_state.get(CURVES))


def _take() -> None:
    """Keep what the browser has sent: its own state is gone once the page is left."""
    sent: Any = (st.session_state.get(_KEY) or {}).get("placed")
    st.session_state[CURVES] = clean(sent)


def clean(sent: object) -> Curves:
    """Return curves as the browser sends them; values that are no times become None."""
    curves = sent if isinstance(sent, Mapping) else {}
    found: Curves = {}
    for kind in DRAWN:
        values = curves.get(kind)
        values = values if isinstance(values, list) and len(values) == len(PLACES_DRAWN) else []
        found[kind] = [_time(value) for value in values] or [None] * len(PLACES_DRAWN)
    return found


def _time(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 1 <= value <= _MOST else None


def is_begun(curves: Curves) -> bool:
    """Tell whether one curve at least is drawn to its end."""
    return any(None not in values for values in curves.values())


def relative(measured: CostMeasurement) -> dict[str, list[list[float]]]:
    """Return points [frames, time over the first time] of each kind that is drawn."""
    patches = measured.shape.patches
    found = {}
    for kind in DRAWN:
        points = measured.of(kind)
        if points:
            first = points[0].seconds * patches / points[0].tokens
            found[kind] = [[p.tokens / patches, p.seconds / first] for p in points]
    return found


def exponent_drawn(values: Sequence[float | None]) -> float | None:
    """Return with which power of the frames a drawn curve grows in all; None for one that has no end."""
    last = values[-1]
    return None if last is None else math.log(last) / math.log(PLACES_DRAWN[-1])


def compared(curves: Curves, measurements: Sequence[CostMeasurement]) -> list[str]:
    """Return a sentence for each drawn curve: its exponent beside the measured ones."""
    said = []
    for kind, values in curves.items():
        yours = exponent_drawn(values)
        laws = [(one, one.fit(kind)) for one in measurements]
        found = [
            f"N^{exponent_phrase(law)} on {PLACES[one.place]}".replace("on this b", "in this b")
            for one, law in laws
            if law is not None
        ]
        if yours is not None and found:
            said.append(
                f"{KINDS[kind].title}: you drew N^{yours:.2f}; measured: {', '.join(found)}."
            )
    return said
