"""What to look at: widgets whose values stand in the address, so that a link opens the same view.

All pages under Inspect share these values: going from one page to the next keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from fixviz.ui.inspect_run.open_run import OpenRun

MEAN = "mean"
AXES = {
    "spatial": "Spatial (places of one frame)",
    "temporal": "Temporal (frames at one place)",
    "joint": "Joint (all frames and places)",
}


def choose_model(
    run: OpenRun, only: Callable[[dict[str, Any]], bool] = lambda entry: True
) -> dict[str, Any] | None:
    """One of the run's models that `only` accepts, the last one at first; None if there is none."""
    entries = {entry["name"]: entry for entry in run.models if only(entry)}
    if not entries:
        return None
    name = _select(
        "Model", list(entries), list(entries)[-1], "on_model", lambda n: entries[n]["title"]
    )
    return entries[name]


def choose_axis(entry: dict[str, Any]) -> str:
    """An axis of the model's attention: spatial at first, where there is one."""
    axes = list(entry["axes"])
    default = "spatial" if "spatial" in axes else axes[0]
    return _select("Attention", axes, default, "on_axis", lambda a: AXES[a])


def choose_layer(entry: dict[str, Any]) -> int:
    """A layer, counted from 0; the last one at first."""
    layers = [str(layer) for layer in range(entry["layers"])]
    return int(_select("Layer", layers, layers[-1], "on_layer", str))


def choose_head(entry: dict[str, Any]) -> int | None:
    """A head, counted from 0; None for the mean of all heads."""
    heads = [MEAN, *(str(head) for head in range(entry["heads"]))]
    head = _select(
        "Head", heads, MEAN, "on_head", lambda h: "Mean of heads" if h == MEAN else f"Head {h}"
    )
    return None if head == MEAN else int(head)


def choose_ratio(explained: str) -> str:
    """Whose fixation ratio: "query" at first, or "key". explained: what the choice decides."""
    chosen = st.segmented_control(
        "Ratio of",
        ["query", "key"],
        default="query",
        required=True,
        key="ratio_of",
        bind="query-params",
        help=explained,
    )
    return chosen or "query"


def choose_frame(run: OpenRun) -> int:
    """An analyzed frame, counted from 0."""
    if run.frames < 2:
        return 0
    _drop_unless("on_frame", range(run.frames))
    frame = st.slider(
        "Frame",
        0,
        run.frames - 1,
        0,
        key="on_frame",
        bind="query-params",
        help="Analyzed frames, counted from 0.",
    )
    st.markdown(f":gray[:small[Frame {frame} at {run.timestamp(frame):.2f} s]]")
    return int(frame)


def head_words(head: int | None) -> str:
    """How a caption names the choice."""
    return "mean of heads" if head is None else f"head {head}"


def _select(
    label: str, options: list[str], default: str, key: str, words: Callable[[str], str]
) -> str:
    _drop_unless(key, options)
    value = st.selectbox(
        label,
        options,
        index=options.index(default),
        format_func=words,
        key=key,
        bind="query-params",
    )
    return value if value in options else default


def _drop_unless(key: str, options: Any) -> None:
    """Forget a value that another run or model left behind and that this one does not have."""
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]
