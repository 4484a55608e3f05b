import pytest
import torch

from fixviz.analysis.neighbors import split_logits
from fixviz.model.attention import feature_map
from fixviz.model.directions import head_folds
from fixviz.model.layers import Attention

from .conftest import VARIANTS, build

FIXATED = ["fixation", "softmax-fixation", "separate", "shared", "joint"]


def attentions(name: str, seed: int = 0):
    model = build(**VARIANTS[name])
    pixels = torch.randn(2, 3, 3, 23, 37, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        trace = model.trace(pixels)
    for layer, block in enumerate(trace.blocks):
        for axis, attention_trace in block.attentions.items():
            module: Attention = model.blocks[layer].attentions[axis]
            table = head_folds(model.config, axis, layer)
            parts = split_logits(
                attention_trace, module.fixation, module.kind, table, module.segment
            )
            yield attention_trace, parts, module


@pytest.mark.parametrize("name", FIXATED)
@torch.inference_mode()
def test_parts_rebuild_the_logit(name: str) -> None:
    for trace, parts, module in attentions(name):
        fixation = module.fixation
        q = feature_map(trace.query, module.kind)
        k = feature_map(trace.shifted_key, module.kind)
        for which, projection, own in (
            ("query", fixation.query_projection, q),
            ("key", fixation.key_projection or fixation.query_projection, k),
        ):
            seen = torch.cat([q, k, trace.shifted_value], -1) if fixation.cooperative else own
            logit = projection(seen)
            ratio = getattr(trace, f"ratio_{which}")
            torch.testing.assert_close(torch.sigmoid(logit), ratio)
            error = (parts[which].logit() - logit).abs().max() / logit.abs().max()
            assert error < 1e-5


@torch.inference_mode()
def test_a_neighbor_outside_the_grid_contributes_nothing() -> None:
    for trace, parts, _ in attentions("fixation"):
        split = parts["key"]
        for row, part in zip(split.table, split.neighbors, strict=True):
            d = row.direction
            frames, rows, columns = trace.query.shape[1:4]
            for t in range(frames):
                for y in range(rows):
                    for x in range(columns):
                        inside = (
                            0 <= t + d.dt < frames
                            and 0 <= y + d.dy < rows
                            and 0 <= x + d.dx < columns
                        )
                        assert bool(part[:, t, y, x].any()) == inside


@torch.inference_mode()
def test_shares_are_fractions_and_only_holding_heads_have_them() -> None:
    for _, parts, _ in attentions("fixation"):
        split = parts["query"]
        share = split.share()
        for i, direction in enumerate(split.directions):
            holding = {row.head for row in split.table if row.direction == direction}
            for head in range(share.shape[-1]):
                values = share[i, ..., head]
                assert bool(values.isnan().all()) == (head not in holding)
        # Sums of rounded quotients and means: a few units of float32's last place above 1 at most.
        assert (share.nan_to_num(0).sum(0) <= 1 + 1e-5).all()


@torch.inference_mode()
def test_share_by_hand() -> None:
    """|neighbor| / (|query| + |own| + all |neighbors| of the head), averaged over channels."""
    _, parts, _ = next(iter(attentions("fixation")))
    split = parts["query"]
    row, part = split.table[0], split.neighbors[0]
    others = [p for r, p in zip(split.table, split.neighbors, strict=True) if r.head == row.head]
    total = split.query[..., row.head, :].abs() + split.own[..., row.head, :].abs()
    total = total + sum(p.abs() for p in others)
    expected = (part.abs() / total).mean(-1)
    torch.testing.assert_close(split.share()[0, ..., row.head], expected)


@torch.inference_mode()
def test_separate_query_ratio_hears_no_neighbor() -> None:
    for _, parts, _ in attentions("separate"):
        assert not any(part.any() for part in parts["query"].neighbors)
        assert any(part.any() for part in parts["key"].neighbors)
