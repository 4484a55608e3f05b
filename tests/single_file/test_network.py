"""The network as the browser runs it (fixviz/browser/network), in Node.js, against the network in PyTorch."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from fixviz.analysis.derived import Subject
from fixviz.analysis.features import fixation_weights
from fixviz.analysis.rollout import derive_rollout
from fixviz.analysis.run import NamedModel, analyze_clip
from fixviz.analysis.trace import trace
from fixviz.media.clip import Clip
from fixviz.model.checkpoints import load_model, save_checkpoint
from fixviz.model.config import (
    ModelConfig,
    checkpoint_names,
    checkpoint_sha256,
    read_config,
    resolve_checkpoint,
)
from fixviz.model.layers import Attention
from fixviz.model.transformer import VideoTransformer
from fixviz.reading.browser_networks import for_browser
from fixviz.store.codec import decode_array, encode_array
from tests.analysis.conftest import make_clip

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "js" / "run_network.js"
SHIFTS = {"spatial_shift": True, "temporal_shift": True}
SMALL = {"dim": 32, "heads": 4, "depth": 2, "head_hidden": 24, "frames": 4, "patch": 6}
VARIANTS: dict[str, dict[str, Any]] = {
    "softmax": {"attention": "softmax"},
    "linear": {},
    "shifted": SHIFTS,
    "some blocks shift": {**SHIFTS, "shift_blocks": (1,), "shift_segment": 2},
    "cooperative": {"fixation": "cooperative", **SHIFTS},
    "shared": {"fixation": "cooperative", "shared_projection": True, **SHIFTS, "shift_div": 4},
    "separate": {"fixation": "separate", "spatial_shift": True},
    "softmax with fixation": {"attention": "softmax", "fixation": "cooperative", **SHIFTS},
    "joint": {"form": "joint", "fixation": "cooperative"},
    "joint softmax": {"form": "joint", "attention": "softmax"},
    "odd widths": {"dim": 36, "heads": 4, "mlp_ratio": 3, "head_hidden": 5, "patch": 10, **SHIFTS},
    # Ratios near 0, where the epsilon in the normalizer of linear attention counts.
    "faint ratios": {"fixation": "cooperative", **SHIFTS},
    "a channel per fold": {"dim": 16, "heads": 4, "fixation": "cooperative", **SHIFTS},
}
ROLLOUTS: list[dict[str, Any]] = [
    {"frame": 2, "row": None, "column": None},
    {"frame": 0, "row": 0, "column": 0},
    {"frame": 5, "row": 2, "column": 3},
]

Array = NDArray[np.float32]


def in_node(tmp_path: Path, models: list[dict[str, Any]], rollouts: list[dict[str, Any]]) -> Any:
    """Run the networks in Node.js; without it, skip, or fail where CI runs the tests."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("Node.js is not installed")
        pytest.skip("Node.js is not installed")
    (tmp_path / "in.json").write_text(json.dumps({"models": models, "rollouts": rollouts}))
    done = subprocess.run(
        [node, str(SCRIPT), str(tmp_path / "in.json"), str(tmp_path / "out.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((tmp_path / "out.json").read_text())


def packed(array: NDArray[Any]) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"base64": data, "dtype": array.dtype.name, "shape": list(array.shape)}


def unpacked(text: str) -> Array:
    return np.frombuffer(base64.b64decode(text), np.float32)


def browser_inputs(folders: dict[str, Path], clip: Clip) -> tuple[list[dict[str, Any]], Any]:
    """What a browser gets of each model, and the manifest."""
    named = {}
    for name, folder in folders.items():
        info, model = read_config(folder), load_model(folder, "cpu")
        named[name] = NamedModel(model, info, checkpoint_sha256(folder))
    run = analyze_clip(named, clip)
    stored = {
        name: {"sha": name, "dtype": a.dtype.name, "shape": list(a.shape), "bytes": 0}
        for name, a in run.arrays.items()
    }
    found = for_browser({**run.manifest, "arrays": stored}, folders.__getitem__)
    assert found.left_out == []
    inputs = []
    for entry in found.manifest["models"]:
        weights = entry["network"]["weights"]
        values = decode_array(
            found.artifacts[weights["sha"]], weights["dtype"], tuple(weights["shape"])
        )
        pixels = run.arrays[f"pixels/{entry['config']['image_size']}"]
        inputs.append({"model": entry, "weights": packed(values), "pixels": packed(pixels)})
    return inputs, found.manifest


def assert_same(folder: Path, clip: Clip, entry: dict[str, Any], found: Any) -> None:
    """Compare all that one model computed with PyTorch's network."""
    model = load_model(folder, "cpu")
    exact = trace(model, clip)
    np.testing.assert_allclose(found["probabilities"], exact.probabilities, atol=1e-5)
    np.testing.assert_allclose(found["probabilities"], entry["probabilities"], atol=2e-5)
    for layer, block in enumerate(exact.blocks):
        for axis, part in block.attentions.items():
            for window, features in enumerate(found["features"][f"{axis}/{layer}"]):
                for name, values in zip(("query", "key", "value"), features, strict=True):
                    known = getattr(part, name)[window].numpy()
                    error = np.abs(unpacked(values) - known.ravel()).max()
                    assert error < 1e-5 * max(1, np.abs(known).max()), (axis, layer, name)
            attention = model.get_submodule(f"blocks.{layer}.attentions.{axis}")
            assert isinstance(attention, Attention)
            weights = fixation_weights(attention)
            assert set(found["fixation"][f"{axis}/{layer}"] or {}) == set(weights)
            for name, known in weights.items():
                got = unpacked(found["fixation"][f"{axis}/{layer}"][name])
                np.testing.assert_array_equal(got, known.ravel())
    for request, rollout in zip(ROLLOUTS, found["rollouts"], strict=True):
        arguments = {name: value for name, value in request.items() if value is not None}
        known = derive_rollout(Subject(model, clip.frames), arguments)
        outside = known.description.pop("outside")
        assert rollout["description"].pop("outside") == pytest.approx(outside, abs=1e-6)
        assert rollout["description"] == known.description
        np.testing.assert_allclose(
            unpacked(rollout["map"]), known.arrays["map"].ravel(), rtol=1e-4, atol=1e-8
        )


@pytest.mark.slow
def test_all_shipped_checkpoints_compute_the_same(tmp_path: Path) -> None:
    folders = {name: resolve_checkpoint(name) for name in checkpoint_names()}
    clip = make_clip(frames=13, height=64, width=88)
    inputs, _ = browser_inputs(folders, clip)
    assert {given["weights"]["dtype"] for given in inputs} == {"float16"}, "as they were shipped"
    for given, found in zip(inputs, in_node(tmp_path, inputs, ROLLOUTS), strict=True):
        assert_same(folders[given["model"]["name"]], clip, given["model"], found)


@pytest.mark.slow
def test_every_kind_of_network_computes_the_same(tmp_path: Path) -> None:
    """Random weights that are large enough for attention and ratios to be uneven; an odd number of frames."""
    folders = {}
    for seed, (name, changes) in enumerate(VARIANTS.items()):
        torch.manual_seed(seed)
        config = ModelConfig(**{**SMALL, "image_size": 32, "num_classes": 3, **changes})
        model = VideoTransformer(config).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter) * parameter.std().nan_to_num(1.0))
            for parameter_name, parameter in model.named_parameters():
                if parameter_name.endswith("qkv.weight"):
                    parameter.mul_(2)
                if name == "faint ratios" and parameter_name.endswith("key_projection.bias"):
                    parameter.sub_(9)
        folders[name] = tmp_path / name
        save_checkpoint(folders[name], model, title=name, card="")
    clip = make_clip(frames=7, height=32, width=46)
    inputs, manifest = browser_inputs(folders, clip)
    assert manifest["derived"] == "browser"
    for given, found in zip(inputs, in_node(tmp_path, inputs, ROLLOUTS), strict=True):
        assert_same(folders[given["model"]["name"]], clip, given["model"], found)


def test_a_clip_shorter_than_a_window_repeats_its_last_frame(tmp_path: Path) -> None:
    folder = resolve_checkpoint("fixation")
    clip = make_clip(frames=5, height=64, width=64)
    inputs, _ = browser_inputs({"fixation": folder}, clip)
    rollouts = [{"frame": 4, "row": 1, "column": 1}]
    (found,) = in_node(tmp_path, inputs, rollouts)
    exact = trace(load_model(folder, "cpu"), clip)
    np.testing.assert_allclose(found["probabilities"], exact.probabilities, atol=1e-5)


def test_weights_that_float16_would_change_stay_float32() -> None:
    from fixviz.reading.browser_networks import _artifact

    exact, rounded = np.float32([0.5, 3, -1.25]), np.float32([0.1, 1e6])
    for values, dtype in ((exact, "float16"), (rounded, "float32")):
        reference, data = _artifact({"a": values[:1], "b": values[1:]})
        assert reference["dtype"] == dtype
        assert data == encode_array(values.astype(dtype))
        np.testing.assert_array_equal(decode_array(data, dtype, values.shape), values)


def test_names_with_a_prefix_become_those_of_the_network(tmp_path: Path) -> None:
    from fixviz.reading.browser_networks import _read

    config = ModelConfig(**{**SMALL, "image_size": 32, "num_classes": 3})
    save_checkpoint(tmp_path, VideoTransformer(config), title="prefixed", card="")
    weights = tmp_path / "model.safetensors"
    plain = load_file(weights)
    for prefix in ("model.", "module."):
        save_file({f"{prefix}{name}": values for name, values in plain.items()}, weights)
        found = _read(tmp_path, (weights,))
        assert list(found) == sorted(plain), prefix
        for name, values in plain.items():
            np.testing.assert_array_equal(found[name], values)
