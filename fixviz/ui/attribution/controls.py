"""The page's widgets; their values stand in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from fixviz.analysis.attribution.catalog import ALL, METHODS, PREDICTED
from fixviz.ui.attribution.view import View
from fixviz.ui.definitions import help_for
from fixviz.ui.inspect_run.choices import choose_frame
from fixviz.ui.inspect_run.open_run import OpenRun

WINDOW, CLIP = "window", "clip"
_EXTENTS: Final = {WINDOW: "This window", CLIP: "Whole clip"}
_BASELINES: Final = {"gray": "Gray", "blurred": "Blurred clip"}


def choose(run: OpenRun) -> View:
    """Method, class, frame, how much of the clip, and the method's options."""
    with st.grid("auto", min_column_width=200):
        name = _select(
            "Method",
            list(METHODS),
            "at_method",
            lambda n: METHODS[n].title,
            "\n\n".join(f"**{m.title}.** {help_for(m.title)}" for m in METHODS.values()),
        )
        method = METHODS[name]
        target = PREDICTED
        if method.uses_target:
            classes = list(dict.fromkeys(c for entry in run.models for c in entry["classes"]))
            target = _select(
                "Class",
                [PREDICTED, *classes],
                "at_target",
                lambda c: "Predicted by each model" if c == PREDICTED else c,
                "The class whose logit is explained. Predicted: the one with the highest mean "
                "probability over the model's windows.",
            )
        extent = _select(
            "Compute for",
            list(_EXTENTS),
            "at_extent",
            lambda e: _EXTENTS[e],
            "This window: the frames that the model sees together with the frame in view. Whole clip: "
            "all windows; integrated gradients and occlusion take that much longer.",
        )
        options = _options(run, method.name, method.options)
    frame = choose_frame(run)
    changed = {k: v for k, v in options.items() if v != method.options[k]}
    return View(run, method, target, extent == CLIP, frame, changed)


def _options(run: OpenRun, method: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The method's own options."""
    chosen: dict[str, Any] = {}
    if "baseline" in defaults:
        chosen["baseline"] = _select(
            "Baseline",
            list(_BASELINES),
            "at_baseline",
            lambda b: _BASELINES[b],
            "What stands for a patch that is not there: mid-gray, or each frame under a Gaussian blur "
            "as wide as the distance of two patches.",
        )
    if "steps" in defaults:
        chosen["steps"] = int(
            _select("Steps", ["16", "32", "64", "128"], "at_steps", str, _STEPS, "32")
        )
    if "block" in defaults:
        sizes = ["1", "2", "3"]
        chosen["block"] = int(_select("Patches at once", sizes, "at_block", _square, _BLOCK))
    if "axis" in defaults:
        axes = list(dict.fromkeys(axis for entry in run.models for axis in entry["axes"]))
        chosen["axis"] = _select("Attention", [ALL, *axes], "at_axis", _capital, _AXIS)
    if "layer" in defaults:
        every = method == "attention_x_gradient"
        layers = [str(n) for n in range(min(entry["layers"] for entry in run.models))]
        options = [ALL, *layers] if every else layers
        default = ALL if every else layers[-1]
        layer = _select("Layer", options, "at_layer", _capital, _LAYER, default)
        chosen["layer"] = defaults["layer"] if layer == default else int(layer)
    return chosen


_STEPS: Final = (
    "Points on the way from baseline to clip. More: smaller convergence delta, more time."
)
_BLOCK: Final = "Larger blocks are quicker and coarser; every patch of a block gets its number."
_AXIS: Final = "Which attentions of a layer count; all adds them up."
_LAYER: Final = "Layers count from 0."


def _square(size: str) -> str:
    return "1 patch" if size == "1" else f"{size} × {size} patches"


def _capital(word: str) -> str:
    return word.capitalize()


def _select(
    label: str,
    options: Sequence[str],
    key: str,
    words: Callable[[str], str],
    explanation: str,
    default: str | None = None,
) -> str:
    default = default or options[0]
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]
    value = st.selectbox(
        label,
        options,
        index=list(options).index(default),
        format_func=words,
        key=key,
        bind="query-params",
        help=explanation,
    )
    return value if value in options else default
