"""How pages follow a job: how often they ask, and what they say of it."""

from __future__ import annotations

from typing import Final

from fixviz.engine import JobStatus
from fixviz.engine.waiting_time import about

POLL_S: Final = 0.4
"""Seconds between two questions."""


def status_text(status: JobStatus) -> str:
    """Return what a job is doing, in one line."""
    if status.state == "queued" and status.place is not None:
        first = status.place == 1
        place = "Next in the queue" if first else f"Place {status.place} in the queue"
        return f"{place}, {about(status.wait_s)} to wait" if status.wait_s else place
    return status.message or "Starting"
