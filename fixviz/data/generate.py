"""Batches of generated clips with their truth: "something moves somewhere"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from fixviz.data.classes import BACKWARD, CLASSES
from fixviz.data.dice import Dice
from fixviz.data.lens import compress, expose, hunt_focus
from fixviz.data.presets import ClipSpec, preset
from fixviz.data.render import render, step_ahead
from fixviz.data.scene import Scene, with_twins
from fixviz.data.staging import Banks, draw_scene
from fixviz.data.textures import bank_of
from fixviz.errors import OptionError

_SEEDS_PER_BANK = 512


@dataclass(frozen=True)
class GeneratedBatch:
    """Clips and what is true of them. Times and lengths are in frames and pixels."""

    pixels: Tensor
    """float32 [B, T, 3, H, W] in 0..1, RGB."""
    labels: Tensor
    """int64 [B], indices into CLASSES."""
    target_mask: Tensor
    """[B, T, H, W] visible coverage 0..1 of the object or objects that decide the class."""
    distractor_mask: Tensor
    """[B, T, H, W] visible coverage 0..1 of all other objects."""
    velocity: Tensor
    """[B, T, 2, H, W] (dy, dx) pixels per frame relative to the background, of every object,
    times its visible coverage; to the next frame (the last frame: from the one before)."""
    growth: Tensor
    """[B, T, H, W] change of log size per frame, times visible coverage."""
    camera: Tensor
    """[B, T, 2] (dy, dx) pixels per frame that the background moves on the screen."""


def join(batches: Sequence[GeneratedBatch]) -> GeneratedBatch:
    """Return the clips of batches of one frame size as one batch."""
    if len(batches) == 1:
        return batches[0]
    names = [f.name for f in fields(GeneratedBatch)]
    return GeneratedBatch(
        **{name: torch.cat([getattr(batch, name) for batch in batches]) for name in names}
    )


def _light(b: int, frames: int, height: int, width: int, spec: ClipSpec, dice: Dice) -> Tensor:
    """Return gains [B, 1, T, H, W] that change over the clip and across the frame."""
    u = torch.linspace(-1, 1, frames)
    level = dice.uniform(b, 1, low=-1, high=1) + dice.uniform(b, 1, low=-1, high=1) * u
    slope = dice.uniform(b, 1, 2, low=-1, high=1)
    slope = slope + 0.5 * dice.uniform(b, 1, 2, low=-1, high=1) * u[:, None]
    y, x = torch.linspace(-1, 1, height), torch.linspace(-1, 1, width)
    across = slope[:, :, 0, None, None] * y[:, None] + slope[:, :, 1, None, None] * x
    return (1 + 0.5 * spec.lighting * (level[:, :, None, None] + across)).unsqueeze(1)


def finish(
    scene: Scene,
    labels: Tensor,
    height: int,
    width: int,
    spec: ClipSpec,
    dice: Dice,
    device: torch.device,
) -> GeneratedBatch:
    """Draw a scene, light it, add noise."""
    drawn = render(scene, height, width, device)
    b, _, frames = drawn.pixels.shape[:3]
    pixels = drawn.pixels
    if spec.lighting > 0:
        pixels = pixels * _light(b, frames, height, width, spec, dice).to(device)
    if spec.filming is not None:
        pixels = expose(pixels, spec.filming, dice)
        pixels = hunt_focus(pixels, spec.filming, dice)
    if spec.noise > 0:
        amount = (spec.noise * dice.uniform(b, 1, 1, 1, 1)).to(device)
        grain = torch.Generator(device).manual_seed(dice.seed())
        noise = torch.empty_like(pixels).normal_(generator=grain)
        pixels = torch.addcmul(pixels, noise, amount)
    if spec.filming is not None:
        pixels = compress(pixels, spec.filming, dice)
    return GeneratedBatch(
        pixels=pixels.clamp_(0, 1).transpose(1, 2).contiguous(),
        labels=labels.to(device),
        target_mask=drawn.target,
        distractor_mask=drawn.distractor,
        velocity=drawn.velocity.transpose(1, 2),
        growth=drawn.growth,
        camera=step_ahead(scene.camera * min(height, width), 1).to(device),
    )


def banks_for(
    seed: int, height: int, width: int, device: torch.device, *, filmed: bool = False
) -> Banks:
    """Return the texture pictures for the clips of this seed."""
    size = 128 if min(height, width) <= 128 else 256
    fine, coarse = bank_of(seed // _SEEDS_PER_BANK, size, filmed)
    return fine.to(device), coarse.to(device)


@torch.no_grad()
def generate(
    batch: int,
    seed: int,
    preset_name: str | ClipSpec = "standard",
    *,
    frames: int = 8,
    height: int = 64,
    width: int = 64,
    device: str | torch.device = "cpu",
    difficulty: float = 1.0,
    labels: Tensor | None = None,
    left_out: Sequence[str] = (),
    twins: bool = False,
) -> GeneratedBatch:
    """Draw `batch` clips of `frames` x `height` x `width`; equal arguments give equal clips.

    Classes come in equal shares, but for those of `left_out`, unless `labels` [batch] says
    otherwise. A motion fills the clip whatever its length. With `twins`, the second half of an even
    batch is the first half played backward (fixviz.data.classes.BACKWARD), so that nothing but the
    order of the frames tells the two apart; `labels` are those of the first half. The scene and its
    truth are the same on every device; the noise is not.
    Raises OptionError for an unknown preset, or a size below 16 pixels or 4 frames.
    """
    if batch < 1 or frames < 4 or min(height, width) < 16:
        raise OptionError(
            f"Clips of {frames} frames of {height} x {width} cannot be generated in batches of"
            f" {batch}; take at least 4 frames, 16 pixels and one clip."
        )
    if twins and batch % 2:
        raise OptionError(
            f"Twins come in pairs, so a batch of {batch} clips cannot be made of them."
        )
    spec = preset(preset_name) if isinstance(preset_name, str) else preset_name
    spec = spec.at_difficulty(difficulty)
    where = torch.device(device)
    dice = Dice(seed)
    if labels is None:
        pool = torch.tensor([i for i, name in enumerate(CLASSES) if name not in left_out])
        start = int(dice.integers(1, high=len(pool)))
        drawn = batch // 2 if twins else batch
        order = torch.randperm(drawn, generator=dice.generator)
        labels = pool[((torch.arange(drawn) + start) % len(pool))[order]]
    labels = labels.cpu()
    banks = banks_for(seed, height, width, where, filmed=spec.filming is not None)
    scene = draw_scene(labels, frames, height, width, spec, banks, dice)
    if twins:
        scene = with_twins(scene)
        labels = torch.cat([labels, torch.tensor(BACKWARD)[labels]])
    return finish(scene, labels, height, width, spec, dice, where)
