"""What the data of the lessons are made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from fixviz.course_pack.answers import AnswerFile, Labels, answered
from fixviz.course_pack.measured import shown_entries
from fixviz.data.generate import GeneratedBatch
from fixviz.evaluation.accuracy import unseen_clips
from fixviz.evaluation.results import Entry
from fixviz.model.checkpoints import load_model
from fixviz.model.config import checkpoint_sha256, resolve_checkpoint
from fixviz.model.transformer import VideoTransformer
from fixviz.reading.run import StoredRun


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

    def __init__(self, results: Sequence[Entry], run: StoredRun, answers: Path) -> None:
        self.results = results
        """Entries of the results file."""
        self.run = run
        """The run that comes with fixviz."""
        self._answers = AnswerFile(answers)
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

        def compute() -> tuple[Labels, Labels]:
            clips = self.clips(preset, entry["seed"], entry["clips"])
            return answered(self.model(checkpoint), clips)

        sha = checkpoint_sha256(resolve_checkpoint(checkpoint))
        return self._answers.get(preset, checkpoint, sha, compute)


def _load(name: str) -> VideoTransformer:
    return load_model(name, "cpu")
