"""Checkpoints of one's own belong to one person, take a limited room, and go when nobody uses them."""

from __future__ import annotations

import io
import os
import shutil
import time
from pathlib import Path

import pytest

from fixviz.engine.plan import Checkpoints
from fixviz.errors import CheckpointError, UnknownModel
from fixviz.own_models.loading import CheckpointLoader
from fixviz.own_models.registry import Origin, OwnModels, own_folder, own_name, sweep_models
from fixviz.settings import Settings

ANN, BOB = "a" * 22, "b" * 22


def keep(settings: Settings, checkpoint: Path, owner: str) -> str:
    """Keep a checkpoint as if it had been checked."""
    models = OwnModels(settings)
    folder = models.staging()
    shutil.copytree(checkpoint, folder, dirs_exist_ok=True)
    return models.keep(folder, Origin(owner, time.time(), "t.zip", "5" * 64, "a ZIP", 0.1))


def test_people_see_their_own_checkpoints_only(settings: Settings, tiny: Path) -> None:
    hers, his = keep(settings, tiny, ANN), keep(settings, tiny, BOB)
    models = OwnModels(settings)
    assert hers != his
    assert [model.name for model in models.list(ANN)] == [hers]
    for name in (his, "../" + hers, "tiny-one-" + "a" * 26, "softmax"):
        with pytest.raises(UnknownModel):
            models.get(name, ANN)
        with pytest.raises(UnknownModel):
            models.delete(name, ANN)
    assert [model.name for model in models.list(BOB)] == [his]
    assert keep(settings, tiny, ANN) == hers, "the same files get the same name"
    assert len(models.list(ANN)) == 1


def test_one_person_cannot_fill_the_disk(tmp_path: Path, tiny: Path) -> None:
    settings = Settings(home=tmp_path / "home", max_models=1)
    loader = CheckpointLoader(OwnModels(settings), check="tests.own_models.work:check_and_die")
    keep(settings, tiny, ANN)
    with pytest.raises(CheckpointError, match=r"1 checkpoint of your own.*FIXVIZ_MAX_MODELS"):
        loader.start([("t.zip", io.BytesIO(b"x"))], ANN)
    with pytest.raises(CheckpointError, match=r"'t\.zip' is empty"):
        loader.start([("t.zip", io.BytesIO(b""))], BOB)
    assert [p.name for p in (settings.home / "models").glob(".part-*")] == []


def test_unused_checkpoints_go_and_used_ones_stay(settings: Settings, tiny: Path) -> None:
    name = keep(settings, tiny, ANN)
    folder = own_folder(settings, name)
    assert folder is not None
    old = time.time() - 29 * 86400
    os.utime(folder / "own.json", (old, old))
    assert sweep_models(settings) == 0
    Checkpoints(settings)(name)
    assert sweep_models(settings, time.time() + 29 * 86400) == 0, "used just now"
    assert sweep_models(settings, time.time() + 31 * 86400) == 1
    assert own_folder(settings, name) is None


def test_names_fit_into_urls() -> None:
    for title in ("Ünïcode & friends!", "", "a" * 99, "-- x --"):
        assert len(own_name(ANN, title, "5" * 64)) <= 39
