"""Which clips are held out: whole clips, never windows of a clip that is also learned."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

HELD_OUT: Final = 0.3
"""Share of each class's clips."""


def held_out(classes: Sequence[Sequence[str]], seed: int = 0) -> frozenset[str]:
    """Return the ids of the clips to hold out: HELD_OUT of each class, one at least and never all.

    classes: ids of the clips of each class, at least two each. The choice follows from ids and seed
    alone, whatever their order.
    """
    chosen: set[str] = set()
    for number, ids in enumerate(classes):
        if len(ids) < 2:
            raise ValueError("a class needs a clip to learn and one to hold out")
        count = min(len(ids) - 1, max(1, round(HELD_OUT * len(ids))))
        # A generator of its own: the choice in one class does not depend on the others.
        chosen.update(random.Random(f"{seed}/{number}").sample(sorted(ids), count))
    return frozenset(chosen)
