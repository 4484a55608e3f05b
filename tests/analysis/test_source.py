import pytest
import torch

from fixviz.analysis.source import slots_to_sources
from fixviz.model.config import ModelConfig
from fixviz.model.directions import folds, head_folds
from fixviz.model.shift import shift_channels

T, H, W = 3, 5, 7
CONFIG = ModelConfig(
    dim=32, heads=4, frames=T, spatial_shift=True, temporal_shift=True, shift_div=4
)


def shift_matrix(axis, segment=None) -> torch.Tensor:
    """S [n, slots, sources] read off the shift itself: share of a head's channels per source."""
    tokens = T * H * W
    one_hot = torch.eye(tokens).reshape(tokens, T, H, W, 1).expand(-1, -1, -1, -1, CONFIG.dim)
    shifted = shift_channels(one_hot, folds(CONFIG, axis), segment)
    return shifted.reshape(tokens, tokens, CONFIG.heads, -1).mean(-1).permute(2, 1, 0)


@pytest.mark.parametrize(
    ("axis", "segment"), [("temporal", None), ("spatial", None), ("spatial", 1)]
)
def test_moving_mass_equals_the_dense_shift_matrix(axis, segment) -> None:
    by_slot = torch.rand(1, CONFIG.heads, T, H, W, generator=torch.Generator().manual_seed(1))
    source, outside = slots_to_sources(by_slot, head_folds(CONFIG, axis), CONFIG.head_dim, segment)
    matrix = shift_matrix(axis, segment)
    expected = torch.einsum("ns,nsj->nj", by_slot[0].flatten(1), matrix)
    torch.testing.assert_close(source[0].flatten(1), expected)
    torch.testing.assert_close(outside[0].flatten(1), by_slot[0].flatten(1) * (1 - matrix.sum(-1)))


def test_no_mass_is_lost() -> None:
    by_slot = torch.rand(2, CONFIG.heads, T, H, W)
    source, outside = slots_to_sources(by_slot, head_folds(CONFIG, "temporal"), CONFIG.head_dim)
    torch.testing.assert_close(
        source.sum((2, 3, 4)) + outside.sum((2, 3, 4)), by_slot.sum((2, 3, 4))
    )
    assert (source >= -1e-6).all()


def test_without_a_shift_slot_and_source_are_the_same() -> None:
    by_slot = torch.rand(1, 4, T, H, W)
    source, outside = slots_to_sources(by_slot, (), 8)
    assert torch.equal(source, by_slot)
    assert not outside.any()
