"""Work functions for nodes: they tell that they have begun, and wait until the test lets them go on."""

from __future__ import annotations

import os
import time
from pathlib import Path

from fixviz.engine.jobs import ModelTask
from fixviz.tasks.child import TaskContext
from tests.engine import work

GATES = "FIXVIZ_TEST_GATES"
"""Environment variable with the folder that the nodes share with the test."""


def analyze(task: ModelTask, context: TaskContext) -> None:
    if task.models[0].name == "gated":
        folder = Path(os.environ[GATES])
        (folder / f"{task.clip_name}-{time.monotonic_ns()}").touch()
        context.progress(0.5, "Busy")
        while not (folder / "gate").exists():
            context.should_stop()
            time.sleep(0.02)
        task = _renamed(task)
    work.analyze(task, context)


def _renamed(task: ModelTask) -> ModelTask:
    from dataclasses import replace

    return replace(task, models=(replace(task.models[0], name="nothing"),))
