"""Checks that misbehave, for the checking process."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import time

from fixviz.errors import CheckpointError
from fixviz.own_models import checking
from fixviz.tasks.child import TaskContext


def check_for_ever(task: object, context: TaskContext) -> None:
    for _ in range(3000):
        context.should_stop()
        time.sleep(0.01)


def check_and_die(task: object, context: TaskContext) -> None:
    os._exit(3)


def check_or_hang(task: checking.CheckTask, context: TaskContext) -> checking.Checked:
    """Check as always, but hold Python's lock for ever on a file of that name."""
    if task.files[0].name == "hang.zip":
        context.progress(0.0, "Hanging")
        ctypes.PyDLL(None).sleep(10_000)
    return checking.check(task, context)


def check_with_a_bug(task: checking.CheckTask, context: TaskContext) -> None:
    raise KeyError(f"{task.files[0].path}: <class 'dict'>")


def check_and_reach_out(task: checking.CheckTask, context: TaskContext) -> None:
    """Check as always, then do what a checkpoint that has taken over the process would do."""
    checking.check(task, context)
    for reach in (socket.socket, lambda: subprocess.run(["/bin/true"], check=True)):
        try:
            reach()
        except PermissionError:
            continue
        raise CheckpointError("It reached out.")
    raise CheckpointError("It was held back.")
