from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from fixviz.errors import CheckpointError
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.transformer import VideoTransformer
from fixviz.own_models.checking import CheckTask, check_parts, unpack
from fixviz.own_models.unpacking import HandedIn
from fixviz.settings import Settings
from fixviz.tasks.child import TaskContext
from tests.own_models.checkpoints import CONFIG


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved checkpoint of a network that is small enough to be tried out at once."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("made") / "tiny"
    save_checkpoint(folder, VideoTransformer(CONFIG), title="Tiny one", card="# Tiny\n\nA test.\n")
    return folder


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Path]:
    """The same check in this process, without its limit on memory; the folder it wrote."""

    def run(*files: tuple[str, bytes]) -> Path:
        folder = tmp_path / "work"
        folder.mkdir()
        handed_in = []
        for number, (name, data) in enumerate(files):
            (tmp_path / f"{number}").write_bytes(data)
            handed_in.append(HandedIn(name, str(tmp_path / f"{number}")))
        task = CheckTask(
            tuple(handed_in),
            str(folder),
            str(tmp_path / "out"),
            "",
            Settings(home=tmp_path / "home"),
        )
        try:
            check_parts(unpack(task), task, TaskContext(0))
        except CheckpointError:
            assert not (tmp_path / "out").exists()
            raise
        return tmp_path / "out"

    return run
