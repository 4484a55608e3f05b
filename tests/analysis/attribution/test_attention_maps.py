"""Maps from attention weights, against networks that form every weight."""

import numpy as np
import pytest
import torch

from fixviz.analysis import rows
from fixviz.analysis.attribution.attention import (
    BlockInputs,
    attention_received,
    attention_x_gradient,
    rollout,
)
from fixviz.analysis.maps import model_maps
from fixviz.analysis.rollout import attention_rollout
from fixviz.analysis.rows import weights_transposed
from fixviz.model import layers
from fixviz.model.attention import attention_weights
from fixviz.model.directions import folds
from fixviz.model.layers import to_sequences
from fixviz.model.shift import shift_channels
from tests.analysis.conftest import VARIANTS, build

from .conftest import COLUMNS, ROWS, T, noise

TARGET = 2


def pixels() -> torch.Tensor:
    return torch.randn(1, T, 3, 23, 37, generator=torch.Generator().manual_seed(11))


def naive_maps(model, clip, monkeypatch) -> dict:
    """Map by source of every (layer, axis), from matrices that took part in the forward pass."""
    formed = []

    def attend(query, key, value, kind):
        weights = attention_weights(query, key, kind)
        weights.retain_grad()
        formed.append(weights)
        return weights @ value

    monkeypatch.setattr(layers, "attend", attend)
    model(clip.requires_grad_())[0, TARGET].backward()
    monkeypatch.undo()
    config, maps = model.config, {}
    tokens = T * ROWS * COLUMNS
    for number in range(config.depth):
        for axis in config.axes:
            weights = formed.pop(0)
            by_slot = (weights * weights.grad).sum(-2).detach()  # [s, n, keys]
            place = torch.arange(float(tokens)).reshape(1, T, ROWS, COLUMNS, 1, 1)
            index = to_sequences(place, axis)[:, 0, :, 0].long()
            slots = torch.zeros(config.heads, tokens)
            for sequence, where in zip(by_slot, index, strict=True):
                slots[:, where] = sequence
            one_hot = torch.eye(tokens).reshape(tokens, T, ROWS, COLUMNS, 1)
            segment = config.shift_segment if axis == "spatial" else None
            shifted = shift_channels(
                one_hot.expand(-1, -1, -1, -1, config.dim), folds(config, axis, number), segment
            )
            shift = shifted.reshape(tokens, tokens, config.heads, -1).mean(-1)  # source, slot, head
            source = torch.einsum("ns,usn->u", slots, shift).reshape(T, ROWS, COLUMNS)
            maps[number, axis] = source, float(slots.sum() - source.sum())
    return maps


@pytest.mark.parametrize("name", VARIANTS)
def test_attention_x_gradient_equals_autograd_through_formed_weights(name, monkeypatch) -> None:
    model = build(**VARIANTS[name])
    expected = naive_maps(model, pixels(), monkeypatch)
    blocks = BlockInputs(model, pixels())
    for (layer, axis), (source, outside) in expected.items():
        found, lost = attention_x_gradient(blocks, TARGET, axes=[axis], layers=[layer])
        torch.testing.assert_close(found[0], source, rtol=2e-3, atol=2e-6)
        assert float(lost[0]) == pytest.approx(outside, abs=1e-5)
    together, _ = attention_x_gradient(
        blocks, TARGET, axes=model.config.axes, layers=range(model.config.depth)
    )
    total = sum(source for source, _ in expected.values())
    torch.testing.assert_close(together[0], total, rtol=2e-3, atol=1e-5)


@pytest.mark.parametrize("kind", ["softmax", "linear"])
def test_weights_are_applied_in_pieces_without_a_difference(kind, monkeypatch) -> None:
    generator = torch.Generator().manual_seed(1)
    query, key = torch.rand(2, 5, 3, 7, 11, generator=generator)
    given = torch.randn(5, 3, 7, 2, generator=generator)
    expected = attention_weights(query, key, kind).transpose(-1, -2) @ given
    torch.testing.assert_close(weights_transposed(query, key, given, kind), expected)
    monkeypatch.setattr(rows, "WEIGHTS_AT_ONCE", 1)
    torch.testing.assert_close(weights_transposed(query, key, given, kind), expected)


@pytest.mark.parametrize("name", ["softmax", "fixation", "joint"])
def test_rollout_equals_the_one_of_a_whole_trace(name) -> None:
    model = build(**VARIANTS[name])
    flow, outside = rollout(BlockInputs(model, pixels()))
    with torch.inference_mode():
        start = torch.full((1, T, ROWS, COLUMNS), 1 / (T * ROWS * COLUMNS))
        expected = attention_rollout(model.trace(pixels()).blocks, model.config, start)
    torch.testing.assert_close(flow, expected[0])
    torch.testing.assert_close(outside, expected[1])


@pytest.mark.parametrize("name", ["softmax", "fixation", "joint"])
def test_attention_received_is_the_map_of_the_run(name) -> None:
    model = build(**VARIANTS[name])
    frames = noise()
    axis = model.config.axes[-1]
    stored = model_maps(model, frames).arrays[f"{axis}/attention_received/source"]
    clip = torch.from_numpy(frames)[None].permute(0, 1, 4, 2, 3).float() / 127.5 - 1
    for layer in range(model.config.depth):
        found = attention_received(BlockInputs(model, clip), layer)
        np.testing.assert_allclose(found[0], stored[layer].mean(0), rtol=1e-3)
