"""Analyze clips on a node of the cluster. Ray Data keeps one worker for each share of cores or GPUs.

A worker has a home of its own on the node's disk and hands each finished run to the store that all share.
Its engine decodes the next clip while the models work on one, in processes that can be killed, as on a
machine alone.
"""

from __future__ import annotations

import logging
import os
import pickle
import platform
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psutil

from fixviz.batch.cluster.tasks import ClipTask, ClusterJob, Outcome
from fixviz.batch.lookup import file_facts, request_for, with_hash
from fixviz.batch.shard import collect_rows
from fixviz.engine import Engine
from fixviz.engine.origins import origin_of
from fixviz.engine.plan import Checkpoints
from fixviz.errors import CheckpointError, FixvizError, JobError, OptionError, StorageError
from fixviz.media.files import safe_name
from fixviz.store import Store
from fixviz.version import __version__

_log = logging.getLogger(__name__)
_PREFIX: Final = "fixviz-clips-"
_FILES_IN_MIND: Final = 2_000


class ClipWorker:
    """Analyze one clip at a time with the models loaded; two threads may call it at once."""

    def __init__(self, job: ClusterJob) -> None:
        """Get ready. What is wrong with this node is told with each clip."""
        self._job = job
        self._ends = ExitStack()
        self._changed = threading.Condition()
        self._at_work: set[str] = set()
        self._fault: FixvizError | None = None
        try:
            self._start()
        except FixvizError as error:
            self._fault = error
        except OSError as error:
            self._fault = StorageError(
                f"{platform.node()} cannot keep files in {tempfile.gettempdir()} ({error.strerror})."
            )

    def _start(self) -> None:
        job = self._job
        _check(job)
        temporary = Path(tempfile.gettempdir())
        _sweep(temporary)
        home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=temporary))
        self._ends.callback(shutil.rmtree, home, ignore_errors=True)
        own = replace(job.settings, home=home, store="", engine="local")
        # Runs of a store behind a URL pass through this worker's home.
        self._shared_home = home if job.settings.store else job.settings.home
        shared = replace(job.settings, home=self._shared_home)
        self._home = home
        self._shared = Store(shared, remembered=_FILES_IN_MIND)
        self._own = Store(own, remembered=_FILES_IN_MIND)
        # A person's own checkpoints are in the home that all share.
        checkpoints = Checkpoints(job.settings)
        self._engine = self._ends.enter_context(Engine(own, self._own, describe_model=checkpoints))
        found = {model.name: model.sha256 for model in self._engine.models(job.request)}
        if found != dict(job.models):
            raise CheckpointError(
                f"{platform.node()} has other weights of {', '.join(found)} than the machine that asks; "
                "install the same version of fixviz, with the same checkpoints."
            )

    def __del__(self) -> None:
        self._ends.close()

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[bytes]]:
        """Return pickled outcomes (column `outcome`) of the pickled tasks of a batch (column `task`)."""
        tasks = [pickle.loads(task) for task in batch["task"]]
        return {"outcome": [pickle.dumps(self.analyze(task)) for task in tasks]}

    def analyze(self, task: ClipTask) -> Outcome:
        """Analyze one clip; never raises."""
        if self._fault is not None:
            return Outcome(task.number, error=self._fault, for_all=True)
        facts = dict(task.facts)
        try:
            if facts.get("sha256") is None:
                facts = with_hash(task.clip, file_facts(task.clip, None, self._job.settings))
            return self._run(task, facts)
        except FixvizError as error:
            return Outcome(task.number, facts, error=error)
        except Exception as error:
            _log.exception("A worker failed")
            said = JobError(f"The analysis failed inside fixviz ({error}).")
            return Outcome(task.number, facts, error=said)

    def _run(self, task: ClipTask, facts: Mapping[str, Any]) -> Outcome:
        request = request_for(task.clip, self._job.request, facts)
        run = self._engine.run_key(request)
        if run in self._job.known:
            return Outcome(task.number, facts, run)
        owner, name = self._job.owner, safe_name(task.clip.path)
        origin = origin_of(request, self._job.settings)
        with self._alone(run):
            try:
                # A worker that was lost may have stored it, or an earlier command.
                handle = self._shared.claim(run, owner, name, origin)
                if handle is not None:
                    rows = collect_rows(run, self._shared, handle)
                    handle = self._shared.share(handle)
                    return Outcome(task.number, facts, run, handle, rows, "stored")
                mine = self._engine.submit(request, owner, limited=False).result()
                rows = collect_rows(run, self._own, mine)
                if self._shared_home != self._home:
                    self._shared.take_over(run, self._home)
                handle = self._shared.claim(run, owner, name, origin)
                if handle is None:
                    raise JobError(
                        "The run was deleted as soon as it was finished; start it again."
                    )
                return Outcome(task.number, facts, run, self._shared.share(handle), rows)
            finally:
                left = self._own.claim(run, owner)
                if left is not None:
                    self._engine.delete_run(left, owner)

    @contextmanager
    def _alone(self, run: str) -> Iterator[None]:
        """Wait until no other thread is at work on a run; none begins with it during the block."""
        with self._changed:
            self._changed.wait_for(lambda: run not in self._at_work)
            self._at_work.add(run)
        try:
            yield
        finally:
            with self._changed:
                self._at_work.remove(run)
                self._changed.notify_all()


def _check(job: ClusterJob) -> None:
    """Raise OptionError where this node cannot work for the machine that asks."""
    node = platform.node()
    if job.version != __version__:
        raise OptionError(
            f"{node} has fixviz {__version__}, and the machine that asks has {job.version}; "
            "install the same version on all."
        )
    if job.sign is not None and not Path(job.sign).exists():
        raise OptionError(
            f"{node} does not see {Path(job.sign).parent}. Let FIXVIZ_HOME be a folder that all nodes share, "
            "or name a store with --store."
        )


def _sweep(temporary: Path) -> None:
    """Delete the homes of workers that were killed."""
    for folder in list(temporary.glob(f"{_PREFIX}*")):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            shutil.rmtree(folder, ignore_errors=True)
