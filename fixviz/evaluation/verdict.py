"""Say whether measured models support the paper's claim. All figures are computed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fixviz.errors import OptionError
from fixviz.evaluation.results import Z95, Entry, hits_of

Groups = Mapping[str, Sequence[Entry]]
"""Entries of one preset and frame size by model title, with all trainings of a model."""
_FAR_APART = 0.25


def conclusions(groups: Groups) -> str:
    """Return the sentences of `verdict` and `parts`; empty where there is nothing to compare."""
    return " ".join(text for text in (verdict(groups), parts(groups)) if text)


def verdict(groups: Groups) -> str:
    """Say whether the measured order is the paper's: linear below fixation, in accuracy and concentration.

    Linear: no fixation, no neighbors; fixation: cooperative, with neighbors, two projections.
    Accuracies differ when the 95 % interval of their difference leaves out 0. Empty when one of the
    two models is missing.
    """
    linear, fixed = find(groups, "linear"), find(groups, "linear", "cooperative", neighbors=True)
    if not linear or not fixed:
        return ""
    linear, fixed = _of_same_seeds(linear, fixed)
    mean, low, high = gain(linear, fixed)
    a, b = (100 * statistics.mean(e["accuracy"] for e in g) for g in (linear, fixed))
    order = "agrees" if low > 0 else "disagrees" if high < 0 else "is open"
    text = (
        f"The paper's order, linear below fixation: accuracy {order} ({a:.1f} % and {b:.1f} %,"
        f" difference {100 * mean:+.1f} points, 95 % interval {100 * low:+.1f} to {100 * high:+.1f}"
        f"{_by_seed(linear, fixed)})"
    )
    found = [[e["layers"][-1]["concentration"] for e in g if e["layers"]] for g in (linear, fixed)]
    if not all(found):
        return text + "." + furthest_classes(linear, fixed)
    a, b = (round(statistics.mean(values), 3) for values in found)
    order = "agrees" if a < b else "disagrees" if a > b else "is open"
    concentration = f", concentration {order} ({a:.3f} and {b:.3f})."
    return text + concentration + furthest_classes(linear, fixed)


def parts(groups: Groups) -> str:
    """Say how many points each variant adds to plain linear or plain softmax attention.

    Only trainings from the same seeds are compared. Empty where the only variant is the one of
    `verdict`.
    """
    spoken = find(groups, "linear", "cooperative", neighbors=True)
    sentences = []
    for attention in ("linear", "softmax"):
        plain = find(groups, attention)
        variants = {
            title: group
            for title, group in groups.items()
            if group[0]["attention"] == attention and group is not plain
        }
        if plain and any(group is not spoken for group in variants.values()):
            name = next(title for title, group in groups.items() if group is plain)
            gains = [f"{title} {_gain(plain, group)}" for title, group in variants.items()]
            sentences.append(f"Points over {name} (95 % interval): {'; '.join(gains)}.")
    return " ".join(sentences)


def _gain(plain: Sequence[Entry], variant: Sequence[Entry]) -> str:
    mean, low, high = (100 * value for value in gain(*_of_same_seeds(plain, variant)))
    return f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"


def _of_same_seeds(
    a: Sequence[Entry], b: Sequence[Entry]
) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Return the trainings from seeds that both models share; all trainings where they share none."""
    shared = {e["training"]["seed"] for e in a} & {e["training"]["seed"] for e in b}
    first, second = ([e for e in g if e["training"]["seed"] in shared] for g in (a, b))
    return (first, second) if shared else (a, b)


def _by_seed(a: Sequence[Entry], b: Sequence[Entry]) -> str:
    """Return the differences of single trainings, where there are several.

    The interval accounts for the number of clips, but not for how much two trainings differ.
    """
    first, second = ({e["training"]["seed"]: e["accuracy"] for e in g} for g in (a, b))
    seeds = [seed for seed in first if seed in second]
    if len(seeds) < 2:
        return ""
    gains = ", ".join(f"{100 * (second[s] - first[s]):+.1f}" for s in seeds)
    return f"; training by training {gains}"


def furthest_classes(a: Sequence[Entry], b: Sequence[Entry]) -> str:
    """Return a sentence on the classes where two models differ by more than a quarter, and the others.

    A difference in accuracy may come from few classes; the mean alone does not show that.
    """
    first, second = _by_class(a), _by_class(b)
    apart = far_classes(a, b)
    if not apart:
        return ""
    shown = [f"{n} ({100 * first[n]:.0f} % and {100 * second[n]:.0f} %)" for n in apart]
    text = f" Furthest apart: {', '.join(shown)}"
    rest = [name for name in first if name not in apart]
    if not rest:
        return f"{text}."
    means = (100 * statistics.mean(values[name] for name in rest) for values in (first, second))
    return text + "; all other classes {:.1f} % and {:.1f} %.".format(*means)


def far_classes(a: Sequence[Entry], b: Sequence[Entry]) -> dict[str, float]:
    """Return by class how much more often `b` is right, -1 to 1, where two models differ by over a quarter.

    The classes in which they differ most come first.
    """
    first, second = _by_class(a), _by_class(b)
    differences = {name: second[name] - first[name] for name in first}
    order = sorted(differences, key=lambda name: -abs(differences[name]))
    return {n: differences[n] for n in order if abs(differences[n]) > _FAR_APART}


def _by_class(group: Sequence[Entry]) -> dict[str, float]:
    """Return how often a model is right by class, mean over its trainings."""
    names = group[0]["class_accuracy"]
    return {name: statistics.mean(e["class_accuracy"][name] for e in group) for name in names}


def find(
    groups: Groups, attention: str, fixation: str = "none", *, neighbors: bool = False
) -> Sequence[Entry]:
    """Return the entries of the model with just these parts and no shared projection; empty without."""
    wanted = {"attention": attention, "fixation": fixation, "neighbors": neighbors}
    for group in groups.values():
        own_projections = not group[0].get("shared_projection", False)
        if own_projections and all(group[0][name] == value for name, value in wanted.items()):
            return group
    return []


class Gain(NamedTuple):
    """How much more often one model is right than another, from -1 to 1, and its 95 % interval."""

    mean: float
    low: float
    high: float


def gain(a: Sequence[Entry], b: Sequence[Entry]) -> Gain:
    """Return the accuracy of `b` minus that of `a` over clips that both saw.

    The unit is the clip. Its difference is the share of trainings of `b` that answer it right, minus
    that of `a`; so clips that are hard for all models do not blur the comparison. Normal approximation
    (Newcombe 1998, paired data, method 1). Raises OptionError where the clips differ, or where an entry
    lacks which of them were answered right.
    """
    if len({entry["seed"] for entry in (*a, *b)}) > 1:
        raise OptionError(
            "Models can only be compared on the same clips: measure all with one --seed."
        )
    clips = min(entry["clips"] for entry in (*a, *b))
    right = [np.mean([hits_of(entry)[:clips] for entry in group], axis=0) for group in (a, b)]
    gains = right[1] - right[0]
    mean, half = float(gains.mean()), Z95 * float(gains.std()) / math.sqrt(clips)
    return Gain(mean, mean - half, mean + half)
