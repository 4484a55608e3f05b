"""Do the two steps of an analysis, each in a process, and word errors for users."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fixviz.data.clip_masks import MaskSource
from fixviz.engine.jobs import CostTask, DecodeTask, DeriveTask, MaskTask, ModelTask, TeachTask
from fixviz.engine.plan import AnyPlan, CostPlan, DerivePlan, Plan, TeachPlan
from fixviz.errors import DecodeTimeout, JobError, UnreadableVideo, WorkerCrashed
from fixviz.settings import Settings
from fixviz.store.files import make_private, storing
from fixviz.tasks.process import OnEvent, TaskCrashed, TaskProcess, TaskTimedOut

_CLIP = "clip.pickle"
_MASKS = "masks.pickle"
AGAIN = "Starting again, since the process was stopped"
"""What a job says of itself when its process was lost and it begins anew."""
_DIED = {
    "teaching": "The process that taught the models died, most likely for want of memory, and was replaced. "
    "Your clips are still there: remove some, and train again.",
    "cost": "The process that measured died, most likely for want of memory, and was replaced. Try again.",
}


def died(kind: str) -> WorkerCrashed:
    """Return the error for users when the process that did a job of this kind died."""
    otherwise = (
        "The process that ran the analysis died, most likely for want of memory, and was replaced. Try "
        "again, with fewer frames or models if it happens again."
    )
    return WorkerCrashed(_DIED.get(kind, otherwise))


@dataclass(frozen=True)
class Functions:
    """Name the functions of the processes by dotted path; the server never imports them."""

    decode: str = "fixviz.engine.decoding:decode"
    decoder: str = "fixviz.media.decode:decode_clip"
    read_masks: str = "fixviz.engine.decoding:read_masks"
    mask_reader: str = "fixviz.data.clip_masks:read_masks"
    analyze: str = "fixviz.engine.worker:analyze"
    derive: str = "fixviz.engine.worker:derive"
    teach: str = "fixviz.engine.worker:teach"
    warm_up_decoder: str = "fixviz.engine.decoding:warm_up"
    warm_up_models: str = "fixviz.engine.worker:warm_up"
    measure: str = "fixviz.engine.worker:measure"
    measure_attention: str = "fixviz.engine.worker:measure_attention"


@dataclass(frozen=True)
class Call:
    """Hold a process, with the signals and the time limit for one call into it."""

    process: TaskProcess
    stop: threading.Event
    abort: threading.Event
    on_event: OnEvent

    def __call__(self, function: str, task: object, timeout_s: float, grace_s: float) -> None:
        """Run the task; raises what `TaskProcess.call` raises."""
        self.process.call(
            function,
            task,
            timeout_s=timeout_s,
            grace_s=grace_s,
            stop=self.stop,
            abort=self.abort,
            on_event=self.on_event,
        )

    def once_more(self, function: str, task: object, timeout_s: float, grace_s: float) -> None:
        """Run the task, and a second time if its process was killed or suspended from outside.

        Raises as `__call__` does. The time limit is that of both together.
        """
        started = time.monotonic()
        try:
            self(function, task, timeout_s, grace_s)
        except TaskCrashed as crash:
            left = timeout_s - (time.monotonic() - started)
            if not crash.killed or left <= 0:
                raise
            self.on_event("progress", (0.0, AGAIN))
            self(function, task, left, grace_s)


Step = Callable[[Call, AnyPlan, Path, Settings, Functions], None]


def prepare(
    call: Call, plan: AnyPlan, scratch: Path, settings: Settings, functions: Functions
) -> None:
    """Do the first step: decode the clip, if the plan has one, and its masks."""
    if isinstance(plan, Plan):
        decode(call, plan, scratch, settings, functions)
        if plan.masks is not None:
            read_masks(call, plan.masks, scratch, settings, functions)


def compute(
    call: Call, plan: AnyPlan, scratch: Path, settings: Settings, functions: Functions
) -> None:
    """Do the second step: run the models. The result is in the store when this returns.

    Raises JobError (time-out), WorkerCrashed, ModelError, StorageError, or JobCancelled.
    """
    if isinstance(plan, DerivePlan):
        task: object = DeriveTask(plan.request, plan.run_key, plan.model, settings)
        call_models(call, functions.derive, task, settings)
    elif isinstance(plan, TeachPlan):
        teach(call, plan, settings, functions)
    elif isinstance(plan, CostPlan):
        measure_attention(call, plan, settings, functions)
    else:
        analyze(call, plan, scratch, settings, functions)


def decode(call: Call, plan: Plan, scratch: Path, settings: Settings, functions: Functions) -> None:
    """Decode the clip into the new folder `scratch`.

    When the first decoder hangs or crashes (decord does on some damaged files), PyAV tries again
    in what is left of the time. Raises MediaError, WorkerCrashed, StorageError, or JobCancelled.
    """
    with storing("the decoded clip", settings.home):
        make_private(scratch.parent)
        make_private(scratch)
    limit = settings.decode_timeout_s
    started = time.monotonic()

    def attempt(decoder: str, timeout_s: float) -> None:
        arguments = {**plan.decode_arguments, "decoder": decoder}
        task = DecodeTask(functions.decoder, plan.path, arguments, str(scratch / _CLIP))
        # No grace time: a decoder cannot be asked to stop, and starts again quickly.
        call(functions.decode, task, timeout_s, 0.0)

    try:
        try:
            attempt("auto", limit / 2)
        except (TaskTimedOut, TaskCrashed) as error:
            if isinstance(error, TaskCrashed) and error.out_of_memory:
                raise
            attempt("pyav", max(limit / 2, limit - (time.monotonic() - started)))
    except TaskTimedOut:
        raise DecodeTimeout(
            f"Reading '{plan.title}' took longer than {limit:g} s and was stopped. The file may be "
            "damaged: convert it to mp4 (H.264), or choose a shorter part."
        ) from None
    except TaskCrashed as crash:
        if crash.out_of_memory:
            raise WorkerCrashed(
                f"Memory ran out while '{plan.title}' was read; choose fewer frames, or scale the "
                "video down."
            ) from None
        raise UnreadableVideo(
            f"The decoder crashed or hung on '{plan.title}', so the file is most likely damaged; convert "
            "it to mp4 (H.264) and try again."
        ) from None


def read_masks(
    call: Call, source: MaskSource, scratch: Path, settings: Settings, functions: Functions
) -> None:
    """Read the masks of the decoded clip into the folder `scratch`.

    Raises OptionError, MediaError, WorkerCrashed, StorageError, or JobCancelled.
    """
    files = str(scratch / _CLIP), str(scratch / _MASKS)
    task = MaskTask(functions.mask_reader, source, files[0], settings, files[1])
    limit = settings.decode_timeout_s
    try:
        call.once_more(functions.read_masks, task, limit, 0.0)
    except TaskTimedOut:
        raise DecodeTimeout(
            f"Reading the masks '{source.name}' took longer than {limit:g} s and was stopped. Use smaller "
            "pictures, or a mask video."
        ) from None
    except TaskCrashed as crash:
        if crash.out_of_memory:
            raise WorkerCrashed(
                f"Memory ran out while the masks '{source.name}' were read; scale them down."
            ) from None
        raise UnreadableVideo(
            f"The decoder crashed or hung on the masks '{source.name}', so the file is most likely damaged; "
            "export it again."
        ) from None


def analyze(
    call: Call, plan: Plan, scratch: Path, settings: Settings, functions: Functions
) -> None:
    """Run the models on the decoded clip and store the run."""
    task = ModelTask(
        key=plan.key,
        clip=str(scratch / _CLIP),
        clip_name=plan.title,
        clip_sha256=plan.clip_sha256,
        models=plan.models,
        device=plan.device,
        settings=settings,
        truth=plan.truth,
        size=plan.size,
        masks=None if plan.masks is None else str(scratch / _MASKS),
    )
    call_models(call, functions.analyze, task, settings)


def call_models(call: Call, function: str, task: object, settings: Settings) -> None:
    """Call the model worker; turn time-outs and crashes into errors for users."""
    limit = settings.job_timeout_s
    try:
        call.once_more(function, task, limit, settings.cancel_grace_s)
    except TaskTimedOut:
        raise JobError(
            f"The analysis took longer than {limit:g} s and was stopped. Choose fewer frames, fewer "
            "models, or a shorter part (or raise FIXVIZ_JOB_TIMEOUT_S)."
        ) from None
    except TaskCrashed as crash:
        if crash.out_of_memory:
            raise WorkerCrashed(
                "The analysis ran out of memory. Choose fewer frames, fewer models, or smaller ones."
            ) from None
        raise died("analysis") from None


def teach(call: Call, plan: TeachPlan, settings: Settings, functions: Functions) -> None:
    """Have the models learn, or answer one clip; what comes of it is in the set's folder."""
    limit = settings.job_timeout_s
    task = TeachTask(plan.request, plan.models, settings)
    try:
        call.once_more(functions.teach, task, limit, settings.cancel_grace_s)
    except TaskTimedOut:
        raise JobError(
            f"Teaching took longer than {limit:g} s and was stopped. Remove some clips, or try again "
            "when fewer jobs run (or raise FIXVIZ_JOB_TIMEOUT_S)."
        ) from None
    except TaskCrashed:
        raise died(plan.kind) from None


def measure_attention(call: Call, plan: CostPlan, settings: Settings, functions: Functions) -> None:
    """Measure what attention costs; the result is in the home's file (fixviz.engine.attention_costs)."""
    limit = settings.job_timeout_s
    task = CostTask(plan.request, settings)
    try:
        call.once_more(functions.measure_attention, task, limit, settings.cancel_grace_s)
    except TaskTimedOut:
        raise JobError(
            f"The measurement took longer than {limit:g} s and was stopped. Try again when fewer jobs run."
        ) from None
    except TaskCrashed:
        raise died(plan.kind) from None
