"""What the data of the lessons are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.course_pack.kept import KeptResults
from fixviz.course_pack.measured import shown_entries
from fixviz.data.generate import GeneratedBatch
from fixviz.evaluation.accuracy import unseen_clips
from fixviz.evaluation.results import Entry
from fixviz.model.checkpoints import load_model
from fixviz.model.config import checkpoint_sha256, resolve_checkpoint
from fixviz.model.transformer import VideoTransformer
from fixviz.reading.run import StoredRun

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Made:
    """What a lesson's module makes: its numbers, and the data of its figures."""

    numbers: dict[str, float] = field(default_factory=dict)
    """By names that begin with "world.", for the lesson's texts."""
    data: dict[str, Any] = field(default_factory=dict)
    """Plain JSON, which becomes <lesson>.json. Arrays of numpy are written as lists, numbers to four
    significant digits, what is not finite as null."""


class World:
    """The measured results, the shipped checkpoints, the run that comes with fixviz, generated clips."""

    def __init__(self, results: Sequence[Entry], run: StoredRun, kept: Path) -> None:
        self.results = results
        """Entries of the results file."""
        self.run = run
        """The run that comes with fixviz."""
        self._kept = KeptResults(kept)
        self._model = cache(_load)

    def model(self, name: str) -> VideoTransformer:
        """Return a shipped checkpoint, on the CPU, ready to evaluate. Raises UnknownModel."""
        return self._model(name)

    def entry(self, checkpoint: str, preset: str = "standard") -> Entry:
        """Return the checkpoint's entry in the README's table of a preset. KeyError without one."""
        return shown_entries(self.results, preset)[checkpoint]

    def clips(
        self, preset: str = "standard", seed: int = 0, count: int = 30
    ) -> Iterator[GeneratedBatch]:
        """Yield batches of 30 clips, two of each class, until there are at least `count`.

        No training used them. With the seed of an entry of the results they are the clips of that
        entry, in its order.
        """
        return unseen_clips(self.model("linear"), preset, count, seed, None)

    def answers(self, checkpoint: str, preset: str = "standard") -> tuple[Labels, Labels]:
        """Return true classes and the checkpoint's answers on the clips of its entry, [clips] each.

        They are indices into fixviz.data.classes.CLASSES, and kept beside the pack.
        """
        entry = self.entry(checkpoint, preset)

        def compute() -> dict[str, str]:
            clips = self.clips(preset, entry["seed"], entry["clips"])
            labels, answers = answered(self.model(checkpoint), clips)
            return {"labels": _letters(labels), "answers": _letters(answers)}

        found = self.kept(f"answers, {preset}", checkpoint, compute)
        return _numbers(found["labels"]), _numbers(found["answers"])

    def kept(self, what: str, checkpoint: str, compute: Callable[[], Any]) -> Any:
        """Return a result that takes long to compute: plain JSON, kept beside the pack.

        what: name of the result, with everything but the checkpoint that it depends on. It is computed
        when there is none of this checkpoint's weights yet.
        """
        sha = checkpoint_sha256(resolve_checkpoint(checkpoint))
        return self._kept.get(what, checkpoint, sha, compute)


@torch.inference_mode()
def answered(model: VideoTransformer, clips: Iterable[GeneratedBatch]) -> tuple[Labels, Labels]:
    """Return true classes and the model's answers, [clips] each, as indices into its classes."""
    labels, answers = [], []
    for drawn in clips:
        labels.append(drawn.labels.cpu().numpy())
        answers.append(model((drawn.pixels - 0.5) / 0.5).argmax(-1).cpu().numpy())
    return np.concatenate(labels), np.concatenate(answers)


def _letters(classes: Labels) -> str:
    """Write a letter for each class, a for class 0."""
    return "".join(chr(ord("a") + int(c)) for c in classes)


def _numbers(letters: str) -> Labels:
    return np.frombuffer(letters.encode("ascii"), np.uint8).astype(np.int64) - ord("a")


def _load(name: str) -> VideoTransformer:
    return load_model(name, "cpu")
