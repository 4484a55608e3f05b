"""List the methods of attribution and their options, with their descriptions. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig

MethodName = Literal[
    "integrated_gradients",
    "occlusion",
    "grad_cam",
    "attention_x_gradient",
    "rollout",
    "attention_received",
]
Baseline = Literal["gray", "blurred"]
PREDICTED: Final = "predicted"
"""Target that stands for the class with the highest mean probability over the windows."""
ALL: Final = "all"
"""Axis or layer that stands for all of them, added up."""
AUTO: Final = "auto"
"""Steps of integrated gradients: FEWEST_STEPS, doubled until the map has converged, up to MOST_STEPS."""
FEWEST_STEPS: Final = 32
MOST_STEPS: Final = 512


@dataclass(frozen=True)
class Method:
    """One way to give every patch a number."""

    name: MethodName
    title: str
    signed: bool
    """Whether a number may be negative, which speaks against the target class."""
    uses_target: bool
    """Whether the map depends on the target class."""
    unit: str
    """What the number of a patch is."""
    options: Mapping[str, Any]
    """Names of the options that it takes, with their defaults."""


METHODS: Final[dict[str, Method]] = {
    method.name: method
    for method in (
        Method(
            "integrated_gradients",
            "Integrated gradients",
            True,
            True,
            "part of the difference to the baseline's logit (logits)",
            {"steps": AUTO, "baseline": "gray"},
        ),
        Method(
            "occlusion",
            "Occlusion",
            True,
            True,
            "fall of the logit when the patch is replaced (logits)",
            {"baseline": "gray", "block": 1, "frames": 1},
        ),
        Method(
            "grad_cam",
            "Layer Grad-CAM",
            True,
            True,
            "channels of the last block weighted by their gradient (no unit)",
            {},
        ),
        Method(
            "attention_x_gradient",
            "Attention × gradient",
            True,
            True,
            "attention weight times the logit's slope along it (logits)",
            {"axis": ALL, "layer": ALL},
        ),
        Method(
            "rollout",
            "Attention rollout",
            False,
            False,
            "share of the pooled output that flows back to the patch",
            {},
        ),
        Method(
            "attention_received",
            "Attention received",
            False,
            False,
            "attention received (1 = as under uniform attention)",
            {"layer": None},
        ),
    )
}


@dataclass(frozen=True)
class AttributionRequest:
    """A checked request: which method with which options, for which class, in which windows."""

    method: Method
    target: int | None
    """Class index; None: the predicted class."""
    window: int | None
    """Number of one window; None: all of them."""
    options: Mapping[str, Any]


def read_request(
    arguments: Mapping[str, Any], config: ModelConfig, windows: int
) -> AttributionRequest:
    """Return the request that plain arguments describe, with defaults filled in.

    arguments: method, and where wanted target, window and options of the method. Raises OptionError
    for what the method, the model or the clip of so many `windows` does not have.
    """
    name = arguments.get("method")
    method = METHODS.get(name) if isinstance(name, str) else None
    if method is None:
        raise OptionError(f"There is no method {name!r}; there are {', '.join(METHODS)}.")
    unknown = sorted(set(arguments) - {"method", "target", "window", *method.options})
    if unknown:
        takes = ", ".join(method.options) or "no options"
        raise OptionError(f"{method.title} has no option {unknown[0]!r}; it takes {takes}.")
    target = arguments.get("target", PREDICTED)
    window = arguments.get("window")
    options = {**method.options, **{k: v for k, v in arguments.items() if k in method.options}}
    for option, value in options.items():
        if option != "layer" or value != method.options["layer"]:
            _check_option(option, value, config)
    if method.name == "attention_received" and options["layer"] is None:
        options["layer"] = config.depth - 1
    return AttributionRequest(
        method,
        None if target == PREDICTED else whole(target, "target", 0, config.num_classes - 1),
        None if window is None else whole(window, "window", 0, windows - 1),
        options,
    )


def whole(value: Any, name: str, lowest: int, highest: int) -> int:
    """Return `value` as a whole number in lowest..highest. Raises OptionError."""
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise OptionError(
            f"The {name} must be a whole number from {lowest} to {highest}, not {value!r}."
        )
    return value


def _check_option(name: str, value: Any, config: ModelConfig) -> None:
    """Raise OptionError for a value that the model or the method cannot take."""
    if name == "baseline" and value not in get_args(Baseline):
        raise OptionError(f"The baseline must be gray or blurred, not {value!r}.")
    if name == "axis" and value not in (ALL, *config.axes):
        raise OptionError(f"The axis must be all, {' or '.join(config.axes)}, not {value!r}.")
    if name == "layer":
        whole(value, "layer", 0, config.depth - 1)
    limits = {"steps": (2, MOST_STEPS), "block": (1, 16), "frames": (1, config.frames)}
    if name in limits and (name, value) != ("steps", AUTO):
        whole(value, name, *limits[name])
