"""Teaching in the model worker: a small network learns, is asked again, and is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from fixviz.engine import Engine, TeachRequest
from fixviz.errors import JobCancelled, OptionError
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.teaching import examples
from fixviz.teaching.examples import ExampleClip, ExampleSet, ExampleSets
from fixviz.teaching.outcome import FOLDER, read_outcome
from tests.engine.conftest import until
from tests.teaching.test_learning import CONFIG, clip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    settings = Settings(home=tmp_path_factory.mktemp("teaching") / "home")
    with Engine(settings, Store(settings)) as running:
        yield running


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoints") / "small"
    save_checkpoint(folder, VideoTransformer(CONFIG), title="A small network", card="")
    return str(folder)


@pytest.fixture
def sets(engine: Engine) -> ExampleSets:
    return ExampleSets(engine._settings)


def filled(sets: ExampleSets) -> ExampleSet:
    """Three red clips and three blue ones."""
    found = sets.new("me", ["red", "blue"])
    for label, one in enumerate(found.classes):
        for n in range(3):
            kept = ExampleClip(f"{label}{n}", f"{n}.mp4", "", f"{label}{n}", 5)
            sets.keep_clip(found.id, kept.id, clip(label, 10 * label + n, 5, 30).frames)
            add = partial(examples.add_clip, class_id=one.id, clip=kept)
            found = sets.change(found.id, "me", add)
    return found


def outcome_file(sets: ExampleSets, found: ExampleSet) -> Path:
    return sets.folder(found.id) / FOLDER


@pytest.mark.slow
def test_it_learns_in_the_worker_and_answers_a_new_clip(
    engine: Engine, backbone: str, sets: ExampleSets
) -> None:
    found = filled(sets)
    request = TeachRequest(found.id, "me", models=(backbone,))
    job = engine.teach(request)
    assert job.result() == found.id
    outcome = read_outcome(outcome_file(sets, found))
    assert [model.name for model in outcome.models] == ["small"]
    assert outcome.class_names == ("red", "blue")
    assert len(outcome.held_out) == 2
    sets.keep_clip(found.id, "new", clip(1, 99, 6, 30).frames)
    engine.teach(replace(request, clip="new")).result()
    tried = read_outcome(outcome_file(sets, found)).tried["new"]
    assert [len(answer.probabilities) for answer in tried] == [2]
    assert np.isclose(sum(tried[0].probabilities), 1, atol=1e-3)


def test_nobody_teaches_from_anothers_clips(
    engine: Engine, backbone: str, sets: ExampleSets
) -> None:
    found = filled(sets)
    job = engine.teach(TeachRequest(found.id, "you", models=(backbone,)))
    with pytest.raises(OptionError, match="not there any more"):
        job.result()
    assert read_outcome(outcome_file(sets, found)) is None


def test_one_set_is_taught_once_at_a_time_and_can_be_cancelled(
    engine: Engine, backbone: str, sets: ExampleSets
) -> None:
    found = filled(sets)
    request = TeachRequest(found.id, "me", models=(backbone,))
    first, second = engine.teach(request), engine.teach(request)
    assert len(engine._executions.under_way()) == 1
    first.cancel()
    assert not second.status().finished
    second.cancel()
    with pytest.raises(JobCancelled):
        second.result()
    until(lambda: not engine._executions.under_way())
    assert read_outcome(outcome_file(sets, found)) is None
    assert sets.get(found.id, "me") == found
