"""What the visitor teaches: the set of clips in view, and every change of it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import streamlit as st

from fixviz.errors import FixvizError, QueueFull, QuotaReached
from fixviz.media.process import read_clip
from fixviz.teaching import examples
from fixviz.teaching.examples import ExampleClip, ExampleSet
from fixviz.teaching.outcome import FOLDER, Outcome, read_outcome
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.teach_a_model.words import say
from fixviz.ui.text import fail

_SET, _ERRORS = "teach_set", "teach_errors"
_RATE_HZ = 8.0


def current() -> ExampleSet:
    """Return the visitor's set: the one in view, else the last one, else a new one with two classes."""
    sets, owner = services().examples, current_owner()
    named = st.session_state.get(_SET)
    found = sets.get(named, owner) if named is not None else None
    found = found or sets.latest(owner)
    if found is None:
        names = [say("default_names", number=number) for number in (1, 2)]
        found = sets.new(owner, names)
    st.session_state[_SET] = found.id
    return found


def start_over() -> None:
    """Delete the set in view; the page then begins a new one."""
    services().examples.delete(st.session_state.pop(_SET, ""), current_owner())
    for key in [key for key in st.session_state if str(key).startswith("teach_name_")]:
        del st.session_state[key]


def folder(found: ExampleSet) -> Path:
    """Return where trainings of a set write."""
    return services().examples.folder(found.id) / FOLDER


def outcome(found: ExampleSet) -> Outcome | None:
    """Return what came of the set's last training; None without one."""
    return read_outcome(folder(found))


def change(found: ExampleSet, how: Callable[[ExampleSet], ExampleSet]) -> None:
    """Change the set, or remember the sentence that says why it cannot be."""
    with noting_errors():
        services().examples.change(found.id, current_owner(), how)


def take(found: ExampleSet, class_id: str, name: str, data: bytes | BinaryIO | Path) -> None:
    """Add a video to a class. Raises MediaError, OptionError, StorageError."""
    clip = _read(found, name, data)
    try:
        services().examples.change(
            found.id, current_owner(), lambda now: examples.add_clip(now, class_id, clip)
        )
    except FixvizError:
        services().examples.drop_clip(found.id, clip.id)
        raise


def take_to_try(found: ExampleSet, name: str, data: bytes | BinaryIO) -> ExampleClip:
    """Keep a video to try. Raises MediaError, StorageError, OptionError."""
    clip = _read(found, name, data)
    services().examples.change(found.id, current_owner(), lambda now: examples.try_clip(now, clip))
    return clip


@contextlib.contextmanager
def noting_errors() -> Iterator[None]:
    """Remember the sentence of an error in the block, to be shown on top of the page."""
    try:
        yield
    except QueueFull:
        note_error(say("queue_full"))
    except QuotaReached:
        note_error(say("quota_full"))
    except FixvizError as error:
        note_error(str(error))


def note_error(sentence: str) -> None:
    """Remember a sentence, not Markdown, to be shown on top of the page."""
    st.session_state.setdefault(_ERRORS, []).append(sentence)


def show_error() -> None:
    """Show the sentences since the page was last drawn."""
    for sentence in st.session_state.pop(_ERRORS, []):
        fail(sentence)


def _read(found: ExampleSet, name: str, data: bytes | BinaryIO | Path) -> ExampleClip:
    """Keep the video, decode it in a process that can be killed, and keep its frames."""
    kept = services().engine.add_upload(name, data, current_owner())
    clip_id = secrets.token_hex(8)
    try:
        clip = read_clip(
            kept.path,
            rate_hz=_RATE_HZ,
            frames=int(examples.LONGEST_S * _RATE_HZ),
            next_frames=False,
            settings=services().settings,
        )
    except FixvizError as error:
        # An upload is stored under its hash; people know it by its own name.
        raise type(error)(str(error).replace(Path(kept.path).name, kept.name)) from None
    examples.check_length(kept.name, clip.source.duration_s)
    services().examples.keep_clip(found.id, clip_id, clip.frames)
    return ExampleClip(clip_id, kept.name, kept.path, kept.sha256, len(clip))
