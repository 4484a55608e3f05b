"""Count what the server does; with FIXVIZ_METRICS=true the app answers with it at /api/metrics.

Counters and histograms of prometheus_client, for the whole process; where several servers share an engine,
for all of them together, by files in a folder (the library's "multiprocess mode"). They hold no name of a
clip, no handle and no text of an error. What can be read off when somebody asks (the queue, memory, sessions)
is not counted here but in fixviz.ui.operations.measured.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable with the folder of several processes; prometheus_client reads it on import."""
REGISTRY: Final = CollectorRegistry()
_STEPS: Final = (0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800)
_PAGES: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

_jobs = Counter(
    "fixviz_jobs",
    "Jobs that ended, by kind, outcome (done, stored, failed, cancelled) and class of the error.",
    ["kind", "outcome", "error"],
    registry=REGISTRY,
)
_steps = Histogram(
    "fixviz_job_step_seconds",
    "Seconds that jobs spent in a step: wait, decode or models.",
    ["kind", "step"],
    buckets=_STEPS,
    registry=REGISTRY,
)
_ends = Counter(
    "fixviz_process_ends",
    "Processes that ended before their work was done: died, memory or timeout.",
    ["process", "reason"],
    registry=REGISTRY,
)
_pages = Histogram(
    "fixviz_page_seconds",
    "Seconds that the server needed for a page, from the start of its script to its end.",
    ["page"],
    buckets=_PAGES,
    registry=REGISTRY,
)


def counted() -> CollectorRegistry:
    """Return the numbers of this process, or of all that share its folder."""
    if not os.environ.get(FOLDER_VARIABLE):
        return REGISTRY
    found = CollectorRegistry()
    MultiProcessCollector(found)  # type: ignore[no-untyped-call]
    return found


def job_ended(kind: str, outcome: str, error: BaseException | None = None) -> None:
    """Count a job that ended."""
    _jobs.labels(kind, outcome, type(error).__name__ if error is not None else "").inc()


def waited(kind: str, seconds: float) -> None:
    """Count the seconds that a job waited for its turn."""
    _steps.labels(kind, "wait").observe(seconds)


@contextmanager
def step(kind: str, name: str) -> Iterator[None]:
    """Count the seconds that the block takes as a step of a job, however it ends."""
    with _steps.labels(kind, name).time():
        yield


def process_ended(process: str, reason: str) -> None:
    """Count a process that ended before its work was done."""
    _ends.labels(process, reason).inc()


@contextmanager
def page(name: str) -> Iterator[None]:
    """Count the seconds that the block takes as the script of a page, however it ends."""
    started = time.perf_counter()
    try:
        yield
    finally:
        _pages.labels(name or "start").observe(time.perf_counter() - started)
