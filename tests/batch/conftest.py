"""A small library of clips, two tiny models, and a home in which each clip has been analyzed once."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.data_set import DataSet
from fixviz.batch.listing import find_clips
from fixviz.batch.work import ClipEnd, Work, request_of_set
from fixviz.engine import AnalysisRequest, Engine
from fixviz.media.encode import encode_mp4
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.store import Store

CLIPS = ("a.mp4", "sub/b.mp4", "sub/deep/c.mp4")


@dataclass(frozen=True)
class Library:
    """Clips, models and the home of their runs."""

    clips: Path
    models: tuple[str, ...]
    settings: Settings
    engine: Engine
    store: Store

    @property
    def request(self) -> AnalysisRequest:
        """What is asked of every clip: five frames at most."""
        return AnalysisRequest("", self.models, frames=5)

    def copy(self, folder: Path, *names: str) -> Path:
        """Copy clips, all of them without names, into a folder."""
        for name in names or CLIPS:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.clips / name, folder / name)
        return folder

    def open(self, out: Path, **options: Any) -> DataSet:
        """Open a data set of the request."""
        return DataSet(out, request_of_set(self.engine, self.request), **options)

    def work(self, clips: Sequence[ClipRow], data_set: DataSet) -> Generator[ClipEnd, None, None]:
        """Analyze clips into an open data set."""
        args = (self.engine, self.store, self.settings, data_set, self.request, "command line")
        return Work(*args).run(clips)

    def analyze(self, out: Path, *sources: object, **options: Any) -> list[ClipEnd]:
        """Analyze what the sources name into a data set, and close it."""
        clips = find_clips([str(source) for source in sources], out).clips
        with (
            self.open(out, **options) as data_set,
            closing(self.work(clips, data_set)) as ends,
        ):
            return list(ends)


@pytest.fixture(scope="package")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library")
    for number, name in enumerate(CLIPS):
        path = folder / "clips" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (9, 46, 74, 3), dtype=np.uint8)
        encode_mp4(path, pixels, 10)
    torch.manual_seed(0)
    changes: dict[str, dict[str, Any]] = {
        "plain": {},
        "fixed": {"fixation": "cooperative", "temporal_shift": True, "spatial_shift": True},
    }
    for name, change in changes.items():
        config = ModelConfig(dim=32, depth=2, frames=3, image_size=23, **change)
        save_checkpoint(folder / name, VideoTransformer(config), title=name.title(), card="")
    settings = Settings(home=folder / "home")
    store = Store(settings)
    models = tuple(str(folder / name) for name in changes)
    with Engine(settings, store) as engine:
        yield Library(folder / "clips", models, settings, engine, store)


@dataclass(frozen=True)
class Analyzed:
    """The data set of all clips of the library, and what was said of each."""

    out: Path
    ends: list[ClipEnd]


@pytest.fixture(scope="package")
def analyzed(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Analyzed:
    out = tmp_path_factory.mktemp("analyzed") / "out"
    return Analyzed(out, library.analyze(out, library.clips))
