"""The page's widgets, whose values are query parameters of the URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from fixviz.analysis.attribution.catalog import ALL, AUTO, METHODS, MOST_STEPS, PREDICTED
from fixviz.analysis.attribution.convergence import CONVERGED, percent
from fixviz.reading.definitions import help_for
from fixviz.reading.phrases import capital
from fixviz.reading.run import StoredRun
from fixviz.reading.values.attribution import SHARED, View
from fixviz.ui.inspect_run.choices import choose_frame, select

WINDOW, CLIP = "window", "clip"
_EXTENTS: Final = {WINDOW: "This window", CLIP: "Whole clip"}
_CLASSES: Final = {SHARED: "One for all models", PREDICTED: "Each model's own answer"}
_BASELINES: Final = {"gray": "Gray", "blurred": "Blurred clip"}


def choose(run: StoredRun) -> View:
    """Let the visitor choose method, class, extent, frame and options, and return the view."""
    with st.grid("auto", min_column_width=200):
        methods = list(METHODS)
        name = select(
            "Method",
            methods,
            "method",
            methods[0],
            lambda n: METHODS[n].title,
            key="at_method",
            help="\n\n".join(f"**{m.title}.** {help_for(m.title)}" for m in METHODS.values()),
        )
        method = METHODS[name]
        target = SHARED
        if method.uses_target:
            classes = list(dict.fromkeys(c for entry in run.models for c in entry["classes"]))
            target = select(
                "Class",
                [SHARED, PREDICTED, *classes],
                "class",
                SHARED,
                lambda c: _CLASSES.get(c, c),
                key="at_target",
                help="The class whose logit the maps explain. One for all models: the true class of the "
                "window, or, where the truth is not known, the class with the highest mean probability "
                "over the models. Each model's own answer: the class with the highest mean probability "
                "over that model's windows; maps of different classes do not compare.",
            )
        extent = select(
            "Compute for",
            list(_EXTENTS),
            "extent",
            WINDOW,
            lambda e: _EXTENTS[e],
            key="at_extent",
            help="This window: the frames that the model sees together with the frame in view. Whole clip: "
            "all windows, which takes much longer with integrated gradients and occlusion.",
        )
        options = _options(run, method.name, method.options)
    frame = choose_frame(run)
    changed = {k: v for k, v in options.items() if v != method.options[k]}
    return View(run, method, target, extent == CLIP, frame, changed)


def _options(run: StoredRun, method: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Let the visitor choose the method's own options, and return their values by name."""
    chosen: dict[str, Any] = {}
    if "baseline" in defaults:
        chosen["baseline"] = select(
            "Baseline",
            list(_BASELINES),
            "baseline",
            "gray",
            lambda b: _BASELINES[b],
            key="at_baseline",
            help="What stands for a patch that is not there: mid-gray, or each frame under a Gaussian blur "
            "as wide as the distance of two patches.",
        )
    if "steps" in defaults:
        sizes = [AUTO, "16", "32", "64", "128", "256", "512"]
        size = select("Steps", sizes, "steps", AUTO, _steps, key="at_steps", help=_STEPS)
        chosen["steps"] = AUTO if size == AUTO else int(size)
    if "block" in defaults:
        sizes = ["1", "2", "3"]
        chosen["block"] = int(
            select("Patches at once", sizes, "block", "1", _square, key="at_block", help=_BLOCK)
        )
    if "axis" in defaults:
        axes = list(dict.fromkeys(axis for entry in run.models for axis in entry["axes"]))
        chosen["axis"] = select(
            "Attention", [ALL, *axes], "map_axis", ALL, capital, key="at_axis", help=_AXIS
        )
    if "layer" in defaults:
        every = method == "attention_x_gradient"
        layers = [str(n) for n in range(min(entry["layers"] for entry in run.models))]
        options = [ALL, *layers] if every else layers
        default = ALL if every else layers[-1]
        layer = select("Layer", options, "map_layer", default, capital, key="at_layer", help=_LAYER)
        chosen["layer"] = defaults["layer"] if layer == default else int(layer)
    return chosen


_STEPS: Final = (
    "How many points on the way from the baseline to the clip are computed. As many as needed: 32, "
    f"doubled until the convergence delta is below {percent(CONVERGED)}, at most {MOST_STEPS}."
)
_BLOCK: Final = "Larger blocks take less time, but all patches of a block get the same number."
_AXIS: Final = "Which attention of a layer counts. “All” adds them up."
_LAYER: Final = "Layers count from 0."


def _square(size: str) -> str:
    return "1 patch" if size == "1" else f"{size} × {size} patches"


def _steps(size: str) -> str:
    return "As many as needed" if size == AUTO else size
