"""The parts of a fixation ratio's logit add up, per token and in the mean, for every token."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fixviz.analysis.derived import Subject
from fixviz.analysis.deriving import derive_from
from fixviz.analysis.logit_parts import network_logits
from fixviz.analysis.neighbors import axis_directions, part_names, split_logits
from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig
from fixviz.model.directions import head_folds
from fixviz.model.layers import Attention

from .conftest import VARIANTS, build, make_clip


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**16),
    axis=st.sampled_from(["temporal", "spatial"]),
    attention=st.sampled_from(["linear", "softmax"]),
    fixation=st.sampled_from(["cooperative", "separate"]),
    segment=st.sampled_from([None, 1, 3]),
    rows=st.integers(1, 4),
    columns=st.integers(1, 5),
)
@torch.inference_mode()
def test_parts_and_constant_rebuild_the_logit(
    seed, axis, attention, fixation, segment, rows, columns
) -> None:
    """Every token, those at the border too, for both ratios."""
    config = ModelConfig(
        attention=attention,
        fixation=fixation,
        spatial_shift=True,
        temporal_shift=True,
        shift_div=4,
        shift_segment=segment,
        dim=32,
        frames=3,
    )
    torch.manual_seed(seed)
    module = Attention(config, axis, 0).eval()
    trace = module.trace(torch.randn(2, 3, rows, columns, 32))
    assert module.fixation is not None
    parts = split_logits(
        trace, module.fixation, attention, head_folds(config, axis), module.segment
    )
    for which, logit in network_logits(module, trace).items():
        ratio = trace.ratio_query if which == "query" else trace.ratio_key
        torch.testing.assert_close(logit.sigmoid(), ratio)
        assert (parts[which].logit() - logit).abs().max() < 1e-5
        means = parts[which].channel_means(axis_directions(config, axis))
        assert (means.sum(-1) - logit.mean(-1)).abs().max() < 1e-5


@torch.inference_mode()
def test_known_ratio_and_parts() -> None:
    """Weights set by hand: d = 4, W_q picks k' of channel 0 and v' of channel 1, bias 0.5.

    Channels 0 and 1 of head 0 come from below and above (one channel each of 16). A frame of two
    rows holds keys 1 and 2 (all channels) and values -3 and 5.
    """
    config = ModelConfig(
        fixation="cooperative", spatial_shift=True, dim=16, heads=4, frames=1, mlp_ratio=1
    )
    module = Attention(config, "temporal", 0).eval()
    fixation = module.fixation
    assert fixation is not None
    for projection in (fixation.query_projection, fixation.key_projection):
        torch.nn.init.zeros_(projection.weight)
        torch.nn.init.constant_(projection.bias, 0.5)
    fixation.query_projection.weight[0, 4 + 0] = 1.0  # r_q of channel 0 sees phi(k') of channel 0
    fixation.query_projection.weight[0, 8 + 1] = 0.1  # and v' of channel 1
    shape = (1, 1, 2, 1, 16)
    query = torch.zeros(shape)
    key, value = torch.empty(shape), torch.empty(shape)
    key[0, 0, :, 0], value[0, 0, :, 0] = torch.tensor([[1.0], [2.0]]), torch.tensor([[-3.0], [5.0]])
    trace = module.trace_from(query, key, value)
    table = head_folds(config, "temporal")
    means = split_logits(trace, fixation, "linear", table)["query"].channel_means(
        axis_directions(config, "temporal")
    )
    # phi(k') = ReLU(k') + 1/2, so the constant is 0.5 + 0.5 in channel 0 and 0.5 in the others.
    top, bottom = means[0, 0, 0, 0, 0], means[0, 0, 1, 0, 0]
    names = part_names(axis_directions(config, "temporal"))
    expected_top = dict.fromkeys(names, 0.0) | {"constant": 2.5 / 4, "below": 2.0 / 4}
    expected_bottom = dict.fromkeys(names, 0.0) | {"constant": 2.5 / 4, "above": -0.3 / 4}
    assert dict(zip(names, top.tolist(), strict=True)) == pytest.approx(expected_top)
    assert dict(zip(names, bottom.tolist(), strict=True)) == pytest.approx(expected_bottom)
    # At the border a neighbor outside reads 0: the top row hears nothing from above.
    assert trace.ratio_query is not None
    assert trace.ratio_query[0, 0, 0, 0, 0, 0] == pytest.approx(1 / (1 + math.exp(-3.0)))
    assert trace.ratio_query[0, 0, 1, 0, 0, 0] == pytest.approx(1 / (1 + math.exp(-0.7)))


def subject(name: str) -> Subject:
    return Subject(build(**VARIANTS[name]), make_clip().frames)


@pytest.mark.parametrize("name", ["fixation", "softmax-fixation", "shared", "joint"])
def test_the_parts_of_a_frame_are_those_of_its_own_window(name: str) -> None:
    axis = "joint" if name == "joint" else "spatial"
    found = derive_from(subject(name), "logit_parts", {"axis": axis, "layer": 1, "frame": 5})
    assert found.description["rebuild_error"] < 1e-5
    for which in ("query", "key"):
        parts, logit = found.arrays[f"parts/{which}"], found.arrays[f"logit/{which}"]
        assert parts.shape == (5, 8, 4, len(found.description["parts"]))
        np.testing.assert_allclose(parts.sum(-1), logit, atol=1e-5)
        ratio = found.arrays[f"ratio/{which}"]
        assert ratio.shape == (5, 8, 4, 8)
        assert ratio.dtype == np.float16


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("linear", {"axis": "spatial", "layer": 0, "frame": 0}, "no fixation"),
        ("fixation", {"axis": "joint", "layer": 0, "frame": 0}, "no joint attention"),
        ("fixation", {"axis": "spatial", "layer": 2, "frame": 0}, "in layer 2"),
        ("fixation", {"axis": "spatial", "layer": 0, "frame": 7}, "no frame 7"),
        ("fixation", {"axis": "spatial", "layer": 0}, "no frame None"),
    ],
)
def test_what_is_not_there_is_refused(name: str, arguments, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        derive_from(subject(name), "logit_parts", arguments)
