"""Take requests, answer them from the store or queue them, and tell where each job stands."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from fixviz import metrics
from fixviz.engine.estimate import Estimate
from fixviz.engine.estimates import Estimates, OnMeasured
from fixviz.engine.executions import Executions
from fixviz.engine.health import Health, health
from fixviz.engine.housekeeping import Housekeeper
from fixviz.engine.job_ends import note_end
from fixviz.engine.job_notes import JobNote, JobNotes, derived_id
from fixviz.engine.jobs import (
    DEFAULT_MODELS,
    AnalysisRequest,
    CostRequest,
    DeriveRequest,
    DeviceReport,
    MeasureTask,
    ModelRef,
    TeachRequest,
    UploadRef,
    WarmUpTask,
)
from fixviz.engine.origins import delete_uploads, needing_files, origin_of, request_of
from fixviz.engine.plan import (
    AnyPlan,
    Checkpoints,
    CostPlan,
    DerivePlan,
    DescribeModel,
    Plan,
    TeachPlan,
    derived_key,
    find_models,
    make_derive_plan,
    make_plan,
    make_teach_plan,
)
from fixviz.engine.quota import Quota
from fixviz.engine.steps import Functions
from fixviz.engine.tickets import Execution, Job, Ticket, Tickets
from fixviz.engine.uploads import add_masks, add_upload, admission
from fixviz.errors import FixvizError, JobCancelled, JobError, JobLost
from fixviz.media.clip import VideoInfo
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import storing
from fixviz.tasks.status import JobStatus, State

_log = logging.getLogger(__name__)
_LOCK_S = 0.1
"""Longest wait for the engine's condition, which nobody holds for longer than a moment."""


class Engine:
    """Run analyses on this machine; safe to use from many threads.

    Processes start with the first job (or `warm_up`). They end with `close`, with the interpreter, or
    when this process dies. An engine for many machines would have the same methods, and the types of
    `jobs`.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        functions: Functions | None = None,
        describe_model: DescribeModel | None = None,
        shipped: Path | None = None,
        workers: int = 1,
    ) -> None:
        """Make an engine.

        workers: processes that run models at the same time, each on its share of the cores. More than one
        are for commands with many clips; only analyses may run on them.
        shipped: home of runs that answer requests without being computed here; see `Store.take_over`.
        """
        self._settings, self._store, self._shipped = settings, store, shipped
        self._describe = describe_model or Checkpoints(settings)
        self._seen_models: dict[str, ModelRef] = {}
        # Guards tickets and executions, and wakes those who wait for a change of them.
        self._changed = threading.Condition()
        self._tickets = Tickets()
        self._notes = JobNotes(settings.home)
        self.workers = workers
        self._executions = Executions(
            settings, functions or Functions(), self._changed, self._finish, workers
        )
        self._estimates = Estimates(settings, self._describe, self._measure)
        self._quota = Quota(settings, store, shipped)
        self._closing = threading.Event()
        self._housekeeper = Housekeeper(settings, store, self._closing)
        atexit.register(self.close)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def submit(self, request: AnalysisRequest, owner: str, *, limited: bool = True) -> Job:
        """Queue an analysis and return its job. owner: any text that names whose library gets the run.

        A run that the store has, or that is shipped, is given at once; one that is being computed is shared.
        Raises OptionError, ModelError or MediaError for a request that cannot work, QueueFull; QuotaReached
        for a run more than the owner may have. limited: False for commands, whose user owns the disk: no
        quota is checked.
        """
        plan = make_plan(request, self._settings, self._describe)
        self._seen_models.update({model.sha256: model for model in plan.models})
        # Looked up before the lock, which must not wait for the disk. A run that ends between this and
        # the next one at `_executions` is computed twice, which does no harm.
        origin = origin_of(request, self._settings)
        held = self._quota.held(owner) if limited else set()
        counts = limited and plan.key not in held and not self._quota.is_free(plan.key)
        if counts:
            self._quota.check_space(owner)
            with self._changed:
                self._check_runs(plan, owner, held)
        run = self._store.claim(plan.key, owner, plan.title, origin)
        if run is None and self._shipped and self._store.take_over(plan.key, self._shipped):
            run = self._store.claim(plan.key, owner, plan.title, origin)
        ticket = Ticket(owner, plan.title, video=Path(plan.path).name, origin=origin)
        if run is not None:
            return self._take(plan, ticket, run)
        note = JobNote(owner, plan.title, request)
        return self._noted(ticket.id, note, plan, ticket, held if counts else None)

    def _check_runs(self, plan: AnyPlan, owner: str, held: Collection[str]) -> None:
        """Raise QuotaReached where the plan would be one run too many. Callers hold the condition."""
        under_way = {
            execution.plan.key
            for execution in self._executions.under_way()
            if isinstance(execution.plan, Plan)
            and any(ticket.owner == owner and ticket.end is None for ticket in execution.tickets)
        }
        if plan.key not in under_way:
            self._quota.check_runs(held, under_way)

    def check_room(self, owner: str, more: int, upload: Path | None = None) -> None:
        """Raise QuotaReached when `owner` would keep more than one visitor may, with `more` bytes.

        upload: the file that they are for; one that counts already takes no more room.
        """
        self._quota.check_space(owner, more, upload)

    def _noted(
        self,
        note_id: str,
        note: JobNote,
        plan: AnyPlan,
        ticket: Ticket,
        held: Collection[str] | None = None,
    ) -> Job:
        """Queue a plan with a note on disk, which is there before the job can end. held: as for `_take`."""
        self._notes.write(note_id, note)
        try:
            return self._take(plan, ticket, None, held=held)
        except FixvizError:
            self._notes.remove(note_id)
            raise

    def request_of(self, run: str, owner: str) -> AnalysisRequest | None:
        """Return the request that makes `owner`'s run again; None where its video is not there any more.

        Raises RunNotFound, also when the run belongs to another owner.
        """
        return request_of(self._store.origin(run, owner))

    def delete_run(self, run: str, owner: str) -> None:
        """Delete `owner`'s handle on a run, and what nobody else needs: the run, its video and masks.

        Raises RunNotFound, also when the run belongs to another owner; StorageError.
        """
        origin = self._store.origin(run, owner)
        self._store.delete(run, owner=owner)
        self._notes.remove_run(run)
        requests = needing_files(self._store.origins(), self._notes.open_requests())
        with storing("the deletion", self._settings.home):
            delete_uploads(origin, requests, self._settings)

    def models(self, request: AnalysisRequest) -> tuple[ModelRef, ...]:
        """Return the checkpoints of a request, whatever its video.

        Raises what `submit` raises for a request that cannot work with any video.
        """
        return find_models(request, self._settings, self._describe)

    def run_key(self, request: AnalysisRequest) -> str:
        """Return the store's key of the run that `submit` would make. Raises what `submit` raises."""
        return make_plan(request, self._settings, self._describe).key

    def estimate(self, request: AnalysisRequest, video: VideoInfo) -> Estimate | None:
        """Return what a request would take here; None while that is measured, which the first call starts.

        video: what `fixviz.media.probe` says of the request's file. Raises what `submit` raises for a
        request that cannot work, and JobError where measuring failed.
        """
        with self._changed:
            cold = not self._executions.reports()
        return self._estimates.estimate(request, video, cold)

    def _measure(self, task: MeasureTask, on_measured: OnMeasured) -> None:
        with self._changed:
            if not self._closing.is_set():
                self._executions.lane(task.device).measure(task, on_measured)

    def derive(self, request: DeriveRequest, owner: str = "", *, visitor: str = "") -> Job:
        """Queue what is computed from a stored run; `store.derived(request.run, request.name)` reads it.

        owner: who asks, so that `deriving` finds the job again; empty when the page asks again at every
        visit. visitor: who asks again and again as long as they want it (see `job`), where that is not the
        owner; everybody has their turns in the queue. The run of the returned job is the one of the request.
        A stored result is given at once. Raises RunNotFound, OptionError, ModelError, QueueFull.
        """
        plan = make_derive_plan(request, self._store, self._describe, self._seen_models)
        there = self._store.derived(request.run, request.name) is not None
        ticket = Ticket(owner, plan.title, polled=bool(visitor))
        if there or not owner:
            return self._take(plan, ticket, request.run if there else None, visitor)
        note = JobNote(owner, plan.title, None)
        return self._noted(derived_id(owner, plan.key), note, plan, ticket)

    def teach(self, request: TeachRequest) -> Job:
        """Queue teaching, or the answers of taught models; what comes of it is in the set's folder.

        The run of the job that ends well is the id of the set. Raises UnknownModel, CheckpointError,
        QueueFull.
        """
        plan = make_teach_plan(request, self._describe)
        return self._take(plan, Ticket(request.owner, plan.title), None)

    def measure_attention(self, request: CostRequest, owner: str) -> Job:
        """Queue a measurement of what attention costs here; fixviz.engine.attention_costs has the result.

        All who ask for the same at the same time share one. The run of the job that ends well is the shape.
        Raises OptionError, QueueFull.
        """
        request.check()
        plan = CostPlan(request)
        return self._take(plan, Ticket(owner, plan.title, polled=True), None)

    def deriving(self, request: DeriveRequest, owner: str) -> Job | None:
        """Return the unfinished job of `owner` that computes this; None without one.

        Raises RunNotFound.
        """
        key = derived_key(request, self._store)
        with self._changed:
            execution = self._executions.of(key)
            for ticket in execution.tickets if execution is not None else ():
                if ticket.owner == owner and ticket.end is None:
                    return Job(self, ticket.id)
        return None

    def asked_for(self, request: DeriveRequest, owner: str) -> bool:
        """Tell whether `owner` waits for this, or did when the server stopped. Raises RunNotFound."""
        note_id = derived_id(owner, derived_key(request, self._store))
        return self._notes.read(note_id, owner) is not None

    def was_deriving(self, request: DeriveRequest, owner: str) -> bool:
        """Tell, once, whether a server that stopped computed this for `owner`. Raises RunNotFound."""
        note_id = derived_id(owner, derived_key(request, self._store))
        found = self._notes.read(note_id, owner) is not None
        self._notes.remove(note_id)
        return found

    def know(self, checkpoint: str) -> str:
        """Remember a checkpoint folder for `derive` and return the model's name.

        Runs name a checkpoint by its content. After a restart the engine knows the folders in
        checkpoints/, but no other ones. Raises UnknownModel, CheckpointError.
        """
        model = self._describe(checkpoint)
        self._seen_models[model.sha256] = model
        return model.name

    def _take(
        self,
        plan: AnyPlan,
        ticket: Ticket,
        run: str | None,
        visitor: str = "",
        held: Collection[str] | None = None,
    ) -> Job:
        """Return a job for the plan: ended if the result is stored, else shared or queued.

        held: keys of the runs that the owner has, where their number is limited.
        """
        with self._changed:
            if self._closing.is_set():
                raise JobError(
                    "fixviz is shutting down; start it again, then submit the job again."
                )
            self._housekeeper.start()
            if run is not None:
                metrics.job_ended(plan.kind, "stored")
                ticket.end = JobStatus("done", progress=1.0, run=run, cached=True)
            else:
                if held is not None:
                    # Here again: several tabs may have been told at once that there is room for one more.
                    self._check_runs(plan, ticket.owner, held)
                ticket.execution = self._executions.join(plan, visitor or ticket.owner)
                ticket.execution.tickets.append(ticket)
            self._tickets.keep(ticket)
            self._changed.notify_all()
        return Job(self, ticket.id)

    def run(
        self,
        request: AnalysisRequest,
        on_status: Callable[[JobStatus], None] | None = None,
        *,
        owner: str = "local",
    ) -> str:
        """Submit, wait, and return the handle of the run. `on_status` is called at each change.

        It is for commands, whose user owns the disk: no quota is checked.
        Raises what `submit` and `Job.result` raise. An interruption (Ctrl-C) cancels the job.
        """
        job = self.submit(request, owner, limited=False)
        seen: JobStatus | None = None
        try:
            while True:
                status = job.wait(0.1)
                if on_status is not None and status != seen:
                    on_status(status)
                seen = status
                if status.finished:
                    return job.result()
        except BaseException:
            job.cancel()
            raise

    def job(self, job_id: str) -> Job | None:
        """Return the job with that id; None for an unknown one, or one that ended long ago.

        A visitor's job (see `derive`) that waits goes on waiting only while somebody asks for it.
        """
        with self._changed:
            if job_id not in self._tickets:
                return None
            self._tickets.get(job_id).asked = time.monotonic()
            return Job(self, job_id)

    def job_of(self, job_id: str, owner: str) -> tuple[str, str] | None:
        """Return title and file name of `owner`'s job; None for an unknown job or another owner's."""
        with self._changed:
            if job_id not in self._tickets:
                return None
            ticket = self._tickets.get(job_id)
            return (ticket.title, ticket.video) if ticket.owner == owner else None

    def note_of(self, job_id: str, owner: str) -> JobNote | None:
        """Return what `owner` asked for with a job, also one of a server that has stopped."""
        return self._notes.read(job_id, owner)

    def lost(self, owner: str) -> list[tuple[str, JobNote]]:
        """Return ids and notes of `owner`'s analyses that a server had when it stopped, oldest first."""
        return list(self._notes.lost(owner).items())

    def runs_elsewhere(self, note: JobNote) -> bool:
        """Tell whether another server of the same home is at work on a job that this one does not know."""
        return note.is_open and self._notes.living.is_alive(note.server)

    def forget(self, job_id: str, owner: str) -> None:
        """Forget what a job was asked for; no effect on another owner's."""
        if self._notes.read(job_id, owner) is not None:
            self._notes.remove(job_id)

    def unfinished(self, owner: str) -> list[tuple[str, str]]:
        """Return ids and titles of `owner`'s analyses that wait or run, oldest first."""
        with self._changed:
            return [
                (ticket.id, ticket.title)
                for execution in self._executions.under_way()
                if isinstance(execution.plan, Plan)
                for ticket in execution.tickets
                if ticket.owner == owner and ticket.end is None
            ]

    def status(self, job_id: str) -> JobStatus:
        """Return where the job stands. Raises JobError for an unknown id."""
        with self._changed:
            ticket = self._tickets.get(job_id)
            execution = ticket.execution
            if ticket.end is not None or execution is None:
                return ticket.end or JobStatus("queued")
            place, wait_s = self._executions.turn(execution)
            return JobStatus(
                execution.state,
                place=place,
                wait_s=wait_s,
                progress=execution.progress,
                message=execution.message,
            )

    def wait(self, job_id: str, timeout: float | None = None) -> JobStatus:
        """Wait until the job has ended, at most `timeout` seconds, and return where it stands."""
        with self._changed:
            ticket = self._tickets.get(job_id)
            self._changed.wait_for(lambda: ticket.end is not None, timeout)
            return ticket.end or self.status(job_id)

    def cancel(self, job_id: str) -> None:
        """Cancel the job; the work stops when nobody else waits for it. No effect on an ended job."""
        with self._changed:
            ticket = self._tickets.get(job_id)
            execution = ticket.execution
            if ticket.end is not None or execution is None:
                return
            ticket.fail(JobCancelled("The analysis was cancelled."))
            self._notes.remove(_note_id(execution, ticket))
            if all(other.end is not None for other in execution.tickets):
                self._executions.stop(execution)
            self._changed.notify_all()

    def error(self, job_id: str) -> FixvizError | None:
        """Return why the job failed, as the error that `run` would raise."""
        with self._changed:
            return self._tickets.get(job_id).error

    def warm_up(self, models: Sequence[str] = DEFAULT_MODELS, device: str = "auto") -> None:
        """Start the processes and load `models`, in the background; failures are only logged."""
        try:
            known = tuple(self._describe(name) for name in models)
        except FixvizError as error:
            _log.warning("Warming up failed: %s", error)
            return
        with self._changed:
            if not self._closing.is_set():
                self._housekeeper.start()
                self._executions.lane(device).warm_up(WarmUpTask(known, device))

    def health(self) -> Health:
        """Return how the processes are. Takes milliseconds, whatever the engine does."""
        if not self._changed.acquire(timeout=_LOCK_S):
            return Health("locked", "locked")
        try:
            if self._closing.is_set():
                return Health("closed", "closed")
            return health(self._executions.lanes())
        finally:
            self._changed.release()

    def counts(self) -> dict[State, int]:
        """Return how many jobs are queued, decoding and running; equal requests are one."""
        with self._changed:
            return self._executions.counts()

    def memory_bytes(self) -> dict[str, int]:
        """Return the memory of the decoding processes and of the model workers, in bytes."""
        with self._changed:
            processes = [p for lane in self._executions.lanes() for p in lane.processes()]
        found = {"decoder": 0, "worker": 0}
        for process in processes:
            found[process.name] += process.memory_bytes()
        return found

    def devices(self) -> tuple[DeviceReport, ...]:
        """Return the devices of the workers that have started; empty before the first."""
        with self._changed:
            return self._executions.reports()

    def add_upload(
        self, name: str, data: bytes | os.PathLike[str] | BinaryIO, owner: str
    ) -> UploadRef:
        """Keep a video that `owner` uploads; see `uploads.add_upload` for what it raises.

        Also raises QuotaReached.
        """
        found = add_upload(name, data, self._settings, admission(self.check_room, owner))
        self.note_upload(owner, found)
        return found

    def add_masks(
        self, name: str, pictures: Sequence[tuple[str, bytes | BinaryIO]], owner: str
    ) -> UploadRef:
        """Keep pictures of masks that `owner` uploads; raises what `add_upload` raises."""
        found = add_masks(name, pictures, self._settings, admission(self.check_room, owner))
        self.note_upload(owner, found)
        return found

    def note_upload(self, owner: str, upload: UploadRef) -> None:
        """Note that an upload is `owner`'s, before a run says so: it counts in their quota."""
        self._quota.note_upload(owner, Path(upload.path))

    def close(self) -> None:
        """Cancel all jobs and end all processes. A closed engine takes no more jobs."""
        with self._changed:
            self._closing.set()
            for execution in self._executions.under_way():
                for ticket in execution.tickets:
                    if ticket.end is None:
                        ticket.fail(JobLost("fixviz was stopped before the job ended."))
                self._executions.stop(execution)
            lanes = self._executions.release_lanes()
            self._changed.notify_all()
        for lane in lanes:
            lane.close()
        self._notes.living.end()
        atexit.unregister(self.close)

    def _finish(self, execution: Execution, error: FixvizError | None) -> None:
        shutil.rmtree(execution.scratch, ignore_errors=True)
        with self._changed:
            # From now on, the same request finds the run in the store.
            self._executions.forget(execution)
            waiting = [ticket for ticket in execution.tickets if ticket.end is None]
        results = [error or self._hand_out(execution, ticket) for ticket in waiting]
        note_end(execution, next((r for r in results if isinstance(r, FixvizError)), error))
        with self._changed:
            for ticket, result in zip(waiting, results, strict=True):
                if ticket.end is not None:
                    continue  # It was cancelled at the last moment.
                if isinstance(result, FixvizError):
                    ticket.fail(result)
                    if not isinstance(result, JobLost):
                        self._notes.remove(_note_id(execution, ticket))
                else:
                    ticket.end = JobStatus("done", progress=1.0, message="Done", run=result)
            self._changed.notify_all()
        for ticket in waiting:
            if ticket.end is not None and ticket.end.run is not None:
                self._note_run(execution, ticket, ticket.end.run)

    def _note_run(self, execution: Execution, ticket: Ticket, run: str) -> None:
        """Note that a job is done: its result is in the store."""
        note_id = _note_id(execution, ticket)
        note = self._notes.read(note_id, ticket.owner)
        if note is not None and isinstance(execution.plan, Plan):
            self._notes.write(note_id, replace(note, run=run))
        else:
            self._notes.remove(note_id)

    def _hand_out(self, execution: Execution, ticket: Ticket) -> str | FixvizError:
        """Return a handle on the finished run for the ticket's owner, or the error why there is none."""
        if isinstance(execution.plan, DerivePlan):
            return execution.plan.request.run
        if isinstance(execution.plan, TeachPlan):
            return execution.plan.request.examples
        if isinstance(execution.plan, CostPlan):
            return execution.plan.request.shape
        try:
            run = self._store.claim(execution.plan.key, ticket.owner, ticket.title, ticket.origin)
        except FixvizError as error:
            return error
        return run or JobError("The run was deleted as soon as it was finished; start it again.")


def _note_id(execution: Execution, ticket: Ticket) -> str:
    if isinstance(execution.plan, DerivePlan):
        return derived_id(ticket.owner, execution.plan.key)
    return ticket.id
