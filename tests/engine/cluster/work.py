"""Work functions for nodes: they tell that they have begun, and wait until the test lets them go on."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from fixviz.engine import worker
from fixviz.engine.jobs import ModelTask
from fixviz.media.decode import decode_clip
from fixviz.settings import Settings
from fixviz.tasks.child import TaskContext
from tests.engine import work

MODEL = "fixed"
"""As `tests.engine.real_run` calls its model; that module would import torch."""
GATES = "FIXVIZ_TEST_GATES"
"""Environment variable with the folder that the nodes share with the test."""


def decode(path: str, *, settings: Settings, **arguments: Any) -> object:
    """Read the clip of `real_run`; all others hold a word for the work functions."""
    read = decode_clip if Path(path).name == "noise.mp4" else work.decode
    return read(path, settings=settings, **arguments)


def analyze(task: ModelTask, context: TaskContext) -> None:
    if task.models[0].name == MODEL:
        worker.analyze(task, context)
        return
    if task.models[0].name == "gated":
        folder = Path(os.environ[GATES])
        (folder / f"{task.clip_name}-{time.monotonic_ns()}").touch()
        context.progress(0.5, "Busy")
        while not (folder / "gate").exists():
            context.should_stop()
            time.sleep(0.02)
        task = replace(task, models=(replace(task.models[0], name="nothing"),))
    work.analyze(task, context)
