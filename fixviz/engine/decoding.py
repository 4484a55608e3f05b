"""Decode a clip and its masks into files for the model worker. This module runs in the decoding process.

A clip is 20 to 90 MB. Through pipes it would pass through the server twice, so it goes into a file.
"""

from __future__ import annotations

import pickle
from functools import cache
from pathlib import Path

from fixviz.data.clip_masks import ClipFrames, ClipMasks
from fixviz.engine.jobs import DecodeTask, MaskTask
from fixviz.errors import MediaError, OptionError
from fixviz.media.confine import confine
from fixviz.store.files import storing
from fixviz.tasks.child import TaskContext, load


def decode(task: DecodeTask, context: TaskContext) -> None:
    """Decode `task.path` with `task.function` and pickle the clip into `task.target`."""
    context.progress(0.0, "Reading the video")
    function = load(task.function)
    _confined()
    clip = function(task.path, **task.arguments)
    target = Path(task.target)
    with storing("the decoded clip", target.parent), target.open("wb") as file:
        pickle.dump(clip, file, protocol=5)
    context.progress(1.0, "Reading the video")


def read_masks(task: MaskTask, context: TaskContext) -> None:
    """Read the masks of a decoded clip and pickle them into `task.target`.

    Raises what `task.function` raises; of masks that are not required, the sentence is pickled instead.
    """
    context.progress(1.0, "Reading the masks")
    function = load(task.function)
    _confined()
    source = task.source
    with Path(task.clip).open("rb") as file:
        frames = ClipFrames.of(pickle.load(file))
    found: ClipMasks | str
    try:
        found = function(source.path, source, frames, task.settings)
    except (MediaError, OptionError) as error:
        # An upload is stored under its hash; messages use the name that the user gave it.
        said = str(error).replace(Path(source.path).name, source.name)
        if source.required:
            raise type(error)(said) from None
        found = f"The masks beside the video were not used. {said}"
    target = Path(task.target)
    with storing("the masks", target.parent), target.open("wb") as file:
        pickle.dump(found, file, protocol=5)


@cache
def _confined() -> None:
    """Confine this process, once it has loaded what it needs; its result is a file."""
    confine(None, writing=True)


def warm_up(function: str, context: TaskContext) -> None:
    """Import the decoder before the first job needs it."""
    load(function)
