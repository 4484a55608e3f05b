"""What may be changed inside a network while it runs, as plain data. Needs no torch.

A network that runs with a part switched off says what this network does without it, not what a
network would do that was trained without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fixviz.model.config import Axis


@dataclass(frozen=True)
class AttentionChange:
    """How one attention is changed; the defaults change nothing."""

    dial: float = 1.0
    """Fixation ratios are taken to this power: 0 sets all to 1, 1 is as learned."""
    directions_off: frozenset[str] = frozenset()
    """Labels of neighbors whose fold of key and value reads the token's own value instead."""
    heads_off: frozenset[int] = frozenset()
    """Heads whose part of the output is zeroed before the output projection."""


AS_LEARNED = AttentionChange()

NetworkChange = Mapping[tuple[int, Axis], AttentionChange]
"""By layer and axis; attentions that are not named stay as learned."""
