"""Recipes that are shipped: they make models and data, whether or not they were run here."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from fixviz.errors import OptionError
from fixviz.model.config import preset
from fixviz.train.command import command
from fixviz.train.recipe import MODELS, RECIPES, Recipe, recipe
from fixviz.train.video_recipe import VIDEO_RECIPES, video_recipe


@pytest.mark.parametrize("name", RECIPES)
def test_no_channel_fold_of_a_recipe_straddles_a_head(name: str) -> None:
    for model in MODELS:
        config = recipe(name).config(model)
        assert config.dim % 16 == 0
        assert config.head_dim % (config.dim // 16) == 0
        assert config.patch > config.stride


def test_base_covers_sizes_from_64_to_160_pixels() -> None:
    base = recipe("base")
    assert base.sizes[0] == (112, 112) == (base.config("linear").image_size,) * 2
    assert min(min(s) for s in base.sizes) == 64
    assert (160, 160) in base.sizes
    assert any(h != w for h, w in base.sizes)


def test_the_papers_model_on_kinetics_is_the_official_one() -> None:
    config = video_recipe("paper-k400").config("fixation")
    assert config == preset("official-b16", frame_rate=1.875, dropout=0.5)


def test_something_something_differs_where_directions_matter() -> None:
    ssv2 = video_recipe("paper-ssv2")
    config = ssv2.config("fixation")
    assert (config.num_classes, config.shift_div, config.shift_segment) == (174, 4, None)
    assert not ssv2.augmentation.flip
    assert ssv2.sampling.kind == "segments"
    assert video_recipe("paper-k400").augmentation.flip
    baseline = ssv2.config("softmax")
    assert baseline.attention == "softmax"
    assert not (baseline.spatial_shift or baseline.temporal_shift)


def test_checkpoints_of_another_preset_say_so() -> None:
    usual, cue = recipe("small"), recipe("small", preset="cue")
    assert usual.checkpoint_name("linear") == "linear"
    assert cue.checkpoint_name("linear") == "cue-linear"
    assert usual.title("linear") == "Linear attention"
    assert cue.title("linear") == "Linear attention, trained on cue"


def test_checkpoints_of_recipe_base_lie_beside_the_others() -> None:
    base = recipe("base", preset="standard,filmed")
    assert base.checkpoint_name("softmax") == "base-softmax"
    assert base.title("softmax") == "Softmax attention, 112 px"
    cue = recipe("base", preset="cue")
    assert cue.checkpoint_name("linear") == "base-cue-linear"
    assert cue.title("linear") == "Linear attention, 112 px, trained on cue"
    # 112 / 8 + 1 patches in a row, and patches that overlap by half.
    config = base.config("fixation")
    assert (config.image_size // config.stride + 1, config.patch, config.stride) == (15, 16, 8)


def test_two_presets_make_the_main_models_too() -> None:
    mixed = recipe("small", preset="standard, filmed")
    assert mixed.presets == ("standard", "filmed")
    assert mixed.checkpoint_name("linear") == "linear"
    assert mixed.title("linear") == "Linear attention"
    assert recipe("small").presets == ("standard",)


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(OptionError, match="own, paper-k400, paper-k600, paper-ssv2"):
        video_recipe("paper-k700")
    for known in VIDEO_RECIPES.values():
        with pytest.raises(OptionError, match="softmax, linear, fixation"):
            known.config("quadratic")


def test_classes_are_left_out_together_with_their_reverse() -> None:
    without = recipe("small", left_out=("approach", "recede", "turn"))
    assert without.title("linear") == "Linear attention, trained without approach, recede, turn"
    assert Recipe.from_dict(without.to_dict()) == without
    with pytest.raises(OptionError, match="leave out its reverse 'recede'"):
        recipe("small", left_out=("approach",))
    with pytest.raises(OptionError, match="no class 'jump'"):
        recipe("small", left_out=("jump",))


@pytest.mark.parametrize(
    ("there", "options"),
    [
        ("linear", []),
        ("cue-linear", ["--preset", "cue"]),
        ("base-linear", ["--recipe", "base"]),
    ],
)
def test_a_new_training_does_not_replace_the_checkpoint_it_would_write(
    tmp_path: Path, there: str, options: list[str]
) -> None:
    (tmp_path / there).mkdir()
    (tmp_path / there / "config.json").write_text("{}")
    folders = ["--state", str(tmp_path / "state"), "--out", str(tmp_path)]
    found = CliRunner().invoke(command, [*options, *folders, "--model", "linear", "--steps", "1"])
    assert isinstance(found.exception, OptionError)
    assert f"a checkpoint named {there}:" in str(found.exception)
