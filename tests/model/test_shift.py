import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fixviz.model.config import ModelConfig, preset
from fixviz.model.directions import FRAME_DIRECTIONS, GRID_DIRECTIONS, folds, head_folds
from fixviz.model.shift import neighbor_exists, shift_channels

B, T, H, W = 2, 3, 5, 7


def numbered(dim: int) -> torch.Tensor:
    """Every value unlike every other."""
    return torch.arange(1, B * T * H * W * dim + 1).reshape(B, T, H, W, dim).float()


def test_each_fold_reads_its_neighbor_and_the_borders_follow_the_rule() -> None:
    config = ModelConfig(dim=32, heads=4, spatial_shift=True)
    x = numbered(32)
    out = shift_channels(x, folds(config, "temporal"))
    expected = x.clone()
    for i, d in enumerate(GRID_DIRECTIONS):
        channels = slice(2 * i, 2 * i + 2)
        for y in range(H):
            for c in range(W):
                inside = 0 <= y + d.dy < H and 0 <= c + d.dx < W
                if inside:
                    expected[:, :, y, c, channels] = x[:, :, y + d.dy, c + d.dx, channels]
                elif d.dy == 0 or d.dx == 0:
                    expected[:, :, y, c, channels] = 0
    assert torch.equal(out, expected)
    assert torch.equal(out[..., 16:], x[..., 16:])


def test_directions_come_in_the_published_order() -> None:
    assert [(d.dy, d.dx) for d in GRID_DIRECTIONS] == [
        *((1, 0), (-1, 0), (0, 1), (0, -1)),
        *((-1, -1), (1, 1), (-1, 1), (1, -1)),
    ]
    assert [d.dt for d in FRAME_DIRECTIONS] == [1, -1]


def test_temporal_shift_reads_the_next_and_the_previous_frame_and_zero_outside() -> None:
    config = ModelConfig(dim=16, heads=4, frames=T, temporal_shift=True, shift_div=4)
    x = numbered(16)
    out = shift_channels(x, folds(config, "spatial"))
    assert torch.equal(out[:, :-1, ..., :4], x[:, 1:, ..., :4])
    assert torch.equal(out[:, 1:, ..., 4:8], x[:, :-1, ..., 4:8])
    assert not out[:, -1, ..., :4].any()
    assert not out[:, 0, ..., 4:8].any()
    assert torch.equal(out[..., 8:], x[..., 8:])


def test_segments_do_not_see_each_other() -> None:
    config = ModelConfig(
        dim=16, heads=4, frames=6, temporal_shift=True, shift_div=4, shift_segment=3
    )
    x = torch.arange(6.0).reshape(1, 6, 1, 1, 1).expand(1, 6, 1, 1, 16) + 1
    out = shift_channels(x, folds(config, "spatial"), segment=3)
    assert out[0, :, 0, 0, 0].tolist() == [2, 3, 0, 5, 6, 0]
    assert out[0, :, 0, 0, 4].tolist() == [0, 1, 2, 0, 4, 5]


def test_official_heads_hear_what_the_paper_recipe_says() -> None:
    config = preset("official-b16")
    spatial = [(f.head, f.direction.label, f.start, f.stop) for f in head_folds(config, "temporal")]
    assert spatial[:3] == [(0, "below", 0, 32), (0, "above", 32, 64), (1, "right", 0, 32)]
    assert [row[0] for row in spatial] == [0, 0, 1, 1, 2, 2, 3, 3]
    temporal = [(f.head, f.direction.label, f.start, f.stop) for f in head_folds(config, "spatial")]
    assert temporal == [(0, "next frame", 0, 64), (1, "previous frame", 0, 64)]


def test_a_fold_that_straddles_heads_is_cut_at_their_border() -> None:
    config = ModelConfig(dim=48, heads=4, temporal_shift=True, shift_div=3)
    table = [(f.head, f.start, f.stop) for f in head_folds(config, "spatial")]
    assert table == [(0, 0, 12), (1, 0, 4), (1, 4, 12), (2, 0, 8)]


def test_blocks_without_a_shift_have_no_folds() -> None:
    config = ModelConfig(depth=3, temporal_shift=True, spatial_shift=True, shift_blocks=(1,))
    assert not folds(config, "spatial", 0)
    assert folds(config, "spatial", 1)
    assert not folds(config, "temporal", 2)


@given(
    direction=st.sampled_from(GRID_DIRECTIONS + FRAME_DIRECTIONS),
    frames=st.integers(1, 4),
    rows=st.integers(1, 4),
    columns=st.integers(1, 4),
)
@settings(max_examples=60)
def test_neighbor_exists_counts_the_tokens_inside(direction, frames, rows, columns) -> None:
    count = int(neighbor_exists(direction, frames, rows, columns).sum())
    lengths = ((frames, direction.dt), (rows, direction.dy), (columns, direction.dx))
    expected = 1
    for length, offset in lengths:
        expected *= max(0, length - abs(offset))
    assert count == expected
