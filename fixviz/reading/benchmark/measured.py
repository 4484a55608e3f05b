"""Everything that a results file says of one set of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from fixviz import resources
from fixviz.errors import OptionError
from fixviz.evaluation.results import (
    Entry,
    read_faithfulness,
    read_masked,
    read_results,
    shown_size,
    steps_of,
)

Origin = Literal["shipped", "earlier", "own"]
"""shipped: with fixviz. earlier: a training whose weights are not shipped. own: brought by the visitor."""
_MARK: Final = 6


@dataclass(frozen=True)
class Results:
    """The parts of a results file that compare models."""

    entries: Sequence[Entry] = ()
    masked: Sequence[Entry] = ()
    faithfulness: Sequence[Entry] = ()


@dataclass(frozen=True)
class Measured:
    """What was measured of one set of weights, at the frame size that it was trained at."""

    id: str
    """Different for all weights; the name of the checkpoint for those that are shipped."""
    name: str
    title: str
    about: Entry
    """An entry that says how the model is built and was trained."""
    origin: Origin
    entries: Mapping[str, Entry]
    """On generated clips, by preset."""
    masked: Entry | None = None
    """On masked video, at the model's own frame size."""
    faithfulness: Mapping[str, Entry] = field(default_factory=dict)
    """By preset."""

    @property
    def sha256(self) -> str:
        """Hash of weights and configuration."""
        return str(self.about["sha256"])

    @property
    def training(self) -> str:
        """How long and from which seed it was trained, as a phrase; empty where that is not known."""
        steps, seed = steps_of(self.about), self.about["training"].get("seed")
        if not steps:
            return ""
        return f"{steps:,} steps" + ("" if seed is None else f", seed {seed}")


def measured_models(
    results: Results, shipped: Mapping[str, str], *, own: bool = False
) -> list[Measured]:
    """Return the models of a results file, one for each set of weights.

    shipped: the hash of each shipped checkpoint by its name; these come first, in that order. own: whether
    all others are the visitor's own, else they are earlier trainings.
    """
    places = {sha: number for number, sha in enumerate(shipped.values())}
    groups: dict[str, list[Entry]] = {}
    for entry in results.entries:
        if entry["height"] == entry["width"] == entry["image_size"]:
            groups.setdefault(str(entry["sha256"]), []).append(entry)
    found = [_one(sha, group, results, shipped, own) for sha, group in groups.items()]
    return sorted(found, key=lambda one: places.get(one.sha256, len(places)))


def _one(
    sha: str, group: Sequence[Entry], results: Results, shipped: Mapping[str, str], own: bool
) -> Measured:
    about = group[0]
    name = str(about["checkpoint"])
    is_shipped = shipped.get(name) == sha
    return Measured(
        name if is_shipped else f"{name}-{sha[:_MARK]}",
        name,
        str(about["title"]),
        about,
        "shipped" if is_shipped else "own" if own else "earlier",
        {str(e["preset"]): e for e in group},
        next(
            (e for e in results.masked if e["sha256"] == sha and shown_size(e) == e["image_size"]),
            None,
        ),
        {str(e["preset"]): e for e in results.faithfulness if e["sha256"] == sha},
    )


def shipped_results() -> Results:
    """Return the results file that comes with fixviz; empty where it is missing or cannot be read."""
    path = resources.results()
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else Results()


@lru_cache(maxsize=2)
def _read(path: Path, stamp: int) -> Results:
    try:
        return Results(read_results(path), read_masked(path), read_faithfulness(path))
    except OptionError:
        return Results()
