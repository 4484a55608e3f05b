"""What an analysis costs on this machine, as measured, kept in the home of the settings. Needs no torch.

The file calibration.json holds, by machine (`fixviz.engine.machine.describe_machine`), samples of model
shapes at two grids each; `fixviz.engine.measuring` makes them. Whatever cannot be read counts as absent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from fixviz.engine.machine_file import MachineFile
from fixviz.model.config import ModelConfig

_FILE: Final = "calibration.json"
_FRESH_S: Final = 24 * 3600.0
"""A sample older than this is measured again: machines get busier, cooler, or other software."""
_NO_COST: Final = ("class_names", "image_size", "frame_rate")
"""Fields of ModelConfig that do not change what a window costs on a given grid."""


HELD: Final = 1.25
"""Memory that a process takes, over the arrays and tensors alive in it: buffers inside operations, and freed
blocks that the system's allocator keeps (measured by benchmarks/estimates.py: 1.1 to 1.5)."""
HELD_DEEP: Final = 1.9
"""The same of a deep network, whose blocks fill the holes that those before them left only in part (measured
of official-b16: 1.4 with one block, 1.8 with three, 1.9 to 2.1 with twelve)."""


@dataclass(frozen=True)
class Sample:
    """What one window of one model cost on a square grid."""

    patches: int
    """Patches of a frame (N)."""
    window_s: float
    """Seconds of a window: maps and measures, and its share of storing them."""
    extra_s: float
    """Seconds more where the run holds what only models that are not large are given."""
    frame_s: float
    """Seconds of a frame whichever the models are: the motion in it, and its picture."""
    batch_bytes: int
    """Most bytes of tensors and arrays at one time, of a batch of `windows` windows."""
    frame_bytes: int
    """Bytes of the arrays of a frame, as they are computed."""
    windows: int = 1
    weights: int = 0
    """Attention weights that were formed at once in that batch."""
    held: float = HELD
    """Memory that the process took, over those tensors and arrays."""


@dataclass(frozen=True)
class Shape:
    """Samples of one shape of model on one machine, of the smaller grid first."""

    samples: tuple[Sample, ...]
    start_s: float
    """Seconds that a model worker takes to start, before it can compute anything."""
    measured: float
    """When, in seconds since 1970."""

    def at(self, patches: int) -> Sample:
        """Return what a window costs with so many patches a frame.

        Work grows with the patches and with their square (attention weights), so each cost is taken as
        a N + b N^2, a and b from the two samples and never negative; what a frame costs as a N.
        """
        first, last = self.samples[0], self.samples[-1]

        def grows(name: str) -> float:
            pairs = [(s.patches, float(getattr(s, name))) for s in (first, last)]
            return _through(pairs[0], pairs[1], patches)

        share = patches / last.patches
        return Sample(
            patches=patches,
            window_s=grows("window_s"),
            extra_s=grows("extra_s"),
            frame_s=last.frame_s * share,
            batch_bytes=self.batch_bytes(patches, 1, 0),
            frame_bytes=round(last.frame_bytes * share),
            held=last.held,
        )

    def batch_bytes(self, patches: int, windows: int, weights: int) -> int:
        """Return the most bytes at one time of a batch in which so many weights are formed at once.

        That is a N windows + b weights, a and b from the two samples and never negative: what a block holds
        grows with the patches, and the weights are formed in pieces of bounded size.
        """
        first, last = self.samples[0], self.samples[-1]
        n, m = first.weights, last.weights
        x, y = first.batch_bytes, last.batch_bytes
        tokens = [s.patches * s.windows for s in (first, last)]
        mixed = n * tokens[1] - m * tokens[0]
        b = (x * tokens[1] - y * tokens[0]) / mixed if mixed else 0.0
        b = min(max(0.0, b), y / m if m else 0.0)
        a = (y - b * m) / tokens[1]
        return round(a * patches * windows + b * weights)


def _through(first: tuple[int, float], last: tuple[int, float], patches: int) -> float:
    """Return a N + b N^2 at N = `patches`, through two points (N, value), with a and b of 0 or more."""
    (n, x), (m, y) = first, last
    b = 0.0 if n == m else max(0.0, (y / m - x / n) / (m - n))
    a = y / m - b * m
    if a < 0:
        a, b = 0.0, y / m**2
    return a * patches + b * patches**2


def shape_key(config: ModelConfig) -> str:
    """Return a text that is the same for models that cost the same on equal grids."""
    values = {name: value for name, value in config.to_dict().items() if name not in _NO_COST}
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


class Calibration:
    """The file of one home. Safe to use from several processes: the last writer wins, by shape."""

    def __init__(self, home: Path) -> None:
        self._file = MachineFile(home / _FILE, "the calibration")

    def find(self, machine: str, config: ModelConfig) -> Shape | None:
        """Return what was measured of models of this shape; None where it is missing or too old."""
        found = self._file.find(machine, shape_key(config))
        try:
            shape = Shape(
                tuple(Sample(**sample) for sample in found["samples"]),
                float(found["start_s"]),
                float(found["measured"]),
            )
        except (KeyError, TypeError, ValueError):
            return None
        fresh = 0 <= time.time() - shape.measured < _FRESH_S
        return shape if shape.samples and fresh else None

    def keep(self, machine: str, config: ModelConfig, shape: Shape) -> None:
        """Write what was measured of a shape of model. Raises StorageError."""
        self._file.change(machine, shape_key(config), asdict(shape))

    def forget(self, machine: str, configs: Sequence[ModelConfig]) -> None:
        """Have these shapes measured again before the next estimate. Raises StorageError."""
        for config in configs:
            self._file.change(machine, shape_key(config), None)
