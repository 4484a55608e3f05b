"""Numbers of the results file under the names by which lessons write them, such as `world.right.linear`."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from fixviz.evaluation.results import Entry, by_training, own_size, steps_of
from fixviz.evaluation.verdict import gain

CIRCLES = ("circle clockwise", "circle counterclockwise")
"""The motions that differ by their direction of turning alone."""
_PLAIN = "linear"
_FIGURES = {
    "concentration": "concentration",
    "looks_at": "effective_support",
    "mass": "mass",
    "pointing": "pointing",
    "average_precision": "average_precision",
}


def shown_entries(entries: Sequence[Entry], preset: str) -> dict[str, Entry]:
    """Return the entries of the README's table for a preset, by checkpoint: the longest trainings.

    They are those at the models' own frame size. Raises ValueError where a checkpoint has two.
    """
    chosen = by_training(own_size(entries))[0][preset]
    found = {entry["checkpoint"]: entry for entry in chosen}
    if len(found) < len(chosen):
        raise ValueError(f"a checkpoint has several results for the preset {preset}")
    return found


def measured_numbers(entries: Sequence[Entry]) -> dict[str, float]:
    """Return the numbers of all shipped checkpoints on standard and hard clips.

    Shares lie between 0 and 1, also the gains over linear attention on the same clips, whose .low and
    .high are the ends of the 95 % interval. The figures of the attention are those of the last layer's
    spatial attention, means over heads, queries, frames and clips. Names on hard clips begin with
    world.hard.
    """
    standard = shown_entries(entries, "standard")
    any_entry = standard[_PLAIN]
    numbers: dict[str, float] = {
        "world.clips": any_entry["clips"],
        "world.attention_clips": any_entry["attention_clips"],
        "world.classes": len(any_entry["class_accuracy"]),
        "world.steps": steps_of(any_entry),
        "world.models": len(standard),
        "world.area": any_entry["layers"][-1]["area"],
    }
    hard = shown_entries(entries, "hard")
    numbers["world.hard.area"] = hard[_PLAIN]["layers"][-1]["area"]
    for prefix, group in (("world", standard), ("world.hard", hard)):
        for checkpoint, entry in group.items():
            numbers |= _of_checkpoint(prefix, checkpoint, entry, group[_PLAIN])
    for prefix, group in (("world", standard), ("world.hard", hard)):
        over = gain([group["softmax"]], [group["softmax-fixation"]])
        numbers |= _interval(f"{prefix}.gain_over_softmax.softmax-fixation", *over)
    return numbers


def _of_checkpoint(prefix: str, name: str, entry: Entry, plain: Entry) -> dict[str, float]:
    numbers = _interval(
        f"{prefix}.right.{name}", entry["accuracy"], entry["accuracy_low"], entry["accuracy_high"]
    )
    by_class = entry["class_accuracy"]
    for motion, right in by_class.items():
        numbers[f"{prefix}.right.{name}.{motion.replace(' ', '-')}"] = right
    others = [right for motion, right in by_class.items() if motion not in CIRCLES]
    numbers[f"{prefix}.right.{name}.circles"] = statistics.mean(by_class[m] for m in CIRCLES)
    numbers[f"{prefix}.right.{name}.others"] = statistics.mean(others)
    for figure, key in _FIGURES.items():
        numbers[f"{prefix}.{figure}.{name}"] = entry["layers"][-1][key]
    numbers[f"{prefix}.parameters.{name}"] = entry["parameters"]
    if entry is not plain:
        numbers |= _interval(f"{prefix}.gain.{name}", *gain([plain], [entry]))
    return numbers


def _interval(name: str, value: float, low: float, high: float) -> dict[str, float]:
    return {name: value, f"{name}.low": low, f"{name}.high": high}
