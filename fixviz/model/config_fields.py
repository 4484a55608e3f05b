"""Which values each field of a model's configuration may have by itself, and one sentence for any other.

What fields demand of each other is checked where they come together, in `ModelConfig`. Needs no torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fixviz.errors import ConfigError
from fixviz.model.quoting import quoted

_MOST_COUNT = 10**9
_LARGEST = 10**15


class _Field(NamedTuple):
    """What a field holds."""

    kind: str
    """Phrase that names the type, as JSON has it."""
    fits: Callable[[Any], bool]
    """Whether a value has the type."""
    rule: str = ""
    """Phrase that says which values of the type it may have."""
    within: Callable[[Any], bool] = lambda value: True
    """Whether a value of the type is among them."""


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and all(map(fits, value))


def _or_null(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_TEXT = _Field("text", _is_text)
_SWITCH = _Field("true or false", lambda value: type(value) is bool)
_COUNT = _Field(
    "a whole number",
    _is_whole,
    f"must lie between 1 and {_MOST_COUNT:,}",
    lambda value: 0 < value <= _MOST_COUNT,
)
_FIELDS: Mapping[str, _Field] = {
    **dict.fromkeys(("attention", "fixation", "form"), _TEXT),
    **dict.fromkeys(("shared_projection", "spatial_shift", "temporal_shift"), _SWITCH),
    **dict.fromkeys(
        ("dim", "depth", "heads", "mlp_ratio", "head_hidden", "num_classes", "frames"), _COUNT
    ),
    **dict.fromkeys(("patch", "stride", "image_size", "shift_div"), _COUNT),
    "shift_segment": _Field(
        "a whole number, or null",
        _or_null(_is_whole),
        _COUNT.rule,
        _or_null(_COUNT.within),
    ),
    "shift_blocks": _Field("a list of whole numbers, or null", _or_null(_list_of(_is_whole))),
    "dropout": _Field(
        "a number", _is_number, "must lie between 0 and 1", lambda value: 0 <= value <= 1
    ),
    "class_names": _Field("a list of texts", _list_of(_is_text)),
    "frame_rate": _Field(
        "a number",
        _is_number,
        "must be a finite number above 0",
        lambda value: 0 < value < _LARGEST and math.isfinite(value),
    ),
}


def check_type(name: str, value: Any) -> None:
    """Raise ConfigError, naming the field, for a value of another type than `name` has.

    Lists may be tuples, and a field of numbers may hold a whole one.
    """
    field = _FIELDS[name]
    if field.fits(value):
        return
    if name == "class_names" and isinstance(value, list | tuple):
        number = next(k for k, entry in enumerate(value) if not isinstance(entry, str))
        raise ConfigError(f"class_names[{number}] must be text, not {quoted(value[number])}.")
    raise ConfigError(f"{name}={quoted(value)} has the wrong type: it must be {field.kind}.")


def check_range(name: str, value: Any) -> None:
    """Raise ConfigError, naming the field, for a value of the right type that no model can have."""
    field = _FIELDS[name]
    if not field.within(value):
        raise ConfigError(f"{name}={quoted(value)} {field.rule}.")


def check_fields(values: Mapping[str, Any]) -> None:
    """Raise ConfigError for the first unknown field, or the first whose value it cannot have by itself."""
    for name in values:
        if name not in _FIELDS:
            raise ConfigError(
                f"Unknown model setting {quoted(name)}; known are {', '.join(_FIELDS)}."
            )
    for name, value in values.items():
        check_type(name, value)
        check_range(name, value)
