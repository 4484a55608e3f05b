import pytest
import torch

from fixviz.analysis.rollout import attention_rollout
from fixviz.model.attention import attention_weights
from fixviz.model.directions import folds
from fixviz.model.layers import to_sequences
from fixviz.model.shift import shift_channels

from .conftest import VARIANTS, build

T, H, W = 3, 5, 8


def dense(model, trace, axis: str, block: int) -> torch.Tensor:
    """Mean over heads of A times S over all tokens of a clip, as one matrix."""
    tokens, heads = T * H * W, model.config.heads
    a = attention_weights(
        to_sequences(trace.fixed_query, axis),
        to_sequences(trace.fixed_key, axis),
        model.config.attention,
    )
    place = torch.arange(float(tokens)).reshape(1, T, H, W, 1, 1)
    index = to_sequences(place, axis)[:, 0, :, 0].long()
    full = torch.zeros(heads, tokens, tokens)
    for sequence, tokens_of in zip(a, index, strict=True):
        full[:, tokens_of[:, None], tokens_of] = sequence
    one_hot = torch.eye(tokens).reshape(tokens, T, H, W, 1).expand(-1, -1, -1, -1, model.config.dim)
    segment = model.config.shift_segment if axis == "spatial" else None
    shifted = shift_channels(one_hot, folds(model.config, axis, block), segment)
    shift = shifted.reshape(tokens, tokens, heads, -1).mean(-1).permute(2, 1, 0)
    return (full @ shift).mean(0)


@pytest.mark.parametrize("name", VARIANTS)
@torch.inference_mode()
def test_rollout_equals_the_product_of_dense_matrices(name: str) -> None:
    model = build(**VARIANTS[name])
    pixels = torch.randn(1, T, 3, 23, 37, generator=torch.Generator().manual_seed(2))
    blocks = model.trace(pixels).blocks
    start = torch.rand(1, T, H, W, generator=torch.Generator().manual_seed(4))
    start /= start.sum()
    row = start.flatten()[None]
    for number in reversed(range(len(blocks))):
        for axis in reversed(model.config.axes):
            matrix = dense(model, blocks[number].attentions[axis], axis, number)
            row = (row + row @ matrix) / 2
    flow, outside = attention_rollout(blocks, model.config, start)
    torch.testing.assert_close(flow.flatten(), row[0], rtol=1e-4, atol=1e-7)
    assert float(flow.sum() + outside.sum()) == pytest.approx(1, abs=1e-5)


@torch.inference_mode()
def test_only_a_model_with_a_shift_reads_outside() -> None:
    pixels = torch.randn(1, T, 3, 23, 37)
    start = torch.full((1, T, H, W), 1 / (T * H * W))
    plain, shifted = build(), build(**VARIANTS["fixation"])
    assert float(attention_rollout(plain.trace(pixels).blocks, plain.config, start)[1]) == 0
    assert float(attention_rollout(shifted.trace(pixels).blocks, shifted.config, start)[1]) > 0
