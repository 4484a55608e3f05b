"""The importer reads the authors' files and refuses what it would get wrong."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from fixviz import import_official_checkpoint
from fixviz.errors import CheckpointError
from fixviz.model.config import ModelConfig

GOLDEN = Path(__file__).parents[1] / "golden"
RECIPE: dict[str, Any] = {
    "DATA": {"NUM_FRAMES": 3, "TRAIN_CROP_SIZE": 56, "SAMPLING_RATE": 4, "TARGET_FPS": 30},
    "MODEL": {"NUM_CLASSES": 7, "DROPOUT_RATE": 0.5},
    "TEMPORAL_HEAD": {"MLP_DIM": 48},
    "XVIT": {
        "BASE_MODEL": "lvit_v2_b16",
        "USE_XVIT": True,
        "SHIFT_DIV": 8,
        "NUM_SEGMENTS": 3,
        "USE_SpatialShift": True,
        "LOCATIONS_LIST": [0, 1],
        "LINEAR_TYPE": "relu",
        "USE_CGATE": True,
        "SHARE_GATE": False,
        "ATTENTION_TYPE": "divided_time_space",
        "NORM_LAYER": "LN",
        "SHIFT_SIZE": 1,
        "SPATIAL_SIZE": 25,
    },
}
SMALL = {"dim": 48, "depth": 2, "heads": 4}
"""The golden networks are smaller than any network that the authors named."""


def golden(name: str = "cooperative_two_projections_both_shifts") -> dict[str, torch.Tensor]:
    return load_file(GOLDEN / f"{name}.safetensors")


def write(folder: Path, recipe=RECIPE, tensors=None, prefix: str = "module.") -> Path:
    tensors = golden() if tensors is None else tensors
    state = {
        prefix + name.removeprefix("weight."): tensor
        for name, tensor in tensors.items()
        if name.startswith("weight.")
    }
    content = {"model_state": state, "epoch": 3}
    if recipe is not None:
        content["cfg"] = yaml.safe_dump(recipe)
    torch.save(content, folder / "official.pyth")
    return folder / "official.pyth"


def changed(section: str, key: str, value: object) -> dict:
    recipe = copy.deepcopy(RECIPE)
    recipe[section][key] = value
    return recipe


@pytest.mark.parametrize("prefix", ["", "module."])
def test_the_configuration_follows_from_the_files_own_recipe(tmp_path: Path, prefix: str) -> None:
    model = import_official_checkpoint(write(tmp_path, prefix=prefix), SMALL)
    tensors = golden()
    assert not model.training
    assert model.config.fixation == "cooperative"
    assert model.config.shift_segment == 3
    assert model.config.shift_blocks == (0, 1)
    assert model.config.frame_rate == 7.5
    with torch.inference_mode():
        assert (model(tensors["input"]) - tensors["logits"]).abs().max() < 1e-5


def test_a_dict_without_any_recipe_needs_only_what_tensors_cannot_say(tmp_path: Path) -> None:
    path = write(tmp_path, recipe=None)
    stated = {"attention": "linear", "heads": 4, "stride": 14, "spatial_shift": True}
    with pytest.raises(CheckpointError, match="does not say temporal_shift"):
        import_official_checkpoint(path, stated)
    model = import_official_checkpoint(path, {**stated, "temporal_shift": True, "shift_div": 8})
    tensors = golden()
    with torch.inference_mode():
        assert (model(tensors["input"]) - tensors["logits"]).abs().max() < 1e-5


def test_leftovers_that_nothing_uses_are_dropped(tmp_path: Path) -> None:
    tensors = golden()
    tensors["weight.new_fc.weight"] = torch.zeros(3, 3)
    tensors["weight.base_model.head.weight"] = torch.zeros(3, 3)
    import_official_checkpoint(write(tmp_path, tensors=tensors), SMALL)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("XVIT", "LINEAR_TYPE", "orthoformer", "LINEAR_TYPE=orthoformer"),
        ("XVIT", "USE_3D", True, "USE_3D=True"),
        ("XVIT", "USE_MOTION", True, "USE_MOTION=True"),
        ("XVIT", "SHIFT_SIZE", 2, "SHIFT_SIZE=2"),
        ("XVIT", "SPATIAL_SIZE", 17, "SPATIAL_SIZE=17"),
        ("XVIT", "NORM_LAYER", "BN", "NORM_LAYER=BN"),
        ("XVIT", "NUM_SEGMENTS", 2, "NUM_SEGMENTS=2"),
        ("XVIT", "ATTENTION_TYPE", "full_time_space", "full_time_space with a shift"),
        ("XVIT", "ATTENTION_TYPE", "space_only", "ATTENTION_TYPE=space_only"),
        ("XVIT", "BASE_MODEL", "vit_base", "BASE_MODEL=vit_base"),
        ("MODEL", "NUM_CLASSES", 400, r"consensus\.mlp_head\.4\.weight"),
        ("MODEL", "NUM_CLASSES", "many", "MODEL.NUM_CLASSES='many'"),
    ],
)
def test_what_would_load_silently_wrong_is_refused_by_name(
    tmp_path: Path, section: str, key: str, value: object, message: str
) -> None:
    overrides = {} if key == "BASE_MODEL" else SMALL
    with pytest.raises(CheckpointError, match=message):
        import_official_checkpoint(write(tmp_path, changed(section, key, value)), overrides)


def test_a_used_base_head_is_refused(tmp_path: Path) -> None:
    tensors = golden()
    tensors["weight.base_model.head.weight"] = torch.zeros(3, 3)
    path = write(tmp_path, changed("MODEL", "DROPOUT_RATE", 0), tensors)
    with pytest.raises(CheckpointError, match=r"base_model\.head"):
        import_official_checkpoint(path, SMALL)


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("DATA", "NUM_FRAMES"),
        ("MODEL", "NUM_CLASSES"),
        ("TEMPORAL_HEAD", "MLP_DIM"),
        ("XVIT", "USE_XVIT"),
        ("XVIT", "LOCATIONS_LIST"),
        ("XVIT", "LINEAR_TYPE"),
        ("XVIT", "SHIFT_DIV"),
    ],
)
def test_a_missing_key_is_named(tmp_path: Path, section: str, key: str) -> None:
    recipe = copy.deepcopy(RECIPE)
    del recipe[section][key]
    with pytest.raises(CheckpointError, match=rf"lacks ({section}\.)?{key}"):
        import_official_checkpoint(write(tmp_path, recipe), SMALL)


def test_share_gate_is_on_unless_the_recipe_says_otherwise(tmp_path: Path) -> None:
    recipe = copy.deepcopy(RECIPE)
    del recipe["XVIT"]["SHARE_GATE"]
    tensors = golden("cooperative_one_projection_both_shifts")
    model = import_official_checkpoint(write(tmp_path, recipe, tensors), SMALL)
    assert model.config.shared_projection


def test_missing_and_unknown_tensors_are_named_as_the_file_names_them(tmp_path: Path) -> None:
    tensors = golden()
    del tensors["weight.base_model.blocks.1.attn.k_gate.bias"]
    with pytest.raises(CheckpointError, match=r"base_model\.blocks\.1\.attn\.k_gate\.bias"):
        import_official_checkpoint(write(tmp_path, tensors=tensors), SMALL)
    tensors = golden()
    tensors["weight.base_model.surprise"] = torch.zeros(1)
    with pytest.raises(CheckpointError, match=r"base_model\.surprise"):
        import_official_checkpoint(write(tmp_path, tensors=tensors), SMALL)


def test_a_given_model_config_wins_over_the_recipe(tmp_path: Path) -> None:
    config = ModelConfig(
        dim=48, depth=2, heads=4, frames=3, patch=16, stride=14, head_hidden=48, num_classes=7,
        fixation="cooperative", image_size=56,
    )  # fmt: skip
    path = write(tmp_path, changed("XVIT", "SPATIAL_SIZE", 25))
    assert import_official_checkpoint(path, config).config == config


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04broken"])
def test_other_files_are_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"x\.pth is not a torch checkpoint"):
        import_official_checkpoint(tmp_path / "x.pth")


def test_a_file_with_code_in_it_is_not_executed(tmp_path: Path) -> None:
    marker = tmp_path / "executed"

    class Evil:
        def __reduce__(self):
            return (Path.touch, (marker,))

    torch.save({"model_state": {}, "x": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(CheckpointError):
        import_official_checkpoint(tmp_path / "evil.pth")
    assert not marker.exists()
