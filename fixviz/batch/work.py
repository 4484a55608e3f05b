"""Analyze the clips of a listing, and add each to a data set in the order of the listing.

While the models work on some clips, the engine decodes the next one, and this process writes the rows of
those before. So the memory does not grow with the number of clips.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.data_set import DataSet, error_facts
from fixviz.batch.lookup import file_facts, request_for, with_hash
from fixviz.batch.shard import collect_rows
from fixviz.engine import AnalysisRequest, Engine, Job, JobStatus
from fixviz.errors import (
    DamagedRun,
    FixvizError,
    JobLost,
    ModelError,
    NoSuchDevice,
    RunNotFound,
    StorageError,
)
from fixviz.media.files import safe_name
from fixviz.settings import Settings
from fixviz.store import Store

State = Literal["computed", "stored", "there", "same", "failed"]
OnStatus = Callable[[ClipRow, JobStatus], None]
_AHEAD: Final = 2
"""Clips in hand besides those of the model workers, for each of which there is one more: the one whose rows
are written, and one that waits for the decoder."""
_LOOK_S: Final = 0.2
_OF_ALL: Final = (StorageError, ModelError, NoSuchDevice, JobLost)
"""Errors that all other clips would meet, too."""
_OF_ONE: Final = (DamagedRun, RunNotFound)
"""Kinds of those that concern one clip only."""


@dataclass(frozen=True)
class ClipEnd:
    """Say what became of one clip."""

    clip: ClipRow
    state: State
    """computed now; stored as a run before; there in the data set before; the same as an earlier clip of
    the list; failed."""
    run: str | None = None
    """Key of the run."""
    handle: str | None = None
    error: FixvizError | None = None


@dataclass
class _Pending:
    """Hold a clip that was looked up, and perhaps given to the engine."""

    clip: ClipRow
    request: AnalysisRequest | None = None
    run: str | None = None
    job: Job | None = None
    state: State = "computed"
    error: FixvizError | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def request_of_set(engine: Engine, request: AnalysisRequest) -> dict[str, Any]:
    """Return what decides the content of a data set but its clips, as plain JSON.

    request: what is asked of every clip; its video is left out. Raises OptionError, UnknownModel,
    CheckpointError as `Engine.submit` would for every clip.
    """
    models = engine.models(request)
    return {
        "models": {model.name: model.sha256 for model in models},
        "size": request.size,
        "start_s": request.start_s,
        "end_s": request.end_s,
        "frames": request.frames,
        "rate_hz": request.rate_hz,
        "crop": None if request.crop is None else list(request.crop),
        "masks_inverted": request.masks_inverted,
    }


class Work:
    """Analyze clips into a data set."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        settings: Settings,
        data_set: DataSet,
        request: AnalysisRequest,
        owner: str,
        on_status: OnStatus = lambda clip, status: None,
    ) -> None:
        """Prepare. request: what is asked of every clip. on_status: told where the clip at work stands."""
        self._engine, self._store, self._settings = engine, store, settings
        self._data_set, self._request, self._owner = data_set, request, owner
        self._on_status = on_status
        self._seen: set[str] = set()
        self._waiting: deque[_Pending] = deque()
        self._ahead = _AHEAD + 2 * engine.workers

    def run(self, clips: Iterable[ClipRow]) -> Generator[ClipEnd, None, None]:
        """Yield what became of each clip, in order.

        Whoever stops early, or is interrupted, finds all clips so far in the data set, once it is closed.
        Raises StorageError, ModelError, NoSuchDevice or JobLost, which would stop every other clip, too.
        """
        try:
            for clip in clips:
                self._waiting.append(self._begin(clip))
                if len(self._waiting) >= self._ahead:
                    yield self._end()
            while self._waiting:
                yield self._end()
        finally:
            for pending in self._waiting:
                if pending.job is not None:
                    pending.job.cancel()

    def _begin(self, clip: ClipRow) -> _Pending:
        """Look a clip up, and give it to the engine if it is new."""
        pending = _Pending(clip)
        try:
            self._look_up(pending)
            assert pending.run is not None and pending.request is not None
            if pending.run in self._seen:
                pending.state = "same"
            elif self._data_set.has(pending.run):
                known = self._data_set.find(clip) or {}
                pending.state = "there" if known.get("run") == pending.run else "same"
            else:
                pending.job = self._engine.submit(pending.request, self._owner, limited=False)
            self._seen.add(pending.run)
        except FixvizError as error:
            pending.error = of_one(error)
        return pending

    def _look_up(self, pending: _Pending) -> None:
        """Find content and run of a clip. Raises what `Engine.submit` raises."""
        clip = pending.clip
        facts = file_facts(clip, self._data_set.find(clip), self._settings)
        pending.facts = with_hash(clip, facts)
        pending.request = request_for(clip, self._request, pending.facts)
        pending.run = self._engine.run_key(pending.request)

    def _end(self) -> ClipEnd:
        """Wait for the clip that was begun first, and note what became of it."""
        pending = self._waiting[0]
        handle = None
        if pending.error is None:
            try:
                handle = self._rows_of(pending)
            except FixvizError as error:
                pending.error = of_one(error)
        self._waiting.popleft()
        if pending.error is not None:
            pending.state = "failed"
        run = None if pending.error is not None else pending.run
        facts = {**pending.facts, **error_facts(pending.error)}
        self._data_set.note(pending.clip, run, handle, facts)
        return ClipEnd(pending.clip, pending.state, run, handle, pending.error)

    def _rows_of(self, pending: _Pending) -> str | None:
        """Return the handle of the clip's run, once the data set has its rows."""
        assert pending.run is not None and pending.request is not None
        if self._data_set.has(pending.run):
            # Nobody noted the handle where a command was stopped at that moment.
            known = self._data_set.handle(pending.run)
            return known or claim_shared(self._store, pending.run, self._owner, pending.clip)
        if pending.job is None:  # The clip that it is the same as has failed.
            pending.job = self._engine.submit(pending.request, self._owner, limited=False)
            pending.state = "computed"
        while not (status := pending.job.wait(_LOOK_S)).finished:
            self._on_status(pending.clip, status)
        handle = pending.job.result()
        if status.cached:
            pending.state = "stored"
        self._data_set.add(collect_rows(pending.run, self._store, handle))
        return self._store.share(handle)


def claim_shared(store: Store, run: str, owner: str, clip: ClipRow) -> str | None:
    """Return a handle on a stored run that all machines of the store know; None without a sound run."""
    handle = store.claim(run, owner, safe_name(clip.path))
    return None if handle is None else store.share(handle)


def of_one(error: FixvizError) -> FixvizError:
    """Return an error that concerns one clip; raise one that concerns all."""
    if isinstance(error, _OF_ALL) and not isinstance(error, _OF_ONE):
        raise error
    return error
