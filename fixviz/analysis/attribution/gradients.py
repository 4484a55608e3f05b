"""Integrated gradients and layer Grad-CAM, by captum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from captum.attr import IntegratedGradients, LayerGradCam
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor, nn

from fixviz.analysis.attribution.catalog import (
    AUTO,
    FEWEST_STEPS,
    MOST_STEPS,
    Baseline,
)
from fixviz.analysis.attribution.convergence import CONVERGED, relative_delta
from fixviz.analysis.attribution.study import Steps, Study, frozen
from fixviz.model.transformer import VideoTransformer


@dataclass(frozen=True)
class Integrated:
    """Integrated gradients of one window."""

    pixels: Tensor
    """[1, T, 3, H, W]"""
    by_patch: NDArray[np.float32]
    """The same summed over colors and over each patch's cell, [T, h, w]."""
    delta: float
    """Convergence delta: their sum less `difference`; 0 if integrated exactly."""
    difference: float
    """Logit of the clip less logit of the baseline, to which exact numbers add up."""
    steps: int
    """Points on the way from the baseline to the clip at which the gradient was taken."""

    @property
    def relative_delta(self) -> float:
        """The convergence delta as a share of `difference`."""
        return relative_delta(self.delta, self.difference)


def integrated_gradients(
    study: Study,
    window: int,
    target: int,
    *,
    steps: int | Literal["auto"],
    baseline: Baseline,
    counter: Steps,
) -> Integrated:
    """Return integrated gradients (Sundararajan et al. 2017) of one window's logit.

    Gauss-Legendre quadrature with so many `steps`, in batches. "auto": 32 steps, doubled until the
    relative convergence delta is below 5 % or there are 512. The points of one number of steps are not
    among those of another, so each try computes its own; the logits of clip and baseline stay.
    """

    def logits(pixels: Tensor) -> Tensor:
        counter.step()
        return study.logits(pixels)

    clip, absent = study.pixels(window), study.baseline(window, baseline)
    with torch.no_grad():
        difference = float((logits(clip) - logits(absent))[0, target])
    taken = FEWEST_STEPS if steps == AUTO else steps
    while True:
        with frozen(study.model):
            found = (
                IntegratedGradients(logits)
                .attribute(
                    clip,
                    baselines=absent,
                    target=target,
                    n_steps=taken,
                    internal_batch_size=study.clips_at_once,
                )
                .detach()
            )
        by_pixel = found[0].sum(1).double().cpu().numpy()
        result = Integrated(
            found,
            study.cells.total(by_pixel).astype(np.float32),
            float(by_pixel.sum()) - difference,
            difference,
            taken,
        )
        if steps != AUTO or result.relative_delta < CONVERGED or 2 * taken > MOST_STEPS:
            return result
        taken *= 2
        counter.total += _batches(study, taken)


def gradient_passes(study: Study, steps: int | Literal["auto"]) -> int:
    """Return the number of forward passes of `integrated_gradients`, with two for the delta."""
    return _batches(study, FEWEST_STEPS if steps == AUTO else steps) + 2


def _batches(study: Study, steps: int) -> int:
    return math.ceil(steps / study.clips_at_once)


def grad_cam(study: Study, window: int, target: int, *, counter: Steps) -> NDArray[np.float32]:
    """Return layer Grad-CAM (Selvaraju et al. 2017) on the output of the last block, [T, h, w].

    Each frame is an image of its own: its channels are weighted by their mean gradient over the
    frame. Without the ReLU of the original, so what speaks against the class stays visible.
    """
    counter.step()
    network = _LastBlockAsImages(study.model)
    with frozen(study.model):
        found = LayerGradCam(network, network.images).attribute(study.pixels(window), target)
    return np.asarray(found[:, 0].detach().float().cpu().numpy())


class _LastBlockAsImages(nn.Module):
    """The network, with the last block's output passing through a layer as [B*T, D, h, w].

    On tokens [B*T, N, D] captum would take the tokens for channels.
    """

    def __init__(self, model: VideoTransformer) -> None:
        super().__init__()
        self.model = model
        self.images = nn.Identity()

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the logits; gradients reach no further back than the last block's output."""
        with torch.no_grad():
            tokens = self.model.embed(pixels)
            for block in self.model.blocks:
                tokens = block(tokens)
        maps = rearrange(tokens, "b t y x d -> (b t) d y x").requires_grad_()
        maps = self.images(maps)
        tokens = rearrange(maps, "(b t) d y x -> b t y x d", t=pixels.shape[1])
        return self.model.classify(self.model.norm(tokens))
