"""What neighbors contribute in one layer of a model of a stored run, and where a patch has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import ConfigError
from fixviz.model.config import ModelConfig
from fixviz.model.directions import Direction, HeadFold, head_folds
from fixviz.reading.phrases import attention_phrase
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.concentration import known_mean
from fixviz.reading.views import OfModel

Array = NDArray[np.floating]

BOTH: Final = ("query", "key")
DIRECTIONS: Final = {
    "temporal": "8 grid neighbors",
    "spatial": "the next and the previous frame",
}
READS: Final = {
    "temporal": "temporal attention, which reads the 8 grid neighbors",
    "spatial": "spatial attention, which reads the next and the previous frame",
}


@dataclass(frozen=True)
class Measure:
    """A quantity of every neighbor at every patch, for the compass."""

    name: str
    """As the URL has it."""
    title: str
    unit: str
    what: str
    """As captions name it; {which} stands for the ratio's name."""
    term: str
    """Its entry in fixviz.reading.definitions."""
    follows: str

    @property
    def signed(self) -> bool:
        """Whether it can be below 0."""
        return self.name == "signed"


SHARE: Final = Measure(
    "share",
    "Share of the logit",
    "share of the logit",
    "Share of the logit of the {which}'s ratio",
    "neighborhood contribution",
    texts.SHARE,
)
SIGNED: Final = Measure(
    "signed",
    "Signed part of the logit",
    "logit",
    "Signed part of the logit of the {which}'s ratio",
    "logit parts",
    texts.SIGNED,
)
LEFT_OUT: Final = Measure(
    "left_out",
    "Leave one out",
    "relative change of the output",
    "Relative change of the attention's output without this neighbor",
    "leave one out",
    texts.LEFT_OUT,
)
MEASURES: Final = {measure.name: measure for measure in (SHARE, SIGNED, LEFT_OUT)}


@dataclass(frozen=True)
class Arm:
    """One direction of the compass, and where its values are."""

    axis: str
    direction: Direction
    place: int
    """Among the directions of its axis."""
    heads: tuple[int, ...]
    """Heads that hold it in the layer in view; empty when the layer does not shift."""


@dataclass(frozen=True)
class View(OfModel):
    """One layer of one model, one frame, and one of the two ratios."""

    run: StoredRun
    entry: dict[str, Any]
    layer: int
    frame: int
    which: str
    """Whose ratio: "query" or "key"."""
    axis: str | None = None
    """One attention of the layer, mean of its heads; None is all of them."""

    @property
    def place(self) -> str:
        """The layer, or the attention in view, as captions name it."""
        if self.axis is None:
            return super().place
        return attention_phrase(self.axis, self.layer, None)

    @property
    def config(self) -> ModelConfig:
        """The model's configuration. Raises ConfigError."""
        return ModelConfig.from_dict(self.entry["config"])

    @property
    def fixed(self) -> bool:
        """Whether the model has feature fixation, so that neighbors have a part in its ratios."""
        return bool(self.entry["fixation"] != "none")

    @property
    def window_place(self) -> int:
        """Place of the frame in the window that its values come from, counted from 0."""
        windows = self.entry["windows"]["start"]
        return self.frame - int(windows[self.entry["window_of_frame"][self.frame]])

    @property
    def of_both_ratios(self) -> dict[str, View]:
        """The same view of either ratio, by the ratio's name."""
        return {which: replace(self, which=which) for which in BOTH}

    @property
    def directions(self) -> str:
        """Which neighbors the model's attentions read, as captions say it."""
        return " and ".join(
            f"{DIRECTIONS[axis]} in the {axis} attention" for axis in self.entry["neighbors"]
        )

    def table(self, axis: str) -> tuple[HeadFold, ...]:
        """Return the (head, direction, channels) table of an attention of this layer."""
        return head_folds(self.config, axis, self.layer)  # type: ignore[arg-type]

    def arms(self) -> Iterator[Arm]:
        """Yield the directions of all attentions in the order of the run's arrays."""
        for axis, read in self.entry["neighbors"].items():
            table = self.table(axis)
            for place, row in enumerate(read):
                direction = Direction(row["dt"], row["dy"], row["dx"], row["label"])
                heads = tuple(sorted({r.head for r in table if r.direction == direction}))
                yield Arm(axis, direction, place, heads)

    def has(self, quantity: str) -> bool:
        """Return whether the run holds this quantity for the attentions that read neighbors."""
        return all(
            self.run.has(f"{self.model}/{axis}/{quantity}") for axis in self.entry["neighbors"]
        )

    def share(self, arm: Arm, layer: int | None = None) -> Array:
        """Return a direction's share in the ratio's logit, mean of the heads that hold it: [N, h, w]."""
        shares = self.run.array(f"{self.model}/{arm.axis}/neighbor_share/{self.which}")
        values = np.asarray(
            shares[self.layer if layer is None else layer][:, arm.place], np.float32
        )
        held = np.isfinite(values).reshape(len(values), -1).any(1)
        return values[held].mean(0) if held.any() else np.full_like(values[0], np.nan)


def reads_neighbors(entry: Mapping[str, Any]) -> bool:
    """Return whether a model of a run reads neighbors."""
    return bool(entry["neighbors"])


def has_shares(view: View) -> bool:
    """Return whether the shares of neighbors are known: the run holds them, and its configuration can be
    read."""
    try:
        return view.fixed and view.has("neighbor_share/query") and any(a.heads for a in view.arms())
    except ConfigError:
        return False


def shares_over_patches(view: View) -> Array:
    """Return the mean share over patches of every direction, layer and frame: [arms, L, N]."""
    layers = range(view.entry["layers"])
    return np.array(
        [
            [known_mean(view.share(arm, layer).reshape(view.run.frames, -1), 1) for layer in layers]
            for arm in view.arms()
        ]
    )


def share_maps(view: View, arms: Sequence[Arm]) -> Array:
    """Return the directions' shares in the frame in view: [arms, h, w]."""
    return np.stack([view.share(arm)[view.frame] for arm in arms])


def signed_maps(view: View, arms: Sequence[Arm], found: Mapping[str, StoredResult]) -> Array:
    """Return the directions' parts of the logit, mean of the heads that hold them: [arms, h, w].

    found: the parts of the frame in view ("logit_parts") by attention.
    """
    maps = []
    for arm in arms:
        place = found[arm.axis].description["parts"].index(arm.direction.label)
        parts = found[arm.axis].array(f"parts/{view.which}")
        maps.append(np.asarray(parts[:, :, list(arm.heads), place]).mean(-1))
    return np.stack(maps)


def exists(
    direction: Direction, frame: int, frames: int, rows: int, columns: int, segment: int | None
) -> NDArray[np.bool_]:
    """Return whether each patch has that neighbor, bool [rows, columns], at place `frame` of its window."""
    length = segment or frames
    row, column = np.indices((rows, columns))
    inside = (
        (row + direction.dy >= 0)
        & (row + direction.dy < rows)
        & (column + direction.dx >= 0)
        & (column + direction.dx < columns)
    )
    return np.asarray(inside & (0 <= frame % length + direction.dt < length))
