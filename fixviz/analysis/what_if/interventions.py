"""What can be changed about a run before it is computed again, as plain data. Needs no torch.

Whatever order they are listed in, interventions act in this one, from the picture to the output:

1. patches hidden, in the frames as the run shows them;
2. frames frozen, shuffled, reversed or dropped, in the order listed;
3. crop; 4. another resolution;
5. neighbors off, then the fixation dial, then heads off, inside each attention.

`arrange` brings them into that order. A dial on the whole network and one on a layer multiply:
(r^a)^b = r^(a b).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, get_args

from fixviz.analysis.what_if.network import Dial, HeadsOff, NeighborOff
from fixviz.analysis.what_if.picture import (
    Cropped,
    FramesDropped,
    FramesFrozen,
    FramesReversed,
    FramesShuffled,
    PatchesHidden,
    Resized,
)
from fixviz.errors import OptionError

_MOST: Final = 200

Intervention = (
    PatchesHidden
    | FramesFrozen
    | FramesShuffled
    | FramesReversed
    | FramesDropped
    | Cropped
    | Resized
    | NeighborOff
    | Dial
    | HeadsOff
)
FrameIntervention = FramesFrozen | FramesShuffled | FramesReversed | FramesDropped
CLASSES: Final[tuple[type[Intervention], ...]] = get_args(Intervention)
_STAGES: Final[tuple[tuple[type[Intervention], ...], ...]] = (
    (PatchesHidden,),
    get_args(FrameIntervention),
    (Cropped,),
    (Resized,),
    (NeighborOff,),
    (Dial,),
    (HeadsOff,),
)


def arrange(interventions: Iterable[Intervention]) -> tuple[Intervention, ...]:
    """Return them in the order in which they act, without repeated ones and those that change nothing.

    Raises OptionError for two different crops, resolutions, or dials on the same place, and for
    more than 200 interventions.
    """
    listed = list(interventions)
    if len(listed) > _MOST:
        raise OptionError(f"{len(listed)} interventions are listed; at most {_MOST} are taken.")
    arranged: list[Intervention] = []
    for stage in _STAGES:
        members = [i for i in listed if isinstance(i, stage)]
        if stage[0] is FramesFrozen:
            arranged += members
        else:
            arranged += sorted({m for m in members if not _says_nothing(m)}, key=repr)
    places = [place for i in arranged if (place := _exclusive(i)) is not None]
    if len(set(places)) < len(places):
        raise OptionError(
            "Two crops, two resolutions, or two dials on the same place are listed; keep one of each."
        )
    return tuple(arranged)


def describe(interventions: Sequence[Intervention]) -> str:
    """Return their labels in a row, such as "fixation dial 0; heads 2, 3 of layer 1 off"."""
    return "; ".join(i.label for i in interventions) or "nothing changed"


def _says_nothing(intervention: Intervention) -> bool:
    if isinstance(intervention, PatchesHidden):
        return not intervention.cells
    return isinstance(intervention, Dial) and intervention.alpha == 1


def _exclusive(intervention: Intervention) -> object:
    """Return what only one intervention of a list may change; None where several may."""
    if isinstance(intervention, Cropped | Resized):
        return intervention.kind
    if isinstance(intervention, Dial):
        return (intervention.layer, intervention.axis)
    return None
