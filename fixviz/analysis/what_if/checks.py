"""Checks and labels that all interventions share. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

from fixviz.errors import OptionError
from fixviz.model.config import Axis

_LARGEST: Final = 10**6


def place_label(layer: int | None, axis: Axis | None) -> str:
    """Return a label such as " in layer 1 (spatial)" of what is given; empty for neither."""
    where = "" if layer is None else f" in layer {layer}"
    return where + (f" ({axis})" if axis else "")


def check_place(layer: int | None, axis: Axis | None) -> None:
    """Refuse a layer or an axis that no model can have, with OptionError."""
    if layer is not None:
        whole(layer, "layer")
    if axis is not None and axis not in get_args(Axis):
        raise OptionError(f"The attention must be temporal, spatial or joint, not {axis!r}.")


def whole(value: object, name: str) -> int:
    """Return the value if it is a whole number from 0 to a million. Raises OptionError."""
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise OptionError(
            f"The {name} is {value!r}; it must be a whole number from 0 to {_LARGEST}."
        )
    return value


def numbers(values: Sequence[int], name: str) -> tuple[int, ...]:
    """Return the whole numbers in ascending order, each once. Raises OptionError for none."""
    found = tuple(sorted({whole(value, name) for value in values}))
    if not found:
        raise OptionError(f"No {name} is named; name one or more.")
    return found


def listed(name: str, numbers: Sequence[int], most: int = 8) -> str:
    """Return a label such as "heads 2, 3", or "frames 0, 1 and 9 more"."""
    shown = ", ".join(map(str, numbers[:most]))
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"{name}{'s' if len(numbers) > 1 else ''} {shown}{more}"


def counted(number: int, one: str, many: str) -> str:
    """Return a label such as "1 patch" or "3 patches"."""
    return f"{number} {one if number == 1 else many}"
