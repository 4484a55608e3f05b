"""What changes when the keys and values of one attention do not hear one of their neighbors.

Left out means: that direction's channels of key and value read the token's own value. In one layer,
this attention's input is held fixed, and its ratios, concentration and output are compared; then the
rest of the network runs on, and the predictions are compared. Source: spec/measures.md,
"Neighborhood contribution".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.fixation_effect import concentration
from fixviz.analysis.neighbors import axis_directions
from fixviz.analysis.trace import resize_frames, window_pixels
from fixviz.analysis.windows import Windows
from fixviz.analysis.without_neighbors import NO_NEIGHBORS
from fixviz.errors import OptionError
from fixviz.model.change import AS_LEARNED, AttentionChange
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.directions import Direction
from fixviz.model.layers import Attention, AttentionTrace, Block
from fixviz.model.transformer import VideoTransformer

_VALUES_AT_ONCE = 2**18
"""Most token features a batch of windows has, where it can: small batches stay in the caches."""
_CONCENTRATION = 2
"""Its place in fixviz.analysis.measures.METRICS."""


@dataclass(frozen=True)
class Omission:
    """Directions of one axis that are left out together."""

    axis: Axis
    label: str
    directions: tuple[Direction, ...]

    @property
    def change(self) -> AttentionChange:
        """What it does to an attention that holds the directions."""
        return left_out(self.directions)


def left_out(directions: Iterable[Direction]) -> AttentionChange:
    """Those directions' channels of key and value read the token's own value."""
    return AttentionChange(directions_off=frozenset(d.label for d in directions))


def omissions(config: ModelConfig) -> tuple[Omission, ...]:
    """Each direction alone, and all directions of an axis together, in the order of the axes."""
    rows = []
    for axis in config.axes:
        directions = axis_directions(config, axis)
        rows += [Omission(axis, d.label, (d,)) for d in directions]
        if directions:
            label = "all grid neighbors" if axis == "temporal" else "both frames"
            rows.append(Omission(axis, label, directions))
    return tuple(rows)


@torch.inference_mode()
def derive_leave_one_out(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Leave each direction out, in one layer at a time and in all of them at once.

    Argument `layer`: a number for that layer only, "all" for leaving out in all layers at once only;
    without it, everything. R rows as in the description's `rows`, K computed layers (`layers`), W
    windows, C classes; "without minus with" for every change, NaN where a layer or head does not
    hold the direction:

    output_change/frame [K, R, N] and output_change/token [K, R, N, h, w]: |change| / |output| of what
    the attention adds to the tokens (L2); concentration_change [K, R, n, N]; with fixation, for
    <which> query and key, ratio_change/<which>/signed and .../absolute [K, R, N, h, w], means over the
    channels of the heads that hold the direction; probabilities/layer [K, R, W, C],
    probabilities/everywhere [R + 1, W, C] (the last row: every direction off), probabilities/own
    [W, C]. float32, but per token float16.

    Raises OptionError for a model without feature shift, or for a layer that it does not have.
    """
    config = subject.model.config
    rows = omissions(config)
    if not rows:
        raise OptionError(NO_NEIGHBORS)
    layers = _layers(config, arguments.get("layer"))
    everywhere = arguments.get("layer") in (None, "all")
    found: dict[str, list[NDArray[Any]]] = defaultdict(list)
    windows = Windows(len(subject.frames), config.frames)
    batches = _batches(subject, windows)
    steps = len(batches) * (len(layers) * len(rows) + everywhere * (len(rows) + 1))
    done = 0

    def step(what: str) -> None:
        nonlocal done
        done += 1
        subject.should_stop()
        subject.progress(done / steps, f"Leaving out: {what}")

    small = resize_frames(subject.frames, config.image_size)
    for batch in batches:
        inside = np.isin(windows.of_frame, batch)
        places = (windows.of_frame[inside] - batch[0], windows.position_of_frame[inside])
        tokens = subject.model.embed(window_pixels(subject.model, small, windows.indices[batch]))
        study = _Study(subject.model, rows, _taking(*places), step)
        for name, values in study.run(tokens, layers, everywhere).items():
            found[name].append(values.float().cpu().numpy())
    arrays = {name: _joined(name, parts) for name, parts in found.items()}
    description = {
        "rows": [
            {
                "axis": row.axis,
                "label": row.label,
                "directions": [asdict(d) for d in row.directions],
            }
            for row in rows
        ],
        "layers": layers,
        "windows": windows.starts.tolist(),
    }
    return Derived(description, arrays)


def _taking(window: NDArray[np.int64], position: NDArray[np.int64]) -> Callable[[Tensor], Tensor]:
    """Picks the frames at those positions of those windows: [B, T, ...] to [F, ...]."""
    return lambda x: x[torch.from_numpy(window), torch.from_numpy(position)]


class _Study:
    """The comparisons on one batch of windows. take picks frames: [B, T, ...] to [F, ...]."""

    def __init__(
        self,
        model: VideoTransformer,
        rows: tuple[Omission, ...],
        take: Callable[[Tensor], Tensor],
        step: Callable[[str], None],
    ) -> None:
        self.model, self.rows, self.take, self.step = model, rows, take, step

    def run(self, tokens: Tensor, layers: list[int], everywhere: bool) -> dict[str, Tensor]:
        """All arrays of `derive_leave_one_out` for these windows."""
        results: dict[str, Tensor] = {}
        if everywhere:
            every = tuple(direction for row in self.rows for direction in row.directions)
            sets = [*(row.directions for row in self.rows), every]
            results["probabilities/everywhere"] = torch.stack(
                [self._off_everywhere(tokens, directions) for directions in sets]
            )
        results["probabilities/own"] = predictions(self.model, tokens)
        if layers:
            per_layer = [values for _, values in self._walk(tokens, layers)]
            results |= {
                name: torch.stack([values[name] for values in per_layer]) for name in per_layer[0]
            }
        return results

    def _off_everywhere(self, tokens: Tensor, directions: tuple[Direction, ...]) -> Tensor:
        self.step("in all layers")
        return predictions(self.model, tokens, change=left_out(directions))

    def _walk(self, tokens: Tensor, layers: list[int]) -> list[tuple[int, dict[str, Tensor]]]:
        """Through the blocks up to the last wanted one; the wanted ones' comparisons."""
        wanted = []
        for number in range(max(layers) + 1):
            block = cast(Block, self.model.blocks[number])
            compared: list[dict[str, Tensor]] = []
            for place, axis in enumerate(block.axes):
                attention = cast(Attention, block.attentions[axis])
                trace = attention.trace(block.attention_norms[axis](tokens))
                if number in layers:
                    own = self._concentration(trace, attention, list(range(attention.heads)))
                    for row in self.rows:
                        if row.axis != axis:
                            continue
                        self.step(f"{row.label} in layer {number}")
                        query, key, value = (
                            x.flatten(-2) for x in (trace.query, trace.key, trace.value)
                        )
                        other = attention.trace_from(query, key, value, row.change)
                        values = self._compare(row, attention, trace, other, own)
                        values["probabilities/layer"] = predictions(
                            self.model, tokens + other.output, number, place + 1
                        )
                        compared.append(values)
                tokens = tokens + trace.output
            tokens = tokens + block.mlp(block.mlp_norm(tokens))
            if number in layers:
                stacked = {name: torch.stack([c[name] for c in compared]) for name in compared[0]}
                wanted.append((number, stacked))
        return wanted

    def _concentration(
        self, trace: AttentionTrace, attention: Attention, heads: list[int]
    ) -> Tensor:
        """[heads, F]: mean over the queries of each frame."""
        query, key = (x[..., heads, :] for x in (trace.fixed_query, trace.fixed_key))
        return concentration(query, key, attention, self.take)[..., _CONCENTRATION]

    def _compare(
        self,
        row: Omission,
        attention: Attention,
        own: AttentionTrace,
        other: AttentionTrace,
        own_concentration: Tensor,
    ) -> dict[str, Tensor]:
        """Without minus with; NaN in heads, and layers, that do not hold the directions."""
        heads = _holding(attention, row.directions, own.query.shape[-1])
        before, after = self.take(own.output), self.take(other.output)
        difference = after - before
        frame = difference.flatten(1).norm(dim=1) / before.flatten(1).norm(dim=1)
        token = difference.norm(dim=-1) / before.norm(dim=-1)
        moved = torch.full_like(own_concentration, torch.nan)
        if heads:
            moved[heads] = self._concentration(other, attention, heads) - own_concentration[heads]
        undefined = frame.new_tensor(0.0 if heads else torch.nan)
        values = {
            "output_change/frame": frame + undefined,
            "output_change/token": token + undefined,
            "concentration_change": moved,
        }
        ratios = {
            "query": (own.ratio_query, other.ratio_query),
            "key": (own.ratio_key, other.ratio_key),
        }
        for which, (with_it, without) in ratios.items():
            if with_it is None or without is None:
                continue
            change = self.take(without - with_it)[..., heads, :]
            values[f"ratio_change/{which}/signed"] = change.mean((-2, -1))
            values[f"ratio_change/{which}/absolute"] = change.abs().mean((-2, -1))
        return values


def predictions(
    model: VideoTransformer,
    tokens: Tensor,
    layer: int = 0,
    place: int = 0,
    change: AttentionChange = AS_LEARNED,
) -> Tensor:
    """Class probabilities [B, C] when the network runs on from `tokens` [B, T, h, w, D].

    tokens stand before attention number `place` of block `layer`; with `place` behind the last
    attention, before the block's MLP. change: how every attention on the way runs.
    """
    for number in range(layer, len(model.blocks)):
        block = cast(Block, model.blocks[number])
        for axis in block.axes[place if number == layer else 0 :]:
            attention = cast(Attention, block.attentions[axis])
            tokens = tokens + attention.trace(block.attention_norms[axis](tokens), change).output
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return model.classify(model.norm(tokens)).softmax(-1)


def _holding(attention: Attention, directions: tuple[Direction, ...], width: int) -> list[int]:
    """Heads of which some channels come from one of the directions."""
    held = (fold for fold in attention.folds if fold.direction in directions)
    return sorted({channel // width for f in held for channel in range(f.start, f.stop)})


def _layers(config: ModelConfig, layer: Any) -> list[int]:
    if layer == "all":
        return []
    if layer is None:
        return list(range(config.depth))
    if not isinstance(layer, int) or isinstance(layer, bool) or not 0 <= layer < config.depth:
        raise OptionError(
            f"This model has no layer {layer}; it has 0 to {config.depth - 1}, and 'all' leaves a "
            "direction out in all of them."
        )
    return [layer]


def _batches(subject: Subject, windows: Windows) -> list[NDArray[np.int64]]:
    """Window numbers, cut into batches."""
    config = subject.model.config
    height, width = subject.frames.shape[1:3]
    places = (height // config.stride + 1) * (width // config.stride + 1)
    at_once = max(1, _VALUES_AT_ONCE // (places * config.frames * config.dim))
    numbers = np.arange(len(windows.starts))
    return [numbers[i : i + at_once] for i in range(0, len(numbers), at_once)]


_WINDOW_AXIS = {"probabilities/own": 0, "probabilities/everywhere": 1, "probabilities/layer": 2}


def _joined(name: str, parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Batches joined along their windows or frames; float16 for values per token."""
    if name in _WINDOW_AXIS:
        return np.concatenate(parts, axis=_WINDOW_AXIS[name])
    frame_axis = 3 if name == "concentration_change" else 2
    joined = np.concatenate(parts, axis=frame_axis)
    return joined.astype(np.float16) if joined.ndim == 5 else joined
