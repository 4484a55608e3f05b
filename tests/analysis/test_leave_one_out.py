"""Leaving neighbors out, against a shift written out by hand, one token at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from fixviz.analysis.derived import Subject
from fixviz.analysis.deriving import derive_from
from fixviz.analysis.maps import model_maps
from fixviz.analysis.measures import METRICS, concentration_measures
from fixviz.analysis.trace import window_pixels
from fixviz.analysis.windows import Windows
from fixviz.errors import JobCancelled, OptionError
from fixviz.model.attention import attention_weights
from fixviz.model.directions import folds
from fixviz.model.layers import to_sequences

from .conftest import VARIANTS, build, make_clip

FRAMES = make_clip(5, 23, 37).frames


def naive_shift(x: Tensor, config, axis: str, left_out: set[str]) -> Tensor:
    """Token by token: the neighbor's channels, zeros or own beyond the border, own if left out."""
    _, frames, rows, columns, _ = x.shape
    out = x.clone()
    for fold in folds(config, axis):
        d, channels = fold.direction, slice(fold.start, fold.stop)
        if d.label in left_out:
            continue
        for t in range(frames):
            for row in range(rows):
                for column in range(columns):
                    at = t + d.dt, row + d.dy, column + d.dx
                    inside = all(
                        0 <= a < size for a, size in zip(at, (frames, rows, columns), strict=True)
                    )
                    if inside:
                        out[:, t, row, column, channels] = x[:, at[0], at[1], at[2], channels]
                    elif not (d.dy and d.dx):
                        out[:, t, row, column, channels] = 0
    return out


def naive_attention(model, layer: int, axis: str, tokens: Tensor, left_out: set[str]):
    """Output, query and key of one attention whose shift is written out by hand."""
    config, module = model.config, model.blocks[layer].attentions[axis]
    query, key, value = module.project(model.blocks[layer].attention_norms[axis](tokens))
    key, value = (naive_shift(x, config, axis, left_out) for x in (key, value))
    saved, module.folds = module.folds, ()
    try:
        return module.trace_from(query, key, value)
    finally:
        module.folds = saved


def naive_network(model, pixels: Tensor, left_out: dict[tuple[int, str], set[str]]) -> Tensor:
    tokens = model.embed(pixels)
    for number, block in enumerate(model.blocks):
        for axis in block.axes:
            off = left_out.get((number, axis), set())
            tokens = tokens + naive_attention(model, number, axis, tokens, off).output
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return model.classify(model.norm(tokens)).softmax(-1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fixation", "softmax-fixation", "shared"])
@torch.inference_mode()
def test_left_out_directions_equal_a_shift_written_by_hand(name: str) -> None:
    model = build(**VARIANTS[name])
    found = derive_from(Subject(model, FRAMES), "leave_one_out", {})
    predicted = derive_from(Subject(model, FRAMES), "left_out_predictions", {}).arrays
    rows = found.description["rows"]
    windows = Windows(len(FRAMES), 3)
    pixels = window_pixels(model, FRAMES, windows.indices)
    np.testing.assert_allclose(predicted["own"], naive_network(model, pixels, {}), atol=1e-5)
    tokens = model.embed(pixels)
    for layer, block in enumerate(model.blocks):
        before = dict(zip(block.axes, _inputs(model, layer, tokens), strict=True))
        for number, row in enumerate(rows):
            off, axis = {d["label"] for d in row["directions"]}, row["axis"]
            own = naive_attention(model, layer, axis, before[axis], set())
            other = naive_attention(model, layer, axis, before[axis], off)
            at = windows.of_frame, windows.position_of_frame
            difference = (other.output - own.output)[at]
            expected = difference.norm(dim=-1) / own.output[at].norm(dim=-1)
            np.testing.assert_allclose(
                found.arrays["output_change/token"][layer, number], expected, atol=2e-3, rtol=2e-3
            )
            whole = difference.flatten(1).norm(dim=1) / own.output[at].flatten(1).norm(dim=1)
            np.testing.assert_allclose(
                found.arrays["output_change/frame"][layer, number], whole, rtol=1e-4
            )
            heads = holding(model.config, axis, off)
            moved = found.arrays["concentration_change"][layer, number]
            assert np.isfinite(moved).all(1).tolist() == [h in heads for h in range(4)]
            measured = [frame_concentration(x, axis, model.config.attention) for x in (other, own)]
            np.testing.assert_allclose(
                moved[heads], (measured[0] - measured[1])[at].T[heads], atol=1e-4
            )
            for which in ("query", "key"):
                ratios = (getattr(x, f"ratio_{which}")[at][..., heads, :] for x in (other, own))
                change = next(ratios) - next(ratios)
                for kind, values in (("signed", change), ("absolute", change.abs())):
                    np.testing.assert_allclose(
                        found.arrays[f"ratio_change/{which}/{kind}"][layer, number],
                        values.mean((-2, -1)),
                        atol=2e-3,
                    )
            np.testing.assert_allclose(
                predicted["layer"][layer, number],
                naive_network(model, pixels, {(layer, axis): off}),
                atol=1e-5,
            )
        tokens = block.trace(tokens).output
    for number, row in enumerate(rows):
        off = {d["label"] for d in row["directions"]}
        everywhere = {(layer, row["axis"]): off for layer in range(2)}
        np.testing.assert_allclose(
            predicted["everywhere"][number],
            naive_network(model, pixels, everywhere),
            atol=1e-5,
        )


def _inputs(model, layer: int, tokens: Tensor) -> list[Tensor]:
    """The tokens that each attention of a block gets."""
    result = []
    for axis in model.blocks[layer].axes:
        result.append(tokens)
        tokens = tokens + naive_attention(model, layer, axis, tokens, set()).output
    return result


def holding(config, axis: str, labels: set[str]) -> list[int]:
    """Heads of which a channel belongs to one of the directions."""
    held = [f for f in folds(config, axis) if f.direction.label in labels]
    return sorted({c // config.head_dim for f in held for c in range(f.start, f.stop)})


def frame_concentration(part, axis: str, kind: str) -> Tensor:
    """[W, T, n]: mean over a frame's queries, from the full matrices."""
    weights = attention_weights(
        to_sequences(part.fixed_query, axis), to_sequences(part.fixed_key, axis), kind
    )
    rows = torch.from_numpy(concentration_measures(weights.numpy()))
    rows = rows[..., METRICS.index("concentration")]
    windows, length, height, width, heads, _ = part.query.shape
    if axis == "spatial":
        return rows.mean(-1).reshape(windows, length, heads)
    return rows.reshape(windows, height * width, heads, length).mean(1).transpose(1, 2)


@pytest.mark.parametrize("kind", ["leave_one_out", "left_out_predictions"])
def test_one_layer_equals_its_part_of_the_full_answer(kind: str) -> None:
    subject = Subject(build(**VARIANTS["fixation"]), FRAMES)
    full = derive_from(subject, kind, {})
    one = derive_from(subject, kind, {"layer": 1})
    assert one.description["layers"] == [1]
    assert set(full.arrays) - set(one.arrays) <= {"everywhere"}
    for name, values in one.arrays.items():
        whole = full.arrays[name]
        np.testing.assert_allclose(values, whole if name == "own" else whole[1:], atol=1e-6)


def test_all_layers_at_once_equal_their_part_of_the_full_answer() -> None:
    subject = Subject(build(**VARIANTS["fixation"]), FRAMES)
    full = derive_from(subject, "left_out_predictions", {})
    every = derive_from(subject, "left_out_predictions", {"layer": "all"})
    assert set(every.arrays) == {"own", "everywhere"}
    np.testing.assert_allclose(every.arrays["everywhere"], full.arrays["everywhere"], atol=1e-6)


@pytest.mark.parametrize("kind", ["leave_one_out", "left_out_predictions"])
def test_small_batches_of_windows_change_nothing(kind: str, monkeypatch) -> None:
    subject = Subject(build(**VARIANTS["fixation"]), make_clip(13).frames)
    full = derive_from(subject, kind, {"layer": 0})
    monkeypatch.setattr("fixviz.analysis.leave_one_out.sweep._VALUES_AT_ONCE", 1)
    for name, values in derive_from(subject, kind, {"layer": 0}).arrays.items():
        np.testing.assert_allclose(values, full.arrays[name], atol=1e-3, rtol=1e-3, err_msg=name)


def test_a_layer_that_does_not_shift_is_undefined_and_predicts_the_same() -> None:
    subject = Subject(build(**VARIANTS["fixation"], shift_blocks=(1,)), FRAMES)
    arrays = derive_from(subject, "leave_one_out", {"layer": 0}).arrays
    assert np.isnan(arrays["output_change/frame"]).all()
    assert np.isnan(arrays["concentration_change"]).all()
    assert np.isnan(arrays["ratio_change/key/signed"]).all()
    predicted = derive_from(subject, "left_out_predictions", {"layer": 0}).arrays
    same = np.broadcast_to(predicted["own"], predicted["layer"].shape)
    np.testing.assert_allclose(predicted["layer"], same, atol=1e-6)


def test_without_fixation_there_are_no_ratios_to_change() -> None:
    subject = Subject(build(temporal_shift=True), FRAMES)
    arrays = derive_from(subject, "leave_one_out", {"layer": 0}).arrays
    assert not any(name.startswith("ratio") for name in arrays)
    assert (arrays["output_change/frame"] > 0).all()


def test_all_neighbors_out_is_the_model_with_a_shift_that_does_nothing() -> None:
    model = build(**VARIANTS["fixation"])
    found = derive_from(Subject(model, FRAMES), "without_neighbors", {})
    every = derive_from(Subject(model, FRAMES), "left_out_predictions", {"layer": "all"})
    np.testing.assert_allclose(
        found.arrays["probabilities"], every.arrays["everywhere"][-1], atol=1e-5
    )
    for block in model.blocks:
        for attention in block.attentions.values():
            attention.folds = ()
    expected = model_maps(model, FRAMES).arrays["spatial/attention_received/slot"]
    kept = found.arrays["spatial/attention_received/source"]
    np.testing.assert_allclose(kept, expected, atol=2e-3, rtol=2e-3)
    assert found.description["metrics"] == list(METRICS)


@pytest.mark.parametrize("kind", ["leave_one_out", "left_out_predictions", "without_neighbors"])
def test_a_model_that_hears_no_neighbors_says_so(kind: str) -> None:
    with pytest.raises(OptionError, match="reads no neighbors"):
        derive_from(Subject(build(), FRAMES), kind, {})


@pytest.mark.parametrize("kind", ["leave_one_out", "left_out_predictions"])
@pytest.mark.parametrize("layer", [2, -1, "first", True])
def test_a_layer_that_is_not_there_is_refused(layer, kind: str) -> None:
    with pytest.raises(OptionError, match="no layer"):
        derive_from(Subject(build(**VARIANTS["fixation"]), FRAMES), kind, {"layer": layer})


@pytest.mark.parametrize("kind", ["leave_one_out", "left_out_predictions"])
def test_it_reports_progress_up_to_the_end_and_stops_when_asked(kind: str) -> None:
    model = build(**VARIANTS["fixation"])
    shares: list[float] = []
    derive_from(Subject(model, FRAMES, progress=lambda share, text: shares.append(share)), kind, {})
    assert shares == sorted(shares)
    assert shares[-1] == 1

    def stop() -> None:
        raise JobCancelled("stopped")

    with pytest.raises(JobCancelled):
        derive_from(Subject(model, FRAMES, should_stop=stop), kind, {})
