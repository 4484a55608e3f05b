"""The sample clips that come with fixviz."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fixviz import resources
from fixviz.media import decode_clip, encode_image


@dataclass(frozen=True)
class Sample:
    """One bundled clip, as assets/samples/samples.json describes it."""

    path: Path
    title: str
    description: str
    label: str
    """Its true class, or an empty string."""
    fps: float

    @property
    def name(self) -> str:
        """The name that the query parameter `sample` gives it."""
        return self.path.stem


@cache
def samples() -> tuple[Sample, ...]:
    """Return the bundled clips in the order of their list; empty where the list is missing."""
    index = resources.samples() / "samples.json"
    if not index.is_file():
        return ()
    return tuple(
        Sample(
            path=index.parent / entry["file"],
            title=entry["title"],
            description=entry["description"],
            label=entry.get("class") or "",
            fps=float(entry["fps"]),
        )
        for entry in json.loads(index.read_text(encoding="utf-8"))
        if (index.parent / entry["file"]).is_file()
    )


def sample_named(name: str) -> Sample | None:
    """Return the bundled clip of that name; None for an unknown one."""
    return next((sample for sample in samples() if sample.name == name), None)


@cache
def thumbnail(path: Path) -> bytes:
    """Return a WebP picture from one second into a bundled clip.

    The clip is decoded in this process, because it comes with fixviz.
    """
    clip = decode_clip(path, rate_hz=1.0, start_s=0.0, frames=2, decoder="pyav", next_frames=False)
    return encode_image(clip.frames[-1])
