"""Which class a window shows, where the truth of the clip is known: one rule for all. Needs no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

LEAST_LABELED = 0.5
"""A window shows a class where at least this share of its frames shows a labeled motion."""


def shown_class(
    manifest: Mapping[str, Any],
    frames: Iterable[int],
    *,
    known: Collection[str] | None = None,
    least: float = LEAST_LABELED,
) -> str | None:
    """Return the class that most of some frames show; of two shown equally long, the one that comes first.

    None where the truth is not known, and where less than the share `least` of the frames shows a
    labeled motion. manifest: of the run. frames: analyzed ones, which may repeat. known: the classes
    that count, all unless given.
    """
    segments = [
        segment
        for segment in (manifest.get("truth") or {}).get("segments", ())
        if known is None or segment["class"] in known
    ]
    native = manifest["frames"]["index"]
    shown: Counter[str] = Counter()
    labeled = count = 0
    for frame in frames:
        here = [s for s in segments if s["first_frame"] <= native[frame] <= s["last_frame"]]
        shown.update(segment["class"] for segment in here)
        labeled += bool(here)
        count += 1
    if not labeled or labeled < least * count:
        return None
    return max(shown, key=lambda name: (shown[name], -_place(segments, name)))


def frames_of_window(manifest: Mapping[str, Any], entry: Mapping[str, Any], window: int) -> range:
    """Return the analyzed frames of a window. entry: the manifest's, of the model."""
    start = int(entry["windows"]["start"][window])
    end = min(start + int(entry["windows"]["frames"]), len(manifest["frames"]["index"]))
    return range(start, end)


def window_classes(manifest: Mapping[str, Any], entry: Mapping[str, Any]) -> list[str | None]:
    """Return for each window of a model the class that it shows; None where no motion is labeled."""
    windows = range(len(entry["windows"]["start"]))
    return [shown_class(manifest, frames_of_window(manifest, entry, w)) for w in windows]


def _place(segments: Iterable[Mapping[str, Any]], name: str) -> int:
    return [segment["class"] for segment in segments].index(name)
