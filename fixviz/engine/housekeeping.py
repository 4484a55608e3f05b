"""Delete what has expired, every six hours as long as an engine lives."""

from __future__ import annotations

import logging
import threading

from fixviz.engine.job_notes import JobNotes
from fixviz.engine.origins import needing_files, uploads_of
from fixviz.engine.steady_clock import SteadyClock
from fixviz.engine.uploads import sweep_uploads
from fixviz.errors import FixvizError
from fixviz.own_models.registry import sweep_models
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import sweep
from fixviz.teaching.examples import sweep_sets

_log = logging.getLogger(__name__)
_EVERY_S = 6 * 3600.0
_DOUBT_S = 900.0
"""Time for the system to set its clock, as it does soon after it has started."""
_SCRATCH_AGE_S = 86_400.0


class Housekeeper:
    """Delete old runs, uploads, checkpoints and scratch folders in a thread, until `closing` is set."""

    def __init__(self, settings: Settings, store: Store, closing: threading.Event) -> None:
        self._settings, self._store, self._closing = settings, store, closing
        self._clock = SteadyClock(settings.home)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; without effect when it runs. Callers hold the engine's condition."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        while True:
            doubtful = self._clock.is_doubtful()
            if doubtful:
                _log.warning("The clock is more than a day ahead; nothing is deleted for now")
            else:
                self._delete(self._clock.now())
            if self._closing.wait(_DOUBT_S if doubtful else _EVERY_S):
                return

    def _delete(self, now: float) -> None:
        age = max(_SCRATCH_AGE_S, 2 * self._settings.job_timeout_s)
        try:
            self._store.expire(now)
            notes = JobNotes(self._settings.home)
            requests = needing_files(self._store.origins(), notes.open_requests())
            sweep_uploads(self._settings, now, uploads_of(requests, self._settings))
            sweep_models(self._settings, now)
            sweep_sets(self._settings, now)
            sweep(self._settings.home / "scratch", now - age)
            sweep(notes.folder, now - age)
        except (FixvizError, OSError) as error:
            _log.warning("Old runs could not be deleted: %s", error)
