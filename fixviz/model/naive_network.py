"""The network written from the paper's equations, plainly: what the fast paths are compared with.

    Linear Video Transformer with Feature Fixation, arXiv 2210.08164, section 3.

It uses the weights of a `VideoTransformer` by their names and shares no code with it. Each step is one
line of the paper: split into heads, permute, shift by rolling, feature map, concatenate, ratio, products.
Attention weights of softmax are formed explicitly. This is how such a network is usually written first,
so it is also the eager baseline of benchmarks/gpu.py.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.model.config import ModelConfig

Weights = dict[str, Tensor]

_GRID_NEIGHBORS = ((1, 0), (-1, 0), (0, 1), (0, -1), (-1, -1), (1, 1), (-1, 1), (1, -1))
"""(dy, dx) of the place that each fold of channels is read from."""


def logits(weights: Weights, config: ModelConfig, pixels: Tensor) -> Tensor:
    """Return the logits [B, classes] of normalized pixels [B, T, 3, H, W], in the weights' number format."""
    batch, frames = pixels.shape[:2]
    x = functional.conv2d(
        pixels.reshape(-1, *pixels.shape[2:]),
        weights["patch_embedding.projection.weight"],
        weights["patch_embedding.projection.bias"],
        stride=config.stride,
        padding=config.patch // 2,
    )
    rows, columns = x.shape[-2:]
    x = x.flatten(2).transpose(1, 2).reshape(batch, frames, rows, columns, config.dim)
    x = _norm(weights, "patch_embedding.norm", x, 1e-5)
    x = x + weights["temporal_embedding"][:, :, :, None]
    for number in range(config.depth):
        x = block(weights, config, number, x)
    x = _norm(weights, "norm", x, 1e-6).mean((2, 3)).mean(1)
    x = _linear(weights, "head.1", _norm(weights, "head.0", x, 1e-5))
    return _linear(weights, "head.4", functional.gelu(x))


def block(weights: Weights, config: ModelConfig, number: int, x: Tensor) -> Tensor:
    """Return the tokens [B, T, h, w, D] after a block."""
    for axis in config.axes:
        name = f"blocks.{number}"
        normed = _norm(weights, f"{name}.attention_norms.{axis}", x, 1e-6)
        x = x + attention(weights, config, number, axis, normed)
    normed = _norm(weights, f"blocks.{number}.mlp_norm", x, 1e-6)
    return x + _mlp(weights, f"blocks.{number}.mlp", normed)


def attention(weights: Weights, config: ModelConfig, number: int, axis: str, x: Tensor) -> Tensor:
    """Return what one attention adds to the tokens [B, T, h, w, D]."""
    name = f"blocks.{number}.attentions.{axis}"
    batch, frames, rows, columns, dim = x.shape
    heads, width = config.heads, config.dim // config.heads
    query, key, value = _linear(weights, f"{name}.qkv", x).chunk(3, dim=-1)
    shifting = config.shift_blocks is None or number in config.shift_blocks
    if axis == "temporal" and config.spatial_shift and shifting:
        key, value = _from_grid_neighbors(key), _from_grid_neighbors(value)
    if axis == "spatial" and config.temporal_shift and shifting:
        key, value = (
            _from_other_frames(z, dim // config.shift_div, config.shift_segment or frames)
            for z in (key, value)
        )

    def to_sequences(z: Tensor) -> Tensor:
        z = z.reshape(batch, frames, rows * columns, heads, width)
        if axis == "temporal":
            return z.permute(0, 2, 3, 1, 4).reshape(-1, heads, frames, width)
        if axis == "spatial":
            return z.permute(0, 1, 3, 2, 4).reshape(-1, heads, rows * columns, width)
        return z.permute(0, 3, 1, 2, 4).reshape(-1, heads, frames * rows * columns, width)

    query, key, value = to_sequences(query), to_sequences(key), to_sequences(value)
    if config.attention == "linear":
        query, key = functional.relu(query) + width**-0.5, functional.relu(key) + width**-0.5
    if config.fixation != "none":
        query, key = _fixed(weights, f"{name}.fixation", config, query, key, value)
    mixed = mix(config.attention, query, key, value)
    if axis == "temporal":
        mixed = mixed.reshape(batch, rows * columns, heads, frames, width).permute(0, 3, 1, 2, 4)
    elif axis == "spatial":
        mixed = mixed.reshape(batch, frames, heads, rows * columns, width).permute(0, 1, 3, 2, 4)
    else:
        mixed = mixed.reshape(batch, heads, frames, rows * columns, width).permute(0, 2, 3, 1, 4)
    return _linear(weights, f"{name}.projection", mixed.reshape(x.shape))


def mix(kind: str, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return attention weights times values, [..., N, d]; query and key after feature map and fixation."""
    if kind == "softmax":
        scores = torch.matmul(query, key.transpose(-2, -1)) * query.shape[-1] ** -0.5
        return torch.matmul(torch.softmax(scores, dim=-1), value)
    summary = torch.einsum("...nd,...ne->...de", key, value)
    normalizer = torch.einsum("...nd,...d->...n", query, key.sum(dim=-2)) + 1e-6
    return torch.einsum("...nd,...de->...ne", query, summary) / normalizer[..., None]


def _fixed(
    weights: Weights, name: str, config: ModelConfig, query: Tensor, key: Tensor, value: Tensor
) -> tuple[Tensor, Tensor]:
    """Return query and key times their fixation ratios (equation 5)."""
    key_projection = "query_projection" if config.shared_projection else "key_projection"
    if config.fixation == "cooperative":
        sees_query = sees_key = torch.cat([query, key, value], dim=-1)
    else:
        sees_query, sees_key = query, key
    ratio_query = torch.sigmoid(_linear(weights, f"{name}.query_projection", sees_query))
    ratio_key = torch.sigmoid(_linear(weights, f"{name}.{key_projection}", sees_key))
    return query * ratio_query, key * ratio_key


def _from_grid_neighbors(z: Tensor) -> Tensor:
    """Read a sixteenth of the channels of [B, T, h, w, D] from each of the 8 grid neighbors."""
    rows, columns, fold = z.shape[2], z.shape[3], z.shape[-1] // 16
    y = torch.arange(rows, device=z.device)[:, None, None]
    x = torch.arange(columns, device=z.device)[None, :, None]
    parts = []
    for i, (dy, dx) in enumerate(_GRID_NEIGHBORS):
        own = z[..., i * fold : (i + 1) * fold]
        there = (y + dy >= 0) & (y + dy < rows) & (x + dx >= 0) & (x + dx < columns)
        moved = torch.roll(own, shifts=(-dy, -dx), dims=(2, 3))
        parts.append(torch.where(there, moved, own if dy and dx else torch.zeros_like(own)))
    return torch.cat([*parts, z[..., 8 * fold :]], dim=-1)


def _from_other_frames(z: Tensor, fold: int, segment: int) -> Tensor:
    """Read `fold` channels of [B, T, h, w, D] from the next frame of a segment, as many from the previous."""
    cut = z.reshape(-1, segment, *z.shape[2:])
    later, earlier = torch.zeros_like(cut[..., :fold]), torch.zeros_like(cut[..., :fold])
    later[:, :-1] = cut[:, 1:, ..., :fold]
    earlier[:, 1:] = cut[:, :-1, ..., fold : 2 * fold]
    return torch.cat([later, earlier, cut[..., 2 * fold :]], dim=-1).reshape(z.shape)


def _mlp(weights: Weights, name: str, x: Tensor) -> Tensor:
    batch, frames, rows, columns, _ = x.shape
    x = _linear(weights, f"{name}.expand", x)
    x = x.reshape(batch * frames, rows, columns, -1).permute(0, 3, 1, 2).contiguous()
    x = functional.conv2d(
        x,
        weights[f"{name}.convolution.weight"],
        weights[f"{name}.convolution.bias"],
        padding=1,
        groups=x.shape[1],
    )
    x = functional.gelu(x.flatten(2).transpose(1, 2))
    return _linear(weights, f"{name}.contract", x).reshape(batch, frames, rows, columns, -1)


def _linear(weights: Weights, name: str, x: Tensor) -> Tensor:
    return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _norm(weights: Weights, name: str, x: Tensor, eps: float) -> Tensor:
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return functional.layer_norm(x, weight.shape, weight, bias, eps)
