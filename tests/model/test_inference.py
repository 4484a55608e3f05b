"""The path without a trace gives the numbers of the trace, and both those of the paper's equations."""

from functools import partial
from typing import cast

import pytest
import torch

from fixviz.evaluation.cost import peak_bytes
from fixviz.model import inference, naive_network
from fixviz.model.change import AttentionChange
from fixviz.model.config import ModelConfig
from fixviz.model.directions import Direction, Fold
from fixviz.model.inference import pieces
from fixviz.model.layers import Attention
from fixviz.model.shift import shift_channels
from fixviz.model.transformer import VideoTransformer

SIZES = dict(dim=48, depth=2, heads=4, frames=6, patch=6, stride=5, head_hidden=11, num_classes=7)
FIXATION = {
    "none": dict(),
    "separate": dict(fixation="separate"),
    "cooperative": dict(fixation="cooperative"),
    "shared": dict(fixation="cooperative", shared_projection=True),
}
SHIFTS = {
    "no shift": dict(),
    "both shifts": dict(spatial_shift=True, temporal_shift=True),
    "pieces": dict(spatial_shift=True, temporal_shift=True, shift_segment=2, shift_div=5),
    "one block": dict(temporal_shift=True, shift_blocks=(1,), shift_div=2),
    "joint": dict(form="joint"),
}
GRIDS = [(23, 37), (4, 31), (6, 3)]
"""Heights and widths in pixels: grids of 5 x 8, of 1 x 7 and of 2 x 1 patches."""


def build(**changes) -> VideoTransformer:
    torch.manual_seed(0)
    model = VideoTransformer(ModelConfig(**{**SIZES, **changes})).eval()
    for name, weight in model.named_parameters():
        if name.endswith(
            "bias"
        ):  # As in a trained network: what a fold reads outside is 0 and no bias.
            torch.nn.init.normal_(weight, std=0.3)
    return model


def clips(height: int, width: int, count: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, SIZES["frames"], 3, height, width, generator=generator)


@pytest.mark.parametrize("size", GRIDS, ids=str)
@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("fixation", FIXATION)
@pytest.mark.parametrize("attention", ["softmax", "linear"])
def test_both_paths_give_what_the_equations_say(attention, fixation, shift, size) -> None:
    model = build(attention=attention, **FIXATION[fixation], **SHIFTS[shift])
    pixels = clips(*size)
    exact = {name: weight.double() for name, weight in model.state_dict().items()}
    right = naive_network.logits(exact, model.config, pixels.double())
    with torch.no_grad():
        fast, traced = model(pixels), model.trace(pixels).logits
    for found in (fast, traced):
        assert (found.double() - right).abs().max() <= 1e-5
    assert right.std() > 0.01  # Else anything would be near enough.


@pytest.mark.parametrize("attention", ["softmax", "linear"])
def test_the_paths_differ_by_rounding_alone(attention) -> None:
    model = build(attention=attention, fixation="cooperative", **SHIFTS["pieces"]).double()
    pixels = clips(23, 37).double()
    with torch.no_grad():
        fast, traced = model.features(pixels), model.trace(pixels).tokens
    torch.testing.assert_close(fast, traced, rtol=1e-11, atol=1e-11)


def test_nothing_is_traced_when_no_gradient_is_wanted(monkeypatch) -> None:
    model = build(fixation="cooperative", **SHIFTS["both shifts"])
    pixels = clips(23, 37)
    traced = model(pixels)
    assert traced.requires_grad
    monkeypatch.setattr(Attention, "trace", None)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            torch.testing.assert_close(model(pixels), traced.detach(), rtol=1e-5, atol=1e-6)
    model.requires_grad_(False)
    torch.testing.assert_close(model(pixels), traced.detach(), rtol=1e-5, atol=1e-6)


def test_gradients_of_the_pixels_reach_through_frozen_weights() -> None:
    model = build(fixation="cooperative", **SHIFTS["both shifts"]).double()
    pixels = clips(13, 17, count=1).double().requires_grad_()
    exact = {name: weight.detach() for name, weight in model.state_dict().items()}
    (right,) = torch.autograd.grad(naive_network.logits(exact, model.config, pixels).sum(), pixels)
    model.requires_grad_(False)
    (found,) = torch.autograd.grad(model(pixels).sum(), pixels)
    torch.testing.assert_close(found, right, rtol=1e-8, atol=1e-10)


def test_autocast_changes_the_number_format_of_products_and_not_of_tokens() -> None:
    model = build(fixation="cooperative", **SHIFTS["both shifts"])
    pixels = clips(23, 37)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        tokens = model.features(pixels)
    assert tokens.dtype == torch.float32
    assert torch.isfinite(tokens).all()


@pytest.mark.parametrize("axis", ["temporal", "spatial"])
@pytest.mark.parametrize(
    "change",
    [
        AttentionChange(dial=0.0),
        AttentionChange(dial=2.5),
        AttentionChange(directions_off=frozenset({"above", "below right", "next frame"})),
        AttentionChange(heads_off=frozenset({1, 3})),
    ],
    ids=["ratios off", "dial", "directions off", "heads off"],
)
def test_a_changed_attention_gives_the_output_of_its_trace(axis, change) -> None:
    model = build(fixation="cooperative", **SHIFTS["both shifts"])
    attention = cast(Attention, model.blocks[0].attentions[axis])
    tokens = torch.randn(2, 6, 3, 5, 48, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        as_learned, found = attention(tokens), attention(tokens, change)
        torch.testing.assert_close(
            found, attention.trace(tokens, change).output, rtol=1e-5, atol=1e-6
        )
    assert not torch.allclose(as_learned, found, atol=1e-4)


def test_the_tokens_that_are_given_stay_as_they_are() -> None:
    model = build(fixation="cooperative", **SHIFTS["both shifts"])
    tokens = torch.randn(1, 6, 3, 5, 48)
    before = tokens.clone()
    with torch.no_grad():
        for part in (model.blocks[0], model.blocks[0].mlp, model.blocks[0].attentions["spatial"]):
            part(tokens)
            assert torch.equal(tokens, before)


def test_tokens_may_lie_in_memory_in_any_order() -> None:
    model = build(fixation="cooperative", **SHIFTS["both shifts"])
    tokens = torch.randn(1, 6, 3, 5, 48)
    turned = tokens.permute(4, 3, 2, 1, 0).contiguous().permute(4, 3, 2, 1, 0)
    with torch.no_grad():
        torch.testing.assert_close(model.blocks[0](turned), model.blocks[0](tokens))


def test_frames_of_the_hidden_layer_in_any_number_at_a_time_are_the_same(monkeypatch) -> None:
    mlp = build().blocks[0].mlp
    tokens = torch.randn(2, 7, 3, 5, 48)
    whole = mlp(tokens)
    for values in (1, 2 * 3 * 5 * mlp.hidden, 10**9):
        monkeypatch.setattr("fixviz.model.layers._HIDDEN_AT_ONCE", values)
        with torch.no_grad():
            torch.testing.assert_close(mlp(tokens), whole.detach())


def test_rows_of_ratios_in_any_number_at_a_time_are_the_same(monkeypatch) -> None:
    attention = build(fixation="cooperative").blocks[0].attentions["spatial"]
    tokens = torch.randn(1, 6, 3, 5, 48)
    with torch.no_grad():
        whole = attention(tokens)
        monkeypatch.setattr("fixviz.model.fixation._ROWS_AT_ONCE", 7)
        torch.testing.assert_close(attention(tokens), whole)


def test_pieces_cover_each_channel_once() -> None:
    east, north = Direction(0, 0, 1, "right"), Direction(0, -1, 0, "above")
    for folds in [(), (Fold(east, 0, 7), Fold(north, 7, 12)), (Fold(east, 5, 13),)]:
        count = torch.zeros(4, 6, dtype=torch.int32)
        for piece in pieces(folds, 4, 6):
            count[piece.heads, piece.channels] += 1
            if piece.direction is not None:
                assert piece.heads.stop - piece.heads.start == 1
        assert (count == 1).all()


def test_a_shift_further_than_the_grid_reads_nothing_but_zeros() -> None:
    x = torch.randn(1, 2, 1, 1, 6)
    out = torch.full((1, 2, 1, 1, 2, 3), torch.nan)
    folds = (
        Fold(Direction(0, 1, 0, "below"), 0, 2),
        Fold(Direction(0, -1, -1, "above left"), 2, 4),
    )
    inference._write(
        x.unflatten(-1, (2, 3)), out, pieces(folds, 2, 3), None, lambda z, t: t.copy_(z), 0.0
    )
    torch.testing.assert_close(out.flatten(-2), shift_channels(x, folds))
    assert (out.flatten(-2)[..., :2] == 0).all()


def test_memory_of_every_variant_grows_with_the_tokens_and_not_with_their_square() -> None:
    for attention in ("softmax", "linear"):
        model = build(attention=attention, fixation="cooperative", depth=1, dropout=0.0)
        peaks = []
        for side in (64, 256):
            pixels = torch.zeros(1, SIZES["frames"], 3, side, side)
            with torch.no_grad():
                peaks.append(peak_bytes(partial(model, pixels), pixels.device))
        tokens = [(side // 5 + 1) ** 2 for side in (64, 256)]
        assert peaks[1] / peaks[0] <= 1.2 * tokens[1] / tokens[0]
