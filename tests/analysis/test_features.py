import json

import numpy as np
import pytest
import torch

from fixviz.analysis.features import layer_features
from fixviz.analysis.trace import trace
from fixviz.errors import OptionError

from .conftest import VARIANTS, build, make_clip


@pytest.mark.parametrize("name", VARIANTS)
def test_features_are_the_networks_own_rounded_to_float16(name: str) -> None:
    model, clip = build(**VARIANTS[name]), make_clip()
    full = trace(model, clip)
    for axis in model.config.axes:
        found = layer_features(model, clip.frames, axis, 1)
        part = full.blocks[1].attentions[axis]
        for which in ("query", "key", "value"):
            exact = getattr(part, which).numpy()
            assert found.arrays[which].dtype == np.float16
            np.testing.assert_allclose(found.arrays[which], exact, rtol=1e-3, atol=1e-4)
        assert 0 < found.description["stored_error"] < 0.05
        json.dumps(found.description, allow_nan=False)


def test_ratios_follow_from_the_stored_features_and_weights() -> None:
    model, clip = build(**VARIANTS["fixation"]), make_clip()
    found = layer_features(model, clip.frames, "temporal", 0)
    attention = model.blocks[0].attentions["temporal"]
    stored = [
        torch.from_numpy(found.arrays[n]).float().flatten(-2) for n in ("query", "key", "value")
    ]
    with torch.inference_mode():
        again = attention.trace_from(*stored)
        exact = trace(model, clip).blocks[0].attentions["temporal"]
        seen = torch.cat([torch.relu(again.query) + 8**-0.5, torch.relu(again.shifted_key) + 8**-0.5,
                          again.shifted_value], -1)  # fmt: skip
    weight, bias = found.arrays["query_weight"], found.arrays["query_bias"]
    ratio = 1 / (1 + np.exp(-(seen.numpy() @ weight.T + bias)))
    np.testing.assert_allclose(ratio, again.ratio_query, atol=1e-5)
    np.testing.assert_allclose(ratio, exact.ratio_query, atol=2e-2)


def test_folds_name_every_shifted_channel() -> None:
    found = layer_features(build(**VARIANTS["fixation"]), make_clip().frames, "spatial", 0)
    folds = [(f["dt"], f["head"], f["start"], f["stop"]) for f in found.description["folds"]]
    assert folds == [(1, 0, 0, 4), (-1, 0, 4, 8)]


@pytest.mark.parametrize(("axis", "layer"), [("joint", 0), ("spatial", 2), ("spatial", -1)])
def test_an_attention_that_does_not_exist_is_refused(axis: str, layer: int) -> None:
    with pytest.raises(OptionError, match=f"no {axis} attention in layer {layer}"):
        layer_features(build(), make_clip().frames, axis, layer)
