"""The measurement in this browser, by the player's kernels: the component, and what it sends."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from fixviz.attention_cost.kinds import KINDS
from fixviz.attention_cost.measurement import FORMAT, CostMeasurement
from fixviz.attention_cost.shape import FRAMES, SHAPES
from fixviz.errors import OptionError
from fixviz.ui import urls
from fixviz.ui.cost.prediction import DRAWN
from fixviz.ui.module_component import module_component
from fixviz.ui.services import services

_KEY: Final = "cost_bench"
_KEPT: Final = "cost_in_browser"
_MOST_SECONDS: Final = 12.0
_MOST_POINTS: Final = 100
_WORDS: Final = {
    "start": "Measure in this browser",
    "again": "Measure again in this browser",
    "cancel": "Cancel",
    "progress": "Progress of the measurement in this browser",
    "step": "{kind}, {tokens} tokens",
    "done": "Measured in this browser.",
    "cancelled": "Cancelled. What was measured by then is drawn.",
    "failed": "This browser did not let the measurement run. Use a current version of any browser.",
}

_bench = module_component("fixviz_cost_bench")


def show(shape: str) -> None:
    """Draw the button that measures in this browser, with progress and a way to stop."""
    measured = SHAPES[shape]
    _bench(
        key=_KEY,
        data={
            "modules": urls.cost("bench"),
            "shape": shape,
            "titles": {kind: KINDS[kind].title for kind in DRAWN},
            "task": {
                "kinds": list(DRAWN),
                "sizes": list(measured.tokens(FRAMES)),
                "width": measured.width,
                "heads": measured.heads,
                "seconds": min(_MOST_SECONDS, services().settings.cost_seconds),
            },
            "measured": found(shape) is not None,
            "words": _WORDS,
        },
        on_measured_change=_take,
    )


def found(shape: str) -> CostMeasurement | None:
    """Return what was measured in this browser in this session; None where there is nothing."""
    kept: dict[str, CostMeasurement] = st.session_state.setdefault(_KEPT, {})
    return kept.get(shape)


def _take() -> None:
    """Keep what the browser has sent, of whichever shape it is."""
    sent: Any = (st.session_state.get(_KEY) or {}).get("measured")
    measured = read(sent)
    if measured is not None:
        shape, measurement = measured
        kept: dict[str, CostMeasurement] = st.session_state.setdefault(_KEPT, {})
        kept[shape] = measurement


def read(sent: object) -> tuple[str, CostMeasurement] | None:
    """Return shape and measurement as a browser sends them; None for anything else."""
    if not isinstance(sent, Mapping) or sent.get("shape") not in SHAPES:
        return None
    points = sent.get("points")
    if not isinstance(points, list) or not 0 < len(points) <= _MOST_POINTS:
        return None
    name = str(sent.get("browser") or "")[:40]
    shape = SHAPES[sent["shape"]]
    values = {
        "format": FORMAT,
        "place": "browser",
        "machine": name or "a browser",
        "shape": vars(shape),
        "points": points,
        "stopped": sent.get("stopped") or {},
        "roof_flops": None,
        "threads": 1,
        "measured": time.time(),
    }
    try:
        return sent["shape"], CostMeasurement.from_dict(values)
    except (AttributeError, KeyError, TypeError, ValueError, OptionError):
        return None
