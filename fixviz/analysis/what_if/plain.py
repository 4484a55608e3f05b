"""Convert interventions to JSON and to the value of one URL query parameter. Needs no torch.

The value holds only letters, digits, `-`, `.` and `_`, which no browser escapes:
interventions are joined by `_`, their parts by `.`, lists by `-`.

    dial.50                       fixation dial 0.5 (hundredths), whole network
    dial.0.l1.s                   fixation off in layer 1, spatial attention
    neighbor.above-left.l0        that neighbor off in layer 0
    heads.2-3.l1                  heads 2 and 3 of layer 1 off
    hide.blur.9x12.all-0c06.5-f   patches hidden: in all frames, and more in frame 5; the last part
                                  of each is the grid row by row, four cells a hexadecimal digit
    freeze.12  shuffle.7  reverse  drop.3-5
    crop.10-0-90-100              left, top, right, bottom in percent
    size.96                       short side in pixels
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from fixviz.analysis.what_if.interventions import CLASSES, Intervention, arrange
from fixviz.analysis.what_if.network import DIRECTIONS, Dial, HeadsOff, NeighborOff
from fixviz.analysis.what_if.picture import (
    Cell,
    Cropped,
    FramesDropped,
    FramesFrozen,
    FramesReversed,
    FramesShuffled,
    PatchesHidden,
    Resized,
)
from fixviz.errors import OptionError
from fixviz.model.config import Axis

LONGEST_LINK: Final = 6000
_AXES: Final[dict[str, Axis]] = {"t": "temporal", "s": "spatial", "j": "joint"}
_KINDS: Final = {str(c.kind): c for c in CLASSES}


def to_json(interventions: Iterable[Intervention]) -> list[dict[str, Any]]:
    """Return one dict for each intervention: "kind" and the fields, with lists for tuples."""
    return [
        {"kind": i.kind, **{name: _listed(value) for name, value in asdict(i).items()}}
        for i in arrange(interventions)
    ]


def from_json(values: object) -> tuple[Intervention, ...]:
    """Read what `to_json` wrote. Raises OptionError that names what is wrong."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise OptionError("Interventions must be a list.")
    return arrange(_from_dict(value) for value in values)


def to_link(interventions: Iterable[Intervention]) -> str:
    """Return the value of the query parameter. Raises OptionError when it is too long for a URL."""
    value = "_".join(_item(i) for i in arrange(interventions))
    if len(value) > LONGEST_LINK:
        raise OptionError(
            "These interventions are too many for a link; hide patches in all frames instead of single ones."
        )
    return value


def from_link(value: str) -> tuple[Intervention, ...]:
    """Read what `to_link` wrote. Raises OptionError that names the part that cannot be read."""
    if len(value) > LONGEST_LINK:
        raise OptionError("The link's list of interventions is too long to be one of fixviz's.")
    found: list[Intervention] = []
    for item in value.split("_") if value else []:
        try:
            found.append(_read_item(*item.split(".")))
        except OptionError as error:
            raise OptionError(f"The link names '{item[:60]}': {error}") from None
        except (ValueError, TypeError, KeyError):
            raise OptionError(
                f"The link names '{item[:60]}', which is no intervention that fixviz knows."
            ) from None
    return arrange(found)


def _from_dict(value: object) -> Intervention:
    if not isinstance(value, Mapping) or str(value.get("kind")) not in _KINDS:
        raise OptionError(f"An intervention needs a kind; known are {', '.join(_KINDS)}.")
    kind = _KINDS[str(value["kind"])]
    given = {str(name): _tupled(v) for name, v in value.items() if name != "kind"}
    try:
        return kind(**given)
    except (TypeError, ValueError):
        names = ", ".join(field.name for field in fields(kind)) or "no further values"
        raise OptionError(
            f"The intervention {value['kind']!r} takes {names}, each of its own type."
        ) from None


def _listed(value: Any) -> Any:
    return [_listed(v) for v in value] if isinstance(value, tuple) else value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(v) for v in value) if isinstance(value, list) else value


def _item(intervention: Intervention) -> str:
    match intervention:
        case Dial(alpha, layer, axis):
            return ".".join(["dial", str(round(alpha * 100)), *_place(layer, axis)])
        case NeighborOff(direction, layer):
            return ".".join(["neighbor", direction.replace(" ", "-"), *_place(layer, None)])
        case HeadsOff(heads, layer, axis):
            return ".".join(["heads", _joined(heads), *_place(layer, axis)])
        case PatchesHidden():
            size = f"{intervention.rows}x{intervention.columns}"
            return ".".join(["hide", intervention.fill, size, *_groups(intervention)])
        case FramesFrozen(frame):
            return f"freeze.{frame}"
        case FramesShuffled(seed):
            return f"shuffle.{seed}"
        case FramesReversed():
            return "reverse"
        case FramesDropped(frames):
            return f"drop.{_joined(frames)}"
        case Cropped(left, top, right, bottom):
            return f"crop.{_joined((left, top, right, bottom))}"
        case Resized(short_side):
            return f"size.{short_side}"


def _read_item(kind: str, *parts: str) -> Intervention:
    match kind, parts:
        case "dial", (alpha, *rest):
            return Dial(_number(alpha) / 100, *_read_place(rest))
        case "neighbor", (label, *rest):
            layer, axis = _read_place(rest)
            labels = {d.replace(" ", "-"): d for d in DIRECTIONS}
            if axis is None:
                return NeighborOff(labels[label], layer)
        case "heads", (heads, *rest):
            layer, axis = _read_place(rest)
            if layer is not None:
                return HeadsOff(_split(heads), layer, axis)
        case "hide", (fill, size, *groups):
            rows, columns = (_number(n) for n in size.split("x"))
            cells = (c for group in groups for c in _read_group(group, rows, columns))
            return PatchesHidden(tuple(cells), rows, columns, fill)  # type: ignore[arg-type]
        case "freeze", (frame,):
            return FramesFrozen(_number(frame))
        case "shuffle", (seed,):
            return FramesShuffled(_number(seed))
        case "reverse", ():
            return FramesReversed()
        case "drop", (frames,):
            return FramesDropped(_split(frames))
        case "crop", (edges,):
            return Cropped(*_split(edges))
        case "size", (side,):
            return Resized(_number(side))
    raise ValueError(kind)


def _place(layer: int | None, axis: Axis | None) -> list[str]:
    return ([] if layer is None else [f"l{layer}"]) + ([axis[0]] if axis else [])


def _read_place(parts: Sequence[str]) -> tuple[int | None, Axis | None]:
    rest = list(parts)
    layer = _number(rest.pop(0)[1:]) if rest and rest[0].startswith("l") else None
    axis = _AXES[rest.pop(0)] if rest else None
    if rest:
        raise ValueError(rest)
    return layer, axis


def _groups(hidden: PatchesHidden) -> list[str]:
    """Return the cells of each frame as digits; frames with the same cells share them."""
    frames: dict[str, list[str]] = defaultdict(list)
    for frame, cells in hidden.by_frame().items():
        bits = ["0"] * (-(-hidden.rows * hidden.columns // 4) * 4)
        for row, column in cells:
            bits[row * hidden.columns + column] = "1"
        text = "".join(bits)
        digits = "".join(f"{int(text[i : i + 4], 2):x}" for i in range(0, len(text), 4))
        frames[digits.rstrip("0")].append("all" if frame is None else str(frame))
    return ["-".join([*names, digits]) for digits, names in frames.items()]


def _read_group(group: str, rows: int, columns: int) -> list[Cell]:
    *names, digits = group.split("-")
    if not names or not re.fullmatch(r"[0-9a-f]+", digits):
        raise ValueError(group)
    bits = "".join(f"{int(digit, 16):04b}" for digit in digits)
    places = [divmod(i, columns) for i, bit in enumerate(bits) if bit == "1"]
    frames = [None if name == "all" else _number(name) for name in names]
    return [(frame, row, column) for frame in frames for row, column in places]


def _joined(numbers: Iterable[int]) -> str:
    return "-".join(map(str, numbers))


def _split(text: str) -> tuple[int, ...]:
    return tuple(_number(part) for part in text.split("-"))


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise ValueError(text)
    return int(text)
