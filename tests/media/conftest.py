from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fixviz.settings import Settings
from tests.media.drawn_videos import write_video


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def drawn_mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("drawn") / "drawn.mp4")


@pytest.fixture
def real_videos(shared_folder: Callable[[str], Path]) -> Path:
    return shared_folder("videos")
