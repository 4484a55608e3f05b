"""Data of the lesson "Did it help?": measures of all checkpoints, and what hiding patches does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch

from fixviz.course.moment import MODELS, lesson_frame
from fixviz.course_pack.deletion import Deletion, Hidden, clip_areas, deletion, hide
from fixviz.course_pack.measured import CIRCLES, shown_entries
from fixviz.course_pack.pictures import picture_url
from fixviz.course_pack.world import Made, World
from fixviz.evaluation.results import Entry, own_size, steps_of
from fixviz.evaluation.verdict import gain

CLIPS = 30
"""Clips on which deletion is measured: the first of the results' clips, two of each class."""
STEPS, ORDERS = 10, 1
"""Of these clips: steps in which patches are hidden, and the random orders beside the map's."""
FINE_STEPS, FINE_ORDERS = 20, 10
"""The same on the lessons' clip, as everywhere else in the app."""
MAPS = {"attention": "attention_received", "gradients": "integrated_gradients"}
_CHECKED = 2
"""Clips on which a test computes deletion again."""
_PREFIX = "world.evidence"
_MEASURES = ("concentration", "mass", "pointing", "average_precision")


def make(world: World) -> Made:
    """Return measures and gains of all checkpoints, several trainings, and curves of hidden patches."""
    standard = shown_entries(world.results, "standard")
    found = _deletions(world, list(standard))
    trainings = _trainings(world.results, standard)
    curves = _curves(world)
    numbers = {
        **_gains(standard),
        **_short_gains(trainings),
        **_deletion_numbers(found),
        **_curve_numbers(curves),
    }
    data = {
        "models": [_model(name, entry, found[name], standard) for name, entry in standard.items()],
        "trainings": [_training(entry) for group in trainings.values() for entry in group],
        "hide": {
            **_pictures(world),
            "models": {m: _curve_data(world, h) for m, h in curves.items()},
        },
    }
    return Made(numbers, data)


def _gains(standard: dict[str, Entry]) -> dict[str, float]:
    """Return the lead of fixation without neighbors in percentage points, and what is left of leads.

    rest: points over linear attention on the classes other than the two circles.
    """
    plain = standard["linear"]
    numbers = {}
    for name, entry in standard.items():
        if entry is plain:
            continue
        numbers[f"{_PREFIX}.points.{name}"] = 100 * gain([plain], [entry])[0]
        others = [c for c in entry["class_accuracy"] if c not in CIRCLES]
        leads = [entry["class_accuracy"][c] - plain["class_accuracy"][c] for c in others]
        numbers[f"{_PREFIX}.rest.{name}"] = float(np.mean(leads))
    return numbers


def _trainings(results: Sequence[Entry], standard: dict[str, Entry]) -> dict[str, list[Entry]]:
    """Return the trainings of the models that were trained most often, and the longest of each, by name.

    Those trained equally long come first, by seed; the last is the shipped one.
    """
    by_steps: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for entry in own_size(results):
        if entry["preset"] == "standard" and entry["checkpoint"] in MODELS:
            by_steps[entry["checkpoint"], steps_of(entry)].append(entry)
    most = max(len(group) for group in by_steps.values())
    repeated = {name: group for (name, _), group in by_steps.items() if len(group) == most}
    return {
        name: [*sorted(repeated[name], key=lambda e: e["training"]["seed"]), standard[name]]
        for name in MODELS
    }


def _short_gains(trainings: dict[str, list[Entry]]) -> dict[str, float]:
    """Return how many short trainings there are, how long, and fixation's least and largest gain in one."""
    short = {name: group[:-1] for name, group in trainings.items()}
    pairs = zip(short["linear"], short["fixation"], strict=True)
    gains = [fixed["accuracy"] - plain["accuracy"] for plain, fixed in pairs]
    return {
        f"{_PREFIX}.trainings": len(gains),
        f"{_PREFIX}.short_steps": steps_of(short["linear"][0]),
        f"{_PREFIX}.short.least": min(gains),
        f"{_PREFIX}.short.most": max(gains),
    }


def recheck(world: World) -> list[tuple[Any, Any]]:
    """Return the areas of the first clips as they are computed now, and as they are kept."""
    pairs = []
    for name in ("linear", "fixation"):
        pixels = _pixels(world)[:_CHECKED]
        fresh = clip_areas(world.model(name), pixels, steps=STEPS, random_orders=ORDERS)
        pairs.append((fresh, _areas(world, name)[:_CHECKED]))
    return pairs


def _deletions(world: World, names: Sequence[str]) -> dict[str, Deletion]:
    return {name: deletion(_areas(world, name)) for name in names}


def _areas(world: World, name: str) -> list[list[float]]:
    """Return what `clip_areas` gives for a checkpoint. To compute it takes a minute for all."""

    def compute() -> list[list[float]]:
        model, pixels = world.model(name), _pixels(world)
        return clip_areas(model, pixels, steps=STEPS, random_orders=ORDERS)

    what = f"deletion, {CLIPS} clips, {STEPS} steps, {ORDERS} random orders"
    found: list[list[float]] = world.kept(what, name, compute)
    return found


def _pixels(world: World) -> torch.Tensor:
    return torch.cat([batch.pixels for batch in world.clips(count=CLIPS)])[:CLIPS]


def _deletion_numbers(found: dict[str, Deletion]) -> dict[str, float]:
    numbers: dict[str, float] = {f"{_PREFIX}.deletion.clips": CLIPS}
    for name, one in found.items():
        prefix = f"{_PREFIX}.deletion"
        numbers[f"{prefix}.area.{name}"] = one.area
        numbers[f"{prefix}.random.{name}"] = one.random
        numbers[f"{prefix}.gain.{name}"] = one.gain
        numbers[f"{prefix}.gain.{name}.low"] = one.low
        numbers[f"{prefix}.gain.{name}.high"] = one.high
    return numbers


def _curves(world: World) -> dict[str, Hidden]:
    """Hide the patches of the lessons' window, in the order of each map and in random ones."""
    _, window = lesson_frame(world.run)
    return {
        name: hide(
            world.model(name),
            world.run.array(f"pixels/{world.model(name).config.image_size}"),
            window,
            list(MAPS.values()),
            steps=FINE_STEPS,
            random_orders=FINE_ORDERS,
            seed=0,
        )
        for name in MODELS
    }


def _curve_numbers(curves: dict[str, Hidden]) -> dict[str, float]:
    numbers: dict[str, float] = {f"{_PREFIX}.hide.orders": FINE_ORDERS}
    for name, hidden in curves.items():
        areas = hidden.areas
        for i, short in enumerate(MAPS):
            numbers[f"{_PREFIX}.hide.{name}.{short}"] = float(areas[i])
        numbers[f"{_PREFIX}.hide.{name}.random"] = float(areas[len(MAPS) :].mean())
    return numbers


def _curve_data(world: World, hidden: Hidden) -> dict[str, Any]:
    """Return a model's curves, and the place of the shown frame's patches in the orders."""
    frame, window = lesson_frame(world.run)
    position = frame - int(world.run.model(MODELS[0])["windows"]["start"][window])
    names = [*MAPS, "random"]
    return {
        "class": world.run.model(MODELS[0])["classes"][hidden.target].replace(" ", "-"),
        "patches": int(hidden.ranks[0].size),
        "share": hidden.share,
        "maps": dict(zip(MAPS, hidden.curves, strict=False)),
        "random": hidden.curves[len(MAPS) :],
        "ranks": {
            name: ranks[position].ravel() for name, ranks in zip(names, hidden.ranks, strict=False)
        },
    }


def _pictures(world: World) -> dict[str, Any]:
    """Return the lessons' frame as it is and blurred, with the grid that lies on it."""
    frame, _ = lesson_frame(world.run)
    grid = world.run.model(MODELS[0])["grid"]
    picture = world.run.frame_image(frame)
    sigma = [grid["stride"] * factor for factor in grid["display_per_model"]]
    soft = cv2.GaussianBlur(picture, (0, 0), sigmaX=sigma[1], sigmaY=sigma[0])
    urls = {
        name: picture_url(pixels.transpose(2, 0, 1) / 255)
        for name, pixels in (("picture", picture), ("blurred", np.asarray(soft)))
    }
    return {
        **urls,
        "grid": grid,
        "display": {"width": picture.shape[1], "height": picture.shape[0]},
    }


def _model(name: str, entry: Entry, hidden: Deletion, standard: dict[str, Entry]) -> dict[str, Any]:
    plain = standard["linear"]
    return {
        "name": name,
        "gain": None if entry is plain else gain([plain], [entry]),
        "classes": {c.replace(" ", "-"): r for c, r in entry["class_accuracy"].items()},
        "measures": {
            "right": entry["accuracy"],
            **{measure: entry["layers"][-1][measure] for measure in _MEASURES},
            "deletion": hidden.gain,
        },
    }


def _training(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry["checkpoint"],
        "steps": steps_of(entry),
        "measures": {
            "right": entry["accuracy"],
            **{measure: entry["layers"][-1][measure] for measure in _MEASURES},
        },
    }
