"""Widgets that choose a view. Their values are query parameters, so that a link opens the same view.

All pages under Inspect share these values: going from one page to the next keeps them. The parameters
are model, axis, layer, head, frame and ratio (fixviz.ui.url_state).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.run import StoredRun
from fixviz.ui.shared_view import MEAN
from fixviz.ui.url_state import one_of, whole

AXES = {
    "spatial": "Spatial (places of one frame)",
    "temporal": "Temporal (frames at one place)",
    "joint": "Joint (all frames and places)",
}


def choose_model(
    run: StoredRun, only: Callable[[dict[str, Any]], bool] = lambda entry: True
) -> dict[str, Any] | None:
    """Let the visitor choose one of the run's models that `only` accepts; None if there is none.

    At first the last of them is chosen.
    """
    entries = {entry["name"]: entry for entry in run.models if only(entry)}
    if not entries:
        return None
    name = select("Model", list(entries), "model", labels=lambda n: entries[n]["title"])
    return entries[name]


def choose_axis(entry: dict[str, Any]) -> str:
    """Let the visitor choose an axis of the model's attention: spatial at first, where there is one."""
    axes = list(entry["axes"])
    default = "spatial" if "spatial" in axes else axes[0]
    return select("Attention", axes, "axis", default, lambda a: AXES[a])


def choose_layer(entry: dict[str, Any]) -> int:
    """Let the visitor choose a layer, counted from 0; the last one at first."""
    layers = [str(layer) for layer in range(entry["layers"])]
    return int(select("Layer", layers, "layer"))


def choose_head(entry: dict[str, Any]) -> int | None:
    """Let the visitor choose a head, counted from 0; None is the mean of all heads, chosen at first."""
    heads = [MEAN, *(str(head) for head in range(entry["heads"]))]
    head = select(
        "Head", heads, "head", MEAN, lambda h: "Mean of heads" if h == MEAN else f"Head {h}"
    )
    return None if head == MEAN else int(head)


def choose_ratio(explained: str) -> str:
    """Let the visitor choose whose fixation ratio to show: "query" at first, or "key".

    explained: what the choice decides.
    """
    which = ["query", "key"]
    chosen = st.segmented_control(
        "Ratio of",
        which,
        required=True,
        help=explained,
        **one_of("ratio_of", "ratio", which, which[0]),
    )
    return chosen or which[0]


def choose_frame(run: StoredRun) -> int:
    """Let the visitor choose an analyzed frame, counted from 0."""
    if run.frames < 2:
        return 0
    frame = st.slider(
        "Frame",
        0,
        run.frames - 1,
        help="Analyzed frames, counted from 0.",
        **whole("on_frame", "frame", range(run.frames), opening_frame(run.manifest)),
    )
    st.markdown(f":gray[:small[Frame {frame} at {run.timestamp(frame):.2f} s]]")
    return int(frame)


def select(
    label: str,
    options: Sequence[str],
    parameter: str,
    default: str | None = None,
    labels: Callable[[str], str] = str,
    *,
    key: str | None = None,
    help: str | None = None,
    width: int | None = None,
) -> str:
    """Draw a selectbox whose value is a query parameter; at first `default`, else the last option.

    options: values in the URL. labels: how they are displayed. key: else "on_" and the parameter.
    """
    default = options[-1] if default is None else default
    value = st.selectbox(
        label,
        options,
        format_func=labels,
        help=help,
        width="stretch" if width is None else width,
        **one_of(key or f"on_{parameter}", parameter, options, default, labels),
    )
    return value if value in options else default
