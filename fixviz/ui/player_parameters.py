"""The query parameters with which a URL names a view of the player."""

from __future__ import annotations

import re
from collections.abc import Mapping

VIEW_PARAMETERS = (
    "frame",
    "show",
    "layer",
    "head",
    "axis",
    "by",
    "neighbor",
    "scale",
    "overlay",
    "style",
    "colors",
    "query",
    "active",
    "at",
    "alpha",
    "off",
    "versus",
    "attribution",
    "outline",
    "models",
    "present",
)
"""The query parameters that name a view of a run."""

_VALUE = re.compile(r"[a-z0-9.-]{1,40}")


def clean_parameters(parameters: object) -> dict[str, str]:
    """Return the known parameters with plain values, in the order given."""
    if not isinstance(parameters, Mapping):
        return {}
    return {
        str(key): str(value)
        for key, value in parameters.items()
        if key in VIEW_PARAMETERS and _VALUE.fullmatch(str(value))
    }
