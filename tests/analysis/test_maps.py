from functools import partial

import numpy as np
import pytest
import torch

from fixviz.analysis.maps import count_steps, model_maps
from fixviz.analysis.measures import concentration_measures
from fixviz.analysis.trace import trace
from fixviz.evaluation.cost import peak_bytes
from fixviz.model.attention import attention_weights
from fixviz.model.layers import to_sequences

from .conftest import VARIANTS, build, make_clip


@pytest.mark.parametrize("name", VARIANTS)
def test_maps_equal_what_the_full_matrices_say(name: str) -> None:
    """Frame by frame, head by head, from the matrices of the frame's own window."""
    clip, model = make_clip(), build(**VARIANTS[name])
    maps = model_maps(model, clip.frames)
    full = trace(model, clip)
    windows, grid = full.windows, full.grid
    h, w, n = grid.rows, grid.columns, model.config.heads
    for layer in range(model.config.depth):
        for axis, part in full.blocks[layer].attentions.items():
            a = attention_weights(
                to_sequences(part.fixed_query, axis),
                to_sequences(part.fixed_key, axis),
                model.config.attention,
            )
            for frame in range(len(clip)):
                win, pos = windows.of_frame[frame], windows.position_of_frame[frame]
                if axis == "spatial":
                    own = a[win * 3 + pos]
                    received = own.sum(1).reshape(n, h, w)
                    rows = own
                elif axis == "temporal":
                    places = a.reshape(-1, h, w, n, 3, 3)[win]
                    received = places.sum(-2)[..., pos].permute(2, 0, 1)
                    rows = places[..., pos, :].permute(2, 0, 1, 3).flatten(1, 2)
                else:
                    own = a[win].unflatten(-1, (3, h * w)).unflatten(1, (3, h * w))
                    received = own.sum((1, 2))[:, pos].reshape(n, h, w)
                    rows = own[:, pos].flatten(-2)
                slot = maps.arrays[f"{axis}/attention_received/slot"][layer, :, frame]
                np.testing.assert_allclose(slot, received, rtol=2e-4, atol=2e-5)
                measured = concentration_measures(rows.numpy()).mean(1)
                np.testing.assert_allclose(
                    maps.arrays[f"{axis}/metrics"][layer, :, frame], measured, rtol=1e-3, atol=1e-4
                )
                if part.ratio_query is not None:
                    np.testing.assert_allclose(
                        maps.arrays[f"{axis}/ratio_query"][layer, :, frame],
                        part.ratio_query[win, pos].mean(-1).permute(2, 0, 1),
                        rtol=1e-4,
                    )


@pytest.mark.parametrize("name", VARIANTS)
def test_the_map_rebuilds_the_output(name: str) -> None:
    maps = model_maps(build(**VARIANTS[name]), make_clip().frames)
    for errors in maps.rebuild_error.values():
        assert 0 < max(errors) < 1e-5


def test_received_attention_averages_to_one() -> None:
    arrays = model_maps(build(), make_clip().frames).arrays
    means = arrays["spatial/attention_received/slot"].mean((-2, -1))
    np.testing.assert_allclose(means, 1, atol=1e-5)


def test_baselines_have_neither_ratios_nor_neighbors() -> None:
    names = set(model_maps(build(), make_clip().frames).arrays)
    quantities = {name.split("/")[1] for name in names}
    assert not any(name.startswith(("ratio", "neighbor")) for name in quantities)


def test_probabilities_are_the_models_own_per_window(clip) -> None:
    model = build(**VARIANTS["fixation"])
    maps = model_maps(model, clip.frames)
    assert maps.probabilities.shape == (len(maps.windows.starts), 5)
    with torch.inference_mode():
        np.testing.assert_allclose(
            maps.probabilities, trace(model, clip).probabilities, rtol=1e-4, atol=1e-6
        )


@pytest.mark.slow
def test_batches_of_windows_do_not_change_the_result(monkeypatch) -> None:
    clip, model = make_clip(13), build(**VARIANTS["fixation"])
    whole = model_maps(model, clip.frames).arrays
    monkeypatch.setattr("fixviz.analysis.windows.VALUES_AT_ONCE", 1)
    monkeypatch.setattr("fixviz.analysis.rows.WEIGHTS_AT_ONCE", 200)
    assert count_steps(model, clip.frames) > 2 * model.config.depth
    for name, values in model_maps(model, clip.frames).arrays.items():
        np.testing.assert_allclose(values, whole[name], rtol=1e-3, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("frames", [1, 2])
def test_a_clip_shorter_than_a_window_works(frames: int) -> None:
    maps = model_maps(build(**VARIANTS["fixation"]), make_clip(frames).frames)
    for name, values in maps.arrays.items():
        assert values.shape[2] == frames
        assert "neighbor" in name or np.isfinite(values).all(), name


def test_one_block_is_in_memory_at_a_time_however_deep_the_network_is() -> None:
    peaks = []
    for depth in (1, 4):
        model = build(depth=depth, dim=128)
        frames = make_clip(model.config.frames).frames
        peaks.append(peak_bytes(partial(model_maps, model, frames), torch.device("cpu")))
    assert peaks[1] < 1.5 * peaks[0], "two blocks at once would take twice as much"
