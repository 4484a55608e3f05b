"""Count and log how jobs end, without the name of a clip or a handle."""

from __future__ import annotations

import logging
import time

from fixviz import metrics
from fixviz.engine.tickets import Execution
from fixviz.errors import FixvizError, JobCancelled, JobError, StorageError

_log = logging.getLogger(__name__)


def note_end(execution: Execution, error: FixvizError | None) -> None:
    """Count and log the end of an execution that was begun; `error` is why it has no result."""
    kind, seconds = execution.plan.kind, round(time.monotonic() - execution.queued_at, 3)
    extra: dict[str, object] = {"kind": kind, "seconds": seconds}
    if error is None:
        metrics.job_ended(kind, "done")
        _log.info("A job is done", extra=extra)
        return
    extra["error"] = type(error).__name__
    if isinstance(error, JobCancelled):
        metrics.job_ended(kind, "cancelled", error)
        _log.info("A job was cancelled", extra=extra)
        return
    metrics.job_ended(kind, "failed", error)
    if isinstance(
        error, StorageError
    ):  # Its sentence says what is wrong with the disk, and no name.
        extra["detail"] = str(error)
    # A file or an option that cannot be used is the visitor's matter.
    ours = isinstance(error, JobError | StorageError)
    _log.log(logging.WARNING if ours else logging.INFO, "A job failed", extra=extra)
