"""The derived kind "faithfulness": does the answer fall when a map's patches are taken away first?

Deletion and insertion (Petsiuk et al. 2018) on whole windows: the patches of all frames are ordered
by the map, strongest first, and replaced by a blurred clip (deletion) or put back into it (insertion)
in 20 steps; the area under the target's probability is compared with 10 random orders.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.attribution.catalog import read_request, whole
from fixviz.analysis.attribution.compute import (
    CONVERGENCE,
    chosen_target,
    describe_baseline,
    describe_target,
    passes,
    window_map,
)
from fixviz.analysis.attribution.infidelity import infidelity, infidelity_passes
from fixviz.analysis.attribution.study import Steps, Study
from fixviz.analysis.derived import Derived, Subject

STEPS: Final = 20
RANDOM_ORDERS: Final = 10
SMALL_ROOM: Final = 0.05
"""Below this difference of probability between clip and blurred clip, curves have no room to move."""


def derive_faithfulness(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Compute deletion and insertion of one method's map in one window.

    arguments: those of "attribution" (window: 0 unless given) and `seed` of the random orders (0).
    Raises OptionError for what there is not.

    Arrays, float32: `map` [T, h, w]; `share` [21], of the patches replaced; `deletion` and
    `insertion` [21], probability of the target; `random_deletion`, `random_insertion` [10, 21].
    """
    started = time.perf_counter()
    study = Study.of(subject)
    config, windows = study.model.config, study.windows
    given = {"window": 0, **arguments}
    seed = whole(given.pop("seed", 0), "seed", 0, 2**31 - 1)
    request = read_request(given, config, len(windows.starts))
    assert request.window is not None
    window = request.window
    target = chosen_target(study.probabilities(), request.target)
    cells = windows.length * study.grid.rows * study.grid.columns
    counts = np.rint(np.linspace(0, cells, STEPS + 1)).astype(np.int64)
    clips = 2 * (1 + RANDOM_ORDERS) * len(counts)
    steps = Steps(
        passes(study, request)
        + math.ceil(clips / study.clips_at_once)
        + (infidelity_passes(study) if request.method.name == "integrated_gradients" else 0),
        f"{request.method.title}: window {window}",
        subject.progress,
        subject.should_stop,
    )
    attribution = window_map(study, window, target, request, steps)
    found = attribution.values
    rng = np.random.default_rng(seed)
    ranks = [ranks_of(found, rng)]
    ranks += [rng.permutation(cells).reshape(found.shape) for _ in range(RANDOM_ORDERS)]
    clip, soft = study.pixels(window), study.baseline(window, "blurred")
    curves = {}
    for name, start, end in (("deletion", clip, soft), ("insertion", soft, clip)):
        steps.message = f"{name.capitalize()} in the map's order and {RANDOM_ORDERS} random ones"
        curves[name] = replacement_curves(study, start, end, ranks, counts, target, steps)
    share = counts / cells
    full, empty = float(curves["deletion"][0, 0]), float(curves["insertion"][0, 0])
    steps.message = "Infidelity"
    unfaithful = None
    if attribution.pixels is not None:
        kind = request.options["baseline"]
        unfaithful = infidelity(study, window, target, attribution.pixels, kind, seed, steps)
    description = {
        "method": request.method.name,
        "title": request.method.title,
        "target": describe_target(config, target, predicted=request.target is None),
        "window": window,
        "window_start": int(windows.starts[window]),
        **{name: getattr(attribution, name) for name in CONVERGENCE},
        "options": dict(request.options),
        "baseline": describe_baseline(request, study),
        "replaced_by": f"each frame blurred by a Gaussian of {study.grid.stride} model pixels",
        "probability": full,
        "probability_blurred": empty,
        "little_room": full - empty < SMALL_ROOM,
        "seed": seed,
        "deletion": compare(share, curves["deletion"], lower_is_better=True),
        "insertion": compare(share, curves["insertion"], lower_is_better=False),
        "infidelity": unfaithful,
        "seconds": round(time.perf_counter() - started, 3),
    }
    arrays: dict[str, NDArray[Any]] = {"map": found, "share": share.astype(np.float32)}
    for name, values in curves.items():
        arrays[name], arrays[f"random_{name}"] = values[0], values[1:]
    return Derived(description, arrays)


def ranks_of(values: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.int64]:
    """Rank of every patch, 0 for the largest number; equal numbers in random order."""
    flat = values.ravel()
    order = np.lexsort((rng.permutation(flat.size), -flat))
    ranks = np.empty(flat.size, np.int64)
    ranks[order] = np.arange(flat.size)
    return ranks.reshape(values.shape)


@torch.no_grad()
def replacement_curves(
    study: Study,
    start: Tensor,
    end: Tensor,
    orders: list[NDArray[np.int64]],
    counts: NDArray[np.int64],
    target: int,
    steps: Steps,
) -> NDArray[np.float32]:
    """Return the probability of `target` while the pixels of `end` replace those of `start`, patch by patch.

    start, end: [1, T, 3, H, W]. orders: ranks [T, h, w]; counts: how many patches are replaced at
    each point. Returns [orders, counts].
    """
    by_pixel = [torch.from_numpy(study.cells.spread(order)) for order in orders]
    points = [(ranks, int(count)) for ranks in by_pixel for count in counts]
    found = []
    for first in range(0, len(points), study.clips_at_once):
        steps.step()
        some = points[first : first + study.clips_at_once]
        replaced = torch.stack([ranks < count for ranks, count in some]).to(start.device)
        clips = torch.where(replaced.unsqueeze(2), end, start)
        found.append(study.logits(clips).softmax(-1)[:, target].float().cpu().numpy())
    return np.concatenate(found).reshape(len(orders), len(counts))


def area(share: NDArray[np.floating], values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the area under curves [..., points] over `share` in 0..1, by trapezoids."""
    middle = (values[..., 1:] + values[..., :-1]) / 2
    return np.asarray((middle * np.diff(share)).sum(-1), dtype=np.float64)


def compare(
    share: NDArray[np.floating], curves: NDArray[np.floating], *, lower_is_better: bool
) -> dict[str, Any]:
    """Compare the area of the first curve with those of the others, which are random.

    Better than random: better than every random order, which an order without any knowledge is once
    in 11 times. Worse: worse than every one.
    """
    areas = area(share, curves)
    gains = (areas[1:] - areas[0]) * (1 if lower_is_better else -1)
    verdict = "no better than random"
    if (gains > 0).all():
        verdict = "better than random"
    elif (gains < 0).all():
        verdict = "worse than random"
    return {
        "area": float(areas[0]),
        "random_mean": float(areas[1:].mean()),
        "random_deviation": float(areas[1:].std(ddof=1)),
        "verdict": verdict,
    }
