"""The models that are run again, and what of the interventions each of them can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fixviz.analysis.what_if.fit import Setting, why_not
from fixviz.analysis.what_if.interventions import Intervention
from fixviz.model.config import ModelConfig
from fixviz.reading.run import StoredRun

_MOST_WORK = 2e7
"""Work up to which a whole clip is run at once. A shipped model on 80 frames is 0.74e7, and takes
about 0.7 s of one core."""


@dataclass(frozen=True)
class Model:
    """One model of the run."""

    entry: Mapping[str, Any]
    """The model's entry in the run's manifest."""
    config: ModelConfig

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Model:
        """Read the configuration of a manifest's entry. Raises ConfigError."""
        return cls(entry, ModelConfig.from_dict(entry["config"]))

    @property
    def name(self) -> str:
        """Name of the model in the run."""
        return str(self.entry["name"])

    @property
    def title(self) -> str:
        """Title of the model, as pages and figures show it."""
        return str(self.entry["title"])

    def split(
        self, run: StoredRun, interventions: Sequence[Intervention]
    ) -> tuple[tuple[Intervention, ...], list[str]]:
        """Return the interventions that this model can take, and a sentence for each that it cannot."""
        grid, display = self.entry["grid"], run.manifest["display"]
        setting = Setting(
            self.config,
            run.frames,
            grid["rows"],
            grid["columns"],
            min(display["height"], display["width"]),
        )
        reasons = {i: why_not(i, setting) for i in interventions}
        kept = tuple(i for i in interventions if reasons[i] is None)
        return kept, [f"{i.label}: {why}" for i, why in reasons.items() if why is not None]

    def is_quick(self, side: int) -> bool:
        """Return whether the whole clip can be run while somebody waits.

        side: short side of the frames in pixels.
        """
        grid = self.entry["grid"]
        tokens = grid["rows"] * grid["columns"] * (side / self.config.image_size) ** 2
        frames = len(self.entry["windows"]["start"]) * self.entry["windows"]["frames"]
        # Features grow with the width, and the rows of weights that are read with the tokens.
        work = frames * tokens * self.config.depth * (self.config.dim + tokens)
        return bool(work <= _MOST_WORK)
