"""What a training on real clips is told of each: its file, its part, its class and its group."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fixviz.errors import OptionError


@dataclass(frozen=True)
class LabeledClip:
    """A video, or a part of one, with its class."""

    path: Path
    label: int
    """Index into the class names."""
    start_s: float = 0.0
    end_s: float | None = None
    """None: to the end of the video."""
    group: str = ""
    """Clips of one group are never parted between training and validation; empty: the file."""

    @property
    def of_group(self) -> str:
        """The name of the group: what was given, or the file."""
        return self.group or str(self.path)


def hold_out(
    clips: tuple[LabeledClip, ...], class_names: tuple[str, ...], share: float, seed: int
) -> tuple[tuple[LabeledClip, ...], tuple[LabeledClip, ...]]:
    """Part clips into those to train on and those to validate on, by group and class by class.

    Of each class about `share` of its groups go to validation, at least one; a group with clips of several
    classes counts for all of them. The same seed parts alike. Raises OptionError where a class would be
    left without a group on either side.
    """
    order = np.random.default_rng(seed).permutation(sorted({clip.of_group for clip in clips}))
    holders: dict[int, list[str]] = {label: [] for label in range(len(class_names))}
    labels: dict[str, set[int]] = {}
    for clip in clips:
        labels.setdefault(clip.of_group, set()).add(clip.label)
    for group in map(str, order):
        for label in labels[group]:
            holders[label].append(group)
    for label, groups in holders.items():
        if len(groups) < 2:
            name, count = class_names[label], sum(clip.label == label for clip in clips)
            where = "a single video" if count == 1 or not clips[0].group else "a single group"
            raise OptionError(
                f"The class {name!r} has {where if groups else 'no video'}. It takes two or more: one to"
                " learn from and one to check on."
            )
    held: set[str] = set()
    # the rarest first, so that a common class does not use up the groups it shares with them
    for label in sorted(holders, key=lambda one: len(holders[one])):
        wanted = max(1, round(share * len(holders[label])))
        for group in holders[label]:
            if sum(g in held for g in holders[label]) >= wanted:
                break
            if group not in held and all(
                any(g not in held and g != group for g in holders[other]) for other in labels[group]
            ):
                held.add(group)
    lacking = [
        class_names[label]
        for label, groups in holders.items()
        if not any(g in held for g in groups)
    ]
    if lacking:
        raise OptionError(
            f"The class {lacking[0]!r} shares its groups with others so that none can be held out; name the"
            " clips to validate on in a column 'split'."
        )
    return (
        tuple(clip for clip in clips if clip.of_group not in held),
        tuple(clip for clip in clips if clip.of_group in held),
    )
