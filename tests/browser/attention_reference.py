"""Python's own answers about one attention, from the half-precision features that the browser gets."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from fixviz.analysis.features import fixation_weights
from fixviz.analysis.layer_description import layer_description
from fixviz.analysis.measures import METRICS, concentration_measures
from fixviz.analysis.source import slots_to_sources
from fixviz.analysis.windows import Windows
from fixviz.model.attention import attention_weights, feature_map
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.directions import folds, head_folds
from fixviz.model.layers import Attention, to_sequences
from fixviz.model.shift import shift_channels

ROWS, COLUMNS, HEADS, WIDTH = 5, 7, 11, 13
FIGURES = (
    "entropy",
    "normalizedEntropy",
    "concentration",
    "effectiveSupport",
    "topMass",
    "gini",
)
"""Names in the browser, in the order of fixviz.analysis.measures.METRICS."""


@dataclass(frozen=True)
class Dial:
    """What the page can turn: the power of the ratios and the directions that are off."""

    alpha: float = 1.0
    off: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        return {"alpha": self.alpha, "switches": dict.fromkeys(self.off, False)}


class Reference:
    """One attention with random weights over random tokens, in float64."""

    def __init__(self, axis: Axis, clip_frames: int = 4, **changes: Any) -> None:
        self.axis = axis
        self.config = ModelConfig(
            **{"frames": 3, "dim": HEADS * WIDTH, "heads": HEADS, "shift_div": 4, **changes}
        )
        self.windows = Windows(clip_frames, self.config.frames)
        torch.manual_seed(17)
        self.module = Attention(self.config, axis, 0)
        shape = (len(self.windows.starts), self.config.frames, ROWS, COLUMNS, self.config.dim)
        self.tokens = torch.randn(shape)
        with torch.no_grad():  # larger weights than at the start, so that attention is not uniform
            self.module.qkv.weight.mul_(2)
            if self.module.fixation is not None:
                for parameter in self.module.fixation.parameters():
                    parameter.mul_(6)
            self.stored = self.module.qkv(self.tokens).half()
        self.fixed: dict[Dial, tuple[Tensor | None, Tensor | None, Tensor]] = {}

    @property
    def payload(self) -> dict[str, Any]:
        """What a server would send about it."""
        parts = zip(("query", "key", "value"), self.stored.chunk(3, -1), strict=True)
        description = layer_description(self.config, self.axis, 0, self.windows, ROWS, COLUMNS)
        weights = fixation_weights(self.module)
        return {
            # The player counts the frames of a window where a description counts those of the clip.
            "meta": {**description, "frames": description["T"]},
            "features": {
                name: base64.b64encode(part.contiguous().numpy().tobytes()).decode()
                for name, part in parts
            },
            "weights": {name: array.flatten().tolist() for name, array in weights.items()} or None,
        }

    def network_weights(self) -> Tensor:
        """[sequences, n, N, N] of the network's own forward pass, given the stored features."""
        stored = self.stored.float()
        original = self.module.qkv
        self.module.qkv = cast(Any, _Constant(stored))
        with torch.no_grad():
            trace = self.module.trace(self.tokens)
        self.module.qkv = original
        return attention_weights(
            to_sequences(trace.fixed_query, self.axis),
            to_sequences(trace.fixed_key, self.axis),
            self.config.attention,
        )

    def weights(self, dial: Dial) -> Tensor:
        """[sequences, n, N, N] by slot."""
        return self._fixed(dial)[2]

    def _fixed(self, dial: Dial) -> tuple[Tensor | None, Tensor | None, Tensor]:
        if dial not in self.fixed:
            self.fixed[dial] = self._compute(dial)
        return self.fixed[dial]

    @torch.no_grad()
    def _compute(self, dial: Dial) -> tuple[Tensor | None, Tensor | None, Tensor]:
        module = self.module.double()
        table = [f for f in folds(self.config, self.axis) if f.direction.label not in dial.off]
        query, key, value = self.stored.double().chunk(3, -1)
        key, value = (shift_channels(x, table, module.segment) for x in (key, value))
        query, key, value = (x.unflatten(-1, (HEADS, WIDTH)) for x in (query, key, value))
        query, key = (feature_map(x, self.config.attention) for x in (query, key))
        ratio_query = ratio_key = None
        if module.fixation is not None:
            ratio_query, ratio_key = (
                ratio**dial.alpha for ratio in module.fixation(query, key, value)
            )
            query, key = query * ratio_query, key * ratio_key
        self.module.float()
        a = attention_weights(
            to_sequences(query, self.axis), to_sequences(key, self.axis), self.config.attention
        )
        return ratio_query, ratio_key, a

    def _place(self, frame: int) -> tuple[int, int]:
        return int(self.windows.of_frame[frame]), int(self.windows.position_of_frame[frame])

    def sequence(self, frame: int, row: int, column: int) -> tuple[int, int]:
        """(sequence, slot in it) of a token."""
        window, position = self._place(frame)
        place = row * COLUMNS + column
        if self.axis == "temporal":
            return window * ROWS * COLUMNS + place, position
        if self.axis == "spatial":
            return window * self.config.frames + position, place
        return window, position * ROWS * COLUMNS + place

    def row(self, dial: Dial, frame: int, row: int, column: int) -> Tensor:
        """[n, N] by slot."""
        sequence, slot = self.sequence(frame, row, column)
        return self.weights(dial)[sequence, :, slot]

    def row_by_source(self, dial: Dial, frame: int, row: int, column: int) -> tuple[Tensor, Tensor]:
        """[n, T, h, w] and what falls outside, [n]."""
        by_slot = self.row(dial, frame, row, column)
        _, position = self._place(frame)
        mass = torch.zeros(1, HEADS, self.config.frames, ROWS, COLUMNS, dtype=by_slot.dtype)
        if self.axis == "temporal":
            mass[0, :, :, row, column] = by_slot
        elif self.axis == "spatial":
            mass[0, :, position] = by_slot.unflatten(-1, (ROWS, COLUMNS))
        else:
            mass[0] = by_slot.unflatten(-1, (self.config.frames, ROWS, COLUMNS))
        source, outside = self._to_sources(mass, dial)
        return source[0], outside[0].sum((-3, -2, -1))

    def received(self, dial: Dial, frame: int, by: str) -> tuple[Tensor, Tensor]:
        """[n, h, w] and the mean over the frame's slots of what falls outside, [n]."""
        window, position = self._place(frame)
        sums = self.weights(dial).sum(-2)
        sizes = {"t": self.config.frames, "y": ROWS, "x": COLUMNS}
        pattern = {
            "temporal": "(b y x) n t -> b n t y x",
            "spatial": "(b t) n (y x) -> b n t y x",
            "joint": "b n (t y x) -> b n t y x",
        }[self.axis]
        if self.axis == "temporal":
            sizes.pop("t")
        slots = rearrange(sums, pattern, **sizes)
        source, outside = self._to_sources(slots, dial)
        chosen = slots if by == "slot" else source
        lost = torch.zeros(HEADS) if by == "slot" else outside[window, :, position].mean((-2, -1))
        return chosen[window, :, position], lost

    def _to_sources(self, mass: Tensor, dial: Dial) -> tuple[Tensor, Tensor]:
        table = [
            fold
            for fold in head_folds(self.config, self.axis)
            if fold.direction.label not in dial.off
        ]
        return slots_to_sources(mass, table, WIDTH, self.module.segment)

    def concentration(self, dial: Dial) -> np.ndarray[Any, Any]:
        """[n, frames of the clip]."""
        measured = concentration_measures(self.weights(dial).numpy())
        measured = measured[..., METRICS.index("concentration")]
        curves = []
        for frame in range(self.windows.frames):
            slots = [
                self.sequence(frame, row, column)
                for row in range(ROWS)
                for column in range(COLUMNS)
            ]
            curves.append(np.mean([measured[s, :, i] for s, i in slots], axis=0))
        return np.stack(curves, axis=1)

    def ratios(self, dial: Dial, frame: int) -> tuple[Tensor, Tensor] | None:
        """[n, h, w] of query and key: means over the channels."""
        query, key, _ = self._fixed(dial)
        if query is None or key is None:
            return None
        window, position = self._place(frame)
        first, second = (
            rearrange(x[window, position].mean(-1), "y x n -> n y x") for x in (query, key)
        )
        return first, second


class _Constant(torch.nn.Module):
    """Stands where the projection to query, key and value is, and gives what was stored."""

    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output

    def forward(self, _: Tensor) -> Tensor:
        return self.output


def join_heads(values: Tensor, head: int | str) -> np.ndarray[Any, Any]:
    """[n, ...] to the map of one head, the mean or the largest of all."""
    if head == "mean":
        return np.asarray(values.mean(0))
    return np.asarray(values.amax(0) if head == "max" else values[cast(int, head)])
