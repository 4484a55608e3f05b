"""What each checkpoint answered on every clip of the results file, for tables of what is taken for what.

The results file says which clips were answered right, not what the wrong answers were. To compute all
answers takes minutes, so they are kept in answers.json with the SHA-256 of their checkpoint, and only
those of a changed checkpoint are computed again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.data.generate import GeneratedBatch
from fixviz.model.transformer import VideoTransformer

Labels = NDArray[np.int64]


@torch.inference_mode()
def answered(model: VideoTransformer, clips: Iterable[GeneratedBatch]) -> tuple[Labels, Labels]:
    """Return true classes and the model's answers, [clips] each, as indices into its classes."""
    labels, answers = [], []
    for drawn in clips:
        labels.append(drawn.labels.cpu().numpy())
        answers.append(model((drawn.pixels - 0.5) / 0.5).argmax(-1).cpu().numpy())
    return np.concatenate(labels), np.concatenate(answers)


class AnswerFile:
    """Keep labels and answers by preset and checkpoint, one letter for each clip: a for class 0."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def get(
        self,
        preset: str,
        checkpoint: str,
        sha256: str,
        compute: Callable[[], tuple[Labels, Labels]],
    ) -> tuple[Labels, Labels]:
        """Return labels and answers [clips]; compute and write those of another checkpoint or none.

        Raises ValueError where `compute` takes other clips than those of the preset's other checkpoints.
        """
        group = self._kept.setdefault(preset, {"labels": "", "answers": {}})
        found = group["answers"].get(checkpoint)
        if found is None or found["sha256"] != sha256:
            labels, answers = compute()
            if group["answers"] and group["labels"] != _letters(labels):
                raise ValueError(f"{checkpoint} was asked about other clips; delete {self._path}")
            group["labels"] = _letters(labels)
            found = {"sha256": sha256, "clips": _letters(answers)}
            group["answers"][checkpoint] = found
            text = json.dumps(self._kept, indent=1, sort_keys=True) + "\n"
            self._path.write_text(text, encoding="utf-8")
        return _numbers(group["labels"]), _numbers(found["clips"])


def _letters(classes: Labels) -> str:
    return "".join(chr(ord("a") + int(c)) for c in classes)


def _numbers(letters: str) -> Labels:
    return np.frombuffer(letters.encode("ascii"), np.uint8).astype(np.int64) - ord("a")
