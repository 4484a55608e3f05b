"""Training on a folder of clips: it learns, stops and goes on, and says what is wrong."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from fixviz.errors import CheckpointError, OptionError
from fixviz.media import encode_mp4
from fixviz.model.checkpoints import load_model
from fixviz.model.config import read_config
from fixviz.reading.model_facts import training
from fixviz.settings import Settings
from fixviz.train.clips.session import DataOptions, train_on_clips
from fixviz.train.command import command
from fixviz.train.state import load_state
from tests.train.clips.clips import bar, quiet, recipe, two_classes


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_classes(tmp_path_factory.mktemp("clips"))


def fit(data: Path, work: Path, **changes: Any) -> list[Path]:
    """Train as `fixviz train --data` does, at a size that takes no time."""
    options = {"source": "scratch", "report": quiet, "device": "cpu"}
    rest = {k: changes.pop(k) for k in ("models", "recipe", "masks") if k in changes}
    return train_on_clips(
        rest.get("recipe", recipe()),
        rest.get("models", ["linear"]),
        DataOptions(data, cache=work / "cache", workers=0, masks=rest.get("masks")),
        work / "state",
        work / "out",
        settings=Settings(home=work),
        **{**options, **changes},
    )


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_model(folder, "cpu").state_dict()


@pytest.mark.slow
def test_a_folder_of_clips_is_learned(data: Path, tmp_path: Path) -> None:
    fast = recipe(epochs=12, learning_rate=1e-2, patience=12)
    (folder,) = fit(data, tmp_path, recipe=fast)
    info = read_config(folder)
    assert info.config.class_names == ("lying", "upright")
    (results,) = info.extra["results"]
    assert results["part"] == "validation"
    assert results["balanced_accuracy"] == 1.0
    assert results["confusion"] == [[1, 0], [0, 1]]
    assert 0 <= results["concentration"] <= 1
    assert "mass" not in results
    assert training(info) == (
        f"{info.extra['training']['steps_done']} steps of 4 clips of {data.name}, recipe own, seed 0"
    )
    text = (folder / "card.md").read_text("utf-8")
    assert "| lying | 100 % | 1 | 0 |" in text
    assert "8 clips of 8 videos to train on, 2 clips of 2 videos to validate on" in text


@pytest.mark.slow
def test_a_training_that_was_stopped_ends_with_the_same_weights(data: Path, tmp_path: Path) -> None:
    (whole,) = fit(data, tmp_path / "whole", recipe=recipe(dropout=0.5))
    # an epoch draws three windows of each of 8 clips, 6 batches
    for stop in (1, 8, None):
        (parts,) = fit(data, tmp_path / "parts", recipe=recipe(dropout=0.5), stop_at=stop)
    one, two = weights(whole), weights(parts)
    assert all(torch.equal(one[name], two[name]) for name in one)
    with (tmp_path / "parts" / "state" / "metrics.csv").open(encoding="utf-8") as file:
        steps = [int(row["step"]) for row in csv.DictReader(file)]
    assert steps == sorted(set(steps))
    assert steps[-1] == 18


@pytest.mark.slow
def test_workers_and_cache_change_nothing_but_the_time(data: Path, tmp_path: Path) -> None:
    (plain,) = fit(data, tmp_path / "plain")
    (other,) = train_on_clips(
        recipe(),
        ["linear"],
        DataOptions(data, cache=tmp_path / "none", cache_gb=0, workers=2),
        tmp_path / "state",
        tmp_path / "out",
        source="scratch",
        device="cpu",
        settings=Settings(home=tmp_path),
        report=quiet,
    )
    one, two = weights(plain), weights(other)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_a_model_does_not_depend_on_what_is_trained_beside_it(data: Path, tmp_path: Path) -> None:
    (alone,) = fit(data, tmp_path / "alone", models=["fixation"])
    both = fit(data, tmp_path / "both", models=["linear", "fixation"])
    assert [folder.name for folder in both] == ["linear", "fixation"]
    one, two = weights(alone), weights(both[1])
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_frozen_backbone_stays_as_it_was(data: Path, tmp_path: Path) -> None:
    from fixviz.model.checkpoints import save_checkpoint
    from fixviz.model.transformer import VideoTransformer

    torch.manual_seed(3)
    start = VideoTransformer(recipe().config("linear", ("a", "b", "c")))
    save_checkpoint(tmp_path / "start", start, title="Start", card="")
    (folder,) = fit(data, tmp_path, source=str(tmp_path / "start"), freeze="backbone")
    before, after = start.state_dict(), weights(folder)
    changed = {
        name
        for name in after
        if name not in before
        or before[name].shape != after[name].shape
        or not torch.equal(before[name].half().float(), after[name])
    }
    assert changed
    assert all(name.startswith("head.") for name in changed)
    assert "the checkpoint Start" in (folder / "card.md").read_text("utf-8")


def test_a_model_stops_when_it_gets_no_better_and_keeps_its_best(
    data: Path, tmp_path: Path
) -> None:
    still = recipe(epochs=9, patience=2, learning_rate=1e-12, warmup_from=1e-12, warmup_epochs=0)
    fit(data, tmp_path, recipe=still)
    state = load_state(tmp_path / "state")
    assert state is not None
    assert state["step"] == 3 * 6
    assert state["trainees"]["linear"]["progress"]["epoch"] == 1


def test_masks_give_the_mass_on_target(data: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    for number in range(5):  # the left half counts, in the videos of either class
        half = np.zeros((14, 24, 32, 3), np.uint8)
        half[:, :, :16] = 255
        encode_mp4(masks / f"{number}_mask.mp4", half, 10.0)
    (folder,) = fit(data, tmp_path, masks=masks)
    (results,) = read_config(folder).extra["results"]
    assert results["masked_clips"] == 2
    # patches centered at columns 0 to 32: of 5, two are left, and the middle one half
    assert results["uniform"] == pytest.approx(0.5, abs=0.03)
    assert results["lift"] == pytest.approx(results["mass"] / results["uniform"], abs=1e-3)
    assert "mass on target of uniform attention" in (folder / "card.md").read_text("utf-8")


def test_a_broken_file_is_skipped_counted_and_named(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    (tmp_path / "data" / "lying" / "broken.mp4").write_bytes(b"no video")
    told: list[str] = []
    (folder,) = fit(tmp_path / "data", tmp_path, report=told.append)
    text = "\n".join(told)
    assert "1 of the files cannot be read and are skipped:" in text
    assert str(tmp_path / "data" / "lying" / "broken.mp4") in text
    clips = read_config(folder).extra["training"]["clips"]
    assert clips["train"] + clips["validation"] == 10


def test_a_state_of_other_clips_or_settings_is_refused(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    fit(tmp_path / "data", tmp_path, stop_at=1)
    for export_only in (False, True):
        with pytest.raises(CheckpointError, match="other settings"):
            fit(tmp_path / "data", tmp_path, recipe=recipe(seed=1), export_only=export_only)
    encode_mp4(tmp_path / "data" / "lying" / "new.mp4", bar(False, 99), 10.0)
    with pytest.raises(CheckpointError, match="other clips"):
        fit(tmp_path / "data", tmp_path)


def test_states_of_both_kinds_of_training_are_told_apart(data: Path, tmp_path: Path) -> None:
    from fixviz.train.loop import run
    from tests.train.test_training import TINY

    fit(data, tmp_path, stop_at=1)
    with pytest.raises(CheckpointError, match="clips of your own"):
        run(TINY, ("linear",), tmp_path / "state", device="cpu", report=quiet)
    run(TINY, ("linear",), tmp_path / "other" / "state", device="cpu", stop_at=1, report=quiet)
    with pytest.raises(CheckpointError, match="generated clips"):
        fit(data, tmp_path / "other")


def test_the_command_goes_on_from_a_shipped_checkpoint(data: Path, tmp_path: Path) -> None:
    line = ["--data", str(data), "--model", "linear", "--epochs", "1", "--workers", "0"]
    line += ["--device", "cpu", "--cache", str(tmp_path / "cache"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(command, line)
    assert done.exit_code == 0, done.output
    assert "8 clips to train on, 2 clips to validate on; 2 classes: lying, upright" in done.output
    assert "epoch 1/1" in done.output
    config = json.loads((tmp_path / "out" / "linear" / "config.json").read_text("utf-8"))
    assert config["config"]["num_classes"] == 2
    assert config["training"]["from"] == "the shipped checkpoints of these names"
    assert not config["training"]["recipe"]["augmentation"]["flip"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["--data", "{data}", "--steps", "3"], "--steps is for generated clips"),
        (["--epochs", "3", "--state", "s"], "--epochs is for clips of your own"),
        (["--data", "{data}", "--format", "films"], "There is no format 'films'"),
        (["--data", "{data}/none"], "There is no folder"),
        (["--data", "{data}", "--format", "ucf101"], "no classInd.txt in"),
        (["--data", "{data}", "--list", "none.csv"], "none.csv cannot be read"),
        (["--data", "{data}", "--freeze", "head"], "nothing called 'head' to freeze"),
        (["--data", "{data}", "--from", "{data}"], "holds no checkpoint named softmax"),
        (["--data", "{data}", "--recipe", "mine"], "There is no recipe 'mine'"),
        ([], "--state is missing"),
    ],
)
def test_what_cannot_be_trained_is_told_in_a_sentence(
    data: Path, tmp_path: Path, line: list[str], sentence: str
) -> None:
    words = [word.format(data=data) for word in line]
    done = CliRunner().invoke(command, [*words, "--out", str(tmp_path)])
    assert done.exit_code != 0
    told = done.output + str(done.exception)
    assert sentence in told
    assert "Traceback" not in told


def test_one_class_or_a_class_with_a_single_video_is_too_little(tmp_path: Path) -> None:
    for name, counts in (("one", {"a": 3}), ("single", {"a": 3, "b": 1})):
        for label, count in counts.items():
            (tmp_path / name / label).mkdir(parents=True)
            for number in range(count):
                (tmp_path / name / label / f"{number}.mp4").write_bytes(b"-")
    with pytest.raises(OptionError, match="one class, 'a'"):
        fit(tmp_path / "one", tmp_path)
    with pytest.raises(OptionError, match="'b' has a single video"):
        fit(tmp_path / "single", tmp_path)


def test_a_class_without_a_readable_file_is_told(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    (tmp_path / "data" / "z").mkdir()
    for number in range(3):
        (tmp_path / "data" / "z" / f"{number}.mp4").write_bytes(b"no video")
    with pytest.raises(OptionError, match="No file of the class 'z'"):
        fit(tmp_path / "data", tmp_path)
