"""One step: the rate, the loss and its weights; and the paper's recipes through the same loop."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fixviz.data.augment import Augmentation
from fixviz.data.labeled import LabeledClip
from fixviz.data.training_clips import Batch
from fixviz.errors import OptionError
from fixviz.model.checkpoints import load_model, save_checkpoint
from fixviz.model.transformer import VideoTransformer
from fixviz.train.clips.answers import Answers
from fixviz.train.clips.learner import Learner
from fixviz.train.clips.learning import (
    Classifier,
    class_weights,
    learning_rate,
    loss_of,
    optimizer_of,
    targets_of,
)
from fixviz.train.clips.session import starting_networks
from fixviz.train.state import load_state
from fixviz.train.video_recipe import VideoRecipe, video_recipe
from tests.ports import free_port
from tests.train.clips.clips import SHAPE, recipe, two_classes
from tests.train.clips.test_session import fit


def batch(weights: list[float]) -> Batch:
    return Batch(torch.empty(0), torch.empty(0), torch.tensor(weights), [], {})


def test_the_loss_by_hand() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [1 / 3, 1 / 3, 1 / 3]]))
    targets = targets_of(torch.tensor([0, 1, 2]), 3, 0.0)
    plain = loss_of(logits, targets, torch.ones(3), batch([1, 1, 1]))
    assert plain.item() == pytest.approx((math.log(2) - math.log(0.8) + math.log(3)) / 3)
    # what could not be read counts nothing
    some = loss_of(logits, targets, torch.ones(3), batch([1, 0, 1]))
    assert some.item() == pytest.approx((math.log(2) + math.log(3)) / 2)
    none = loss_of(logits, targets, torch.ones(3), batch([0, 0, 0]))
    assert none.item() == 0
    weighted = loss_of(logits, targets, torch.tensor([2.0, 1.0, 0.0]), batch([1, 1, 1]))
    assert weighted.item() == pytest.approx((2 * math.log(2) - math.log(0.8)) / 3)
    smooth = targets_of(torch.tensor([1]), 4, 0.2)
    assert smooth.tolist()[0] == pytest.approx([0.05, 0.85, 0.05, 0.05])


def test_every_class_counts_alike_when_balanced() -> None:
    weights = class_weights([10, 30, 0], True)
    assert weights.tolist() == pytest.approx([2.0, 2 / 3, 0.0])
    assert (weights * torch.tensor([10, 30, 0])).sum() == pytest.approx(40)
    assert class_weights([10, 30], False).tolist() == [1, 1]


def test_the_learning_rate_rises_and_falls() -> None:
    own = recipe(learning_rate=1.0, warmup_from=0.1, warmup_epochs=1, epochs=5)
    rates = [learning_rate(own, step, 10) for step in range(50)]
    assert rates[0] == 0.1
    assert rates[5] == pytest.approx(0.55)
    assert rates[10] == max(rates) == 1.0
    assert rates[30] == pytest.approx(0.505)
    assert 0.01 <= rates[49] < 0.02


def test_optimizers_are_those_of_the_recipes() -> None:
    student = Classifier(VideoTransformer(recipe().config("linear", ("a", "b"))))
    sgd = optimizer_of(student, recipe(optimizer="sgd", momentum=0.7))
    assert isinstance(sgd, torch.optim.SGD)
    assert sgd.defaults["momentum"] == 0.7
    assert isinstance(optimizer_of(student, recipe()), torch.optim.AdamW)
    with pytest.raises(OptionError, match="sgd or adamw"):
        optimizer_of(student, recipe(optimizer="muon"))


def test_figures_of_answers_by_hand() -> None:
    answers = Answers(
        np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.9, 0.05, 0.05]]),
        np.array([0, 1, 1, 0]),
    )
    assert answers.confusion.tolist() == [[2, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert answers.accuracy == 0.75
    assert answers.balanced_accuracy == pytest.approx((1 + 0.5) / 2)
    assert answers.loss == pytest.approx(-np.log([0.6, 0.7, 0.4, 0.9]).mean())
    told = answers.to_dict(("a", "b", "c"))
    assert told["class_accuracy"] == {"a": 1.0, "b": 0.5}
    assert told["accuracy_low"] < 0.75 < told["accuracy_high"]


def test_the_best_epoch_is_kept_and_patience_ends_a_model() -> None:
    network = VideoTransformer(recipe().config("linear", ("a", "b")))
    learner = Learner.of("linear", network, recipe(), False)

    def answers(right: float, sure: float) -> Answers:
        count = 10
        labels = np.array([0] * count)
        chosen = np.where(np.arange(count) < right * count, sure, 1 - sure)
        return Answers(np.stack([chosen, 1 - chosen], 1), labels)

    for epoch, (right, sure) in enumerate([(0.5, 0.9), (0.8, 0.9), (0.8, 0.95), (0.7, 0.99)], 1):
        learner.average["network.norm.bias"].fill_(epoch)
        learner.judge(answers(right, sure), epoch, patience=2)
    # of two with 8 of 10 right the one with the lower loss
    losses = [answers(0.8, sure).loss for sure in (0.9, 0.95)]
    best = 2 + int(np.argmin(losses))
    assert learner.progress["epoch"] == best
    assert float(learner.best["network.norm.bias"][0]) == best
    assert learner.progress["stopped"] == (4 - best >= 2)


def paper(name: str) -> VideoRecipe:
    """A recipe of the paper with its augmentations and optimizer, at a size that takes no time."""
    known = video_recipe(name)
    assert isinstance(known.augmentation, Augmentation)
    return replace(
        known,
        augmentation=replace(known.augmentation, crop=24, short_side=(26, 30), test_side=24),
        sampling=replace(known.sampling, frames=4),
        shape={**SHAPE, "frames": 4, "shift_segment": None, "shift_div": 4},
        batch=4,
        epochs=2,
    )


@pytest.mark.parametrize("name", ["paper-k400", "paper-k600", "paper-ssv2"])
def test_the_papers_recipes_run_through_the_same_loop(name: str, tmp_path: Path) -> None:
    data = two_classes(tmp_path / "clips", each=4)
    how = paper(name)
    (folder,) = fit(data, tmp_path, recipe=how, models=["fixation"])
    state = load_state(tmp_path / "state")
    assert state is not None
    assert state["step"] == 4
    with (tmp_path / "state" / "metrics.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(math.isfinite(float(row["loss"])) for row in rows)
    start = starting_networks(["fixation"], "scratch", how, ("lying", "upright"))["fixation"]
    trained = load_model(folder, "cpu").state_dict()
    before = start.state_dict()["patch_embedding.projection.weight"].half().float()
    assert not torch.equal(trained["patch_embedding.projection.weight"], before)


def test_kinetics_600_is_kinetics_400_with_more_classes() -> None:
    k400, k600 = video_recipe("paper-k400"), video_recipe("paper-k600")
    assert k600.config("fixation").num_classes == 600
    assert replace(k600, name="paper-k400", classes=400) == k400


def test_models_start_from_checkpoints_of_their_names(tmp_path: Path) -> None:
    for seed, name in enumerate(("softmax", "linear")):
        torch.manual_seed(seed)
        model = VideoTransformer(recipe().config(name, ("x", "y", "z")))
        save_checkpoint(tmp_path / name, model, title=name, card="")
    found = starting_networks(["softmax", "linear"], str(tmp_path), recipe(), ("a", "b"))
    for name, network in found.items():
        assert network.config.attention == name
        assert network.config.class_names == ("a", "b")
        own = load_model(tmp_path / name, "cpu")
        assert torch.equal(network.temporal_embedding, own.temporal_embedding)
    with pytest.raises(OptionError, match="holds no checkpoint named fixation"):
        starting_networks(["linear", "fixation"], str(tmp_path), recipe(), ("a", "b"))
    with pytest.raises(OptionError, match="no shipped checkpoint 'mine'"):
        starting_networks(["mine"], "shipped", recipe(), ("a", "b"))


def test_models_of_different_frames_are_not_trained_side_by_side(tmp_path: Path) -> None:
    for name, frames in (("softmax", 4), ("linear", 6)):
        shape = {**SHAPE, "frames": frames}
        model = VideoTransformer(recipe(shape=shape).config(name, ("x", "y")))
        save_checkpoint(tmp_path / name, model, title=name, card="")
    with pytest.raises(OptionError, match="linear 6 at 8 Hz, 24 px"):
        starting_networks(["softmax", "linear"], str(tmp_path), recipe(), ("a", "b"))


_PROCESS = """
import sys
from pathlib import Path
from fixviz.train.clips.session import DataOptions, train_on_clips
from fixviz.settings import Settings
from tests.train.clips.clips import recipe
work = Path(sys.argv[1])
train_on_clips(
    recipe(epochs=2, optimizer="sgd", learning_rate=0.05),
    ["linear"],
    DataOptions(work / "clips", cache=work / "cache", workers=0),
    work / sys.argv[2], work / "out", source="scratch", device="cpu", settings=Settings(home=work),
    report=lambda line: None,
)
"""


@pytest.mark.slow
def test_two_processes_train_one_model(tmp_path: Path) -> None:
    """As accelerate's launcher starts them, over gloo: together they see every clip of a batch."""
    two_classes(tmp_path / "clips", each=4)
    port = free_port()
    shared = {
        **os.environ,
        **{"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"},
        **{"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "LOCAL_WORLD_SIZE": "2"},
    }
    command = [sys.executable, "-c", _PROCESS, str(tmp_path), "state"]
    root = Path(__file__).parents[3]
    processes = [
        subprocess.Popen(
            command,
            cwd=root,
            env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for process in processes:
        _, told = process.communicate(timeout=240)
        assert process.returncode == 0, told
    alone = subprocess.run(
        [*command[:-1], "alone"], cwd=root, check=False, capture_output=True, text=True
    )
    assert alone.returncode == 0, alone.stderr
    one, two = load_state(tmp_path / "alone"), load_state(tmp_path / "state")
    assert one is not None
    assert two is not None
    assert one["step"] == two["step"]
    for name, weight in one["trainees"]["linear"]["student"].items():
        torch.testing.assert_close(
            weight, two["trainees"]["linear"]["student"][name], atol=1e-5, rtol=1e-4
        )


def test_a_clip_that_begins_behind_the_end_of_its_video_is_named(tmp_path: Path) -> None:
    from fixviz.data.clip_cache import ClipCache
    from fixviz.data.splits import Splits
    from fixviz.settings import Settings
    from fixviz.train.clips.reading import read_clips

    data = two_classes(tmp_path / "clips", each=2)
    late = LabeledClip(data / "lying" / "0.mp4", 0, 7.0, 8.0)
    good = tuple(LabeledClip(data / c / "1.mp4", n) for n, c in enumerate(("lying", "upright")))
    splits = Splits((late, *good), good, (), ("lying", "upright"))
    told: list[str] = []
    read = read_clips(
        splits,
        recipe().augmentation,
        ClipCache(tmp_path / "cache", 10**8),
        Settings(home=tmp_path),
        workers=1,
        report=told.append,
    )
    assert len(read.parts["train"]) == 2
    assert "no part of it begins at 7 s" in "\n".join(told)
