"""At which frame sizes a checkpoint is offered, and in which order checkpoints stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from fixviz import resources
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import CheckpointInfo, ModelConfig, checkpoint_names
from fixviz.model.frame_sizes import common_sizes, trained_sizes
from fixviz.model.transformer import VideoTransformer

CONFIG = ModelConfig(dim=16, depth=1, heads=2, frames=3, image_size=20, patch=6, stride=5)


def info(extra: dict[str, Any], size: int = 64) -> CheckpointInfo:
    config = ModelConfig(image_size=size)
    return CheckpointInfo("made", Path(), "Made", config, extra)


def recipe(*sizes: object) -> dict[str, Any]:
    return {"training": {"recipe": {"sizes": list(sizes)}}}


def test_sizes_are_the_short_sides_of_the_training() -> None:
    mixed = recipe([64, 64], [64, 80], [80, 64], [96, 96], [64, 112], [112, 112])
    assert trained_sizes(info(mixed)) == (64, 96, 112)
    assert trained_sizes(info({})) == (64,)
    assert common_sizes([info(mixed), info(recipe([112, 112], [64, 64]), 112)]) == (64, 112)
    assert common_sizes([info(mixed), info({}, 23)]) == ()
    assert common_sizes([]) == ()


@pytest.mark.parametrize(
    "extra",
    [
        {"training": "long"},
        {"training": {"recipe": "small"}},
        {"training": {"recipe": {"sizes": 3}}},
        recipe([64], "64", [64, 64, 64], ["a", "b"], [True, 9.5]),
    ],
)
def test_a_strange_recipe_leaves_the_models_own_size(extra: dict[str, Any]) -> None:
    assert trained_sizes(info(extra)) == (64,)


def test_a_network_at_another_size_shares_its_weights() -> None:
    torch.manual_seed(0)
    model = VideoTransformer(CONFIG).eval()
    larger = model.at_size(45)
    assert (model.config.image_size, larger.config.image_size) == (20, 45)
    assert next(larger.parameters()) is next(model.parameters())
    pixels = torch.rand(1, 3, 3, 45, 70)
    assert torch.equal(model(pixels), larger(pixels))


def test_sets_of_three_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "checkpoints", lambda: tmp_path)
    assert checkpoint_names() == []
    given = ["softmax-fixation", "fixation", "base-linear", "cue-fixation", "softmax", "linear"]
    given += ["base-softmax", "linear-neighbors", "base-fixation", "cue-softmax", "fixation-alone"]
    for name in given:
        save_checkpoint(tmp_path / name, VideoTransformer(CONFIG), title=name, card="")
    assert checkpoint_names() == [
        *("softmax", "linear", "fixation"),
        *("base-softmax", "base-linear", "base-fixation", "cue-softmax", "cue-fixation"),
        *("fixation-alone", "linear-neighbors", "softmax-fixation"),
    ]
