"""Answers on the clips of the results file: kept while their checkpoint is the same."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fixviz.course import shipped
from fixviz.course_pack.answers import AnswerFile, answered
from fixviz.course_pack.pack import open_world
from fixviz.course_pack.world import World
from fixviz.evaluation.results import hits_of
from fixviz.model.config import checkpoint_sha256, resolve_checkpoint

KEPT = shipped.folder() / "answers.json"


def test_they_are_computed_again_only_for_another_checkpoint(tmp_path) -> None:
    calls = []

    def compute() -> tuple[np.ndarray, np.ndarray]:
        calls.append(1)
        return np.array([0, 3, 14]), np.array([0, 14, 14])

    path = tmp_path / "answers.json"
    for sha, computed in (("a", 1), ("a", 1), ("b", 2), ("b", 2)):
        labels, answers = AnswerFile(path).get("standard", "linear", sha, compute)
        assert labels.tolist() == [0, 3, 14]
        assert answers.tolist() == [0, 14, 14]
        assert len(calls) == computed


def test_of_a_preset_all_checkpoints_saw_the_same_clips(tmp_path) -> None:
    file = AnswerFile(tmp_path / "answers.json")
    file.get("standard", "linear", "a", lambda: (np.array([1, 2]), np.array([1, 1])))
    with pytest.raises(ValueError, match="other clips"):
        file.get("standard", "softmax", "a", lambda: (np.array([2, 1]), np.array([1, 1])))


@pytest.fixture(scope="module")
def world() -> World:
    return open_world(shipped.folder())


def kept() -> list[tuple[str, str]]:
    content = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    return [(preset, name) for preset, group in content.items() for name in group["answers"]]


@pytest.mark.parametrize(("preset", "checkpoint"), kept())
def test_the_kept_answers_are_right_where_the_results_file_says_so(
    world: World, preset: str, checkpoint: str
) -> None:
    """Which is known for every clip; of the wrong ones it does not say what was answered."""
    group = json.loads(KEPT.read_text("utf-8"))[preset]
    sha = checkpoint_sha256(resolve_checkpoint(checkpoint))
    assert group["answers"][checkpoint]["sha256"] == sha, "run: python -m fixviz.course_pack"
    labels, answers = world.answers(checkpoint, preset)
    assert (labels == answers).tolist() == hits_of(world.entry(checkpoint, preset)).tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("preset", "checkpoint"), kept())
def test_the_kept_answers_are_those_of_the_checkpoint(
    world: World, preset: str, checkpoint: str
) -> None:
    seed = world.entry(checkpoint, preset)["seed"]
    labels, answers = answered(world.model(checkpoint), world.clips(preset, seed, 30))
    known_labels, known = (x[:30] for x in world.answers(checkpoint, preset))
    assert labels.tolist() == known_labels.tolist()
    # Another processor rounds otherwise: an answer between two classes may change.
    assert (answers == known).sum() >= 28
