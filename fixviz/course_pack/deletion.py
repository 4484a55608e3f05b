"""How fast a model's answer goes while patches are hidden: in a map's order, and in random orders."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.attribution.catalog import read_request
from fixviz.analysis.attribution.compute import window_map
from fixviz.analysis.attribution.faithfulness import area, ranks_of, replacement_curves
from fixviz.analysis.attribution.study import Steps, Study
from fixviz.analysis.derived import Subject
from fixviz.evaluation.results import Z95
from fixviz.model.transformer import VideoTransformer


@dataclass(frozen=True)
class Hidden:
    """Probability of one class while more and more patches of a window are blurred away."""

    target: int
    """Index of the class: the one the model names for the whole window."""
    share: NDArray[np.float64]
    """[points], share of the patches that is hidden, 0 to 1."""
    curves: NDArray[np.float32]
    """[orders, points], probability of the class: first in the order of each map, then in random ones."""
    ranks: NDArray[np.int64]
    """[orders, T, h, w], place of every patch in each order; 0 is hidden first."""

    @property
    def areas(self) -> NDArray[np.float64]:
        """Area under each curve, [orders]: small where the answer goes early."""
        return area(self.share, self.curves)


def hide(
    model: VideoTransformer,
    frames: NDArray[np.uint8],
    window: int,
    maps: Sequence[str],
    *,
    steps: int,
    random_orders: int,
    seed: int,
) -> Hidden:
    """Hide the patches of one window in `steps` equal steps, the strongest of each map first.

    frames: RGB [N, H, W, 3]. maps: names of methods (fixviz.analysis.attribution.catalog), for the
    class that the model names in this window. The random orders are the same for every model with
    the same grid. Definition: deletion, as in fixviz.analysis.attribution.faithfulness.
    """
    study = Study.of(Subject(model, frames))
    windows = len(study.windows.starts)
    with torch.no_grad():
        target = int(study.logits(study.pixels(window)).argmax())
    rng = np.random.default_rng(seed)
    cells = study.windows.length * study.grid.rows * study.grid.columns
    shape = (study.windows.length, study.grid.rows, study.grid.columns)
    random = [rng.permutation(cells).reshape(shape) for _ in range(random_orders)]
    counter = Steps(1, "")
    found = [
        window_map(
            study,
            window,
            target,
            read_request({"method": name, "window": window}, model.config, windows),
            counter,
        ).values
        for name in maps
    ]
    ranks = [*(ranks_of(values, rng) for values in found), *random]
    counts = np.rint(np.linspace(0, cells, steps + 1)).astype(np.int64)
    curves = replacement_curves(
        study,
        study.pixels(window),
        study.baseline(window, "blurred"),
        ranks,
        counts,
        target,
        counter,
    )
    return Hidden(target, counts / cells, curves, np.stack(ranks))


@dataclass(frozen=True)
class Deletion:
    """What hiding the patches that receive most attention does, over many clips."""

    area: float
    """Mean area under the curves of attention received; lower: the answer goes earlier."""
    random: float
    """The same for random orders."""
    gain: float
    """`random` less `area`."""
    low: float
    high: float
    """95 % interval of the gain over clips (normal approximation)."""


def clip_areas(
    model: VideoTransformer, clips: Iterable[Tensor], *, steps: int, random_orders: int
) -> list[list[float]]:
    """Return for each clip the areas under the curve by attention received (last layer) and by chance.

    clips: pixels [T, 3, H, W] in 0..1, each one window of the model.
    """
    areas = []
    for number, clip in enumerate(clips):
        frames = (clip * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        hidden = hide(
            model,
            frames,
            0,
            ["attention_received"],
            steps=steps,
            random_orders=random_orders,
            seed=number,
        )
        areas.append([float(hidden.areas[0]), float(hidden.areas[1:].mean())])
    return areas


def deletion(areas: Sequence[Sequence[float]]) -> Deletion:
    """Return the means over clips of what `clip_areas` gives."""
    by_map, by_chance = np.array(areas).T
    gains = by_chance - by_map
    half = Z95 * float(gains.std(ddof=1)) / math.sqrt(len(gains))
    gain = float(gains.mean())
    return Deletion(float(by_map.mean()), float(by_chance.mean()), gain, gain - half, gain + half)
