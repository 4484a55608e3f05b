"""Wrap a model for training, with a head for each token, and define its losses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from fixviz.data.generate import GeneratedBatch
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer

# bring motion to about unit size: shares of the short side, and of log size, per frame
_VELOCITY_UNIT = 1 / 32
_GROWTH_UNIT = 0.1
_FIELDS = 4
_SEEN = 0.1
"""Coverage by a deciding object from which on a token has to name the class."""
_UNSEEN = 0.02
"""Coverage below which a token has to answer "nothing"."""


class Student(nn.Module):
    """Add to the network a linear head that says for each token what it sees.

    Trained on classes alone, the network stays at chance for hundreds of steps: the mean over all
    tokens hides the few that matter. The dense answers (how much of a deciding object, how it moves,
    which class) show it early what to tell apart. The head is not part of a checkpoint.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.network = VideoTransformer(config)
        self.dense = nn.Linear(config.dim, _FIELDS + config.num_classes + 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Map normalized pixels [B, T, 3, H, W] to logits [B, classes] and dense [B, T, h, w, 5 + classes].

        Dense: logit of the mask, motion (3), logits of the classes and of "nothing".
        """
        tokens = self.network.features(pixels)
        return self.network.classify(tokens), self.dense(tokens)


@dataclass(frozen=True)
class Targets:
    """Hold the right answers: labels [B], mask [B, T, h, w], motion [B, T, h, w, 3]."""

    labels: Tensor
    mask: Tensor
    motion: Tensor


def token_targets(clips: GeneratedBatch, patch: int, stride: int) -> Targets:
    """Return the right answers of each token: means over its patch, clipped to the frame."""
    b, t, height, width = clips.target_mask.shape
    velocity = clips.velocity / (_VELOCITY_UNIT * min(height, width))
    fields = torch.cat(
        [clips.target_mask[:, :, None], velocity, clips.growth[:, :, None] / _GROWTH_UNIT], 2
    )
    pooled = functional.avg_pool2d(
        fields.flatten(0, 1), patch, stride, patch // 2, count_include_pad=False
    )
    tokens = pooled.view(b, t, *pooled.shape[1:]).permute(0, 1, 3, 4, 2)
    return Targets(clips.labels, tokens[..., 0].clamp(0, 1), tokens[..., 1:])


@dataclass(frozen=True)
class Losses:
    """Hold the parts of the loss and the share of right answers; scalars on the device."""

    label: Tensor
    mask: Tensor
    motion: Tensor
    token: Tensor
    accuracy: Tensor

    def total(self, mask_weight: float, motion_weight: float, class_weight: float) -> Tensor:
        """Return the sum of the parts, which training minimizes."""
        dense = mask_weight * self.mask + motion_weight * self.motion + class_weight * self.token
        return self.label + dense


def losses(logits: Tensor, dense: Tensor, targets: Targets) -> Losses:
    """Return the cross entropies of the class and of each token's mask and class, and the squared error of
    the motion.
    """
    logits, dense = logits.float(), dense.float()
    return Losses(
        label=functional.cross_entropy(logits, targets.labels),
        mask=functional.binary_cross_entropy_with_logits(dense[..., 0], targets.mask),
        motion=functional.mse_loss(dense[..., 1:_FIELDS], targets.motion),
        token=_token_loss(dense[..., _FIELDS:], targets),
        accuracy=(logits.argmax(-1) == targets.labels).float().mean(),
    )


def _token_loss(logits: Tensor, targets: Targets) -> Tensor:
    """Return the cross entropy of logits [B, T, h, w, classes + 1] on the deciding object, plus half of that
    off it.

    On the object, tokens count by coverage. The answer "nothing" keeps the background's tokens alike, so
    that they do not drown the others in the mean that the classification reads.
    """
    log = logits.log_softmax(-1)
    label = targets.labels[:, None, None, None, None].expand(*log.shape[:-1], 1)
    on = targets.mask * (targets.mask >= _SEEN)
    off = (targets.mask < _UNSEEN).to(log.dtype)
    right = -(log.gather(-1, label).squeeze(-1) * on).sum() / on.sum().clamp_min(1)
    nothing = -(log[..., -1] * off).sum() / off.sum().clamp_min(1)
    return right + 0.5 * nothing
