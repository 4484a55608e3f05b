"""Hand out clips to the nodes of a Ray cluster, and write the rows that come back.

Ray Data keeps the workers busy, hands out again what a node had that was lost, and stops handing out while
rows wait here. So the memory of this process does not grow with the number of clips.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import secrets
import signal
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.cluster.clip_worker import ClipWorker
from fixviz.batch.cluster.named import Cluster
from fixviz.batch.cluster.tasks import ClipTask, ClusterJob, Outcome
from fixviz.batch.data_set import DataSet, error_facts
from fixviz.batch.lookup import file_facts, request_for
from fixviz.batch.work import ClipEnd, State, claim_shared, of_one
from fixviz.engine import AnalysisRequest, Engine
from fixviz.engine.machine import usable_cores
from fixviz.errors import FixvizError, JobError, OptionError
from fixviz.model.config import checkpoint_names
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import make_private, storing
from fixviz.version import __version__

_AT_ONCE: Final = 10_000
"""Clips that are handed out before the next ones are looked up: Ray keeps a record of each."""
_IN_WORK: Final = 2
"""Clips in the hands of one worker: one in the models, and the next one with the decoder."""
_IN_HAND: Final = 4
"""The same, with those that wait there so that a worker never waits for this process."""
_OBJECTS_BYTES: Final = 512 * 2**20
"""Memory for what passes between the processes of a cluster that is started here."""


class ClusterWork:
    """Analyze clips into a data set on a cluster, as `fixviz.batch.work.Work` does on this machine."""

    def __init__(
        self,
        cluster: Cluster,
        engine: Engine,
        store: Store,
        settings: Settings,
        data_set: DataSet,
        request: AnalysisRequest,
        owner: str,
    ) -> None:
        """Prepare. engine: only looks up which runs are needed. request: what is asked of every clip."""
        self._cluster, self._engine, self._store = cluster, engine, store
        self._settings, self._data_set = settings, data_set
        self._request, self._owner = request, owner

    def run(self, clips: Iterable[ClipRow]) -> Generator[ClipEnd, None, None]:
        """Yield what became of each clip: first those that are there, the others as they are done.

        Whoever stops early, or is interrupted, finds all clips so far in the data set, once it is closed.
        Raises OptionError where the cluster cannot be used, JobError where it was lost; StorageError,
        ModelError, NoSuchDevice or JobLost, which would stop every other clip, too.
        """
        waiting: list[ClipTask] = []
        with contextlib.ExitStack() as joined:
            for clip in clips:
                task = self._look_up(clip, len(waiting))
                if isinstance(task, ClipEnd):
                    yield task
                    continue
                waiting.append(task)
                if len(waiting) == _AT_ONCE:
                    joined.enter_context(_joined(self._cluster.address))
                    yield from self._analyze(waiting)
                    waiting = []
            if waiting:
                joined.enter_context(_joined(self._cluster.address))
                yield from self._analyze(waiting)

    def _look_up(self, clip: ClipRow, number: int) -> ClipEnd | ClipTask:
        """Return the end of a clip that is there or cannot be read, else the task to analyze it."""
        # Workers have another current folder.
        clip = replace(clip, path=clip.path.expanduser().absolute())
        facts: dict[str, Any] = {}
        try:
            facts = file_facts(clip, self._data_set.find(clip), self._settings)
            if facts["sha256"] is None:
                return ClipTask(number, clip, facts)  # Read on a node.
            run = self._engine.run_key(request_for(clip, self._request, facts))
        except FixvizError as error:
            return self._note(clip, Outcome(number, facts, error=error))
        if not self._data_set.has(run):
            return ClipTask(number, clip, facts)
        return self._note(clip, Outcome(number, facts, run))

    def _analyze(self, tasks: Sequence[ClipTask]) -> Iterator[ClipEnd]:
        with self._sign() as sign:
            job = ClusterJob(
                replace(self._settings, home=self._settings.home.absolute()),
                replace(self._request, models=tuple(map(_anywhere, self._request.models))),
                {model.name: model.sha256 for model in self._engine.models(self._request)},
                self._owner,
                __version__,
                sign,
                self._data_set.runs(),
            )
            with closing(_map(job, tasks, self._cluster)) as outcomes:
                for outcome in outcomes:
                    yield self._note(tasks[outcome.number].clip, outcome)

    def _note(self, clip: ClipRow, outcome: Outcome) -> ClipEnd:
        """Add to the data set what became of a clip. Raises errors that all clips would meet."""
        run, handle, error = outcome.run, outcome.handle, outcome.error
        state: State = outcome.state
        if error is not None:
            if outcome.for_all:
                raise error
            error, state = of_one(error), "failed"
        elif run is not None and self._data_set.has(run):
            known = self._data_set.find(clip) or {}
            state = "there" if known.get("run") == run else "same"
            handle = self._data_set.handle(run) or handle
            handle = handle or claim_shared(self._store, run, self._owner, clip)
        elif outcome.rows is not None:
            self._data_set.add(outcome.rows)
        self._data_set.note(clip, run, handle, {**outcome.facts, **error_facts(error)})
        return ClipEnd(clip, state, run, handle, error)

    @contextmanager
    def _sign(self) -> Iterator[str | None]:
        """Put a file into the home for the block, by which nodes know it; none where runs go elsewhere."""
        if self._settings.store:
            yield None
            return
        home = self._settings.home.absolute()
        sign = home / f".cluster.{secrets.token_hex(8)}"
        with storing("the run", home):
            make_private(home)
            sign.touch()
        try:
            yield str(sign)
        finally:
            sign.unlink(missing_ok=True)


def _anywhere(model: str) -> str:
    """Return a model by its name, or by the absolute path of its folder."""
    folder = Path(model).expanduser()
    named = model in checkpoint_names() or not folder.is_dir()
    return model if named else str(folder.absolute())


@contextmanager
def _joined(address: str) -> Iterator[None]:
    """Be in a cluster for the block; without one that runs, `auto` starts one here. Raises OptionError."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise OptionError('Ray is not installed here; run pip install "fixviz[cluster]".') from None
    if ray.is_initialized():
        yield
        return
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, **quiet)
    except ConnectionError as error:
        if address != "auto":
            raise OptionError(
                f"No Ray cluster answers at {address}. Run this command on one of its machines, and name the "
                f"address that `ray start --head` told ({error})."
            ) from None
        ray.init(
            num_cpus=usable_cores(),
            object_store_memory=_OBJECTS_BYTES,
            include_dashboard=False,
            **quiet,
        )
    with contextlib.suppress(ValueError):  # Another thread than the main one has no say.
        signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    finally:
        ray.shutdown()


def _map(
    job: ClusterJob, tasks: Sequence[ClipTask], cluster: Cluster
) -> Generator[Outcome, None, None]:
    """Yield the outcomes of all tasks, in the order in which they are done. Raises JobError."""
    import ray

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    rows = [{"task": pickle.dumps(task)} for task in tasks]
    room = min(_room(cluster), len(tasks))
    most = min(cluster.workers or room, len(tasks))
    done = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        ClipWorker,
        fn_constructor_args=(job,),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(
            min_size=1,
            initial_size=min(room, most),
            max_size=most,
            max_tasks_in_flight_per_actor=_IN_HAND,
            max_concurrent_calls_per_actor=_IN_WORK,
            enable_true_multi_threading=True,
        ),
        num_cpus=cluster.cores,
        num_gpus=cluster.gpus or None,
    )
    try:
        for row in done.iter_rows():
            yield pickle.loads(row["outcome"])
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise JobError(f"The cluster was lost, or could not go on ({reason[-1]}).") from error


def _room(cluster: Cluster) -> int:
    """Return how many workers the cluster has room for now, at least 1."""
    import ray

    there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    rooms = [there.get("CPU", 0.0) / cluster.cores]
    if cluster.gpus:
        rooms.append(there.get("GPU", 0.0) / cluster.gpus)
    return max(1, int(min(rooms)))
