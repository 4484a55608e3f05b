"""Decode a clip into a file for the model worker. This module runs in the decoding process.

A clip is 20 to 90 MB. Through pipes it would pass through the server twice, so it goes into a file.
"""

from __future__ import annotations

import pickle
from pathlib import Path

from fixviz.engine.jobs import DecodeTask
from fixviz.store.files import storing
from fixviz.tasks.child import TaskContext, load


def decode(task: DecodeTask, context: TaskContext) -> None:
    """Decode `task.path` with `task.function` and pickle the clip into `task.target`."""
    context.progress(0.0, "Reading the video")
    clip = load(task.function)(task.path, **task.arguments)
    target = Path(task.target)
    with storing("the decoded clip", target.parent), target.open("wb") as file:
        pickle.dump(clip, file, protocol=5)
    context.progress(1.0, "Reading the video")


def warm_up(function: str, context: TaskContext) -> None:
    """Import the decoder before the first job needs it."""
    load(function)
