"""Infidelity (Yeh et al. 2019): do sums of the attributions foretell how far the logit falls?"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import torch
from captum.metrics import infidelity as captum_infidelity
from torch import Tensor

from fixviz.analysis.attribution.catalog import Baseline
from fixviz.analysis.attribution.study import Steps, Study

PERTURBATIONS: Final = 40


def infidelity(
    study: Study,
    window: int,
    target: int,
    attributions: Tensor,
    baseline: Baseline,
    seed: int,
    steps: Steps,
) -> dict[str, Any]:
    """Return the infidelity of attributions [1, T, 3, H, W] that should add up to differences of the logit.

    In each of 40 trials the baseline replaces a random half of the patches. The attributions of the
    replaced pixels should sum to the fall of the logit; `squared` is the mean squared error of that,
    `typical_error` its root, both in logits, and `typical_fall` the root mean square of the fall.
    """
    clip, absent = study.pixels(window), study.baseline(window, baseline)
    rng = np.random.default_rng(seed)
    shape = (study.windows.length, study.grid.rows, study.grid.columns)
    falls: list[float] = []

    def replace(clips: Tensor, baselines: Tensor) -> tuple[Tensor, Tensor]:
        """Return where a clip is replaced, as 1 per value, and the changed clip."""
        halves = [study.cells.spread(rng.random(shape) < 0.5) for _ in clips]
        replaced = torch.from_numpy(np.stack(halves)).to(clips.device).unsqueeze(2)
        replaced = replaced.expand(clips.shape)
        return replaced.to(clips.dtype), torch.where(replaced, baselines, clips)

    with torch.no_grad():
        whole = float(study.logits(clip)[0, target])

        def logits(clips: Tensor) -> Tensor:
            steps.step()
            found = study.logits(clips)
            falls.extend((whole - found[:, target]).tolist())
            return found

        squared = captum_infidelity(
            logits,
            replace,
            clip,
            attributions,
            baselines=absent,
            target=target,
            n_perturb_samples=PERTURBATIONS,
            max_examples_per_batch=study.clips_at_once,
        )
    error = float(squared[0])
    return {
        "squared": error,
        "typical_error": math.sqrt(error),
        # The clip itself, which captum asks for with every batch, adds falls of 0.
        "typical_fall": math.sqrt(float(np.square(falls).sum()) / PERTURBATIONS),
        "trials": PERTURBATIONS,
    }


def infidelity_passes(study: Study) -> int:
    """Return the number of forward passes of `infidelity`; captum adds the clip itself to every batch."""
    return 2 * math.ceil(PERTURBATIONS / study.clips_at_once)
