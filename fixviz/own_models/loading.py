"""Load a checkpoint: copy its files, have them checked in another process, and keep the result.

The server only copies bytes. The checking process (see `checking`) unpacks, parses and runs the
checkpoint. It may crash, hang or run out of memory without harm; a time limit stops it.
"""

from __future__ import annotations

import atexit
import logging
import secrets
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from fixviz.errors import CheckpointError, FixvizError, JobCancelled, JobError, QueueFull
from fixviz.media.files import safe_name
from fixviz.model.quoting import shortened
from fixviz.own_models.checking import Checked, CheckTask
from fixviz.own_models.registry import Origin, OwnModels
from fixviz.own_models.unpacking import HandedIn, too_large
from fixviz.store.files import storing
from fixviz.tasks.process import TaskCrashed, TaskProcess, TaskTimedOut
from fixviz.tasks.status import JobStatus

CHECK = "fixviz.own_models.checking:check"
_MOST_AT_ONCE = 16
_MOST_OF_ONE_OWNER = 2
# Two, and never two of one person, so that a checkpoint that takes its whole time keeps nobody else waiting.
_LANES = 2
_FINISHED_KEPT = 200
_CHUNK = 1 << 20
_POLL_S = 0.05
_MOST_FILES = 100
_LONGEST_SENTENCE = 500

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Loading:
    owner: str
    title: str
    folder: Path
    files: tuple[HandedIn, ...]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    stop: threading.Event = field(default_factory=threading.Event)
    status: JobStatus = field(default_factory=lambda: JobStatus("queued", message="Waiting"))
    name: str | None = None
    """Name of the kept checkpoint once the check has passed."""


class CheckpointLoader:
    """Check and keep own checkpoints, one of a person at a time; safe to use from many threads."""

    def __init__(self, models: OwnModels, check: str = CHECK) -> None:
        self._models, self._check = models, check
        self._settings = models.settings
        self._lock = threading.Lock()
        self._waiting: list[_Loading] = []
        self._running: list[_Loading] = []
        self._abort = threading.Event()
        self._known: dict[str, _Loading] = {}
        atexit.register(self._abort.set)

    def start(self, files: Sequence[tuple[str, BinaryIO]], owner: str, title: str = "") -> str:
        """Copy the files (name and content), start the check, and return its id.

        Raises CheckpointError for too many or too large files or when `owner` has too many
        checkpoints, QueueFull, StorageError.
        """
        if not 1 <= len(files) <= _MOST_FILES:
            raise CheckpointError("Choose the files of exactly one checkpoint.")
        self._models.check_room(owner)
        with self._lock:
            under_way = [known for known in self._known.values() if not known.status.finished]
            if sum(known.owner == owner for known in under_way) >= _MOST_OF_ONE_OWNER:
                raise QueueFull(
                    f"{_MOST_OF_ONE_OWNER} checkpoints of yours are being checked; wait for their end."
                )
            if len(under_way) >= _MOST_AT_ONCE:
                raise QueueFull("Many checkpoints are being checked; try again in a few minutes.")
        folder = self._models.staging()
        try:
            loading = _Loading(owner, title, folder, self._copy(files, folder))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with self._lock:
            self._known[loading.id] = loading
            self._waiting.append(loading)
            ended = [known for known in self._known.values() if known.status.finished]
            for old in ended[: max(0, len(self._known) - _FINISHED_KEPT)]:
                del self._known[old.id]
        threading.Thread(target=self._run, args=(loading,), daemon=True).start()
        return loading.id

    def known(self, loading_id: str, owner: str) -> bool:
        """Tell whether this server knows a check of that id that belongs to `owner`."""
        with self._lock:
            return loading_id in self._known and self._known[loading_id].owner == owner

    def status(self, loading_id: str) -> JobStatus:
        """Return where the check stands. Raises JobError for an unknown id."""
        return self._get(loading_id).status

    def name(self, loading_id: str) -> str | None:
        """Return the name of the checkpoint once it is kept. Raises JobError for an unknown id."""
        return self._get(loading_id).name

    def cancel(self, loading_id: str) -> None:
        """Cancel the check. Raises JobError for an unknown id."""
        self._get(loading_id).stop.set()

    def wait(self, loading_id: str, timeout: float) -> JobStatus:
        """Wait until the check has ended, at most `timeout` seconds, and return where it stands."""
        loading = self._get(loading_id)
        deadline = time.monotonic() + timeout
        while not loading.status.finished and time.monotonic() < deadline:
            time.sleep(0.02)
        return loading.status

    def _get(self, loading_id: str) -> _Loading:
        with self._lock:
            if loading_id not in self._known:
                raise JobError("That checkpoint is not being loaded any more; load it again.")
            return self._known[loading_id]

    def _copy(self, files: Sequence[tuple[str, BinaryIO]], folder: Path) -> tuple[HandedIn, ...]:
        """Write the files into `folder`, under names that the server chooses."""
        most = self._settings.max_checkpoint_mb * 10**6
        handed_in = []
        written = 0
        with storing("the checkpoint", self._settings.home):
            for number, (name, content) in enumerate(files):
                shown, path, before = safe_name(name), folder / f"handed-in-{number}", written
                content.seek(0)
                with path.open("xb") as target:
                    while chunk := content.read(_CHUNK):
                        written += len(chunk)
                        if written > most:
                            raise too_large(
                                f"'{shown}'" if not before else "All files together", most
                            )
                        target.write(chunk)
                if written == before:
                    raise CheckpointError(f"'{shown}' is empty (0 bytes); choose the file again.")
                handed_in.append(HandedIn(shown, str(path)))
        return tuple(handed_in)

    def _run(self, loading: _Loading) -> None:
        try:
            while not self._takes_turn(loading):
                self._stop_if_asked(loading)
                time.sleep(_POLL_S)
            self._stop_if_asked(loading)
            checked = self._checked(loading)
            self._models.check_room(loading.owner)
            loading.name = self._models.keep(
                loading.folder / "checkpoint", _origin_of(loading, checked)
            )
            end = JobStatus("done", progress=1.0, message="Done")
        except JobCancelled as error:
            end = JobStatus("cancelled", error=str(error))
        except FixvizError as error:
            # Names of tensors and files in it were chosen by whoever made the checkpoint.
            end = JobStatus("failed", error=shortened(str(error), _LONGEST_SENTENCE))
        except Exception:
            _log.exception("Loading a checkpoint failed")
            end = JobStatus("failed", error=_unexpected(loading))
        with self._lock:
            for places in (self._waiting, self._running):
                if loading in places:
                    places.remove(loading)
        shutil.rmtree(loading.folder, ignore_errors=True)
        loading.status = end

    def _takes_turn(self, loading: _Loading) -> bool:
        """Tell whether the check may run now, and note that it does: first come, one of each owner."""
        with self._lock:
            busy = {running.owner for running in self._running}
            able = (waiting for waiting in self._waiting if waiting.owner not in busy)
            if len(self._running) >= _LANES or next(able, None) is not loading:
                return False
            self._waiting.remove(loading)
            self._running.append(loading)
            return True

    def _stop_if_asked(self, loading: _Loading) -> None:
        if loading.stop.is_set() or self._abort.is_set():
            raise JobCancelled("Loading was cancelled; nothing was kept.")

    def _checked(self, loading: _Loading) -> Checked:
        work = loading.folder / "work"
        with storing("the checkpoint", self._settings.home):
            work.mkdir()
        task = CheckTask(
            loading.files,
            str(work),
            str(loading.folder / "checkpoint"),
            loading.title,
            self._settings,
        )
        limit = self._settings.check_timeout_s

        def on_event(kind: str, content: Any) -> None:
            if kind == "progress" and not loading.status.finished:
                loading.status = JobStatus("running", progress=content[0], message=content[1])

        loading.status = JobStatus("running", message="Starting the check")
        process = TaskProcess(name="checker")
        try:
            checked: Checked = process.call(
                self._check,
                task,
                timeout_s=limit,
                grace_s=1.0,
                stop=loading.stop,
                abort=self._abort,
                on_event=on_event,
            )
        except TaskTimedOut:
            raise CheckpointError(
                f"Checking the checkpoint took longer than {limit:g} s and was stopped "
                "(FIXVIZ_CHECK_TIMEOUT_S); is it larger than this machine can run?"
            ) from None
        except JobCancelled:
            raise
        except TaskCrashed as crash:
            raise CheckpointError(
                "The checkpoint needs more memory than a check may use; it is damaged, or too large "
                "for this machine."
                if crash.out_of_memory
                else "The process that checked the checkpoint died; the file is damaged, or too large "
                "for this machine."
            ) from None
        except JobError:
            # A fault of fixviz that these files bring out; the log has its traceback.
            raise CheckpointError(_unexpected(loading)) from None
        finally:
            process.kill()
        return checked


def _unexpected(loading: _Loading) -> str:
    names = ", ".join(file.name for file in loading.files[:3])
    return (
        f"fixviz could not check {names}: it is damaged, or built in a way that is not known here. "
        "The server's log has the details."
    )


def _origin_of(loading: _Loading, checked: Checked) -> Origin:
    return Origin(
        owner=loading.owner,
        created=time.time(),
        source=checked.source,
        source_sha256=checked.source_sha256,
        kind=checked.kind,
        seconds_per_window=checked.seconds_per_window,
    )
