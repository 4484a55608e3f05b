"""Parts, spread, features and concentration that a run keeps of fixation, against the full trace."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fixviz.analysis.fixation_effect import BINS, ratio_histogram, shuffle_tokens, shuffled_order
from fixviz.analysis.logit_parts import network_logits
from fixviz.analysis.maps import model_maps
from fixviz.analysis.measures import concentration_measures
from fixviz.analysis.trace import trace
from fixviz.model.attention import attention_weights, feature_map
from fixviz.model.layers import to_sequences

from .conftest import VARIANTS, build, make_clip

SIZE = (3, 5, 7)
FIXATED = ["fixation", "softmax-fixation", "separate", "joint"]


@given(axis=st.sampled_from(["temporal", "spatial", "joint"]), seed=st.integers(0, 99))
def test_shuffled_ratios_keep_their_multiset_in_every_sequence(axis: str, seed: int) -> None:
    torch.manual_seed(seed)
    ratio = torch.rand(2, *SIZE, 2, 3)
    order = shuffled_order(axis, *SIZE)
    dealt = shuffle_tokens(ratio, order, axis)
    before, after = (to_sequences(x, axis) for x in (ratio, dealt))
    torch.testing.assert_close(after.sort(2).values, before.sort(2).values)
    # A single cycle: nobody keeps its own, and a token's channels stay together.
    assert not (order == torch.arange(len(order))).any()
    torch.testing.assert_close(after, before[:, :, order])


def test_the_shuffle_is_the_same_every_time_and_one_token_keeps_its_own() -> None:
    assert torch.equal(shuffled_order("spatial", *SIZE), shuffled_order("spatial", *SIZE))
    assert shuffled_order("temporal", 1, 5, 7).tolist() == [0]


def test_histogram_by_hand() -> None:
    ratio = torch.tensor([0.0, 0.049, 0.051, 1.0, 0.5, 0.5]).reshape(1, 1, 3, 1, 2)
    counts = torch.zeros(BINS)
    counts[0], counts[1], counts[10], counts[19] = 2 / 6, 1 / 6, 2 / 6, 1 / 6
    torch.testing.assert_close(ratio_histogram(ratio)[0, 0], counts)


@pytest.mark.parametrize("name", FIXATED)
def test_what_a_run_keeps_equals_what_the_full_trace_says(name: str) -> None:
    clip, model = make_clip(), build(**VARIANTS[name])
    arrays = model_maps(model, clip.frames).arrays
    full = trace(model, clip)
    windows = full.windows
    for layer in range(model.config.depth):
        for axis, part in full.blocks[layer].attentions.items():
            logits = network_logits(model.blocks[layer].attentions[axis], part)
            for frame in (0, 3, 6):
                at = windows.of_frame[frame], windows.position_of_frame[frame]
                for which in ("query", "key"):
                    ratio = getattr(part, f"ratio_{which}")[at]
                    logit = logits[which][at].mean((0, 1, 3)).detach()
                    signed = arrays[f"{axis}/logit/{which}/signed"][layer, :, frame]
                    np.testing.assert_allclose(signed.sum(-1), logit, rtol=1e-4, atol=1e-5)
                    absolute = arrays[f"{axis}/logit/{which}/absolute"][layer, :, frame]
                    assert (absolute[:, 1:] >= np.abs(signed[:, 1:]) - 1e-6).all()
                    for statistic in ("mean", "std"):
                        kept = arrays[f"{axis}/ratio_channel/{which}/{statistic}"][layer, :, frame]
                        expected = getattr(np, statistic)(ratio.numpy(), (0, 1))
                        np.testing.assert_allclose(kept, expected, rtol=1e-3, atol=1e-5)
                    bars = arrays[f"{axis}/ratio_histogram/{which}"][layer, :, frame]
                    np.testing.assert_allclose(bars.sum(-1), 1, rtol=1e-5)
                    raw = part.query if which == "query" else part.shifted_key
                    before = feature_map(raw, model.config.attention)[at]
                    for step, feature in (("before", before), ("after", before * ratio)):
                        kept = arrays[f"{axis}/feature_channel/{which}/{step}"][layer, :, frame]
                        np.testing.assert_allclose(kept, feature.mean((0, 1)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", FIXATED)
def test_concentration_with_other_ratios_equals_that_of_the_full_matrix(name: str) -> None:
    clip, model = make_clip(), build(**VARIANTS[name])
    kind = model.config.attention
    arrays = model_maps(model, clip.frames).arrays
    full = trace(model, clip)
    windows, n = full.windows, model.config.heads
    for axis, part in full.blocks[1].attentions.items():
        sizes = part.query.shape[1:4]
        order = shuffled_order(axis, *sizes)
        for name_of, change in (
            ("ones", torch.ones_like),
            ("shuffled", lambda r, o=order, a=axis: shuffle_tokens(r, o, a)),
        ):
            q = feature_map(part.query, kind) * change(part.ratio_query)
            k = feature_map(part.shifted_key, kind) * change(part.ratio_key)
            weights = attention_weights(to_sequences(q, axis), to_sequences(k, axis), kind)
            rows = torch.from_numpy(concentration_measures(weights.numpy()))
            for frame in (0, 4):
                win, pos = windows.of_frame[frame], windows.position_of_frame[frame]
                length, height, width = sizes
                if axis == "spatial":
                    expected = rows[win * length + pos].mean(1)
                elif axis == "temporal":
                    grouped = rows.reshape(-1, height * width, n, length, rows.shape[-1])
                    expected = grouped[win, :, :, pos].mean(0)
                else:
                    expected = rows[win].unflatten(1, (length, -1))[:, pos].mean(1)
                kept = arrays[f"{axis}/metrics_ratios/{name_of}"][1, :, frame]
                np.testing.assert_allclose(kept, expected, rtol=1e-3, atol=1e-4)


def test_a_layer_without_neighbors_has_zeros_for_their_parts() -> None:
    model = build(**VARIANTS["fixation"], shift_blocks=(1,))
    arrays = model_maps(model, make_clip().frames).arrays
    signed = arrays["temporal/logit/query/signed"]
    assert signed.shape[-1] == 3 + 8
    assert not signed[0, ..., 3:].any()
    assert signed[1, ..., 3:].any()


def test_models_without_fixation_keep_none_of_it() -> None:
    names = set(model_maps(build(temporal_shift=True), make_clip().frames).arrays)
    assert not any(word in name for name in names for word in ("logit", "ratio_", "feature"))
