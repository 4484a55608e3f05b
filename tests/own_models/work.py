"""Checks that misbehave, for the checking process."""

from __future__ import annotations

import os
import time

from fixviz.tasks.child import TaskContext


def check_for_ever(task: object, context: TaskContext) -> None:
    for _ in range(3000):
        context.should_stop()
        time.sleep(0.01)


def check_and_die(task: object, context: TaskContext) -> None:
    os._exit(3)
