"""The parts of a block. Tokens keep the layout [B, T, h, w, D] throughout: clip, frame, row, column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from fixviz.model import inference
from fixviz.model.attention import attend, feature_map, kind_of
from fixviz.model.change import AS_LEARNED, AttentionChange
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.directions import Fold, folds
from fixviz.model.fixation import FeatureFixation
from fixviz.model.inference import mixed_tokens, needs_trace
from fixviz.model.products import linear, prepared
from fixviz.model.shapes import Float
from fixviz.model.shift import neighbor_table, shift_channels

_HIDDEN_AT_ONCE = 2**20
"""Most values of an MLP's hidden layer at once on a CPU: 4 MB of float32."""

_SEQUENCES = {
    "temporal": "b t y x n d -> (b y x) n t d",
    "spatial": "b t y x n d -> (b t) n (y x) d",
    "joint": "b t y x n d -> b n (t y x) d",
}


def to_sequences(x: Float[Tensor, "B T h w n d"], axis: Axis) -> Float[Tensor, "s n N d"]:
    """Group the tokens that attend to each other along `axis` into sequences."""
    return rearrange(x, _SEQUENCES[axis])


def from_sequences(
    x: Float[Tensor, "s n N d"], axis: Axis, frames: int, rows: int, columns: int
) -> Float[Tensor, "B T h w n d"]:
    """Put sequences back into the grid of tokens: the inverse of `to_sequences`."""
    sequence, tokens = _SEQUENCES[axis].split(" -> ")
    sizes = {"t": frames, "y": rows, "x": columns}
    if axis == "temporal":
        sizes.pop("t")
    return rearrange(x, f"{tokens} -> {sequence}", **sizes)


@dataclass(frozen=True)
class AttentionTrace:
    """What one attention computed. All [B, T, h, w, n, d] but the output."""

    query: Tensor
    key: Tensor
    value: Tensor
    """Query, key and value before the shift."""
    shifted_key: Tensor
    shifted_value: Tensor
    ratio_query: Tensor | None
    ratio_key: Tensor | None
    """Fixation ratios; None: not learned, which is a ratio of 1."""
    fixed_query: Tensor
    fixed_key: Tensor
    """Query and key after shift, feature map and fixation: what the attention weights are made of."""
    mixed: Tensor
    """Attention weights times shifted values, before the output projection."""
    output: Tensor
    """[B, T, h, w, D], what is added to the residual stream."""


@dataclass(frozen=True)
class Mix:
    """What some heads of one attention make of query, key and value; see AttentionTrace."""

    ratio_query: Tensor | None
    ratio_key: Tensor | None
    fixed_query: Tensor
    fixed_key: Tensor
    mixed: Tensor


class Attention(nn.Module):
    """Shift, feature map, fixation, attention, output projection, over one axis of the tokens."""

    def __init__(self, config: ModelConfig, axis: Axis, block: int) -> None:
        super().__init__()
        self.axis = axis
        self.kind = config.attention
        self.heads, self.width = config.heads, config.head_dim
        self.folds = folds(config, axis, block)
        self.neighbors: Tensor
        self.register_buffer("neighbors", neighbor_table(self.folds, config.dim), persistent=False)
        self.segment = config.shift_segment if axis == "spatial" else None
        self.qkv = nn.Linear(config.dim, 3 * config.dim)
        self.fixation = FeatureFixation(config) if config.fixation != "none" else None
        self.projection = nn.Linear(config.dim, config.dim)

    def project(self, tokens: Float[Tensor, "B T h w D"]) -> tuple[Tensor, Tensor, Tensor]:
        """Return query, key and value, [B, T, h, w, D] each, before the shift."""
        query, key, value = self.qkv(tokens).chunk(3, dim=-1)
        return query, key, value

    def trace(
        self, tokens: Float[Tensor, "B T h w D"], change: AttentionChange = AS_LEARNED
    ) -> AttentionTrace:
        """Run the attention and return all its intermediates."""
        return self.trace_from(*self.project(tokens), change)

    def trace_from(
        self,
        query: Float[Tensor, "B T h w D"],
        key: Float[Tensor, "B T h w D"],
        value: Float[Tensor, "B T h w D"],
        change: AttentionChange = AS_LEARNED,
    ) -> AttentionTrace:
        """Run the attention from query, key and value before the shift; return all its intermediates.

        With a change, the ratios in the trace are those after the dial; `mixed` still holds the
        heads that are off, and only `output` lacks them.
        """
        folds = self._folds_of(change)
        shifted_key = shift_channels(key, folds, self.segment)
        shifted_value = shift_channels(value, folds, self.segment)
        query, key, value, shifted_key, shifted_value = (
            rearrange(x, "b t y x (n d) -> b t y x n d", n=self.heads)
            for x in (query, key, value, shifted_key, shifted_value)
        )
        mix = self.mix(query, shifted_key, shifted_value, change.dial)
        used = mix.mixed
        if change.heads_off:
            used = used.clone()
            used[..., sorted(change.heads_off), :] = 0
        return AttentionTrace(
            query=query,
            key=key,
            value=value,
            shifted_key=shifted_key,
            shifted_value=shifted_value,
            ratio_query=mix.ratio_query,
            ratio_key=mix.ratio_key,
            fixed_query=mix.fixed_query,
            fixed_key=mix.fixed_key,
            mixed=mix.mixed,
            output=self.projection(used.flatten(-2)),
        )

    def _folds_of(self, change: AttentionChange) -> tuple[Fold, ...]:
        if not change.directions_off:
            return self.folds
        return tuple(f for f in self.folds if f.direction.label not in change.directions_off)

    def mix(
        self,
        query: Float[Tensor, "B T h w m d"],
        key: Float[Tensor, "B T h w m d"],
        value: Float[Tensor, "B T h w m d"],
        dial: float = 1.0,
    ) -> Mix:
        """Apply feature map, fixation and attention to any m of the heads, which do not see each other.

        Key and value are those after the shift. dial: exponent of the fixation ratios.
        """
        fixed_query, fixed_key = feature_map(query, self.kind), feature_map(key, self.kind)
        ratio_query = ratio_key = None
        if self.fixation is not None:
            ratio_query, ratio_key = self.fixation(fixed_query, fixed_key, value)
            if dial != 1:
                ratio_query, ratio_key = ratio_query**dial, ratio_key**dial
            fixed_query, fixed_key = fixed_query * ratio_query, fixed_key * ratio_key
        mixed = attend(
            to_sequences(fixed_query, self.axis),
            to_sequences(fixed_key, self.axis),
            to_sequences(value, self.axis),
            self.kind,
        )
        mixed = from_sequences(mixed, self.axis, *query.shape[1:4])
        return Mix(ratio_query, ratio_key, fixed_query, fixed_key, mixed)

    def forward(
        self, tokens: Float[Tensor, "B T h w D"], change: AttentionChange = AS_LEARNED
    ) -> Float[Tensor, "B T h w D"]:
        """Return what the attention adds to the tokens: the `output` of its trace, without the trace."""
        kind = kind_of(self.kind)
        if needs_trace(self, tokens):
            return self.trace(tokens, change).output
        kernels = inference.KERNELS if kind.fused and tokens.is_cuda else None
        if kernels is not None and change is AS_LEARNED and kernels.fits(self.width, tokens.dtype):
            mixed = kernels.fused_linear_attention(
                self.qkv(tokens),
                self.heads,
                self.axis,
                self.folds,
                self.neighbors,
                self.segment,
                self.fixation,
            )
            return self.projection(mixed)  # type: ignore[no-any-return]
        if kind.write_map is None or torch.compiler.is_compiling():
            return self.trace(tokens, change).output  # The compiler drops the rest of the trace.
        mixed = mixed_tokens(
            tokens,
            self.qkv,
            self.fixation,
            kind=kind,
            axis=self.axis,
            heads=self.heads,
            folds=self._folds_of(change),
            segment=self.segment,
            dial=change.dial,
        )
        if change.heads_off:
            mixed[..., sorted(change.heads_off), :] = 0
        return linear(mixed.flatten(-2), self.projection.weight, self.projection.bias)


class Mlp(nn.Module):
    """Linear, depthwise 3x3 convolution over the grid, GELU, linear.

    The convolution's zero padding is what tells the tokens where in the frame they are.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.hidden = hidden = config.dim * config.mlp_ratio
        self.expand = nn.Linear(config.dim, hidden)
        self.convolution = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.contract = nn.Linear(hidden, config.dim)

    def forward(self, tokens: Float[Tensor, "B T h w D"]) -> Float[Tensor, "B T h w D"]:
        """Return what the MLP adds to the tokens, [B, T, h, w, D]."""
        frames = tokens.flatten(0, 1)
        whole = tokens.device.type != "cpu" or torch.compiler.is_compiling()
        if whole or needs_trace(self, tokens):
            hidden = self._hidden(self.expand(frames))
            return self.contract(hidden).view(tokens.shape)  # type: ignore[no-any-return]
        # The hidden layer of a few frames at a time stays in the processor's caches.
        at_once = max(1, _HIDDEN_AT_ONCE // (frames[0].numel() // frames.shape[-1] * self.hidden))
        rows = at_once * frames[0].numel() // frames.shape[-1]
        expand, contract = (prepared(p.weight, p.bias, rows) for p in (self.expand, self.contract))
        out = torch.empty_like(frames, memory_format=torch.contiguous_format)
        for start in range(0, len(frames), at_once):
            some = slice(start, start + at_once)
            out[some] = contract(self._hidden(expand(frames[some])))
        return out.view(tokens.shape)

    def _hidden(self, expanded: Float[Tensor, "f h w C"]) -> Float[Tensor, "f h w C"]:
        # As it lies in memory, the convolution reads it channels last.
        x = self.convolution(expanded.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return functional.gelu(x)


class PatchEmbedding(nn.Module):
    """Overlapping patches of side P every S pixels to tokens, one convolution a frame."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.projection = nn.Conv2d(
            3, config.dim, config.patch, stride=config.stride, padding=config.patch // 2
        )
        self.norm = nn.LayerNorm(config.dim, eps=1e-5)

    def forward(self, pixels: Float[Tensor, "B T 3 H W"]) -> Float[Tensor, "B T h w D"]:
        """Map normalized pixels to tokens, h = H // S + 1 and w = W // S + 1."""
        x = self.projection(pixels.flatten(0, 1))
        x = rearrange(x, "(b t) c y x -> b t y x c", b=pixels.shape[0])
        return self.norm(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class BlockTrace:
    """What one block computed: the trace of each of its attentions, and its output tokens."""

    attentions: dict[Axis, AttentionTrace]
    output: Tensor


class Block(nn.Module):
    """Pre-norm residual steps: one attention per axis (temporal, spatial), then the MLP."""

    def __init__(self, config: ModelConfig, index: int) -> None:
        super().__init__()
        self.config = config.of_block(index)
        self.axes = config.axes
        self.attention_norms = nn.ModuleDict(
            {axis: nn.LayerNorm(config.dim, eps=1e-6) for axis in self.axes}
        )
        self.attentions = nn.ModuleDict(
            {axis: Attention(config, axis, index) for axis in self.axes}
        )
        self.mlp_norm = nn.LayerNorm(config.dim, eps=1e-6)
        self.mlp = Mlp(config)

    def trace(
        self,
        tokens: Float[Tensor, "B T h w D"],
        changes: Mapping[Axis, AttentionChange] | None = None,
    ) -> BlockTrace:
        """Run the block and return all its intermediates; `changes` says which attentions are changed."""
        attentions: dict[Axis, AttentionTrace] = {}
        for axis in self.axes:
            attention = self.attentions[axis]
            change = (changes or {}).get(axis, AS_LEARNED)
            attentions[axis] = attention.trace(self.attention_norms[axis](tokens), change)  # type: ignore[operator]
            tokens = tokens + attentions[axis].output
        return BlockTrace(attentions, tokens + self.mlp(self.mlp_norm(tokens)))

    def forward(self, tokens: Float[Tensor, "B T h w D"]) -> Float[Tensor, "B T h w D"]:
        """Return the tokens after the block, [B, T, h, w, D]."""
        if needs_trace(self, tokens):
            return self.trace(tokens).output
        if inference.PROGRAMS is not None:
            found = inference.PROGRAMS.output(self, tokens)
            if found is not None:
                return found
        for axis in self.axes:
            added: Tensor = self.attentions[axis](self.attention_norms[axis](tokens))
            tokens = added.add_(tokens)
        added = self.mlp(self.mlp_norm(tokens))
        return added.add_(tokens)
