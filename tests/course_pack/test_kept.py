"""Results that are kept beside the pack: computed again for another checkpoint, and still right."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from fixviz.course import shipped
from fixviz.course_pack import pack
from fixviz.course_pack.kept import KeptResults
from fixviz.course_pack.world import World, answered
from fixviz.evaluation.results import hits_of
from fixviz.model.config import checkpoint_sha256, resolve_checkpoint
from tests.course_pack.test_pack import REMAKE, check

FILE = shipped.folder() / pack.KEPT
ANSWERS = "answers, "


def test_they_are_computed_again_only_for_another_checkpoint(tmp_path) -> None:
    calls = []

    def compute() -> list[int]:
        calls.append(1)
        return [len(calls)]

    path = tmp_path / "kept.json"
    for sha, result in (("a", 1), ("a", 1), ("b", 2), ("b", 2)):
        assert KeptResults(path).get("areas", "linear", sha, compute) == [result]
    assert KeptResults(path).get("areas", "softmax", "b", compute) == [3]
    assert KeptResults(path).get("areas of 20", "linear", "b", compute) == [4]
    assert KeptResults(path).get("areas", "linear", "b", compute) == [2]


@pytest.fixture(scope="module")
def world() -> World:
    return pack.open_world(shipped.folder())


def kept() -> list[tuple[str, str]]:
    content = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    return [(what, checkpoint) for what, found in content.items() for checkpoint in found]


ANSWERED = [(what.removeprefix(ANSWERS), c) for what, c in kept() if what.startswith(ANSWERS)]


@pytest.mark.parametrize(("what", "checkpoint"), kept())
def test_they_are_of_the_shipped_checkpoint(what: str, checkpoint: str) -> None:
    found = json.loads(FILE.read_text("utf-8"))[what][checkpoint]
    assert found["sha256"] == checkpoint_sha256(resolve_checkpoint(checkpoint)), REMAKE


@pytest.mark.parametrize(("preset", "checkpoint"), ANSWERED)
def test_the_answers_are_right_where_the_results_file_says_so(
    world: World, preset: str, checkpoint: str
) -> None:
    """Which is known for every clip; of the wrong ones it does not say what was answered."""
    labels, answers = world.answers(checkpoint, preset)
    assert (labels == answers).tolist() == hits_of(world.entry(checkpoint, preset)).tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("preset", "checkpoint"), ANSWERED)
def test_the_answers_are_those_of_the_checkpoint(
    world: World, preset: str, checkpoint: str
) -> None:
    seed = world.entry(checkpoint, preset)["seed"]
    labels, answers = answered(world.model(checkpoint), world.clips(preset, seed, 30))
    known_labels, known = (x[:30] for x in world.answers(checkpoint, preset))
    assert labels.tolist() == known_labels.tolist()
    # Another processor rounds otherwise: an answer between two classes may change.
    assert np.sum(answers == known) >= 28


@pytest.mark.slow
@pytest.mark.parametrize("lesson", pack.rechecks())
def test_a_part_of_a_lessons_kept_results_equals_a_fresh_one(world: World, lesson: str) -> None:
    pairs: list[tuple[Any, Any]] = pack.rechecks()[lesson](world)
    assert pairs
    for fresh, known in pairs:
        check(pack.plain(fresh), pack.plain(known), lesson)


def test_nothing_is_kept_that_no_test_computes_again() -> None:
    others = {what for what, _ in kept() if not what.startswith(ANSWERS)}
    assert not others or pack.rechecks(), f"{others} are kept by a lesson without recheck()"
