"""Work functions for the engine's processes; the name of the model says what the worker does."""

from __future__ import annotations

import errno
import logging
import os
import pickle
import signal
import sys
import time
from pathlib import Path

import numpy as np

from fixviz.engine.jobs import DeviceReport, ModelTask, WarmUpTask
from fixviz.errors import OptionError, StorageError, UnreadableVideo
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.tasks.child import TaskContext

HANGS_S = 10_000
"""How long a step takes that hangs: longer than any test waits."""


def decode(path: str, *, settings: Settings, **arguments: object) -> dict[str, object]:
    content = Path(path).read_text()
    if content.endswith("for decord") and arguments["decoder"] == "pyav":
        content = "fine"
    if content.startswith("slow"):
        time.sleep(HANGS_S)
    if content.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if content.startswith("memory"):
        raise MemoryError
    if content.startswith("greedy"):
        np.ones(5 * 2**30, np.uint8)
    if content.startswith("text"):
        raise UnreadableVideo("This is not a video; use mp4.")
    return {"content": content, "arguments": arguments, "pid": os.getpid()}


def analyze(task: ModelTask, context: TaskContext) -> None:
    context.send("device", DeviceReport("cpu", "CPU", default="cpu", available=("cpu",)))
    clip = pickle.loads(Path(task.clip).read_bytes())
    _BEHAVIORS[task.models[0].name](task, context)
    _store(task, clip)


def warm_up(task: WarmUpTask, context: TaskContext) -> None:
    context.send(
        "device", DeviceReport("cpu", f"CPU {os.getpid()}", default="cpu", available=("cpu",))
    )


def warm_up_decoder(function: str, context: TaskContext) -> None:
    pass


def _succeed(task: ModelTask, context: TaskContext) -> None:
    for step in range(5):
        context.should_stop()
        context.progress(step / 5, f"Step {step}")
        time.sleep(0.06)


def _obedient(task: ModelTask, context: TaskContext) -> None:
    context.progress(0.5, "Busy")
    for _ in range(3000):
        context.should_stop()
        time.sleep(0.01)


def _deaf(task: ModelTask, context: TaskContext) -> None:
    context.progress(0.5, "Busy")
    time.sleep(HANGS_S)


def _gated(task: ModelTask, context: TaskContext) -> None:
    context.progress(0.5, "Busy")
    runs = task.settings.home / "computed"
    runs.mkdir(exist_ok=True)
    (runs / f"{task.key}-{time.monotonic_ns()}").touch()
    while not (task.settings.home / "gate").exists():
        context.should_stop()
        time.sleep(0.01)


def _leave(task: ModelTask, context: TaskContext) -> None:
    os._exit(0)


def _die(task: ModelTask, context: TaskContext) -> None:
    os._exit(3)


def _killed(task: ModelTask, context: TaskContext) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _memory(task: ModelTask, context: TaskContext) -> None:
    raise MemoryError


def _cuda_memory(task: ModelTask, context: TaskContext) -> None:
    raise type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory")


def _bug(task: ModelTask, context: TaskContext) -> None:
    raise KeyError("spatial")


def _refuse(task: ModelTask, context: TaskContext) -> None:
    raise OptionError("The start is outside the video.")


def _full(task: ModelTask, context: TaskContext) -> None:
    raise StorageError("The disk is full, so the run could not be stored in /home.")


def _log(task: ModelTask, context: TaskContext) -> None:
    logging.getLogger("fixviz.engine").warning("seen %d", 3, extra={"count": 3})


def _no_space(task: ModelTask, context: TaskContext) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    Path.write_bytes = full


def _nothing(task: ModelTask, context: TaskContext) -> None:
    pass


_BEHAVIORS = {
    "succeed": _succeed,
    "obedient": _obedient,
    "deaf": _deaf,
    "gated": _gated,
    "leave": _leave,
    "die": _die,
    "killed": _killed,
    "memory": _memory,
    "cuda-memory": _cuda_memory,
    "bug": _bug,
    "refuse": _refuse,
    "full": _full,
    "log": _log,
    "no-space": _no_space,
    "nothing": _nothing,
}


def _store(task: ModelTask, clip: dict[str, object]) -> None:
    manifest = {
        "clip": {"name": task.clip_name, "sha256": task.clip_sha256},
        "models": [{"name": model.name} for model in task.models],
        "worker": os.getpid(),
        "decoder": clip["pid"],
        "torch": "torch" in sys.modules,
    }
    Store(task.settings).add(task.key, manifest, {"map": np.ones((3, 5, 7))}, {})
