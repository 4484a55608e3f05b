"""Do jobs on a node of a cluster, in the same steps and processes as on a single machine.

A decoder and a model worker run beside it as processes of their own: a file that crashes a decoder, or a
model that takes too much memory, ends neither the node nor the next job. The model worker keeps the models
that it used last. Needs neither Ray nor torch.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import psutil

from fixviz.engine.cluster.work import (
    Files,
    Job,
    Result,
    Work,
    checkpoint_folder,
    collect,
    place_checkpoint,
    unpack,
)
from fixviz.engine.jobs import MeasureTask, ModelRef, WarmUpTask
from fixviz.engine.lane import decoder_process
from fixviz.engine.plan import TeachPlan
from fixviz.engine.steps import Call, compute, prepare
from fixviz.errors import FixvizError, JobError
from fixviz.settings import Settings
from fixviz.store.files import make_private, storing
from fixviz.tasks.process import TaskProcess
from fixviz.teaching.examples import ExampleSets
from fixviz.teaching.outcome import FOLDER, PROGRESS

_log = logging.getLogger(__name__)
_CALIBRATION: Final = "calibration.json"
_MOST_CHECKPOINTS: Final = 16
_PREFIX: Final = "fixviz-node-"

Event = tuple[str, Any]
"""A kind ("step", "progress", "device", "learned") and its content."""


@dataclass(frozen=True)
class Outcome:
    """Say how a job ended on a node."""

    result: Result = None
    error: FixvizError | None = None


class Node:
    """Do one job at a time. `events` and `stop` are called from other threads meanwhile."""

    def __init__(self) -> None:
        """Make a folder for what this node keeps, which is deleted when its process ends."""
        _sweep(Path(tempfile.gettempdir()))
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        self._checkpoints = self._folder / "checkpoints"
        self._decoder, self._worker = decoder_process(), TaskProcess(name="worker")
        self._stop, self._never = threading.Event(), threading.Event()
        self._changed = threading.Condition()
        self._number = 0
        self._events: list[Event] = []
        self._learning: Path | None = None

    def lacks(self, models: Sequence[ModelRef]) -> list[ModelRef]:
        """Return those of the checkpoints that are not here."""
        found = [(model, checkpoint_folder(model, self._checkpoints)) for model in models]
        for _, folder in found:
            with contextlib.suppress(OSError):
                os.utime(folder.parent)
        return [model for model, folder in found if not folder.is_dir()]

    def take_checkpoint(self, model: ModelRef, files: Files) -> None:
        """Keep a checkpoint for the jobs that follow. Raises StorageError."""
        with storing("the checkpoint", self._folder):
            make_private(self._checkpoints)
            place_checkpoint(model, files, self._checkpoints)
            kept = [p for p in self._checkpoints.iterdir() if p.name != "staging"]
            kept.sort(key=lambda path: path.stat().st_mtime)
            for old in kept[:-_MOST_CHECKPOINTS]:
                shutil.rmtree(old, ignore_errors=True)

    def run(self, number: int, work: Work) -> Outcome:
        """Do a job, and return what is to be stored. number: tells it from the jobs before."""
        self._stop.clear()
        with self._changed:
            self._number, self._events = number, []
        folder = self._folder / secrets.token_hex(8)
        home = folder / "home"
        try:
            with storing("the job", folder):
                make_private(home)
                self._lend_calibration(home)
                job = unpack(work, home, self._checkpoints)
            settings = replace(work.settings, home=home, engine="local")
            self._do(job, work, settings)
            result = collect(job, home, settings)
            self._keep_calibration(home)
            return Outcome(result)
        except FixvizError as error:
            return Outcome(error=error)
        except Exception as error:
            _log.exception("A node failed")
            return Outcome(error=JobError(f"The analysis failed inside fixviz ({error})."))
        finally:
            self._learning = None
            shutil.rmtree(folder, ignore_errors=True)
            with self._changed:
                self._changed.notify_all()

    def events(self, number: int, after: int, wait_s: float) -> list[Event]:
        """Return the events of a job after the first `after` ones; waits a while for the next one."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._number == number and len(self._events) > after, wait_s
            )
            return self._events[after:] if self._number == number else []

    def stop(self, number: int) -> None:
        """Ask a job to end: between its steps, and after the settings' grace by force."""
        if number == self._number:
            self._stop.set()

    def close(self) -> None:
        """End the processes and delete the folder."""
        self._decoder.kill()
        self._worker.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _do(self, job: Job, work: Work, settings: Settings) -> None:
        functions = work.functions
        call = Call(self._worker, self._stop, self._never, self._note)
        limit, grace = settings.job_timeout_s, settings.cancel_grace_s
        if isinstance(job, WarmUpTask):
            call(functions.warm_up_models, job, limit, 0.0)
            return
        if isinstance(job, MeasureTask):
            call(functions.measure, job, limit, grace)
            return
        scratch = settings.home / "scratch" / "job"
        self._note("step", "decoding")
        decoding = replace(call, process=self._decoder)
        prepare(decoding, job, scratch, settings, functions)
        self._note("step", "running")
        if isinstance(job, TeachPlan):
            self._learning = ExampleSets(settings).folder(job.request.examples) / FOLDER / PROGRESS
        compute(call, job, scratch, settings, functions)

    def _note(self, kind: str, content: Any) -> None:
        events: list[Event] = [(kind, content)]
        if self._learning is not None:
            with contextlib.suppress(OSError):
                events.append(("learned", self._learning.read_bytes()))
        with self._changed:
            self._events += events
            self._changed.notify_all()

    def _lend_calibration(self, home: Path) -> None:
        if (self._folder / _CALIBRATION).is_file():
            shutil.copyfile(self._folder / _CALIBRATION, home / _CALIBRATION)

    def _keep_calibration(self, home: Path) -> None:
        if (home / _CALIBRATION).is_file():
            (home / _CALIBRATION).replace(self._folder / _CALIBRATION)


def _sweep(temporary: Path) -> None:
    """Delete the folders of nodes whose process was killed."""
    for folder in _folders(temporary):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _folders(temporary: Path) -> Iterable[Path]:
    return list(temporary.glob(f"{_PREFIX}*"))
