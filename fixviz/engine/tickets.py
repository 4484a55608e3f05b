"""Define executions, which all requests for the same analysis share, and each request's ticket."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fixviz import metrics
from fixviz.engine.plan import AnyPlan
from fixviz.errors import FixvizError, JobCancelled, JobError
from fixviz.tasks.status import JobStatus, State

_FINISHED_KEPT = 1000
_ASKS_AGAIN_S = 90.0
"""A browser asks every second or two, and in a tab behind others at least once a minute."""


@dataclass(eq=False)
class Execution:
    """Hold an analysis that waits or runs. The engine's condition guards it."""

    plan: AnyPlan
    scratch: Path
    """Folder for the decoded clip of this execution, deleted at the end."""
    visitor: str = ""
    """Who asked for it first."""
    state: State = "queued"
    progress: float = 0.0
    message: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    tickets: list[Ticket] = field(default_factory=list)
    queued_at: float = field(default_factory=time.monotonic)
    lost: int = 0
    """How many times what computed it was lost in the middle."""

    def note_turn(self) -> None:
        """Count how long the execution waited for its turn, which is now."""
        metrics.waited(self.plan.kind, time.monotonic() - self.queued_at)

    began: float | None = None
    """When the model worker began with it, in seconds of the monotonic clock."""
    reached: float = 0.0
    """Progress at that time."""

    @property
    def done_since_began(self) -> float:
        """Share of the model worker's part that is done, 0 to 1."""
        return (self.progress - self.reached) / max(1e-6, 1.0 - self.reached)

    def begin(self) -> None:
        """Note that the model worker begins with it."""
        self.began, self.reached = time.monotonic(), self.progress

    def is_abandoned(self) -> bool:
        """Tell whether all who asked for it have stopped asking how it is."""
        return bool(self.tickets) and all(ticket.is_abandoned() for ticket in self.tickets)

    def at(self, state: State, progress: float, message: str) -> None:
        """Note where the execution stands; `progress` never goes back."""
        self.state = state
        self.progress = max(self.progress, min(1.0, progress))
        self.message = message


@dataclass(eq=False)
class Ticket:
    """Hold one request for an execution, or for a run that was in the store already."""

    owner: str
    title: str
    execution: Execution | None = None
    video: str = ""
    """Name of the stored file, which an error may name."""
    origin: Mapping[str, Any] | None = None
    """What is kept with the run; see `origins`."""
    end: JobStatus | None = None
    error: FixvizError | None = None
    polled: bool = False
    """Whether somebody asks for it again and again as long as they want it, as browsers do."""
    asked: float = field(default_factory=time.monotonic)
    """When that was last done, in seconds of the monotonic clock."""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def is_abandoned(self) -> bool:
        """Tell whether nobody wants the result any more."""
        return self.end is not None or (
            self.polled and time.monotonic() - self.asked > _ASKS_AGAIN_S
        )

    def fail(self, error: FixvizError) -> None:
        """End the ticket without a run: cancelled when the error says so, else failed."""
        state: State = "cancelled" if isinstance(error, JobCancelled) else "failed"
        reached = self.execution.progress if self.execution else 0.0
        self.error = error
        self.end = JobStatus(state, progress=reached, error=str(error))


class Tickets:
    """Hold the tickets of one engine by id, without most of those that ended long ago.

    The engine's condition guards them.
    """

    def __init__(self) -> None:
        self._known: dict[str, Ticket] = {}

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._known

    def get(self, job_id: str) -> Ticket:
        """Return the ticket with that id. Raises JobError for an unknown one."""
        try:
            return self._known[job_id]
        except KeyError:
            raise JobError("There is no such job, or it ended long ago.") from None

    def keep(self, ticket: Ticket) -> None:
        """Add a ticket, and forget the oldest ended ones when there are many."""
        self._known[ticket.id] = ticket
        spare = len(self._known) - _FINISHED_KEPT
        for old in [t for t in self._known.values() if t.end is not None][: max(0, spare)]:
            if old is not ticket:
                del self._known[old.id]


class Desk(Protocol):
    """Declare what a job needs of the engine."""

    def status(self, job_id: str) -> JobStatus:
        """See `Job.status`."""

    def cancel(self, job_id: str) -> None:
        """See `Job.cancel`."""

    def wait(self, job_id: str, timeout: float | None = None) -> JobStatus:
        """See `Job.wait`."""

    def error(self, job_id: str) -> FixvizError | None:
        """Return why the job failed."""


class Job:
    """Follow a submitted analysis. Its `id` is plain text; `Engine.job(id)` returns the job again."""

    def __init__(self, desk: Desk, job_id: str) -> None:
        self._desk = desk
        self.id = job_id

    def status(self) -> JobStatus:
        """Return where the job stands now."""
        return self._desk.status(self.id)

    def cancel(self) -> None:
        """Cancel the job. The work stops too, unless somebody else asked for the same."""
        self._desk.cancel(self.id)

    def wait(self, timeout: float | None = None) -> JobStatus:
        """Wait until the job has ended, at most `timeout` seconds, and return where it stands."""
        return self._desk.wait(self.id, timeout)

    def result(self) -> str:
        """Wait for the end and return the handle of the run, or raise the error of the job.

        Raises any FixvizError: MediaError, ModelError, JobError, StorageError.
        """
        status = self.wait()
        if status.run is None:
            raise self._desk.error(self.id) or JobError("The analysis did not finish.")
        return status.run
