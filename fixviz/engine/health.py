"""Tell how the processes of an engine are, each in one word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fixviz.engine.base_lane import BaseLane

_WORST_FIRST: Final = ("ended", "unreachable", "dead", "stopped", "ok", "idle")
WELL: Final = frozenset({"ok", "idle"})
"""Words that mean no harm. All others do: a job would wait for nothing."""


@dataclass(frozen=True)
class Health:
    """Hold a word for each kind of process.

    ok; idle (it starts with the next job); dead (it died, and another is about to start); stopped (a
    signal halted it); ended (the thread that leads it ended); unreachable (the cluster that computes does not
    answer); locked (the engine does not answer); closed (the server is shutting down).
    """

    decoder: str
    worker: str


def health(lanes: Sequence[BaseLane]) -> Health:
    """Return the worst word of the decoders, and of the model workers, of all lanes."""
    words: dict[str, set[str]] = {"decoder": {"idle"}, "worker": {"idle"}}
    for lane in lanes:
        for process in lane.processes():
            words[process.name].add(process.state() if lane.is_running() else "ended")
    return Health(**{name: min(found, key=_WORST_FIRST.index) for name, found in words.items()})
