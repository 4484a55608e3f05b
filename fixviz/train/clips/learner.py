"""A model that learns from real clips, its best weights so far, and what its state must fit to go on."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from fixviz.errors import CheckpointError
from fixviz.model.transformer import VideoTransformer
from fixviz.train.clips.answers import Answers
from fixviz.train.clips.learning import Classifier, optimizer_of
from fixviz.train.trainee import Trainee, restore
from fixviz.train.video_recipe import VideoRecipe

KIND = "clips"
"""What a state of such a training says of itself."""
_BETTER = 0.005
"""Share by which the validation loss has to fall to count as better."""


@dataclass
class Learner(Trainee):
    """Hold a model in training on clips, and the best weights so far."""

    best: dict[str, Tensor] = field(default_factory=dict)
    """Average of the weights at the best validation; empty before the first one."""
    progress: dict[str, Any] = field(
        default_factory=lambda: {"balanced": -1.0, "loss": math.inf, "epoch": 0, "stopped": False}
    )
    """Figures of the best validation, and whether the model has stopped."""

    @classmethod
    def of(cls, name: str, network: VideoTransformer, recipe: VideoRecipe, frozen: bool) -> Learner:
        """Return a learner that starts from a copy of `network`."""
        student = Classifier(copy.deepcopy(network), frozen=frozen)
        return cls.start(name, student, optimizer_of(student, recipe))

    def judge(self, answers: Answers, epoch: int, patience: int | None) -> None:
        """Keep the average weights if the answers are the best so far; stop after `patience` epochs without.

        Better is a higher balanced accuracy, or the same with a lower loss.
        """
        balanced, loss = round(answers.balanced_accuracy, 6), answers.loss
        best = self.progress
        lower = loss < best["loss"] * (1 - _BETTER)
        if balanced > best["balanced"] or (balanced == best["balanced"] and lower):
            best.update(balanced=balanced, loss=loss, epoch=epoch)
            self.best = {k: v.detach().clone() for k, v in self.average.items()}
        elif patience is not None and epoch - best["epoch"] >= patience:
            best["stopped"] = True


def resume_learners(
    learners: Sequence[Learner], state: dict[str, Any], settings: dict[str, Any], clips: str
) -> None:
    """Put learners where a state left them. Raises CheckpointError for a state of another training.

    settings: all that the training depends on but its clips, for which `clips` is a digest.
    """
    told = None
    if state.get("kind") != KIND:
        told = "a training on generated clips"
    elif state["settings"] != settings or state["models"] != [t.name for t in learners]:
        told = "a training with other settings or models"
    elif state["clips"] != clips:
        told = "a training on other clips (files were added, removed or changed)"
    if told:
        raise CheckpointError(
            f"The state folder belongs to {told}; give another folder, or start over with --restart."
        )
    restore(learners, state)
    for learner in learners:
        saved = state["trainees"][learner.name]
        learner.best, learner.progress = dict(saved["best"]), dict(saved["progress"])
