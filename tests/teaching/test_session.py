"""One training from clips to checkpoints, with a small network, and what is kept of it."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
import torch

from fixviz.errors import CheckpointError, JobCancelled
from fixviz.model.checkpoints import load_model
from fixviz.model.transformer import VideoTransformer
from fixviz.own_models.registry import OwnModels
from fixviz.settings import Settings
from fixviz.teaching import learning
from fixviz.teaching.examples import ExampleClass, ExampleClip, ExampleSet
from fixviz.teaching.keeping import keep, packed
from fixviz.teaching.outcome import (
    Answer,
    ModelOutcome,
    Outcome,
    checkpoint_folder,
    read_map,
    read_outcome,
    read_progress,
    write_outcome,
)
from fixviz.teaching.session import Backbone, train, try_out
from tests.teaching.test_learning import CONFIG, clip

COUNT = 4


def quiet(*_: object) -> None:
    """Neither report nor stop."""


def example_set() -> ExampleSet:
    classes = tuple(
        ExampleClass(
            name,
            name,
            tuple(
                ExampleClip(f"{name}{n}", f"{n}.mp4", "", f"{name}{n}", 5 + n) for n in range(COUNT)
            ),
        )
        for name in ("red", "blue")
    )
    return ExampleSet("s" * 22, "me", 0.0, classes)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """The folder of a training, its outcome, and the messages on the way."""
    torch.manual_seed(0)
    models = [
        Backbone(name, f"{name} model", VideoTransformer(CONFIG).eval()) for name in ("one", "two")
    ]
    folder = tmp_path_factory.mktemp("set") / "training"
    said: list[tuple[float, str]] = []
    outcome = train(
        example_set(),
        frames(),
        models,
        folder,
        progress=lambda share, text: said.append((share, text)),
        should_stop=quiet,
    )
    return folder, outcome, said


def frames() -> dict[str, np.ndarray]:
    return {
        f"{name}{n}": clip(label, 50 * label + n, 5 + n, 20 + 5 * n).frames
        for label, name in enumerate(("red", "blue"))
        for n in range(COUNT)
    }


def test_each_model_answers_for_the_clips_that_were_held_out(learned) -> None:
    folder, outcome, said = learned
    assert outcome == read_outcome(folder)
    assert [len([c for c in outcome.held_out if c.startswith(n)]) for n in ("red", "blue")] == [
        1,
        1,
    ]
    for model in outcome.models:
        assert [answer.clip for answer in model.answers] == list(outcome.held_out)
        assert outcome.confusion(model).tolist() == [[1, 0], [0, 1]]
        assert outcome.right(model) == 2
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert {text for _, text in said} == {"one model", "two model"}
    curves, planned = read_progress(folder)
    assert curves == {model.name: model.curve for model in outcome.models}
    assert planned == {model.name: model.steps for model in outcome.models}


def test_the_checkpoint_is_an_ordinary_one_and_gives_the_answers(learned) -> None:
    folder, outcome, _ = learned
    held = outcome.held_out[0]
    for model in outcome.models:
        again = load_model(checkpoint_folder(folder, model.name), "cpu")
        assert again.config.class_names == ("red", "blue")
        given = learning.answer(again, frames()[held])
        np.testing.assert_allclose(given, model.answers[0].probabilities, atol=1e-4)
        received = read_map(folder, model.name, held)
        assert received.shape[0] == len(frames()[held])
        assert received.shape[1] == 20 // 5 + 1
        # 1 is an equal share; what keys hear from beyond the border is missing from the sum.
        assert 0.5 < received.mean() <= 1.0001


def test_a_new_clip_is_answered_afterwards(learned) -> None:
    folder, outcome, _ = learned
    blue = clip(1, 777, 6, 25).frames
    changed = try_out("new", blue, folder, progress=quiet, should_stop=quiet)
    assert [answer.best for answer in changed.tried["new"]] == [1, 1]
    assert read_outcome(folder) == changed
    assert read_map(folder, "one", "new").shape == (6, 5, 6)
    write_outcome(folder, outcome)


def test_a_training_that_is_stopped_leaves_the_last_outcome(learned) -> None:
    folder, outcome, _ = learned
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls > 20:
            raise JobCancelled("enough")

    torch.manual_seed(1)
    models = [Backbone("one", "one", VideoTransformer(CONFIG).eval())]
    with pytest.raises(JobCancelled):
        train(example_set(), frames(), models, folder, progress=quiet, should_stop=stop)
    assert read_outcome(folder) == outcome
    assert checkpoint_folder(folder, "two").is_dir()


def test_models_are_kept_as_own_checkpoints_of_one_person(learned, tmp_path) -> None:
    folder, outcome, _ = learned
    models = OwnModels(Settings(home=tmp_path, max_models=3))
    seconds = {"one": 0.25, "two": 0.5}
    asked: list[int] = []
    names = keep(folder, outcome, "me", models, seconds, asked.append)
    assert keep(folder, outcome, "me", models, seconds, asked.append) == names
    kept_bytes = sum(p.stat().st_size for p in (tmp_path / "models").rglob("*") if p.is_file())
    records = sum(p.stat().st_size for p in (tmp_path / "models").rglob("own.json"))
    assert asked == [kept_bytes - records], "and there is room for what is new, once"
    kept = models.list("me")
    assert [one.name for one in kept] == names
    assert [one.title for one in kept] == ["one model (taught)", "two model (taught)"]
    assert [one.origin.seconds_per_window for one in kept] == [0.25, 0.5]
    assert kept[0].info.config.class_names == ("red", "blue")
    assert models.list("you") == []
    assert [path for path in (tmp_path / "models").iterdir() if path.name.startswith(".")] == []
    other = OwnModels(Settings(home=tmp_path / "full", max_models=1))
    with pytest.raises(
        CheckpointError, match="0 of the 1 checkpoint of your own that are allowed, and 2 more"
    ):
        keep(folder, outcome, "me", other, seconds, asked.append)
    assert other.list("me") == []


def test_the_zip_holds_one_checkpoint_folder(learned) -> None:
    folder, outcome, _ = learned
    with zipfile.ZipFile(io.BytesIO(packed(folder, outcome, "two"))) as archive:
        assert sorted(archive.namelist()) == [
            "two-taught/card.md",
            "two-taught/config.json",
            "two-taught/model.safetensors",
        ]
        config = json.loads(archive.read("two-taught/config.json"))
    assert config["config"]["class_names"] == ["red", "blue"]
    assert config["taught_from"] == "two"


def test_confusion_counts_true_classes_in_rows() -> None:
    model = ModelOutcome(
        "m",
        "M",
        1.0,
        8,
        (),
        (Answer("a", (0.2, 0.8)), Answer("b", (0.1, 0.9)), Answer("c", (0.6, 0.4))),
    )
    outcome = Outcome(("x", "y"), {"a": 0, "b": 1, "c": 1}, ("a", "b", "c"), (model,))
    assert outcome.confusion(model).tolist() == [[0, 1], [1, 1]]
    assert outcome.right(model) == 1
