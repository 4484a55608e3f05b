"""Measured figures: known answers, and the same ones as the parts that they are made of."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from fixviz.analysis.target import target_figures
from fixviz.data.classes import CLASSES
from fixviz.errors import OptionError
from fixviz.evaluation.accuracy import evaluate, unseen_clips
from fixviz.evaluation.cost import measure_cost, peak_bytes
from fixviz.evaluation.intervals import wilson_interval
from fixviz.evaluation.measure import FIGURES, measure
from fixviz.evaluation.multiply_adds import multiply_adds
from fixviz.evaluation.results import answers_of, hits_of, labels_of
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer

SMALL = {"dim": 16, "depth": 2, "heads": 2, "mlp_ratio": 1, "head_hidden": 8, "frames": 5}
SMALL |= {"patch": 10, "stride": 8, "image_size": 40}


def model_of(**changes: object) -> VideoTransformer:
    torch.manual_seed(0)
    values = {"num_classes": len(CLASSES), "class_names": CLASSES, **SMALL, **changes}
    return VideoTransformer(ModelConfig(**values)).eval()


def test_wilson_interval_of_known_cases() -> None:
    assert wilson_interval(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson_interval(20, 20) == pytest.approx((0.8389, 1), abs=1e-4)


def test_the_wilson_interval_holds_its_share() -> None:
    for clips in range(1, 300):
        for right in {0, 1, clips // 3, clips - 1, clips}:
            low, high = wilson_interval(right, clips)
            assert 0 <= low <= right / clips <= high <= 1


def test_accuracy_is_that_of_evaluate() -> None:
    model = model_of(fixation="cooperative", temporal_shift=True, spatial_shift=True)
    wanted = evaluate(model, "easy", 37, seed=3, resolution=(29, 41))
    found = measure(model, "easy", 37, seed=3, resolution=(29, 41), attention_clips=0)
    assert {name: found[name] for name in wanted} == wanted
    assert found["layers"] == []
    assert found["accuracy_low"] <= found["accuracy"] <= found["accuracy_high"]


def test_uniform_attention_has_the_figures_of_uniform_attention() -> None:
    model = model_of()
    for block in model.blocks:
        torch.nn.init.zeros_(block.attentions["spatial"].qkv.weight)
        torch.nn.init.zeros_(block.attentions["spatial"].qkv.bias)
    for layer in measure(model, "standard", 7, seed=1)["layers"]:
        assert layer["concentration"] == pytest.approx(0, abs=1e-4)
        assert layer["effective_support"] == pytest.approx(6 * 6, abs=1e-2)
        assert layer["mass"] == pytest.approx(layer["area"], abs=1e-4)
        assert layer["mass_on_target"] == pytest.approx(layer["area"], abs=1e-4)


def test_layer_figures_are_means_over_the_frames_where_they_are_defined() -> None:
    # the second block reads other frames, so that a mix-up of layers shows
    model = model_of(attention="softmax", temporal_shift=True, shift_blocks=(1,))
    found = measure(model, "standard", 41, seed=2, attention_clips=11)
    clips = next(unseen_clips(model, "standard", 11, 2, None))
    with torch.inference_mode():
        blocks = model.trace((clips.pixels - 0.5) / 0.5).blocks
    assert [layer["frames"] for layer in found["layers"]] == [11 * 5] * 2
    assert found["attention_clips"] == 11
    for index, layer in enumerate(found["layers"]):
        trace = blocks[index].attentions["spatial"]
        direct = target_figures(trace, model.config, index, clips.target_mask)
        for name in FIGURES:
            wanted = np.nanmean(getattr(direct, name)[:11])
            assert layer[name] == pytest.approx(wanted, abs=2e-5), name
        assert layer["target_frames"] == np.isfinite(direct.mass[:11]).sum() < 55


def test_figures_have_intervals_over_clips_and_answers_are_kept() -> None:
    found = measure(model_of(), "standard", 31, seed=4, attention_clips=13)
    for layer in found["layers"]:
        assert set(layer["intervals"]) == set(FIGURES)
        for name, (low, high) in layer["intervals"].items():
            assert low <= layer[name] <= high, name
        assert layer["intervals"]["area"][0] < layer["intervals"]["area"][1]
    labels, answers = labels_of(found), answers_of(found)
    assert (len(labels), len(answers), found["frames"]) == (31, 31, 5)
    right = [shown == said for shown, said in zip(labels, answers, strict=True)]
    assert hits_of(found).tolist() == right
    assert labels[:30] == next(unseen_clips(model_of(), "easy", 1, 4, None)).labels.tolist()


def test_multiply_adds_know_fused_attention() -> None:
    model = model_of(attention="softmax")
    found = multiply_adds(model, 40, 40)
    with sdpa_kernel(SDPBackend.MATH):
        assert multiply_adds(model, 40, 40) == found
    # 36 patches of 5 frames: 4 projections and 2 layers of the MLP, and softmax over space and time
    per_token = model.config.dim**2
    assert found > 2 * 180 * (2 * 4 + 2) * per_token
    wider = multiply_adds(model, 88, 88)
    assert wider / found > (12 / 6) ** 2, "attention grows faster than the tokens"


def test_a_joint_model_has_no_spatial_figures() -> None:
    assert measure(model_of(form="joint"), "easy", 2)["layers"] == []


def test_steps_are_reported_and_other_seeds_are_other_clips() -> None:
    done: list[int] = []
    model = model_of()
    first = measure(model, "easy", 35, attention_clips=3, step=done.append)
    assert done == [30, 35]
    second = measure(model, "easy", 35, seed=1, attention_clips=3)
    assert first["layers"] != second["layers"]


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(OptionError, match="at least 1"):
        measure(model_of(), clips=0)
    with pytest.raises(OptionError, match="out of range"):
        measure(model_of(), clips=1, seed=2**42)
    with pytest.raises(OptionError, match="other classes"):
        measure(model_of(class_names=()), clips=1)


def test_peak_memory_of_a_known_computation() -> None:
    start = torch.ones(1000)

    def compute() -> None:
        a = start + 1  # 4000 bytes
        b = a.view(10, 100) + 1  # 8000
        del a  # 4000
        c = b.t() * 2  # 8000
        c.add_(1)
        d = c.double()  # 16000
        del b, c, d

    with torch.inference_mode():
        assert peak_bytes(compute, torch.device("cpu")) == 16000


def test_cost_grows_with_the_frame() -> None:
    model = model_of()
    small, large = measure_cost(model, 40, 40, 1), measure_cost(model, 80, 88, 1)
    tokens = [math.prod(n // 8 + 1 for n in size) for size in ((40, 40), (80, 88))]
    ratio = large.peak_bytes / small.peak_bytes
    assert ratio == pytest.approx(tokens[1] / tokens[0], rel=0.15)
    assert small.seconds > 0
    assert small.device.startswith("cpu (")


def test_measuring_memory_does_not_load_torchs_compiler() -> None:
    """Loading it takes seconds, which an estimate would wait for."""
    code = """
import sys
import torch
from fixviz.evaluation.cost import peak_bytes
assert peak_bytes(lambda: torch.ones(1000) + 1, torch.device("cpu"), arrays=True) >= 8000
print("torch._dynamo" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
