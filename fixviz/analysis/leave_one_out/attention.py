"""What leaving a neighbor out changes in the attention that hears it, whose input is held fixed.

Compared are the output, the fixation ratios and the concentration. Heads do not see each other, and
the ratios are computed head by head, so only the heads that hold the direction are computed again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fixviz.analysis.chosen import ChosenFrames
from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.frame_measures import frame_measures
from fixviz.analysis.leave_one_out.omissions import Omission, layers_of
from fixviz.analysis.leave_one_out.sweep import Sweep
from fixviz.analysis.measures import concentration
from fixviz.model.layers import Attention, AttentionTrace, Mix
from fixviz.model.shapes import Float


@torch.inference_mode()
def derive_leave_one_out(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Leave each direction out, in one layer at a time.

    Argument `layer`: a number for that layer only; without it, every layer. R rows as in the
    description's `rows`, K computed layers (`layers`); "without minus with" for every change, NaN
    where a layer or head does not hold the direction:

    output_change/frame [K, R, N] and output_change/token [K, R, N, h, w]: |change| / |output| of what
    the attention adds to the tokens (L2); concentration_change [K, R, n, N]; with fixation, for
    <which> query and key, ratio_change/<which>/signed and .../absolute [K, R, N, h, w], means over the
    channels of the heads that hold the direction. float32, but per token float16.

    Raises OptionError for a model without feature shift, or for a layer that it does not have.
    """
    model = subject.model
    sweep = Sweep.of(subject, layers_of(model.config, arguments.get("layer")))
    steps, done = len(sweep.batches) * len(sweep.layers), 0
    found: dict[str, dict[int, list[Tensor]]] = defaultdict(lambda: defaultdict(list))
    for batch in sweep.batches:
        chosen = ChosenFrames.of(sweep.windows, batch)
        tokens = model.embed(sweep.pixels(model, batch))
        for layer, block in enumerate(model.walk(tokens)):
            if layer in sweep.layers:
                subject.should_stop()
                for name, values in _block_changes(
                    [
                        (cast(Attention, model.blocks[layer].attentions[axis]), trace)  # type: ignore[index]
                        for axis, trace in block.attentions.items()
                    ],
                    sweep.rows,
                    chosen,
                ).items():
                    found[name][layer].append(values.float().cpu())
                done += 1
                subject.progress(done / steps, f"Layer {layer} without each neighbor")
            if layer == max(sweep.layers):
                break
    arrays = {name: _joined(name, list(parts.values())) for name, parts in found.items()}
    return Derived(sweep.description(), arrays)


def _block_changes(
    attentions: list[tuple[Attention, AttentionTrace]],
    rows: tuple[Omission, ...],
    chosen: ChosenFrames,
) -> dict[str, Tensor]:
    """Return the arrays of one block, [R, ...]; the rows come in the order of the axes."""
    compared = []
    for attention, trace in attentions:
        heard = [row for row in rows if row.axis == attention.axis]
        if heard:
            compare = _Comparison.of(attention, trace, chosen)
            compared += [compare.changes(row) for row in heard]
    return {name: torch.stack([values[name] for values in compared]) for name in compared[0]}


@dataclass(frozen=True)
class _Comparison:
    """One attention as it is, for comparison with itself without some of the directions."""

    attention: Attention
    query: Float[Tensor, "B T h w n d"]
    key: Float[Tensor, "B T h w n d"]
    value: Float[Tensor, "B T h w n d"]
    """Before the shift."""
    shifted_key: Float[Tensor, "B T h w n d"]
    shifted_value: Float[Tensor, "B T h w n d"]
    own: Mix
    output: Float[Tensor, "F h w D"]
    concentration: Float[Tensor, "n F"]
    take: Callable[[Tensor], Tensor]
    """Picks the wanted frames, [B, T, ...] to [F, ...]."""

    @classmethod
    def of(cls, attention: Attention, trace: AttentionTrace, chosen: ChosenFrames) -> _Comparison:
        take, pick = chosen.take, _everything
        if attention.axis == "spatial":
            # After the shift frames do not see each other, so the wanted ones are all that is needed.
            take, pick = _only_frame, lambda x: chosen.take(x).unsqueeze(1)
        ratio_query, ratio_key = trace.ratio_query, trace.ratio_key
        own = Mix(
            None if ratio_query is None else pick(ratio_query),
            None if ratio_key is None else pick(ratio_key),
            pick(trace.fixed_query),
            pick(trace.fixed_key),
            pick(trace.mixed),
        )
        return cls(
            attention=attention,
            query=pick(trace.query),
            key=pick(trace.key),
            value=pick(trace.value),
            shifted_key=pick(trace.shifted_key),
            shifted_value=pick(trace.shifted_value),
            own=own,
            output=chosen.take(trace.output),
            concentration=_concentration(own, attention, take),
            take=take,
        )

    def changes(self, row: Omission) -> dict[str, Tensor]:
        """Return values without the neighbors minus those with them; NaN where heads or layers lack them."""
        gone = self._channels(row)
        heads = gone.any(1).nonzero().squeeze(1).tolist()
        frames, height, width, _ = self.output.shape
        moved = torch.full_like(self.concentration, torch.nan)
        token = self.output.new_full((frames, height, width), torch.nan)
        frame = self.output.new_full((frames,), torch.nan)
        ratio_changes = {}
        if heads:
            key, value = (
                torch.where(gone[heads], own[..., heads, :], shifted[..., heads, :])
                for own, shifted in (
                    (self.key, self.shifted_key),
                    (self.value, self.shifted_value),
                )
            )
            other = self.attention.mix(self.query[..., heads, :], key, value)
            difference = self._output(other.mixed - self.own.mixed[..., heads, :], heads)
            token = difference.norm(dim=-1) / self.output.norm(dim=-1)
            frame = difference.flatten(1).norm(dim=1) / self.output.flatten(1).norm(dim=1)
            after = _concentration(other, self.attention, self.take)
            moved[heads] = after - self.concentration[heads]
            ratio_changes = {
                "query": (self.own.ratio_query, other.ratio_query),
                "key": (self.own.ratio_key, other.ratio_key),
            }
        values = {
            "output_change/frame": frame,
            "output_change/token": token,
            "concentration_change": moved,
        }
        for which in ("query", "key") if self.own.ratio_query is not None else ():
            signed = absolute = torch.full_like(token, torch.nan)
            with_it, without = ratio_changes.get(which, (None, None))
            if with_it is not None and without is not None:
                change = self.take(without - with_it[..., heads, :])
                signed, absolute = change.mean((-2, -1)), change.abs().mean((-2, -1))
            values[f"ratio_change/{which}/signed"] = signed
            values[f"ratio_change/{which}/absolute"] = absolute
        return values

    def _channels(self, row: Omission) -> Tensor:
        """Tell which channels of key and value come from the row's directions: bool [n, d]."""
        heads, width = self.query.shape[-2:]
        gone = torch.zeros(heads * width, dtype=torch.bool, device=self.query.device)
        for fold in self.attention.folds:
            if fold.direction in row.directions:
                gone[fold.start : fold.stop] = True
        return gone.view(heads, width)

    def _output(self, mixed: Tensor, heads: list[int]) -> Float[Tensor, "F h w D"]:
        """Return what `mixed` [..., heads, d] of those heads adds to the attention's output."""
        width = self.query.shape[-1]
        channels = [head * width + c for head in heads for c in range(width)]
        weight = self.attention.projection.weight[:, channels]
        return functional.linear(self.take(mixed).flatten(-2), weight)


def _everything(x: Tensor) -> Tensor:
    return x


def _only_frame(x: Tensor) -> Tensor:
    return x[:, 0]


def _concentration(
    mix: Mix, attention: Attention, take: Callable[[Tensor], Tensor]
) -> Float[Tensor, "m F"]:
    """Return the mean concentration over the queries of each frame."""
    rows = frame_measures(mix.fixed_query, mix.fixed_key, attention, take, of_rows=concentration)
    return rows.squeeze(-1)


def _joined(name: str, layers: list[list[Tensor]]) -> NDArray[Any]:
    """Join batches along their frames and stack layers; float16 for values per token."""
    frame_axis = 2 if name == "concentration_change" else 1
    joined: NDArray[Any] = torch.stack([torch.cat(p, frame_axis) for p in layers]).numpy()
    return joined.astype(np.float16) if joined.ndim == 5 else joined
