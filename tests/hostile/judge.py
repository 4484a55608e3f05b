"""How a hostile file ended: with a result, with a sentence, or as a failure of fixviz."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from fixviz.data.clip_masks import ClipFrames, ClipMasks, MaskSource, read_masks
from fixviz.errors import DecodeTimeout, FixvizError
from fixviz.media import process
from fixviz.media.clip import Clip
from fixviz.media.pool import KillablePool
from fixviz.own_models.checking import CheckTask, check_parts, unpack
from fixviz.own_models.unpacking import HandedIn
from fixviz.settings import Settings
from fixviz.tasks.child import TaskContext
from tests.hostile.videos import Made

Kind = Literal["result", "sentence", "stopped", "crashed", "failure"]
LIMIT_S = 20
"""Seconds after which a decoder is stopped."""
_LATE_S = 60.0
_PYTHON = re.compile(
    r"Traceback|<class|Errno|0x[0-9a-f]{6}|\bNone\b|NoneType|handed-in|\w+Error\b|object at|site-packages"
)
_LONGEST = 500


class Outcome(NamedTuple):
    """How a file ended."""

    kind: Kind
    """A result; a sentence; a sentence because the decoder took too long, or died; or a failure."""
    text: str


def unclear(sentence: str, folder: Path) -> str:
    """Say what is wrong with a sentence for the user; empty when nothing is."""
    if not sentence.strip():
        return "it is empty"
    if not sentence.isprintable() or len(sentence) > _LONGEST:
        return "it is not one short line"
    if not sentence.endswith("."):
        return "it does not end"
    if str(folder) in sentence:
        return "it names a path of the server"
    found = _PYTHON.search(sentence)
    return f"it says {found[0]!r}" if found else ""


def judged(run: Callable[[], object], folder: Path) -> Outcome:
    """Run what a file goes through, and say how it ended."""
    started = time.monotonic()
    try:
        found = str(run())
        outcome = Outcome("result", found)
    except FixvizError as error:
        fault = unclear(str(error), folder)
        kind: Kind = "failure" if fault else "sentence"
        if not fault and isinstance(error, DecodeTimeout):
            kind = "stopped"
        elif not fault and "decoder crashed" in str(error):
            kind = "crashed"
        outcome = Outcome(kind, f"{error} ({fault})" if fault else str(error))
    except BaseException as error:
        outcome = Outcome("failure", f"{type(error).__name__}: {error}")
    if time.monotonic() - started > LIMIT_S + _LATE_S:
        return Outcome("failure", f"it took {time.monotonic() - started:.0f} s: {outcome.text}")
    return outcome


def read_video(path: Path, settings: Settings) -> str:
    """Read a film as an analysis does, and hold the clip against what every clip is."""
    clip = process.read_clip(path, settings=settings)
    assert clip.frames.dtype == np.uint8 and clip.frames.ndim == 4, "frames"
    assert 1 <= len(clip) <= settings.max_frames and max(clip.frames.shape[1:3]) <= 4096, "size"
    assert np.isfinite(clip.timestamps).all() and (np.diff(clip.timestamps) >= 0).all(), "times"
    assert clip.next_frames is not None and clip.next_frames.shape == clip.frames.shape, "next"
    notes = [unclear(note, path.parent) for note in clip.notes]
    assert not any(notes), clip.notes
    return f"{len(clip)} frames of {clip.source.width} x {clip.source.height}"


def read_mask_zip(path: Path, film: Clip, settings: Settings) -> str:
    """Read masks as an analysis of `film` does."""
    source = MaskSource(str(path), path.name)
    frames = ClipFrames.of(film)
    found: ClipMasks = process.read_with(read_masks, path, source, frames, settings=settings)
    return f"{int(found.known.sum())} masks"


def check_checkpoint(files: tuple[tuple[str, str], ...], work: str, home: str) -> str:
    """Check the files of a checkpoint as the checking process does, in the process at hand."""
    folder = Path(work)
    (folder / "unpacked").mkdir(parents=True, exist_ok=True)
    task = CheckTask(
        tuple(HandedIn(name, path) for name, path in files),
        str(folder / "unpacked"),
        str(folder / "kept"),
        "",
        Settings(home=Path(home)),
    )
    return check_parts(unpack(task), task, TaskContext(0)).kind


class Judge:
    """Run files, in processes that may die."""

    def __init__(self, folder: Path, film: Path) -> None:
        self.folder = folder
        self.settings = Settings(home=folder / "home", decode_timeout_s=LIMIT_S, max_frames=16)
        self.film = process.read_clip(film, settings=self.settings)
        self._checker = KillablePool(
            1, preload=(__name__, "fixviz.model.official"), memory_bytes=3 * 2**30
        )

    def close(self) -> None:
        """End the process that checks checkpoints."""
        self._checker.close()

    def __call__(self, made: Made | tuple[Made, ...], number: int) -> Outcome:
        """Write what was made, run it, and delete it."""
        folder = self.folder / f"{number}"
        folder.mkdir()
        files: tuple[Made, ...] = (made,) if isinstance(made, Made) else made
        paths = []
        for k, file in enumerate(files):
            # Checkpoints are stored under names that the server chooses; films keep theirs.
            path = folder / (file.name if isinstance(made, Made) else f"handed-in-{k}")
            path.write_bytes(file.content)
            paths.append((file.name, str(path)))
        return judged(lambda: self._run(made, paths, folder), self.folder)

    def _run(self, made: Any, paths: list[tuple[str, str]], folder: Path) -> str:
        if not isinstance(made, Made):
            work, home = str(folder / "work"), str(self.settings.home)
            return self._checker.run(120, None, check_checkpoint, tuple(paths), work, home)
        path = Path(paths[0][1])
        if path.suffix == ".zip":
            return read_mask_zip(path, self.film, self.settings)
        return read_video(path, self.settings)
