"""What runs inside the decoding process: a clip is decoded and left in a file for the worker.

A file, because a clip is 20 to 90 MB: through pipes it would pass twice through the server.
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
    """Import the decoder before anybody waits for it."""
    load(function)
