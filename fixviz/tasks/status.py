"""Describe where a job stands, for pages and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["queued", "decoding", "running", "done", "failed", "cancelled"]
UNFINISHED: tuple[State, ...] = ("queued", "decoding", "running")
FINISHED: frozenset[State] = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True)
class JobStatus:
    """Say where a job stands."""

    state: State
    place: int | None = None
    """Place in the queue, from 1 for the next job; None unless queued."""
    wait_s: float | None = None
    """Estimated seconds until its turn; None unless queued."""
    progress: float = 0.0
    """Share of the work that is done, 0 to 1."""
    message: str = ""
    """Phrase that says what is being done."""
    run: str | None = None
    """The owner's handle on the run once it is done."""
    error: str | None = None
    """Sentence for the user when the job failed or was cancelled."""
    cached: bool = False
    """Whether the run was there already."""

    @property
    def finished(self) -> bool:
        """Tell whether the job has ended: done, failed or cancelled."""
        return self.state in FINISHED
