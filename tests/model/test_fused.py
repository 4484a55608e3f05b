"""The GPU kernels give what the trace gives: on a GPU in bfloat16, in Triton's interpreter in float32.

(The interpreter of Triton 3.6 multiplies bfloat16 wrongly.) `benchmarks/gpu.py` makes the same comparison
on every card that it measures.
"""

from __future__ import annotations

import importlib
import importlib.util
import os

import pytest
import torch

from fixviz.model.config import ModelConfig
from fixviz.model.layers import Attention

if importlib.util.find_spec("triton") is None:
    pytest.skip("Triton is not installed", allow_module_level=True)
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
FORMAT, ERROR = (torch.bfloat16, 1e-2) if DEVICE == "cuda" else (torch.float32, 1e-5)
if DEVICE == "cpu":
    os.environ["TRITON_INTERPRET"] = "1"

fused = importlib.import_module("fixviz.model.fused")
SIZES = dict(dim=64, depth=1, heads=4, frames=6)
FIXATION = {
    "none": dict(),
    "separate": dict(fixation="separate"),
    "cooperative": dict(fixation="cooperative"),
    "shared": dict(fixation="cooperative", shared_projection=True),
}
SHIFTS = {
    "no shift": dict(),
    "both shifts": dict(spatial_shift=True, temporal_shift=True, shift_div=4),
    "pieces": dict(spatial_shift=True, temporal_shift=True, shift_segment=2, shift_div=5),
}


def found_and_right(axis, config, tokens) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    attention = Attention(config, axis, 0).eval().requires_grad_(False)
    torch.nn.init.normal_(attention.qkv.bias, std=0.3)
    attention, tokens = attention.to(DEVICE, FORMAT), tokens.to(DEVICE, FORMAT)
    found = fused.fused_linear_attention(
        attention.qkv(tokens),
        attention.heads,
        axis,
        attention.folds,
        attention.neighbors,
        attention.segment,
        attention.fixation,
    )
    projected = attention.qkv(tokens).double()
    right = attention.double().trace_from(*projected.chunk(3, -1))
    return found, right.mixed.flatten(-2)


@pytest.mark.parametrize("grid", [(3, 5), (7, 11), (13, 11)], ids=str)
@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("fixation", FIXATION)
@pytest.mark.parametrize("axis", ["temporal", "spatial"])
def test_kernels_agree_with_the_trace(axis, fixation, shift, grid) -> None:
    config = ModelConfig(**SIZES, **FIXATION[fixation], **SHIFTS[shift])
    tokens = torch.randn(2, 6, *grid, 64, generator=torch.Generator().manual_seed(1))
    check(axis, config, tokens)


@pytest.mark.parametrize("fixation", FIXATION)
def test_kernels_agree_with_the_trace_of_a_long_sequence(fixation) -> None:
    config = ModelConfig(**SIZES, **FIXATION[fixation], form="joint")
    tokens = torch.randn(1, 6, 13, 11, 64, generator=torch.Generator().manual_seed(1))
    check("joint", config, tokens)


def check(axis, config, tokens) -> None:
    found, right = found_and_right(axis, config, tokens)
    assert found.shape == tokens.shape
    error = (found.double() - right).norm() / right.norm()
    assert error < ERROR
    # A wrong neighbor at the border alone would hide in the norm of all.
    assert (found.double() - right).abs().max() < 5 * ERROR * right.abs().max()


def test_channels_are_read_together_as_far_as_all_folds_allow() -> None:
    folds = importlib.import_module("fixviz.model.directions").folds
    assert fused.together_read((), 16) == 0
    for shift_div, together in (
        (2, 16),
        (8, 8),
        (5, 4),
        (3, 1),
    ):  # Folds of 32, 8, 12, 21 channels.
        config = ModelConfig(**SIZES, temporal_shift=True, shift_div=shift_div)
        assert fused.together_read(folds(config, "spatial"), 16) == together


@pytest.mark.parametrize("launch", fused.LAUNCHES, ids=str)
@pytest.mark.parametrize("axis", ["temporal", "spatial"])
def test_every_launch_agrees_with_the_trace(axis, launch, monkeypatch) -> None:
    monkeypatch.setattr(fused, "CHOSEN", dict.fromkeys(fused.CHOSEN, launch))
    config = ModelConfig(**SIZES, **FIXATION["cooperative"], **SHIFTS["both shifts"])
    tokens = torch.randn(2, 6, 7, 11, 64, generator=torch.Generator().manual_seed(1))
    check(axis, config, tokens)


def test_widths_and_formats_that_the_kernels_do_not_know_are_left_to_the_others() -> None:
    assert fused.fits(64, torch.bfloat16)
    assert not fused.fits(12, torch.bfloat16)
    assert not fused.fits(64, torch.float32)
