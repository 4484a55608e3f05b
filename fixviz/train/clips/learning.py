"""One step of learning from real clips: the targets, the loss, the learning rate, the model that learns."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from fixviz.data.training_clips import Batch
from fixviz.errors import OptionError
from fixviz.model.transformer import VideoTransformer
from fixviz.train.trainee import parameter_groups
from fixviz.train.video_recipe import VideoRecipe

FREEZE = ("none", "backbone")


class Classifier(nn.Module):
    """Hold a network whose classification head learns, and with `frozen` nothing else."""

    def __init__(self, network: VideoTransformer, *, frozen: bool = False) -> None:
        super().__init__()
        self.network = network
        self.frozen = frozen
        for name, weight in network.named_parameters():
            weight.requires_grad_(not frozen or name.startswith("head."))

    def forward(self, pixels: Tensor) -> Tensor:
        """Map normalized pixels [B, T, 3, H, W] to logits [B, classes]."""
        with torch.set_grad_enabled(not self.frozen and torch.is_grad_enabled()):
            tokens = self.network.features(pixels)
        return self.network.classify(tokens)


def optimizer_of(student: Classifier, recipe: VideoRecipe) -> torch.optim.Optimizer:
    """Return the optimizer of a recipe. Raises OptionError for an unknown one."""
    groups = parameter_groups(student, recipe.weight_decay, recipe.head_rate)
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(
            groups, lr=recipe.learning_rate, momentum=recipe.momentum, nesterov=True
        )
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98))
    raise OptionError(f"There is no optimizer {recipe.optimizer!r}; use sgd or adamw.")


def learning_rate(recipe: VideoRecipe, step: int, steps_per_epoch: int) -> float:
    """Return the learning rate: a linear warm-up, then a cosine down to 1 % at the last step."""
    warmup = round(recipe.warmup_epochs * steps_per_epoch)
    if step < warmup:
        share = step / warmup
        return recipe.warmup_from + (recipe.learning_rate - recipe.warmup_from) * share
    done = (step - warmup) / max(1, recipe.epochs * steps_per_epoch - warmup)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


def class_weights(counts: list[int], balance: bool) -> Tensor:
    """Return the weight of each class in the loss, [classes]: mean 1 over the clips."""
    if not balance:
        return torch.ones(len(counts))
    total, present = sum(counts), sum(count > 0 for count in counts)
    return torch.tensor([total / (present * count) if count else 0.0 for count in counts])


def targets_of(labels: Tensor, classes: int, smoothing: float) -> Tensor:
    """Return the probabilities to be answered, [B, classes]."""
    sharp = functional.one_hot(labels, classes).float()
    return sharp * (1 - smoothing) + smoothing / classes


def loss_of(logits: Tensor, targets: Tensor, weights: Tensor, batch: Batch) -> Tensor:
    """Return the mean cross entropy, classes weighted by `weights`; what could not be read counts nothing."""
    weighted = targets * weights
    each = -(weighted * logits.float().log_softmax(-1)).sum(-1)
    there = batch.weights.to(each)
    return (each * there).sum() / (weighted.sum(-1) * there).sum().clamp_min(1e-6)
