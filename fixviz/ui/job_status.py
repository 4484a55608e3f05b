"""How pages follow a job: how often they ask, and what they say of it."""

from __future__ import annotations

from typing import Final

from fixviz.engine import JobStatus

POLL_S: Final = 0.4
"""Seconds between two questions."""


def status_text(status: JobStatus) -> str:
    """Return what a job is doing, in one line."""
    if status.state == "queued" and status.place is not None:
        ahead = status.place - 1
        return "Next in the queue" if ahead == 0 else f"Place {status.place} in the queue"
    return status.message or "Starting"
