"""What models answer on clips they do not learn from: one averaged answer for each, and figures over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from fixviz.data.training_clips import Batch, TrainingClips, collate, view_batches
from fixviz.evaluation.intervals import wilson_interval
from fixviz.model.transformer import VideoTransformer


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of one model; clips that could not be read are left out."""

    probabilities: NDArray[np.float64]
    """[clips, classes], the mean over the views of a clip."""
    labels: NDArray[np.int64]
    """[clips]"""

    @property
    def loss(self) -> float:
        """Mean cross entropy, in nats."""
        right = self.probabilities[np.arange(len(self.labels)), self.labels]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    @property
    def confusion(self) -> NDArray[np.int64]:
        """[classes, classes], how many clips of each class (row) were taken for each (column)."""
        classes = self.probabilities.shape[1]
        table = np.zeros((classes, classes), np.int64)
        np.add.at(table, (self.labels, self.probabilities.argmax(1)), 1)
        return table

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float((self.probabilities.argmax(1) == self.labels).mean())

    @property
    def class_accuracy(self) -> NDArray[np.float64]:
        """[classes], share of right answers among the clips of each class; NaN for a class without clips."""
        table = self.confusion
        count = table.sum(1)
        return np.where(count > 0, table.diagonal() / np.maximum(count, 1), np.nan)

    @property
    def balanced_accuracy(self) -> float:
        """Mean of class_accuracy over the classes that occur, so that each counts alike."""
        return float(np.nanmean(self.class_accuracy))

    def to_dict(self, class_names: tuple[str, ...]) -> dict[str, Any]:
        """Return all figures as plain JSON."""
        low, high = wilson_interval(self.accuracy * len(self.labels), len(self.labels))
        return {
            "clips": len(self.labels),
            "accuracy": round(self.accuracy, 4),
            "accuracy_low": round(low, 4),
            "accuracy_high": round(high, 4),
            "balanced_accuracy": round(self.balanced_accuracy, 4),
            "class_accuracy": {
                name: round(float(value), 4)
                for name, value in zip(class_names, self.class_accuracy, strict=True)
                if not np.isnan(value)
            },
            "confusion": self.confusion.tolist(),
            "loss": round(self.loss, 4),
        }


def view_loader(
    clips: TrainingClips, batch: int, workers: int, accelerator: Accelerator | None = None
) -> DataLoader[Any]:
    """Return a loader over all views of the clips, of the share of this process if there are several."""
    process, processes = (
        (accelerator.process_index, accelerator.num_processes) if accelerator else (0, 1)
    )
    return DataLoader(
        clips,
        batch_sampler=view_batches(clips, batch, process, processes),
        num_workers=workers,
        collate_fn=collate,
        persistent_workers=workers > 0,
    )


@torch.inference_mode()
def answer(
    networks: Mapping[str, VideoTransformer],
    clips: TrainingClips,
    loader: DataLoader[Any],
    accelerator: Accelerator | None = None,
    look: Callable[[str, Batch], torch.Tensor] | None = None,
) -> dict[str, Answers]:
    """Return the answers of networks (in eval mode) to the same clips.

    look: in place of the network's forward pass, returns logits of a batch. Raises nothing for a broken
    file: its clip is left out.
    """
    sums: dict[str, dict[int, tuple[NDArray[np.float64], int]]] = {name: {} for name in networks}
    for batch in loader:
        for name, network in networks.items():
            if look is not None:
                logits = look(name, batch)
            else:
                logits = network(batch.pixels.to(next(network.parameters()).device))
            shares = logits.float().softmax(-1).double().cpu().numpy()
            for draw, share in zip(batch.draws, shares, strict=True):
                if draw.clip not in batch.problems:
                    total, count = sums[name].get(draw.clip, (np.zeros_like(share), 0))
                    sums[name][draw.clip] = total + share, count + 1
    found = {}
    for name in networks:
        pairs = [(clip, total / count) for clip, (total, count) in sums[name].items()]
        if accelerator is not None and accelerator.num_processes > 1:
            pairs = gather_object(pairs)
        pairs.sort(key=lambda pair: pair[0])
        classes = networks[name].config.num_classes
        found[name] = Answers(
            np.array([share for _, share in pairs]).reshape(-1, classes),
            np.array([clips.clips[clip].clip.label for clip, _ in pairs], np.int64),
        )
    return found
