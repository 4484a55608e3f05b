"""The bundled sample clips: generated scenes in which several motions follow each other.

`python -m fixviz.data.samples FOLDER` writes them as H.264 videos, each with its truth as JSON,
and a list of all in samples.json.
"""

from __future__ import annotations

import base64
import json
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fixviz.data.classes import CLASSES, PAIR_CLASSES
from fixviz.data.dice import Dice
from fixviz.data.generate import banks_for, finish
from fixviz.data.motion import pair_offsets, single_tracks
from fixviz.data.presets import ClipSpec, preset
from fixviz.data.scene import Scene
from fixviz.data.staging import draw_scene
from fixviz.media.files import hash_file

HEIGHT, WIDTH, FPS = 192, 256, 16
_MOTION = 16
"""Frames of one motion: a second, as in the clips of training (8 frames at 8 Hz)."""
_PAUSE = 4
_FINER = 2
"""Drawn this many times larger, then averaged, so that outlines are smooth."""


@dataclass(frozen=True)
class SampleClip:
    """What one sample shows."""

    name: str
    title: str
    description: str
    motions: tuple[str, ...]
    preset: str
    seed: int


SAMPLES: tuple[SampleClip, ...] = (
    SampleClip(
        "there-and-back",
        "There and back",
        "An object goes right, moves in a circle, and comes back, past objects that stand still.",
        ("right", "circle clockwise", "left"),
        "standard",
        41,
    ),
    SampleClip(
        "closer-and-away",
        "Closer and away",
        "An object comes closer, turns on the spot, and goes away again.",
        ("approach", "turn", "recede"),
        "standard",
        12,
    ),
    SampleClip(
        "meet-and-part",
        "Meet and part",
        "Two objects move towards each other, touch, and part.",
        ("collide", "part", "collide"),
        "standard",
        23,
    ),
    SampleClip(
        "now-you-see-it",
        "Now you see it",
        "An object appears, shakes, and vanishes.",
        ("appear", "shake sideways", "vanish"),
        "standard",
        34,
    ),
    SampleClip(
        "small-in-clutter",
        "Small, in clutter",
        "A small object moves behind bars, between objects that stand still and objects that drift.",
        ("up", "right", "shake up and down", "down"),
        "hard",
        45,
    ),
    SampleClip(
        "follow-the-marked-one",
        "Follow the marked one",
        "Three objects move, but only the one with the magenta rim counts. Only models trained on cue "
        "clips know this.",
        ("left", "circle counterclockwise", "right"),
        "cue",
        56,
    ),
)


@dataclass(frozen=True)
class DrawnSample:
    """A sample with its truth."""

    frames: NDArray[np.uint8]
    """[N, H, W, 3] RGB."""
    target_mask: NDArray[np.float32]
    """[N, H, W] visible coverage of the deciding object or objects."""
    segments: list[dict[str, Any]]
    """class, first_frame, last_frame (inclusive), start_s, end_s of each motion."""


def _frame_count(motions: int) -> int:
    return _PAUSE + motions * (_MOTION + _PAUSE)


def _start(index: int) -> int:
    return _PAUSE + index * (_MOTION + _PAUSE)


def _hold(track: Tensor, start: int, frames: int) -> Tensor:
    """Start `track` [T, ...] at frame `start`, and hold its ends before and after: [frames, ...]."""
    index = (torch.arange(frames) - start).clamp(0, len(track) - 1)
    return track[index]


def _sequence(motions: tuple[str, ...], spec: ClipSpec, dice: Dice, touch: float) -> list[Tensor]:
    """Return offsets [2, N, 2], log size, angle and opacity [N] of one motion after the other.

    The second offset is that of the partner of a pair.
    """
    frames = _frame_count(len(motions))
    offset = torch.zeros(2, frames, 2)
    log_scale, angle, opacity = torch.zeros(frames), torch.zeros(frames), torch.ones(frames)
    meeting = dice.seed()
    for i, name in enumerate(motions):
        start = _start(i)
        track = single_tracks(torch.tensor([[CLASSES.index(name)]]), _MOTION, spec, dice)
        move = track.offset[0].expand(2, -1, -1)
        if name in PAIR_CLASSES:
            # the same draws every time, so that they part along the line on which they met
            closing = torch.tensor([name == "collide"])
            move = pair_offsets(closing, torch.tensor([touch]), _MOTION, spec, Dice(meeting))[0]
            if i == 0:
                offset = offset + move[:, :1]
        offset = offset + torch.stack([_hold(m - m[0], start, frames) for m in move])
        grown, turned = track.log_scale[0, 0], track.angle[0, 0]
        log_scale = log_scale + _hold(grown - grown[0], start, frames)
        angle = angle + _hold(turned - turned[0], start, frames)
        opacity = opacity * _hold(track.opacity[0, 0], start, frames)
    return [offset, log_scale - 0.5 * (log_scale.max() + log_scale.min()), angle, opacity]


def _compose(sample: SampleClip, spec: ClipSpec, dice: Dice, height: int, width: int) -> Scene:
    """Return a random scene whose deciding objects play the sample's motions."""
    frames = _frame_count(len(sample.motions))
    label = torch.tensor([CLASSES.index(sample.motions[0])])
    banks = banks_for(sample.seed, height, width, torch.device("cpu"))
    scene = draw_scene(label, frames, height, width, spec, banks, dice)
    center, radius = scene.center.clone(), scene.radius.clone()
    angle, opacity = scene.angle.clone(), scene.opacity.clone()
    deciding = scene.decides[0].nonzero().flatten().flip(0).tolist()
    extent = torch.tensor([height, width]) / min(height, width)
    size = radius[0, :, 0].clone()
    touch = 0.9 * float(size[deciding].sum())
    plays = [(deciding, sample.motions)]
    if spec.cue:
        singles = [name for name in CLASSES if name not in PAIR_CLASSES]
        for k in range(center.shape[1]):
            if k not in deciding:
                picks = dice.integers(len(sample.motions), high=len(singles) - 2).tolist()
                plays.append(([k], tuple(singles[p] for p in picks)))
    for objects, motions in plays:
        offset, log_scale, turned, shown = _sequence(motions, spec, dice, touch)
        used = offset[: len(objects)]
        reach = 0.5 * (used.amax((0, 1)) + used.amin((0, 1)))
        home = 0.5 * extent if objects is deciding else center[0, objects[0]].mean(0)
        for i, k in enumerate(objects):
            center[0, k] = home - reach + offset[i]
            radius[0, k] = size[k] * log_scale.exp()
            angle[0, k] = angle[0, k, 0] + turned
            opacity[0, k] = shown
    return replace(scene, center=center, radius=radius, angle=angle, opacity=opacity)


def draw_sample(sample: SampleClip) -> DrawnSample:
    """Draw a sample and its truth; the same picture every time."""
    # grain costs many bytes in a video file and shows little at this size
    spec = replace(preset(sample.preset), noise=0.01, wobble=0.3, blur=0.004)
    height, width = HEIGHT * _FINER, WIDTH * _FINER
    dice = Dice(sample.seed)
    scene = _compose(sample, spec, dice, height, width)
    label = torch.tensor([CLASSES.index(sample.motions[0])])
    batch = finish(scene, label, height, width, spec, dice, torch.device("cpu"))
    pixels = functional.avg_pool2d(batch.pixels[0], _FINER)
    mask = functional.avg_pool2d(batch.target_mask[0].unsqueeze(1), _FINER).squeeze(1)
    segments = [
        {
            "class": name,
            "first_frame": _start(i),
            "last_frame": _start(i) + _MOTION - 1,
            "start_s": _start(i) / FPS,
            "end_s": (_start(i) + _MOTION) / FPS,
        }
        for i, name in enumerate(sample.motions)
    ]
    frames = (pixels * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return DrawnSample(frames, mask.numpy(), segments)


def pack_mask(mask: NDArray[np.float32], reduce: int = 4) -> dict[str, Any]:
    """Convert masks [N, H, W] to JSON: means over squares of `reduce` pixels, as uint8, zlib, base64."""
    small = functional.avg_pool2d(torch.from_numpy(mask).unsqueeze(1), reduce).squeeze(1)
    data = (small * 255).round().to(torch.uint8).numpy()
    return {
        "shape": list(data.shape),
        "dtype": "uint8",
        "scale": 255,
        "encoding": "zlib+base64",
        "data": base64.b64encode(zlib.compress(data.tobytes(), 9)).decode("ascii"),
    }


def export_samples(
    folder: Path, encode: Callable[[Path, NDArray[np.uint8], float], None]
) -> list[Path]:
    """Write every sample as NAME.mp4 with NAME.json, and samples.json; returns the videos.

    `encode(path, frames, fps)` writes the video.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed, paths = [], []
    for sample in SAMPLES:
        drawn = draw_sample(sample)
        path = folder / f"{sample.name}.mp4"
        encode(path, drawn.frames, FPS)
        truth = {
            "video_sha256": hash_file(path),
            "class": list(sample.motions),
            "segments": drawn.segments,
            "preset": sample.preset,
            "seed": sample.seed,
            "fps": FPS,
            "height": HEIGHT,
            "width": WIDTH,
            "frames": len(drawn.frames),
            "target_mask": pack_mask(drawn.target_mask),
        }
        path.with_suffix(".json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
        listed.append(
            {
                "file": path.name,
                "truth": f"{sample.name}.json",
                "title": sample.title,
                "description": sample.description,
                "class": ", then ".join(sample.motions),
                "fps": FPS,
                "attribution": "Generated by fixviz.",
            }
        )
        paths.append(path)
    text = json.dumps(listed, indent=2) + "\n"
    (folder / "samples.json").write_text(text, encoding="utf-8")
    return paths


if __name__ == "__main__":
    from fixviz.media.encode import encode_mp4

    for written in export_samples(Path(sys.argv[1]), encode_mp4):
        print(f"wrote {written}")
